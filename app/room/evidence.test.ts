import { expect, test } from 'vitest';
import { studyById } from '../../compute/studies/registry.ts';
import type { Study, Verdict } from '../../compute/studies/study.ts';
import type { CellView, RunView } from '../../server/protocol.ts';
import { evidenceOf, missingOf, seedsNeeded } from './evidence.ts';

const study = studyById('infinite-width') as Study;
const cell = (index: number, done: number, of = 3, diverged = 0): CellView => ({
  ...{ index, done, of, diverged, lines: {} },
  config: { pairs: 8 * 2 ** index, inputs: 8, samples: 32, learningRate: 0.5, steps: 20 },
});
const verdict = (more: Partial<Verdict> = {}): Verdict => ({
  ...{ state: 'undecided', statement: '', value: -1, interval: [-1.25, -0.75] },
  ...{ threshold: [-1.2, -0.8], because: '', runs: 0, ...more },
});

test('names the cells that lack a second seed, and how many', () => {
  expect(missingOf(study, [cell(0, 3), cell(1, 1), cell(2, 0)], verdict())).toEqual([
    'Needs 1 more seed at N/2 16; 2 more seeds at N/2 32 for an interval.',
  ]);
});

test('counts no seed that diverged, and asks for none that the grid does not have', () => {
  expect(missingOf(study, [cell(0, 3), cell(1, 2, 3, 2)], verdict())).toEqual([
    'Needs 1 more seed at N/2 16 for an interval.',
  ]);
});

test('names what is still to come, and counts the rest', () => {
  const cells = [0, 1, 2, 3, 4].map((i) => cell(i, 2, 4));
  expect(missingOf(study, cells, verdict())[0]).toBe(
    'Still to come: 2 more seeds at N/2 8; 2 more seeds at N/2 16; 2 more seeds at N/2 32; and 4 runs in 2 other cells.',
  );
});

test('with all runs in, says how many seeds would narrow the interval to its band', () => {
  expect(missingOf(study, [cell(0, 4, 4), cell(1, 4, 4)], verdict())).toEqual([
    'About 7 seeds in each cell instead of 4 would tell, if the number stays.',
  ]);
  const near = verdict({ value: -1.199, interval: [-1.5, -0.9] });
  expect(missingOf(study, [cell(0, 4, 4)], near)[0]).toMatch(/100 seeds would not tell/);
});

test('an interval of half width 0.25, 0.2 from the end of its band, needs (5/4)² as many seeds', () => {
  expect(seedsNeeded(verdict(), 4)).toBe(7);
  expect(seedsNeeded(verdict({ interval: [-1.1, -0.9] }), 4)).toBeNull();
  expect(seedsNeeded(verdict({ interval: null }), 4)).toBeNull();
});

test('says nothing where the verdict is decided', () => {
  expect(missingOf(study, [cell(0, 1)], verdict({ state: 'holds' }))).toEqual([]);
});

test('counts runs, seeds, cells, and the verified share', () => {
  const run = (seed: number) => ({ cell: 0, seed }) as RunView;
  const progress = { runs: 2, ofRuns: 6, verified: 1 };
  expect(evidenceOf([cell(0, 2), cell(1, 0)], [run(1), run(2)], progress)).toEqual({
    ...{ runs: 2, expected: 6, seeds: 2, cells: 1, ofCells: 2, verified: 0.5 },
  });
});
