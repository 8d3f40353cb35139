import fc from 'fast-check';
import { expect, test } from 'vitest';
import { normals } from '../random.ts';
import { nearestNeighbours, sharedNeighbours } from './neighbours.ts';

const N = 20;
const features = (part: number, width: number) => normals(3, 0, part, N * width);

/** By sorting every cosine, which is another way to the same lists. */
function sorted(x: ArrayLike<number>, width: number, k: number): number[][] {
  const row = (i: number) => Array.from({ length: width }, (_, j) => x[i * width + j] ?? 0);
  const cosine = (a: number[], b: number[]) =>
    a.reduce((s, v, j) => s + v * (b[j] ?? 0), 0) / Math.hypot(...a) / Math.hypot(...b);
  return Array.from({ length: N }, (_, i) =>
    Array.from({ length: N }, (_, j) => j)
      .filter((j) => j !== i)
      .sort((p, q) => cosine(row(i), row(q)) - cosine(row(i), row(p)))
      .slice(0, k),
  );
}

test('neighbours are those of the largest cosines, nearest first', () => {
  const x = features(0, 5);
  const { of } = nearestNeighbours(x, N, 4);
  expect(Array.from({ length: N }, (_, i) => [...of.slice(4 * i, 4 * i + 4)])).toEqual(
    sorted(x, 5, 4),
  );
});

test('they share what both lists have, counted as sets', () => {
  const [x, y] = [features(0, 5), features(1, 3)];
  const [a, b] = [sorted(x, 5, 4), sorted(y, 3, 4)];
  const shared = sharedNeighbours(nearestNeighbours(x, N, 4), nearestNeighbours(y, N, 4));
  expect([...shared]).toEqual(a.map((own, i) => own.filter((j) => b[i]?.includes(j)).length));
});

test('a partner stands for a sample wherever it is: reordering the second and its partners changes nothing', () => {
  fc.assert(
    fc.property(fc.shuffledSubarray([...Array(N).keys()], { minLength: N }), (order) => {
      const [x, y] = [features(0, 5), features(1, 3)];
      const moved = new Float64Array(y.length);
      for (const [i, to] of order.entries()) moved.set(y.subarray(3 * i, 3 * i + 3), 3 * to);
      const [a, b] = [nearestNeighbours(x, N, 4), nearestNeighbours(y, N, 4)];
      const there = nearestNeighbours(moved, N, 4);
      expect(sharedNeighbours(a, there, Int32Array.from(order))).toEqual(sharedNeighbours(a, b));
    }),
    { numRuns: 30 },
  );
});

test('with itself every neighbour is shared, turned and stretched too', () => {
  const x = features(0, 2);
  const turned = x.map((_, i) => {
    const [p, q] = [x[i - (i % 2)] ?? 0, x[i - (i % 2) + 1] ?? 0];
    return 3 * (i % 2 === 0 ? 0.6 * p - 0.8 * q : 0.8 * p + 0.6 * q);
  });
  const [a, b] = [nearestNeighbours(x, N, 3), nearestNeighbours(turned, N, 3)];
  expect([...sharedNeighbours(a, b)]).toEqual(Array(N).fill(3));
});

test('what points nowhere has no neighbours, and two dead networks share none', () => {
  const dead = new Float64Array(N * 2);
  const none = nearestNeighbours(dead, N, 3);
  expect([...sharedNeighbours(none, none)]).toEqual(Array(N).fill(0));
});
