/**
 * Running sums of vectors and of their products, and the eigenvalues of the covariance that they give. The sums are
 * the state: float32, so what they are of should be centred already, nearly.
 */
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { pairsOf } from './measured.ts';

/** Adds the sums over a batch, [count × size], rounded once: Σ x to `sum`, Σ x xᵀ (upper triangle, row by row) to `products`. */
export function addMoments(
  batch: Float64Array,
  size: number,
  sum: Float32Array,
  products: Float32Array,
): void {
  const rows = batch.length / size;
  const own = new Float64Array(size);
  for (let r = 0; r < rows; r++)
    for (let i = 0; i < size; i++) own[i] = (own[i] ?? 0) + (batch[r * size + i] ?? 0);
  for (let i = 0; i < size; i++) sum[i] = (sum[i] ?? 0) + (own[i] ?? 0);
  const all = new Float64Array(pairsOf(size));
  for (let r = 0; r < rows; r++) {
    let at = 0;
    for (let i = 0; i < size; i++) {
      const v = batch[r * size + i] ?? 0;
      for (let j = i; j < size; j++, at++)
        all[at] = (all[at] ?? 0) + v * (batch[r * size + j] ?? 0);
    }
  }
  for (let at = 0; at < all.length; at++) products[at] = (products[at] ?? 0) + (all[at] ?? 0);
}

/** Eigenvalues of the covariance of `count` vectors, the largest first. */
export function covarianceSpectrum(
  count: number,
  sum: Float32Array,
  products: Float32Array,
): Float64Array {
  const size = sum.length;
  const covariance = Matrix.zeros(size, size);
  let at = 0;
  for (let i = 0; i < size; i++)
    for (let j = i; j < size; j++, at++) {
      const value = (products[at] ?? 0) / count - ((sum[i] ?? 0) / count) * ((sum[j] ?? 0) / count);
      covariance.set(i, j, value);
      covariance.set(j, i, value);
    }
  return eigenvaluesOf(covariance);
}

/** Of a symmetric matrix, the largest first. */
export const eigenvaluesOf = (matrix: Matrix): Float64Array =>
  Float64Array.from(new EigenvalueDecomposition(matrix, { assumeSymmetric: true }).realEigenvalues)
    .sort()
    .reverse();
