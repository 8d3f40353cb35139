import { LuDecomposition, Matrix } from 'ml-matrix';
import { expect, test } from 'vitest';
import { normals, STREAMS } from '../random.ts';
import { kernelDescent, predictionsOf, squaredNorm } from './kernel-regression.ts';

const [n, d] = [7, 12];
const features = Matrix.from1DArray(n, d, normals(1, STREAMS.data, 0, n * d));
const kernel = features.mmul(features.transpose());
const targets = [...normals(1, STREAMS.target, 0, n)];
const points = Matrix.from1DArray(3, d, normals(1, STREAMS.probe, 0, 3 * d));
const cross = points.mmul(features.transpose()).to2DArray();

test('its predictions are those of a linear model trained step by step', () => {
  const rate = 0.2;
  const w = Matrix.zeros(d, 1);
  const y = Matrix.columnVector(targets);
  const descent = kernelDescent(kernel.to2DArray(), targets, rate);
  for (let t = 0; t <= 40; t++) {
    const truth = points.mmul(w).to1DArray();
    const c = descent(t);
    for (const [i, f] of predictionsOf(cross, c).entries())
      expect(f).toBeCloseTo(truth[i] ?? 0, 10);
    expect(squaredNorm(kernel.to2DArray(), c)).toBeCloseTo(w.norm('frobenius') ** 2, 10);
    w.add(
      features
        .transpose()
        .mmul(Matrix.sub(y, features.mmul(w)))
        .mul(rate / n),
    );
  }
});

test('after long it interpolates: c solves K c = y', () => {
  const solved = new LuDecomposition(kernel).solve(Matrix.columnVector(targets)).to1DArray();
  const c = kernelDescent(kernel.to2DArray(), targets, 0.2)(100_000);
  for (const [i, value] of c.entries()) expect(value).toBeCloseTo(solved[i] ?? 0, 8);
});

test('a direction without an eigenvalue takes ηt/n of the target, and no prediction moves by it', () => {
  const c = kernelDescent(
    [
      [1, 0],
      [0, 0],
    ],
    [1, 1],
    0.5,
  )(8);
  expect(c[1]).toBeCloseTo((0.5 * 8) / 2, 12);
  expect(predictionsOf([[1, 0]], c)[0]).toBeCloseTo(1 - 0.75 ** 8, 12);
});
