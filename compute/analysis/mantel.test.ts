import fc from 'fast-check';
import { expect, test } from 'vitest';
import { normals } from '../random.ts';
import { pairCorrelation, permutationTest, rankCorrelation, ranks, wilson } from './mantel.ts';

test('equal values share the mean of their ranks', () => {
  expect(ranks([3, 1, 3, 2])).toEqual([3.5, 1, 3.5, 2]);
});

test('without ties it is Spearman’s 1 − 6 Σd²/(n(n² − 1))', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), {
        minLength: 3,
        maxLength: 12,
      }),
      (a) => {
        const b = a.map((v, i) => Math.sin(v + i));
        fc.pre(new Set(b).size === b.length && new Set(a.map((v) => v + 0)).size === a.length);
        const place = (values: readonly number[], v: number) => values.filter((w) => w < v).length;
        const d2 = a.reduce((sum, v, i) => sum + (place(a, v) - place(b, b[i] ?? 0)) ** 2, 0);
        const n = a.length;
        expect(rankCorrelation(a, b)).toBeCloseTo(1 - (6 * d2) / (n * (n * n - 1)), 9);
      },
    ),
  );
});

/** Every pair of so many members of either group. */
function pairsOf(count: number, shown: (i: number, j: number) => number) {
  const names = Array.from({ length: count }, (_, i) => String(i));
  return names.flatMap((first, i) =>
    names.map((second, j) => ({ first, second, shown: shown(i, j) })),
  );
}
const having = (values: readonly number[]) => new Map(values.map((v, i) => [String(i), v]));

test('what pairs show of their members’ sum is found, and is as rare as its permutations', () => {
  const [a, b] = [having([1, 2, 4, 8]), having([1, 3, 9, 27])];
  const pairs = pairsOf(4, (i, j) => 2 ** i + 3 ** j);
  expect(pairCorrelation(pairs, a, b)).toBeCloseTo(1, 12);
  // Of 4!² orders only this one has every rank right.
  const { p } = permutationTest(pairs, a, b, 9999);
  expect(p).toBeGreaterThan(0);
  expect(p).toBeLessThan(4 / 576);
});

test('members that differ in themselves are not taken for evidence: p is uniform where nothing hangs together', () => {
  const N = 6;
  const small = Array.from({ length: 60 }, (_, trial) => {
    const draws = [0, 1, 2, 3].map((part) => normals(trial + 1, 0, part, N));
    const [own, other, a, b] = draws.map((d) => [...d]);
    // All that pairs show is what their members are like: rows and columns, no noise.
    const pairs = pairsOf(N, (i, j) => (own?.[i] ?? 0) + (other?.[j] ?? 0));
    return permutationTest(pairs, having(a ?? []), having(b ?? []), 199).p <= 0.1;
  }).filter(Boolean).length;
  // Binomial(60, 0.1): above 14 once in a thousand. Shuffling pairs would call a third of them rare.
  expect(small).toBeLessThanOrEqual(14);
});

test('the interval of a share is Wilson’s', () => {
  const [low, high] = wilson(0.1, 10);
  // Newcombe 1998, Statistics in Medicine 17, table I gives the formula; the ends solve (p̂ − p)² = z² p(1 − p)/n.
  for (const p of [low, high])
    expect((0.1 - p) ** 2).toBeCloseTo((1.959963984540054 ** 2 * p * (1 - p)) / 10, 12);
});
