import fc from 'fast-check';
import { expect, test } from 'vitest';
import { matchingP } from './permutation.ts';

/** Every order of n numbers, by another way: insert n into every place of the orders of n − 1. */
const orders = (n: number): number[][] =>
  n === 0
    ? [[]]
    : orders(n - 1).flatMap((order) =>
        Array.from({ length: n }, (_, i) => [...order.slice(0, i), n - 1, ...order.slice(i)]),
      );

test('where each is like its partner alone, only that matching is as good: one over the factorial', () => {
  const identity = Array.from({ length: 7 }, (_, i) =>
    Array.from({ length: 7 }, (_j, j) => Number(i === j)),
  );
  expect(matchingP(identity)).toBeCloseTo(1 / 5040, 12);
});

test('where all are alike, every matching is as good', () => {
  expect(matchingP(Array.from({ length: 5 }, () => [1, 1, 1, 1, 1]))).toBe(1);
});

test('it is the share of all orders that are as good, counted one by one', () => {
  const value = fc.integer({ min: -9, max: 9 });
  const table = fc.integer({ min: 1, max: 5 }).chain((n) => {
    const row = fc.array(value, { minLength: n, maxLength: n });
    return fc.array(row, { minLength: n, maxLength: n });
  });
  fc.assert(
    fc.property(table, (alike) => {
      const sums = orders(alike.length).map((order) =>
        order.reduce((sum, j, i) => sum + (alike[i]?.[j] ?? 0), 0),
      );
      const own = alike.reduce((sum, row, i) => sum + (row[i] ?? 0), 0);
      expect(matchingP(alike)).toBe(sums.filter((s) => s >= own).length / sums.length);
    }),
  );
});

test('of partners drawn by chance, p is below α as often as α says', () => {
  // Rows of a fixed table in every order: p is uniform over them by construction.
  const alike = [
    [0.3, 1.1, 0.2, 0.7],
    [0.9, 0.4, 0.8, 0.1],
    [0.25, 0.6, 1.3, 0.5],
    [0.75, 0.15, 0.35, 1.7],
  ];
  const all = orders(4).map((order) => matchingP(order.map((i) => alike[i] ?? [])));
  for (const alpha of [1 / 24, 0.25, 0.5, 1])
    expect(all.filter((p) => p <= alpha + 1e-9).length / all.length).toBeLessThanOrEqual(
      alpha + 1e-9,
    );
});

test('what is not finite has no p, and too many items are refused', () => {
  expect(matchingP([[Number.NaN]])).toBeNaN();
  const ten = Array.from({ length: 10 }, () => new Array<number>(10).fill(0));
  expect(() => matchingP(ten)).toThrow(/at most 9/);
  expect(() => matchingP([[1, 2]])).toThrow(/square/);
});
