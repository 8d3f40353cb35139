import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { expect, test } from 'vitest';
import { choose, cubeGram, cubeSpectrum, distance } from './cube-kernel.ts';

const d = 5;
const byDistance = [3, 1.7, 0.9, 0.4, 0.35, 0.3];
const corners = Array.from({ length: 2 ** d }, (_, i) => i);

test('distances are counted coordinate by coordinate', () => {
  for (const [i, j] of [
    [0, 31],
    [5, 5],
    [6, 9],
    [16, 3],
  ] as const) {
    const truth = [0, 1, 2, 3, 4].filter((k) => ((i >> k) & 1) !== ((j >> k) & 1)).length;
    expect(distance(i, j)).toBe(truth);
  }
});

test('the spectrum is that of the dense matrix over all corners, with binomial multiplicities', () => {
  const dense = new Matrix(cubeGram(byDistance, corners, corners)).div(2 ** d);
  const truth = new EigenvalueDecomposition(dense, { assumeSymmetric: true }).realEigenvalues;
  const ours = cubeSpectrum(byDistance).flatMap((lambda, s) =>
    new Array<number>(choose(d, s)).fill(lambda),
  );
  expect(ours.length).toBe(truth.length);
  const ascending = (list: number[]) => [...list].sort((a, b) => a - b);
  for (const [i, lambda] of ascending(ours).entries())
    expect(lambda).toBeCloseTo(ascending(truth)[i] ?? Number.NaN, 12);
});

test('a parity is an eigenfunction with the eigenvalue of its degree', () => {
  const parity = corners.map((i) => (distance(i & 0b01101, 0) % 2 === 0 ? 1 : -1));
  const moved = new Matrix(cubeGram(byDistance, corners, corners))
    .mmul(Matrix.columnVector(parity))
    .to1DArray();
  const lambda = cubeSpectrum(byDistance)[3] ?? Number.NaN;
  for (const [i, v] of moved.entries()) expect(v / 32).toBeCloseTo(lambda * (parity[i] ?? 0), 12);
});
