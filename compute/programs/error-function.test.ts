import { expect, test } from 'vitest';
import { decay, sigmoidAt } from './error-function.ts';

const at = (x: number) => {
  const into = new Float64Array(2);
  sigmoidAt(x, into);
  return [into[0] ?? Number.NaN, into[1] ?? Number.NaN] as const;
};

// Φ(x) of the standard normal distribution, from tables: erf(x/√2) = 2 Φ(x) − 1.
test.each([
  [0, 0.5],
  [0.5, 0.691_462_461_274_013_1],
  [1, 0.841_344_746_068_542_9],
  [1.96, 0.975_002_104_851_779_5],
  [3, 0.998_650_101_968_369_9],
  [5, 0.999_999_713_348_428_1],
])('g(%d) agrees with the normal distribution to 1e-14', (x, phi) => {
  expect(Math.abs(at(x)[0] - (2 * phi - 1))).toBeLessThan(1e-14);
  expect(at(-x)[0]).toBe(-at(x)[0]);
});

test('the slope is √(2/π) e^{−x²/2} to 1e-14 of it', () => {
  for (let x = -8.4; x <= 8.4; x += 0.1) {
    const truth = Math.sqrt(2 / Math.PI) * Math.exp((-x * x) / 2);
    expect(Math.abs(at(x)[1] / truth - 1), `at ${x}`).toBeLessThan(1e-14);
  }
});

test('far out it is one, and what is no number stays none', () => {
  expect(at(40)).toEqual([1, 0]);
  expect(at(Number.NEGATIVE_INFINITY)).toEqual([-1, 0]);
  expect(at(Number.NaN)).toEqual([Number.NaN, Number.NaN]);
  expect(1 - at(8.49)[0]).toBeLessThan(1e-15);
});

test('e^{−z} agrees with the library’s to 1e-15 of it, and is nothing far out', () => {
  for (let z = 0; z < 60; z += 0.0137)
    expect(Math.abs(decay(z) / Math.exp(-z) - 1), `at ${z}`).toBeLessThan(1e-15);
  expect(decay(0)).toBe(1);
  expect(decay(699) / Math.exp(-699)).toBeCloseTo(1, 12);
  expect(decay(1e6)).toBe(0);
  expect(decay(Number.POSITIVE_INFINITY)).toBe(0);
  expect(decay(Number.NaN)).toBeNaN();
});
