import { describe, expect, test } from 'vitest';
import { normals, STREAMS } from '../random.ts';
import { squaredBias, varianceBetween, varianceScaling } from './between-seeds.ts';

/** So many seeds of 24 predictions, a common mean and noise of a standard deviation. */
const draws = (part: number, seeds: number, std: number, mean = 0) =>
  Array.from({ length: seeds }, (_, s) =>
    [...normals(50 + s, STREAMS.probe, part, 24)].map((z, i) => Math.sin(i) + mean + std * z),
  );

test('the variance between seeds is the mean of the sample variances', () => {
  const all = draws(0, 5, 2);
  const variances = Array.from({ length: 24 }, (_, i) => {
    const values = all.map((f) => f[i] ?? 0);
    const m = values.reduce((a, b) => a + b) / 5;
    return values.reduce((sum, v) => sum + (v - m) ** 2, 0) / 4;
  });
  expect(varianceBetween(all)).toBeCloseTo(variances.reduce((a, b) => a + b) / 24, 10);
  expect(varianceBetween(all.slice(0, 1))).toBeNaN();
});

describe('how the variance scales', () => {
  test('is the exponent exactly where the noise is the same but for its size', () => {
    const ensembles = [16, 64, 256].map((width) => ({
      width,
      predictions: draws(0, 4, width ** -0.6),
    }));
    expect(varianceScaling(ensembles, 4).slope).toBeCloseTo(-1.2, 10);
  });

  test('its interval covers the true exponent in at least 90 of 100 cases', () => {
    let covered = 0;
    for (let c = 0; c < 100; c++) {
      const ensembles = [16, 64, 256, 1024].map((width, w) => ({
        width,
        predictions: draws(4 * c + w, 5, width ** -0.5),
      }));
      const { interval } = varianceScaling(ensembles, 4, 200);
      covered += Number(interval !== null && interval[0] <= -1 && interval[1] >= -1);
    }
    // 95 less two standard deviations of the count; resampled outputs make it rather too wide than too narrow.
    expect(covered).toBeGreaterThanOrEqual(90);
  });

  test('has no interval with one width or one seed', () => {
    const one = { width: 16, predictions: draws(0, 3, 1) };
    expect(varianceScaling([one], 4)).toEqual({ slope: Number.NaN, interval: null });
    const alone = { width: 64, predictions: draws(0, 1, 1) };
    expect(varianceScaling([one, alone], 4).interval).toBeNull();
  });
});

describe('the squared bias', () => {
  test('of a pure shift is its square', () => {
    const [a, b] = [draws(0, 3, 1, 0.5), draws(0, 3, 1)];
    expect(squaredBias(a, b)([0, 1, 2])).toBeCloseTo(0.25, 10);
  });

  test('of no shift is zero on average: chance adds nothing', () => {
    const values = Array.from({ length: 200 }, (_, c) =>
      squaredBias(draws(2 * c, 3, 1), draws(2 * c + 1, 3, 1))([0, 1, 2]),
    );
    const mean = values.reduce((a, b) => a + b) / 200;
    const spread = Math.sqrt(values.reduce((s, v) => s + (v - mean) ** 2, 0) / 200);
    expect(Math.abs(mean)).toBeLessThan((3 * spread) / Math.sqrt(200));
    // The plain squared distance of means would be 2/3.
    expect(Math.abs(mean)).toBeLessThan(0.1);
  });
});
