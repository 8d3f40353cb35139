import { expect, test } from 'vitest';
import { straightnessOf } from './straightness.ts';

const XS = Array.from({ length: 12 }, (_, i) => 3 * 1.3 ** i);
const spectrum = (of: (lnX: number, i: number) => number) =>
  XS.map((x, i) => [x, Math.exp(of(Math.log(x), i))] as const);
/** What points are off their line by. */
const scatter = (i: number) => 0.05 * Math.sin(17 * i * i + 1);

test('a power law has its exponent, and no curvature', () => {
  const found = straightnessOf(spectrum((u) => 2 - 1.8 * u));
  expect(found?.exponent).toBeCloseTo(1.8, 9);
  expect(found?.curvature).toBeCloseTo(0, 9);
});

test('of a parabola the exponent changes by twice its coefficient a unit of ln x', () => {
  const found = straightnessOf(spectrum((u) => 1 - 0.4 * u - 0.25 * u * u));
  // α(u) = 0.4 + 0.5 u; a decade is ln 10 of u.
  expect(found?.curvature).toBeCloseTo(0.5 * Math.LN10, 9);
});

test('the ratio is that of two least-squares fits, found here on a grid of their own', () => {
  const points = spectrum((u, i) => 1 - 1.2 * u + scatter(i));
  const squares = (of: (u: number) => number) => {
    let best = Number.POSITIVE_INFINITY;
    for (let b = 0; b <= 2; b += 1e-4) {
      const rest = points.map(([x, y]) => Math.log(y) + b * of(Math.log(x)));
      const middle = rest.reduce((sum, v) => sum + v, 0) / rest.length;
      best = Math.min(
        best,
        rest.reduce((sum, v) => sum + (v - middle) ** 2, 0),
      );
    }
    return best;
  };
  const expected = (points.length / 2) * Math.log(squares((u) => u * u) / squares((u) => u));
  expect(straightnessOf(points)?.ratio).toBeCloseTo(expected, 2);
  expect(expected).toBeGreaterThan(5);
});

test('a log-normal is told from a power law, and the other way round', () => {
  expect(straightnessOf(spectrum((u, i) => -0.3 * u * u + scatter(i)))?.ratio).toBeLessThan(-5);
  expect(straightnessOf(spectrum((u, i) => -1.5 * u + scatter(i)))?.ratio).toBeGreaterThan(5);
});

test('of what is flat neither is preferred by much', () => {
  expect(Math.abs(straightnessOf(spectrum((_, i) => scatter(i)))?.ratio ?? 9)).toBeLessThan(1);
});

test('too few points, or one that has no logarithm, say nothing', () => {
  expect(straightnessOf(spectrum((u) => -u).slice(0, 3))).toBeNull();
  expect(straightnessOf([...spectrum((u) => -u), [100, 0]])).toBeNull();
});
