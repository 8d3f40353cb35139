import { describe, expect, test } from 'vitest';
import { analysisOf, type Criterion } from './criteria.ts';
import type { RunSummary } from './study.ts';

const run = (kind: 'completed' | 'diverged'): RunSummary => ({
  ...{ config: {}, seed: 1, summary: {} },
  outcome: kind === 'completed' ? { kind } : { kind, step: 3 },
});
const criterion = (changes: Partial<Criterion>): Criterion => ({
  ...{ key: 'slope', label: 'The slope', value: -1, interval: [-1.05, -0.95] },
  ...{ band: [-1.1, -0.9], runs: 3, missing: 'Two widths are needed.' },
  ...changes,
});
const judged = (criteria: Criterion[], runs = [run('completed')], expected = runs.length) =>
  analysisOf('It is so.', criteria, runs, expected).verdict;

describe('a verdict from criteria', () => {
  test('holds when every whole interval is inside its band and all runs are in', () => {
    const verdict = judged([criterion({}), criterion({ key: 'b', band: [null, -0.9] })]);
    expect(verdict).toMatchObject({ state: 'holds', value: -1, threshold: [-1.1, -0.9] });
  });

  test.each([
    [
      'an interval out of the band fails, whatever the others say',
      'fails',
      [criterion({}), criterion({ key: 'b', interval: [0, 1], value: 0.5 })],
      /0\.5 \[0, 1\]/,
    ],
    [
      'an interval that reaches out is undecided',
      'undecided',
      [criterion({ interval: [-1.2, -1] })],
      /more seeds/,
    ],
    ['one seed is undecided', 'undecided', [criterion({ interval: null })], /two seeds/],
    [
      'a missing number is undecided, and says what is missing',
      'undecided',
      [criterion({}), criterion({ value: null, interval: null })],
      /Two widths/,
    ],
    [
      'an interval out of the band fails even where another number is missing',
      'fails',
      [criterion({ value: null, interval: null }), criterion({ interval: [0, 1], value: 0.5 })],
      /against −1\.1 to −0\.9/,
    ],
  ] as const)('%s', (_, state, criteria, because) => {
    const verdict = judged([...criteria]);
    expect(verdict.state).toBe(state);
    expect(verdict.because).toMatch(because);
  });

  test('is undecided while runs are out, without any run, and when all have diverged', () => {
    expect(judged([criterion({})], [run('completed')], 2).because).toMatch(/1 of 2 runs/);
    expect(judged([criterion({ value: null })], []).because).toBe('No run is in yet.');
    const lost = judged([criterion({ value: null })], [run('diverged'), run('diverged')]);
    expect(lost.state).toBe('undecided');
    expect(lost.because).toMatch(/2 of 2 runs diverged/);
  });

  test('shows the number that is outside its band, with that band', () => {
    const other = criterion({ key: 'b', value: 2, interval: [1.9, 2.1], band: [null, 1] });
    expect(judged([criterion({}), other])).toMatchObject({ value: 2, threshold: [null, 1] });
  });
});
