import { expect, test } from 'vitest';
import { minimumOf } from './optimum.ts';

const parabola = (at: number) => (x: number) => [x, 3 * (x - at) ** 2 - 7] as const;

test('the vertex of a parabola, however its points are spaced', () => {
  expect(minimumOf([-2, -1, 0.5, 1, 4].map(parabola(0.3)))).toBeCloseTo(0.3, 10);
  expect(minimumOf([0, 1, 2].map(parabola(1.4)))).toBeCloseTo(1.4, 10);
});

test('it is the least-squares fit: noise of one point is spread over five', () => {
  // By hand: on x = −2 … 2 the fit's slope is Σ x y / 10 and its bend (2 Σ x² y − 4 Σ y) / 28.
  const y = [4, 1.3, 0, 0.8, 4.1];
  const slope = y.reduce((sum, v, i) => sum + (i - 2) * v, 0) / 10;
  const bend = y.reduce((sum, v, i) => sum + ((i - 2) ** 2 - 2) * v, 0) / 14;
  const fitted = minimumOf(y.map((v, i) => [i - 2, v] as const));
  expect(fitted).toBeCloseTo(-slope / (2 * bend), 12);
});

test('points farther away than the reach do not count', () => {
  const five = [-2, -1, 0, 1, 2].map(parabola(0.2));
  expect(minimumOf([[-9, 100], ...five, [3, -1]], 2)).toBeCloseTo(0.2, 10);
});

test('a lowest point at an end, or beside a missing value, is no minimum', () => {
  expect(minimumOf([1, 2, 3].map(parabola(0)))).toBeNaN();
  expect(minimumOf([1, 2, 3].map(parabola(5)))).toBeNaN();
  expect(
    minimumOf([
      [0, 1],
      [1, 0],
      [2, Number.NaN],
    ]),
  ).toBeNaN();
  expect(minimumOf([])).toBeNaN();
});
