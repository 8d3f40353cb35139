import { expect, test } from 'vitest';
import { type Judged, overSeeds, verdictOf } from './bands.ts';
import type { RunSummary } from './study.ts';

const run = (lost = false): RunSummary => ({
  ...{ config: {}, seed: 1, summary: {} },
  outcome: lost ? { kind: 'diverged', step: 3 } : { kind: 'completed' },
});
const judged = (interval: Judged['interval']): Judged => ({
  ...{ label: 'slope', value: 1, interval, band: [0.9, 1.1], runs: 2 },
});
const stateOf = (numbers: readonly Judged[], missing: readonly string[] = [], expected = 2) =>
  verdictOf({ statement: 's', runs: [run(), run()], expected, judged: numbers, missing }).state;

test('it holds only with every whole interval inside its band and every run in', () => {
  expect(stateOf([judged([0.95, 1.05])])).toBe('holds');
  expect(stateOf([judged([0.95, 1.05])], [], 3)).toBe('undecided');
  expect(stateOf([judged([0.95, 1.05]), judged([0.95, 1.11])])).toBe('undecided');
  expect(stateOf([judged([0.95, 1.05]), judged(null)])).toBe('undecided');
  expect(stateOf([judged([0.95, 1.05])], ['Too short.'])).toBe('undecided');
  expect(stateOf([])).toBe('undecided');
});

test('one interval wholly outside its band is enough to fail, and is the number shown', () => {
  const wrong = { ...judged([1.2, 1.3]), value: 1.25 };
  const verdict = verdictOf({
    ...{ statement: 's', runs: [run(), run()], expected: 2, missing: [] },
    judged: [judged([0.95, 1.05]), wrong],
  });
  expect(verdict).toMatchObject({ state: 'fails', value: 1.25, interval: [1.2, 1.3] });
  expect(verdict.because).toContain('1.25 [1.20, 1.30]');
});

test('an unbounded side lets everything pass', () => {
  expect(stateOf([{ ...judged([-50, 1]), band: [null, 1.1] }])).toBe('holds');
  expect(stateOf([{ ...judged([2, 50]), band: [null, 1.1] }])).toBe('fails');
});

test('it says how many runs diverged, and that none is in', () => {
  const base = { statement: 's', expected: 2, judged: [], missing: [] };
  expect(verdictOf({ ...base, runs: [] }).because).toBe('No run is in yet.');
  expect(verdictOf({ ...base, runs: [run(true), run(true)] }).because).toMatch(
    /2 of 2 .* diverged/,
  );
});

test('numbers are averaged within a seed first, and seeds give the interval', () => {
  const of = (seed: number, v: number | null): RunSummary => ({ ...run(), seed, summary: { v } });
  const runs = [of(1, 1), of(1, 3), of(2, 6), of(2, null), of(3, null)];
  expect(overSeeds(runs, (r) => r.summary.v ?? null)).toEqual({
    value: 4,
    interval: [2, 6],
    runs: 3,
  });
  expect(overSeeds([of(3, null)], (r) => r.summary.v ?? null)).toBeNull();
});
