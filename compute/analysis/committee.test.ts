import { describe, expect, test } from 'vitest';
import {
  generalizationError,
  i2,
  i3,
  i4,
  orderParametersAt,
  orderVelocity,
  startOf,
} from './committee.ts';

/** A covariance of five fields: B Bᵀ of a fixed B. */
const B = [
  [0.9, 0, 0, 0, 0],
  [0.3, 0.7, 0, 0, 0],
  [-0.4, 0.2, 1.1, 0, 0],
  [0.5, -0.3, 0.1, 0.6, 0],
  [0.1, 0.6, -0.2, 0.3, 0.8],
];
const cov = B.map((a) => B.map((b) => a.reduce((sum, v, k) => sum + v * (b[k] ?? 0), 0)));

/** g = erf(x/√2), by adding up its slope (the midpoint rule): nothing of the code that is tested. */
const slope = (x: number) => Math.sqrt(2 / Math.PI) * Math.exp((-x * x) / 2);
const TABLE = (() => {
  const [h, last] = [1e-4, 12];
  const values = new Float64Array(last / h + 1);
  for (let i = 1; i < values.length; i++)
    values[i] = (values[i - 1] ?? 0) + h * slope((i - 0.5) * h);
  return { h, values };
})();
const g = (x: number) => {
  const place = Math.min(Math.abs(x) / TABLE.h, TABLE.values.length - 2);
  const i = Math.floor(place);
  const [a, b] = [TABLE.values[i] ?? 1, TABLE.values[i + 1] ?? 1];
  return Math.sign(x) * (a + (place - i) * (b - a));
};

/**
 * Average over fields by the trapezoidal rule on a grid of independent normal numbers, which converges faster than any
 * power there.
 */
function averaged(fields: readonly number[], of: (x: readonly number[]) => number, h = 0.3) {
  const axis = Array.from({ length: Math.round(12 / h) + 1 }, (_, i) => -6 + i * h);
  const density = (z: number) => (h * Math.exp((-z * z) / 2)) / Math.sqrt(2 * Math.PI);
  // Only as many numbers as the fields hang on: the rows of B are lower triangular.
  const depth = Math.max(...fields) + 1;
  const go = (z: number[], weight: number): number => {
    if (z.length === depth)
      return weight * of(fields.map((f) => z.reduce((sum, v, k) => sum + v * (B[f]?.[k] ?? 0), 0)));
    return axis.reduce((sum, v) => sum + go([...z, v], weight * density(v)), 0);
  };
  return go([], 1);
}

describe('the closed integrals are the averages that they stand for', () => {
  test.each([
    [0, 1],
    [1, 2],
    [2, 2],
  ])('I2 of %i, %i', (u, v) => {
    expect(i2(cov, u, v)).toBeCloseTo(
      averaged([u, v], ([a = 0, b = 0]) => g(a) * g(b)),
      7,
    );
  });

  test.each([
    [0, 1, 2],
    [2, 0, 1],
    [1, 1, 2],
    [1, 2, 1],
    [2, 0, 0],
  ])('I3 of %i, %i, %i', (u, v, w) => {
    expect(i3(cov, u, v, w)).toBeCloseTo(
      averaged([u, v, w], ([a = 0, b = 0, c = 0]) => slope(a) * b * g(c)),
      7,
    );
  });

  test.each([
    [0, 1, 2, 3],
    [2, 0, 1, 1],
    [1, 1, 2, 0],
    [2, 2, 2, 2],
    [3, 0, 3, 1],
  ])('I4 of %i, %i, %i, %i', (u, v, w, z) => {
    const truth = averaged(
      [u, v, w, z],
      ([a = 0, b = 0, c = 0, d = 0]) => slope(a) * slope(b) * g(c) * g(d),
      0.5,
    );
    expect(i4(cov, u, v, w, z)).toBeCloseTo(truth, 6);
  });
});

const start = startOf(2, 2, 0.5, 0.4);

test('students start with the lengths and overlaps that are asked for, no two alike', () => {
  expect(start.q).toEqual([
    [0.25, 0],
    [0, 0.25],
  ]);
  expect(start.r).toEqual([
    [0.2, 0],
    [0, 0.2],
  ]);
  const three = startOf(3, 2, 0.5, 0.4);
  expect(three.r[2]).toEqual([0.1, 0]);
  // What two students share is the first teacher: 0.2 · 0.1.
  expect(three.q[0]?.[2]).toBeCloseTo(0.02, 12);
});

test('a student that is its teacher stays, without error', () => {
  const learnt = startOf(2, 2, 1, 1);
  expect(generalizationError(learnt)).toBeCloseTo(0, 12);
  const { r, q } = orderVelocity(learnt, 1.3);
  for (const v of [r, q].flat(2)) expect(v).toBeCloseTo(0, 12);
});

test('the velocity is what one step of gradient descent does on average', () => {
  // By quadrature over three fields: one student and two teachers.
  const order = { r: [[0.3, -0.1]], q: [[0.4]] };
  const rest = Math.sqrt(0.4 - 0.3 ** 2 - 0.1 ** 2);
  const h = 0.25;
  const axis = Array.from({ length: 57 }, (_, i) => -7 + i * h);
  let [r1, r2, q, error] = [0, 0, 0, 0];
  for (const y1 of axis)
    for (const y2 of axis)
      for (const z of axis) {
        const weight =
          (h / Math.sqrt(2 * Math.PI)) ** 3 * Math.exp(-(y1 * y1 + y2 * y2 + z * z) / 2);
        const x = 0.3 * y1 - 0.1 * y2 + rest * z;
        const missing = g(y1) + g(y2) - g(x);
        const delta = slope(x) * missing;
        r1 += weight * delta * y1;
        r2 += weight * delta * y2;
        q += weight * (2 * 0.7 * delta * x + 0.7 ** 2 * delta ** 2);
        error += (weight * missing ** 2) / 2;
      }
  const velocity = orderVelocity(order, 0.7);
  expect(velocity.r[0]?.[0]).toBeCloseTo(0.7 * r1, 6);
  expect(velocity.r[0]?.[1]).toBeCloseTo(0.7 * r2, 6);
  expect(velocity.q[0]?.[0]).toBeCloseTo(q, 6);
  expect(generalizationError(order)).toBeCloseTo(error, 6);
});

test('halving the step of integration moves no order parameter by 1e-6', () => {
  const alphas = [4, 30, 60];
  const coarse = orderParametersAt(start, 1.5, alphas);
  const fine = orderParametersAt(start, 1.5, alphas, 0.05);
  for (const [i, { r, q }] of fine.entries())
    for (const [k, v] of [r, q].flat(2).entries())
      expect(Math.abs(v - ([coarse[i]?.r, coarse[i]?.q].flat(2)[k] as number))).toBeLessThan(1e-6);
});

test('there is a plateau, on which students are alike, and then each takes a teacher', () => {
  const [plateau, end] = orderParametersAt(start, 1.5, [4, 80]);
  expect(plateau && generalizationError(plateau)).toBeGreaterThan(0.03);
  expect(end && generalizationError(end)).toBeLessThan(1e-4);
  expect(end?.r[0]?.[0]).toBeCloseTo(1, 1);
  expect(end?.r[0]?.[1]).toBeCloseTo(0, 1);
});
