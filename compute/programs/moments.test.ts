import { expect, test } from 'vitest';
import { pairsOf } from './measured.ts';
import { addMoments, covarianceSpectrum } from './moments.ts';

/** Corners of a square turned by an angle, so that the covariance has no zero, with a mean of its own. */
const [c, s] = [0.8, 0.6];
const points = [
  [2, 1],
  [2, -1],
  [-2, 1],
  [-2, -1],
].flatMap(([u = 0, v = 0]) => [5 + c * u - s * v, -3 + s * u + c * v]);

test('eigenvalues are the variances along the axes, whatever the mean and the batches', () => {
  for (const batches of [[points], [points.slice(0, 2), points.slice(2)]]) {
    const [sum, products] = [new Float32Array(2), new Float32Array(pairsOf(2))];
    for (const own of batches) addMoments(Float64Array.from(own), 2, sum, products);
    const [first = 0, second = 0] = covarianceSpectrum(4, sum, products);
    expect(first).toBeCloseTo(4, 4);
    expect(second).toBeCloseTo(1, 4);
  }
});

test('products are those of every pair, row by row', () => {
  const [sum, products] = [new Float32Array(3), new Float32Array(pairsOf(3))];
  addMoments(Float64Array.from([1, 2, 3, 10, 20, 30]), 3, sum, products);
  expect([...sum]).toEqual([11, 22, 33]);
  expect([...products]).toEqual([101, 202, 303, 404, 606, 909]);
});
