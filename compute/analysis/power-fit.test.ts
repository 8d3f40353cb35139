import { expect, test } from 'vitest';
import { normals, STREAMS } from '../random.ts';
import { powerFit } from './power-fit.ts';

const xs = [0.001, 0.003, 0.01, 0.03, 0.06];

test.each([0.5, 1, 2.3])('finds the exponent %d of a power law, whatever the errors', (p) => {
  expect(powerFit(xs.map((x, i) => ({ x, y: 4 * x ** p, error: 1 + i })))).toBeCloseTo(p, 5);
});

test('is unbiased where the small values drown in noise, negative ones among them', () => {
  const fits = Array.from({ length: 300 }, (_, s) => {
    const noise = normals(s, STREAMS.probe, 0, xs.length);
    return powerFit(xs.map((x, i) => ({ x, y: 4 * x + 0.01 * (noise[i] ?? 0), error: 0.01 })));
  });
  const mean = fits.reduce((a, b) => a + b) / fits.length;
  const spread = Math.sqrt(fits.reduce((s, v) => s + (v - mean) ** 2, 0) / fits.length);
  // Three standard errors, and the second order of a nonlinear fit.
  expect(Math.abs(mean - 1)).toBeLessThan((3 * spread) / Math.sqrt(300) + spread ** 2);
});

test('says nothing of one point, or of none above zero', () => {
  expect(powerFit([{ x: 1, y: 1, error: 1 }])).toBeNaN();
  expect(powerFit(xs.map((x) => ({ x, y: -x, error: 1 })))).toBeNaN();
});
