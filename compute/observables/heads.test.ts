import { expect, test } from 'vitest';
import type { TransformerSpec } from '../programs/program.ts';
import { probeSequences, type RepeatsSpec } from '../programs/repeats.ts';
import { headScores } from './heads.ts';

const spec: TransformerSpec<RepeatsSpec> = {
  ...{ kind: 'transformer', width: 6, heads: 2, layers: 1, positions: 'none' },
  ...{ hidden: 0, norm: false, batch: 1, probe: 20 },
  task: { vocabulary: 3, context: 9, shortest: 2, longest: 3 },
  ...{ observe: ['heads'], steps: 1, recordEvery: 1, checkpointEvery: 1 },
};
const drawn = probeSequences(spec.task, 1, 20);
const { context } = spec.task;

/** Head 1 attends as `weight` says, head 2 to itself. */
function patternOf(weight: (period: number, t: number, s: number) => number): Float32Array {
  const pattern = new Float32Array(20 * 2 * context ** 2);
  for (const [n, period] of drawn.periods.entries())
    for (let t = 0; t < context; t++) {
      const row = (h: number) => ((n * 2 + h) * context + t) * context;
      for (let s = 0; s <= t; s++) pattern[row(0) + s] = weight(period, t, s);
      pattern[row(1) + t] = 1;
    }
  return pattern;
}

/** Vectors of symbols that do not meet those of logits; the first head copies `gain` times, the second negates. */
function circuit(gain: readonly number[]) {
  const one = (rows: number, columns: number, of: (i: number, j: number) => number) =>
    Float32Array.from({ length: rows * columns }, (_, k) =>
      of(Math.floor(k / columns), k % columns),
    );
  return {
    embed: one(3, 6, (i, j) => Number(i === j)),
    v1: one(6, 6, (i, j) => Number(i < 3 && j % 3 === i)),
    o1: one(6, 6, (i, j) => (j === 3 + (i % 3) ? (i < 3 ? (gain[i] ?? 0) : -1) : 0)),
    unembed: one(6, 3, (i, j) => Number(i === j + 3)),
  };
}

test('an induction head scores one on prefix matching however it spreads over earlier copies', () => {
  const copies = (period: number, t: number) => Math.floor(t / period);
  const spread = patternOf((period, t, s) =>
    t < period ? Number(s === t) : Number((t - s + 1) % period === 0 && s > 0) / copies(period, t),
  );
  const scores = headScores(spec, drawn, [spread], circuit([1, 1, 1]));
  expect(scores['prefix1.1']).toBeCloseTo(1, 6);
  expect(scores['prefix1.2']).toBe(0);
});

test('a previous-token head scores one on that', () => {
  const scores = headScores(
    spec,
    drawn,
    [patternOf((_, t, s) => Number(s === Math.max(0, t - 1)))],
    circuit([1, 1, 1]),
  );
  expect(scores['previous1.1']).toBeCloseTo(1, 6);
  expect(scores['previous1.2']).toBe(0);
});

test('copying is the eigenvalues’ sum over the sum of their sizes', () => {
  const of = (gain: readonly number[]) =>
    headScores(spec, drawn, [patternOf(() => 0)], circuit(gain));
  expect(of([2, 1, 3])['copying1.1']).toBeCloseTo(1, 6);
  expect(of([2, 1, -5])['copying1.1']).toBeCloseTo((2 + 1 - 5) / 8, 6);
  expect(of([1, 1, 1])['copying1.2']).toBeCloseTo(-1, 6);
});
