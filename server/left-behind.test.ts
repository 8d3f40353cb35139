/** What a prediction is flagged with when evidence leaves: against the law's closed form. */
import { expect, test } from 'vitest';
import { meanOf } from '../compute/analysis/law-fit.ts';
import { powerLaw } from '../compute/analysis/laws.ts';
import { familyKey } from '../compute/studies/size-law.ts';
import type { SizeLaw } from '../compute/studies/study.ts';
import { leftBehind, type StoredSummary } from './left-behind.ts';

const size: SizeLaw = {
  ...{ parameter: 'width', x: (width) => width, over: [], law: powerLaw },
  ...{ of: 'the loss', label: 'width N', panel: 'loss', lines: [] },
  measure: (runs) => meanOf(runs.map((r) => r.summary.loss ?? Number.NaN)),
};
const run = (width: number, seed: number, loss: number, acceptedSeq = 5): StoredSummary => ({
  ...{ config: { width, depth: 1 }, seed, outcome: { kind: 'completed' }, acceptedSeq },
  summary: { loss },
});
/** 3/N, within a millionth, so that there is an interval at all. */
const honest = (width: number, seed: number, acceptedSeq = 5) =>
  run(width, seed, (3 / width) * (1 + 1e-6 * seed), acceptedSeq);
const WIDTHS = [4, 8, 16];
const all = WIDTHS.flatMap((width) => [0, 1, 2].map((seed) => honest(width, seed)));
const recorded = (id: string) => ({
  ...{ id, family: familyKey(size, { width: 4, depth: 1 }), x: 32, value: 32 },
  ...{ seeds: 3, runs: all.length, evidence: 7 },
});

test('[D6] a prediction whose runs all stand is not flagged, whatever came since', () => {
  const since = [honest(4, 3, 9), run(32, 0, 99, 8), run(2, 0, 99, 8)];
  expect(leftBehind(size, recorded('a'), [...all, ...since])).toBeNull();
});

test('[D6] says how many have left, and what the law says by those that stand: 3/32', () => {
  const stand = all.slice(1).filter((r) => !(r.config.width === 16 && r.seed === 2));
  // Trained anew in their stead, and wrong: it came later, and says nothing of the prediction.
  const anew = [run(4, 0, 99, 12), run(16, 2, 99, 12)];
  const left = leftBehind(size, recorded('b'), [...stand, ...anew]);
  expect(left?.runs).toBe(2);
  expect(left?.now?.predicted).toBeCloseTo(3 / 32, 5);
  expect(left?.now?.interval[0]).toBeLessThanOrEqual(left?.now?.predicted ?? 0);
});

test('[D6] says so where those that stand are of too few sizes for the law', () => {
  const stand = all.filter((r) => r.config.width === 4);
  expect(leftBehind(size, recorded('c'), stand)).toEqual({ runs: 6, now: null });
  expect(leftBehind(size, recorded('d'), [])).toEqual({ runs: 9, now: null });
});
