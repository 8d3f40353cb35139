/**
 * Kernels on the corners of the cube {−1, 1}^d that depend on two corners' distance alone, as the tangent
 * kernel of a fully connected network does. Their eigenfunctions are the parities Π_{k ∈ S} x_k, and the
 * eigenvalue depends on |S| alone: λ_s = 2^−d Σ_h K(h) κ_s(h) with the Krawtchouk polynomials κ_s
 * (Simon et al. 2021, arXiv:2110.03922, on the hypercube; Yang & Salman 2019, arXiv:1907.10599).
 */

/** Number of coordinates in which two corners, given by their bits, differ. */
export function distance(i: number, j: number): number {
  let bits = i ^ j;
  let count = 0;
  for (; bits !== 0; bits &= bits - 1) count += 1;
  return count;
}

/** n over k. */
export function choose(n: number, k: number): number {
  let c = 1;
  for (let i = 1; i <= k; i++) c = (c * (n - k + i)) / i;
  return c;
}

/** Sum of the parity of a set of s coordinates over all corners at distance h from (1, …, 1). */
function krawtchouk(d: number, s: number, h: number): number {
  let sum = 0;
  for (let j = Math.max(0, h + s - d); j <= Math.min(s, h); j++)
    sum += (j % 2 === 0 ? 1 : -1) * choose(s, j) * choose(d - s, h - j);
  return sum;
}

/** Eigenvalues by degree 0 … d, under the uniform measure; multiplicity n over s. `byDistance`: K(0) … K(d). */
export function cubeSpectrum(byDistance: readonly number[]): number[] {
  const d = byDistance.length - 1;
  const trace = (byDistance[0] ?? 0) * 2 ** d;
  return byDistance.map((_, s) => {
    const sum = byDistance.reduce((total, k, h) => total + k * krawtchouk(d, s, h), 0);
    // What cancels to rounding is zero: ReLU kernels have no odd degrees above one.
    return Math.abs(sum) < 1e-12 * trace ? 0 : sum / 2 ** d;
  });
}

/** Gram matrix between corners: [rows][columns]. */
export const cubeGram = (
  byDistance: readonly number[],
  rows: ArrayLike<number>,
  columns: ArrayLike<number>,
): number[][] =>
  Array.from(rows, (i) => Array.from(columns, (j) => byDistance[distance(i, j)] ?? Number.NaN));
