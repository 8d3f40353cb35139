/**
 * Gradient descent on the mean square loss of a kernel machine, exactly, at every step: with residual
 * r on n training samples, each step takes r to r − (η/n) K r, and every prediction moves by
 * (η/n) k(x)ᵀ r (Jacot et al. 2018, arXiv:1806.07572, §5; Lee et al. 2019, arXiv:1902.06720, §2.2).
 * This is what a wide network with tangent kernel K does from f = 0.
 */
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { mean } from './stats.ts';

/**
 * Coefficients c of the prediction f(x) = Σ_i c_i K(x, x_i) after so many steps.
 * @param kernel [train × train] @param targets of the training samples @param rate η of ½ mean r²
 */
export function kernelDescent(
  kernel: readonly (readonly number[])[],
  targets: readonly number[],
  rate: number,
): (steps: number) => number[] {
  const n = targets.length;
  const evd = new EigenvalueDecomposition(new Matrix(kernel.map((row) => [...row])), {
    assumeSymmetric: true,
  });
  const vectors = evd.eigenvectorMatrix;
  const projected = vectors
    .transpose()
    .mmul(Matrix.columnVector([...targets]))
    .to1DArray();
  return (steps) => {
    const along = evd.realEigenvalues.map((lambda, i) => {
      const factor = (rate * lambda) / n;
      // (η/n) Σ_{s < t} (1 − ηλ/n)^s, whose limit where λ is nothing is ηt/n.
      const sum =
        Math.abs(factor) < 1e-12 ? (rate * steps) / n : (1 - (1 - factor) ** steps) / lambda;
      return sum * (projected[i] ?? 0);
    });
    return vectors.mmul(Matrix.columnVector(along)).to1DArray();
  };
}

/** Predictions Σ_i c_i K(x, x_i) from the rows K(x, ·). */
export const predictionsOf = (
  cross: readonly (readonly number[])[],
  coefficients: readonly number[],
): number[] => cross.map((row) => row.reduce((sum, k, i) => sum + k * (coefficients[i] ?? 0), 0));

/** Kernel regression by descent on some samples of a table. */
export interface Regression {
  /** Predictions on some rows of the table after so many steps. */
  at(rows: readonly number[], steps: number): number[];
  /** Mean square error over the whole table, the trained rows included, after each of these numbers of steps. */
  errors(steps: readonly number[]): number[];
}

/**
 * @param gram of the kernel between rows of the table, [rows][columns]
 * @param targets of the whole table @param trained its rows that are trained on
 * @param rate η of ½ mean r²
 */
export function regressionOn(
  gram: (rows: ArrayLike<number>, columns: ArrayLike<number>) => number[][],
  targets: ArrayLike<number>,
  trained: ArrayLike<number>,
  rate: number,
): Regression {
  const aims = Array.from(trained, (i) => targets[i] ?? Number.NaN);
  const descent = kernelDescent(gram(trained, trained), aims, rate);
  return {
    at: (rows, steps) => predictionsOf(gram(rows, trained), descent(steps)),
    errors(steps) {
      const all = Array.from({ length: targets.length }, (_, i) => i);
      const cross = gram(all, trained);
      return steps.map((t) =>
        mean(predictionsOf(cross, descent(t)).map((f, i) => (f - (targets[i] ?? 0)) ** 2)),
      );
    },
  };
}

/** cᵀ K c: the squared length of the path in weights (at unit rates) that c stands for. */
export const squaredNorm = (kernel: readonly (readonly number[])[], c: readonly number[]): number =>
  predictionsOf(kernel, c).reduce((sum, value, i) => sum + value * (c[i] ?? 0), 0);
