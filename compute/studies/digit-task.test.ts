import { expect, test } from 'vitest';
import { localFiles } from '../../data/local.ts';
import { gramOf, reluTangentKernel } from '../analysis/arc-cosine.ts';
import { eigenlearning } from '../analysis/eigenlearning.ts';
import { regressionOn } from '../analysis/kernel-regression.ts';
import { mean } from '../analysis/stats.ts';
import { dataSet } from '../programs/data.ts';
import { distinctRows } from '../random.ts';
import { DIGIT_INPUTS, DIGIT_MODES, DIGITS } from './digit-task.ts';

const M = DIGITS.samples;
const { x, y } = await dataSet(DIGITS, DIGIT_INPUTS, 1, localFiles());
const rows = Array.from({ length: M }, (_, i) =>
  x.subarray(i * DIGIT_INPUTS, (i + 1) * DIGIT_INPUTS),
);
const gram = gramOf((a, b, c) => reluTangentKernel(1, a, b, c), rows, rows);
const sum = (of: (mode: (typeof DIGIT_MODES)[number]) => number) =>
  DIGIT_MODES.reduce((total, mode) => total + of(mode), 0);

test('the spectrum has the moments of the kernel on the digits, and of the target in it', () => {
  expect(sum((m) => m.multiplicity)).toBe(M);
  const trace = gram.reduce((total, row, i) => total + (row[i] ?? 0), 0);
  expect(sum((m) => m.multiplicity * m.eigenvalue) / (trace / M)).toBeCloseTo(1, 5);
  const squares = gram.flat().reduce((total, k) => total + k * k, 0);
  // Eigenvalues that are alike within 10% are written as one.
  expect(sum((m) => m.multiplicity * m.eigenvalue ** 2) / (squares / M ** 2)).toBeCloseTo(1, 2);
  expect(sum((m) => m.power)).toBeCloseTo(1, 5);
  const along = gram.map((row) => row.reduce((total, k, j) => total + k * (y[j] ?? 0), 0) / M);
  const first = mean(along.map((v, i) => v * (y[i] ?? 0)));
  expect(sum((m) => m.power * m.eigenvalue) / first).toBeCloseTo(1, 2);
  const second = mean(along.map((v) => v * v));
  expect(sum((m) => m.power * m.eigenvalue ** 2) / second).toBeCloseTo(1, 2);
});

test.each([16, 32])(
  'with %d samples the prediction is the regression’s mean error over 100 draws, within 7%',
  (n) => {
    const pick = (of: ArrayLike<number>, where: ArrayLike<number>) =>
      Array.from(of, (i) => Array.from(where, (j) => gram[i]?.[j] ?? Number.NaN));
    const errors = Array.from({ length: 100 }, (_, draw) =>
      regressionOn(pick, y, distinctRows(99, n, M, draw), 1).errors([1e7]),
    ).flat();
    const { testError } = eigenlearning(DIGIT_MODES, n);
    expect(Math.abs(mean(errors) / testError - 1)).toBeLessThan(0.07);
  },
);
