import { describe, expect, test } from 'vitest';
import { exactHalfTime, integrate, modeStrengths, stepError } from './linear-modes.ts';

test('Runge–Kutta and the closed forms of one and two layers agree to 1e-8 of s', () => {
  const times = Array.from({ length: 50 }, (_, i) => i * 0.1);
  for (const depth of [1, 2]) {
    for (const s of [1, 4]) {
      const exact = modeStrengths(depth, s, 0.01, times);
      for (const [i, a] of integrate(depth, s, 0.01, times).entries())
        expect(Math.abs(a - (exact[i] ?? 0))).toBeLessThan(1e-8 * s);
    }
  }
});

test.each([1, 2, 3, 4, 5, 8])(
  'in %d layers the solution is at half strength at the half-time',
  (depth) => {
    for (const s of [1, 2, 4]) {
      const [half] = integrate(depth, s, 0.01, [exactHalfTime(depth, s, 0.01)]);
      expect(Math.abs((half ?? 0) / (s / 2) - 1)).toBeLessThan(1e-6);
    }
    expect(exactHalfTime(depth, 1, 0.6)).toBe(0);
  },
);

/** Gradient descent on one balanced mode, in float64: strengths after every step. */
function descended(depth: number, s: number, a0: number, rate: number, steps: number): number[] {
  let c = a0 ** (1 / depth);
  return Array.from({ length: steps }, () => {
    c += rate * c ** (depth - 1) * (s - c ** depth);
    return c ** depth;
  });
}

describe.each([1, 2, 3, 4, 6])('descent in %d layers', (depth) => {
  test('is off the solution by the first-order error, the better the smaller the step', () => {
    const [s, a0, horizon] = [2, 0.05, 4];
    const off = (rate: number) => {
      const strengths = descended(depth, s, a0, rate, Math.round(horizon / rate));
      const exact = modeStrengths(
        depth,
        s,
        a0,
        strengths.map((_, i) => (i + 1) * rate),
      );
      const own = exact.map((a, i) => [(strengths[i] ?? 0) - a, stepError(depth, s, a0, rate, a)]);
      const most = Math.max(...own.map(([d = 0]) => Math.abs(d)));
      return Math.max(...own.map(([d = 0, e = 0]) => Math.abs(d - e))) / most;
    };
    expect(off(0.001)).toBeLessThan(0.02);
    // What is left is of second order: a quarter of the step, a quarter of it.
    expect(off(0.001) / off(0.004)).toBeCloseTo(0.25, 1);
  });
});

test('a mode that starts at its final strength has no error', () => {
  expect(stepError(2, 4, 4, 0.01, 4)).toBe(0);
});
