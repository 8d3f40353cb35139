import { describe, expect, test } from 'vitest';
import { decimate } from './decimate.ts';
import { bootstrap, logLogSlope, mean, median, studentT95, tInterval } from './stats.ts';

describe('intervals', () => {
  test("Student's t interval of a textbook sample", () => {
    // n = 4, mean 5, s = √(20/3): half width 3.182 · s / 2.
    const interval = tInterval([2, 4, 6, 8]);
    const half = (3.182 * Math.sqrt(20 / 3)) / 2;
    expect(interval?.[0]).toBeCloseTo(5 - half, 10);
    expect(interval?.[1]).toBeCloseTo(5 + half, 10);
    expect(tInterval([1])).toBeNull();
  });

  test('quantiles beyond the table agree with published values to 1e-3', () => {
    expect(Math.abs(studentT95(40) - 2.021)).toBeLessThan(1e-3);
    expect(Math.abs(studentT95(120) - 1.98)).toBeLessThan(1e-3);
  });

  test('the bootstrap interval of a mean is near the normal one, and the same each time', () => {
    const values = Array.from({ length: 200 }, (_, i) => Math.sin(i * 12.9898) * 10);
    const m = mean(values);
    const sd = Math.sqrt(mean(values.map((v) => (v - m) ** 2)));
    const interval = bootstrap(values, mean);
    expect(bootstrap(values, mean)).toEqual(interval);
    const half = (1.96 * sd) / Math.sqrt(200);
    expect(Math.abs((interval?.[0] ?? 0) - (m - half))).toBeLessThan(0.15 * half);
    expect(Math.abs((interval?.[1] ?? 0) - (m + half))).toBeLessThan(0.15 * half);
  });
});

test('median of odd and even lists', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
});

test('the log-log slope of a power law is its exponent', () => {
  expect(logLogSlope([1, 2, 5, 9].map((x) => [x, 3 * x ** -1.5]))).toBeCloseTo(-1.5, 12);
  expect(logLogSlope([[1, 1]])).toBeNaN();
});

test('thinning keeps ends and extremes', () => {
  const x = Array.from({ length: 1000 }, (_, i) => i);
  const y = x.map((i) => (i === 500 ? 99 : i === 501 ? -99 : 0));
  const thin = decimate({ line: '', x, y }, 50);
  expect(thin.x.length).toBeLessThanOrEqual(50);
  expect(thin.x[0]).toBe(0);
  expect(thin.x.at(-1)).toBe(999);
  expect(thin.y).toContain(99);
  expect(thin.y).toContain(-99);
});
