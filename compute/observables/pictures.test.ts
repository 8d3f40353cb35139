import fc from 'fast-check';
import { expect, test } from 'vitest';
import { normals } from '../random.ts';
import { gaussianModel, gaussianPictures } from './gaussian-pictures.ts';
import { cosine, cosines, nearest, type Pictures, sameAndDifferent } from './pictures.ts';

const of = (pixels: number, ...rows: readonly number[][]): Pictures => ({
  ...{ pixels, values: rows.flat() },
});

test('cosines are those of angles that were put in', () => {
  const turned = (degrees: number) => [
    3 * Math.cos((degrees * Math.PI) / 180),
    3 * Math.sin((degrees * Math.PI) / 180),
  ];
  const a = of(2, [1, 0], [0, 2]);
  const b = of(2, turned(60), turned(135));
  expect(cosine(a, 0, b, 0)).toBeCloseTo(0.5, 12);
  const between = cosines(a, b);
  expect(between[1]?.[0]).toBeCloseTo(Math.sqrt(3) / 2, 12);
  expect(sameAndDifferent(between)).toEqual({
    same: expect.closeTo((0.5 + Math.SQRT1_2) / 2, 12),
    different: expect.closeTo((-Math.SQRT1_2 + Math.sqrt(3) / 2) / 2, 12),
  });
  expect(cosine(of(2, [0, 0]), 0, a, 0)).toBe(0);
});

test('the nearest is the largest cosine, and 1 of a copy, whatever its size', () => {
  const images = of(3, [1, 2, -1], [0, 1, 1], [-3, 0, 2]);
  expect(nearest(of(3, [0, 5, 5]), images)).toBeCloseTo(1, 12);
  expect(nearest(of(3, [0, 5, 5], [2, 4, -2]), images)).toBeCloseTo(1, 12);
  expect(nearest(of(3, [1, 0, 0]), images)).toBeCloseTo(1 / Math.sqrt(6), 12);
});

test('cosines do not change with the size of either', () => {
  const row = fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 4, maxLength: 4 });
  fc.assert(
    fc.property(row, row, fc.double({ min: 0.1, max: 9, noNaN: true }), (u, v, factor) => {
      const [a, b] = [of(4, u), of(4, v)];
      const scaled = of(
        4,
        u.map((x) => factor * x),
      );
      expect(cosine(scaled, 0, b, 0)).toBeCloseTo(cosine(a, 0, b, 0), 9);
      expect(Math.abs(cosine(a, 0, b, 0))).toBeLessThanOrEqual(1 + 1e-12);
    }),
  );
});

test('a Gaussian model makes of noise what many small steps of its differential equation make', () => {
  // Two pixels, correlated, about a mean of their own.
  const z = normals(3, 2, 0, 400);
  const images = of(
    2,
    ...Array.from({ length: 200 }, (_, i) => {
      const [u, v] = [z[2 * i] as number, z[2 * i + 1] as number];
      return [0.3 + 0.5 * u, -0.2 + 0.4 * u + 0.1 * v];
    }),
  );
  const model = gaussianModel(images);
  const [start, sigma] = [[7, -11], 10];
  const made = gaussianPictures(model, of(2, start), sigma);

  // Mean and covariance once more, and D = μ + Σ (Σ + σ²)⁻¹ (x − μ) by Cramer's rule.
  const rows = Array.from({ length: 200 }, (_, i) => [
    images.values[2 * i] as number,
    images.values[2 * i + 1] as number,
  ]);
  const mean = [0, 1].map((k) => rows.reduce((s, r) => s + (r[k] as number), 0) / 200);
  const cov = (j: number, k: number) =>
    rows.reduce(
      (s, r) =>
        s + ((r[j] as number) - (mean[j] as number)) * ((r[k] as number) - (mean[k] as number)),
      0,
    ) / 200;
  const [a, b, d] = [cov(0, 0), cov(0, 1), cov(1, 1)];
  let x = [...start];
  const steps = 200_000;
  for (let i = 0; i < steps; i++) {
    // Levels in equal ratios, down to a millionth of the first: what is left there is below rounding here.
    const now = sigma * 1e-6 ** (i / steps);
    const next = sigma * 1e-6 ** ((i + 1) / steps);
    const [p, q] = [(x[0] as number) - (mean[0] as number), (x[1] as number) - (mean[1] as number)];
    const [e, f] = [a + now ** 2, d + now ** 2];
    const det = e * f - b * b;
    const [u, v] = [(f * p - b * q) / det, (e * q - b * p) / det];
    const denoised = [(mean[0] as number) + a * u + b * v, (mean[1] as number) + b * u + d * v];
    x = x.map((value, k) => value + ((next - now) * (value - (denoised[k] as number))) / now);
  }
  for (const k of [0, 1]) expect(made[k]).toBeCloseTo(x[k] as number, 3);
});

test('the model of one image makes that image of any noise', () => {
  const model = gaussianModel(of(3, [1, -2, 3]));
  for (const v of gaussianPictures(model, of(3, [9, 9, 9], [-40, 2, 7]), 10).entries())
    expect(v[1]).toBeCloseTo([1, -2, 3][v[0] % 3] as number, 9);
});
