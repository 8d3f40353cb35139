import { expect, test } from 'vitest';
import { meanOf } from '../analysis/law-fit.ts';
import { powerLaw } from '../analysis/laws.ts';
import { normals, STREAMS } from '../random.ts';
import {
  type CountedCell,
  heldOutOf,
  isOpen,
  isReady,
  measuredAt,
  predict,
  predictedNames,
  seedsOf,
} from './held-out.ts';
import { familyKey } from './size-law.ts';
import type { RunSummary, SizeLaw } from './study.ts';

const size: SizeLaw = {
  ...{ parameter: 'pairs', x: (pairs) => 2 * pairs, over: ['rate'], law: powerLaw },
  ...{ of: 'the loss', label: 'width N', panel: 'loss', lines: [] },
  measure: (runs) => meanOf(runs.map((r) => r.summary.loss ?? Number.NaN)),
};
const PAIRS = [4, 8, 16, 32];
const OF = 4;
/** So many runs of each size are in. */
const cellsWith = (done: readonly number[], depth = 1): CountedCell[] =>
  PAIRS.map((pairs, index) => ({
    ...{ index, config: { pairs, depth, rate: 0.1 }, done: done[index] ?? 0, of: OF },
    seen: (done[index] ?? 0) > 0,
  }));
const runsOf = (set: number, noise = 0.05): RunSummary[] => {
  const errors = normals(set, STREAMS.probe, 0, PAIRS.length * OF);
  return PAIRS.flatMap((pairs, p) =>
    Array.from({ length: OF }, (_, s) => ({
      ...{
        config: { pairs, depth: 1, rate: 0.1 },
        seed: s,
        outcome: { kind: 'completed' as const },
      },
      summary: { loss: (3 / pairs) * Math.exp(noise * (errors[p * OF + s] ?? 0)) },
    })),
  );
};
const only = <T>(list: readonly T[]): T => {
  const [first] = list;
  if (first === undefined || list.length !== 1) throw new Error(`There are ${list.length}.`);
  return first;
};

test('the largest size is held out of each family, if enough smaller ones are left', () => {
  const two = [...cellsWith([]), ...cellsWith([], 2)];
  expect(heldOutOf(size, two).map((h) => [h.value, h.cells.length, h.smaller.length])).toEqual([
    [32, 1, 3],
    [32, 1, 3],
  ]);
  expect([...predictedNames(size, heldOutOf(size, two)).values()]).toEqual([
    'the loss at width N = 64 (depth 1)',
    'the loss at width N = 64 (depth 2)',
  ]);
  expect(heldOutOf(size, cellsWith([]).slice(0, 2))).toEqual([]);
});

test('it is ready once half the seeds of every smaller cell are in, and while none of its own ever was', () => {
  const ready = (done: readonly number[]) => isReady(only(heldOutOf(size, cellsWith(done))));
  expect(ready([2, 2, 2, 0])).toBe(true);
  expect(ready([4, 4, 1, 0])).toBe(false);
  expect(ready([4, 4, 4, 1])).toBe(false);
  const left = cellsWith([4, 4, 4, 0]).map((c) => (c.index === 3 ? { ...c, seen: true } : c));
  expect(isOpen(only(heldOutOf(size, left)))).toBe(false);
});

test('is predicted by the smaller sizes alone, by the law: half the loss at twice the width', () => {
  const heldOut = only(heldOutOf(size, cellsWith([4, 4, 4, 0])));
  const all = runsOf(1, 1e-9);
  const made = predict(size, { ...heldOut, seeds: seedsOf(heldOut) }, all);
  expect(made).toMatchObject({ x: 64, seeds: OF, sizes: [8, 16, 32], runs: 12 });
  expect(made?.predicted).toBeCloseTo(3 / 32, 6);
  const spoilt = all.map((r) => (r.config.pairs === 32 ? { ...r, summary: { loss: 99 } } : r));
  expect(predict(size, { ...heldOut, seeds: seedsOf(heldOut) }, spoilt)).toEqual(made);
});

test('of 200 sets of runs under the law, 85 to 96% come inside their 90% interval', () => {
  const heldOut = only(heldOutOf(size, cellsWith([4, 4, 4, 0])));
  const inside = Array.from({ length: 200 }, (_, set) => {
    const runs = runsOf(set + 1);
    const made = predict(size, { ...heldOut, seeds: seedsOf(heldOut) }, runs);
    const came = measuredAt(size, heldOut.key, 64, runs);
    if (made === null || came === null) throw new Error('There is no prediction.');
    return came.value >= made.interval[0] && came.value <= made.interval[1];
  }).filter(Boolean).length;
  expect(inside).toBeGreaterThanOrEqual(170);
  expect(inside).toBeLessThanOrEqual(192);
});

test('what came is null until a run of that size is in', () => {
  const smaller = runsOf(1).filter((r) => r.config.pairs !== 32);
  const key = familyKey(size, { pairs: 4, depth: 1, rate: 0.1 });
  expect(measuredAt(size, key, 64, smaller)).toBeNull();
  expect(measuredAt(size, key, 64, runsOf(1))?.seeds).toBe(OF);
});
