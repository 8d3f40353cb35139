import { describe, expect, test } from 'vitest';
import { driftCurve, driftTime } from './escape.ts';
import { logLogSlope } from './stats.ts';

/** The recursion that the drift stands for, step by step: mean move along the tangent, then back to length 1. */
function stepped(degree: number, dimension: number, rate: number, from: number, to: number) {
  let [m, steps] = [from, 0];
  while (m < to) {
    m += rate * degree * m ** (degree - 1) * (1 - m * m);
    m /= Math.sqrt(1 + rate ** 2 * degree * dimension);
    steps += 1;
  }
  return steps;
}

describe('the time that drift takes', () => {
  test.each([
    [1, 100, 0.2 / 100],
    [2, 100, 0.3 / 100],
    [3, 64, 0.1 / 64 ** 1.5],
  ])('k = %i: is that of the recursion', (degree, dimension, rate) => {
    const from = 1 / Math.sqrt(dimension);
    const time = driftTime({ degree, dimension, rate }, from, 0.7);
    expect(time / stepped(degree, dimension, rate, from, 0.7)).toBeCloseTo(1, 1);
  });

  test('without noise, of degree one, is the difference of two inverse hyperbolic tangents', () => {
    const time = driftTime({ degree: 1, dimension: 0, rate: 0.01 }, 0.1, 0.7);
    expect(time).toBeCloseTo(100 * (Math.atanh(0.7) - Math.atanh(0.1)), 4);
  });

  test.each([
    [1, 1, 1],
    [3, 1.5, 2],
    [4, 2, 3],
  ])('k = %i: grows with d as its information exponent says', (degree, power, exponent) => {
    const times = [1e8, 1e10].map((dimension): [number, number] => {
      const drift = { degree, dimension, rate: 0.1 / dimension ** power };
      return [dimension, driftTime(drift, 1 / Math.sqrt(dimension), 0.7)];
    });
    expect(logLogSlope(times)).toBeCloseTo(exponent, 2);
  });

  test('k = 2: each time d is squared it takes twice as long, divided by d', () => {
    const [a = 0, b = 0] = [1e6, 1e12].map(
      (dimension) =>
        driftTime({ degree: 2, dimension, rate: 1e-3 / dimension }, dimension ** -0.5, 0.01) /
        dimension,
    );
    // From d^−½ to 0.01: ½ log d + log 0.01.
    const logs = (d: number) => Math.log(d) / 2 + Math.log(0.01);
    expect(b / a).toBeCloseTo(logs(1e12) / logs(1e6), 3);
  });
});

test('a curve starts where it should and ascends to its end', () => {
  const drift = { degree: 3, dimension: 64, rate: 0.1 / 512 };
  const { steps, overlaps } = driftCurve(drift, 1 / 8, 0.7);
  expect([steps[0], overlaps[0]]).toEqual([0, 1 / 8]);
  expect(overlaps.at(-1)).toBeCloseTo(0.7, 12);
  expect(steps.every((t, i) => i === 0 || t > (steps[i - 1] ?? 0))).toBe(true);
});

test('a step size at which noise outweighs the signal is refused with a sentence', () => {
  expect(() => driftTime({ degree: 2, dimension: 100, rate: 1 }, 0.1, 0.7)).toThrow(/smaller/);
});
