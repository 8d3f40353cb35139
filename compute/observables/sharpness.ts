/**
 * Sharpness: the largest eigenvalue of the Hessian, of each run of a pack, by Lanczos on exact
 * Hessian-vector products. The products are made on the device for all runs at once; the Krylov
 * bases live on the host in float64 and are orthogonalised twice in full, so no orthogonality is
 * lost. Starts from the top Ritz vector of the last observation, which is nearly right when the
 * network has moved a little: few products are enough then.
 */
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import type { WarmStarts } from '../programs/packed.ts';
import { normals, STREAMS } from '../random.ts';

/** Products of the first observation, from a random vector, and of every later one. */
export const COLD_PRODUCTS = 24;
export const WARM_PRODUCTS = 6;
const KEY = 'sharpnessVector';

export interface EigenProblem {
  readonly runs: number;
  /** Length of one run's vector. */
  readonly size: number;
  readonly seeds: readonly number[];
  readonly warm: WarmStarts;
  /** H v for every run: takes and returns [runs × size], row-major. */
  product(vectors: Float32Array): Promise<Float32Array>;
}

/**
 * Largest (most positive) eigenvalue of each run's Hessian; NaN where products are not finite.
 * Relative error against a dense solve: tested ≤ 1e-3 while training (float32 products).
 */
export async function topEigenvalue(problem: EigenProblem): Promise<Float64Array> {
  const { runs, size, warm, seeds } = problem;
  const isWarm = warm.every((w) => w.has(KEY));
  const steps = Math.min(isWarm ? WARM_PRODUCTS : COLD_PRODUCTS, size);
  const bases: Float64Array[][] = [];
  const alphas: number[][] = [];
  const betas: number[][] = [];
  for (let r = 0; r < runs; r++) {
    const start = warm[r]?.get(KEY) ?? normals(seeds[r] ?? 0, STREAMS.probe, 0, size);
    bases.push([normalised(Float64Array.from(start)) ?? basisVector(size)]);
    alphas.push([]);
    betas.push([]);
  }
  for (let j = 0; j < steps; j++) {
    const packed = new Float32Array(runs * size);
    for (let r = 0; r < runs; r++) {
      const q = bases[r]?.[j];
      if (q !== undefined) packed.set(q, r * size);
    }
    const products = await problem.product(packed);
    for (let r = 0; r < runs; r++) {
      const basis = bases[r] ?? [];
      const q = basis[j];
      if (q === undefined) continue; // This run's Krylov space was exhausted: its answer is exact.
      const w = Float64Array.from(products.subarray(r * size, (r + 1) * size));
      alphas[r]?.push(dot(w, q));
      for (let again = 0; again < 2; again++) {
        for (const b of basis) subtract(w, b, dot(w, b));
      }
      const beta = Math.sqrt(dot(w, w));
      const next = j + 1 < steps ? normalised(w) : null;
      if (next === null || !(beta > 1e-7 * Math.abs(alphas[r]?.[0] ?? 0))) continue;
      betas[r]?.push(beta);
      basis.push(next);
    }
  }
  const top = new Float64Array(runs);
  for (let r = 0; r < runs; r++) {
    const pair = topRitzPair(alphas[r] ?? [], betas[r] ?? []);
    top[r] = pair.value;
    if (!Number.isFinite(pair.value)) continue;
    const vector = new Float64Array(size);
    for (const [j, c] of pair.coefficients.entries()) {
      const q = bases[r]?.[j];
      if (q !== undefined) subtract(vector, q, -c);
    }
    // Float32, as a checkpoint keeps it: resuming must start from the very same numbers.
    warm[r]?.set(KEY, Float32Array.from(vector));
  }
  return top;
}

/** Largest eigenvalue and its eigenvector of the symmetric tridiagonal matrix (α on, β beside the diagonal). */
function topRitzPair(
  alpha: readonly number[],
  beta: readonly number[],
): { readonly value: number; readonly coefficients: readonly number[] } {
  const n = alpha.length;
  if (![...alpha, ...beta].every(Number.isFinite)) return { value: Number.NaN, coefficients: [] };
  const matrix = Matrix.zeros(n, n);
  for (let i = 0; i < n; i++) {
    matrix.set(i, i, alpha[i] ?? 0);
    const b = beta[i];
    if (b === undefined || i + 1 >= n) continue;
    matrix.set(i, i + 1, b);
    matrix.set(i + 1, i, b);
  }
  const evd = new EigenvalueDecomposition(matrix, { assumeSymmetric: true });
  const values = evd.realEigenvalues;
  const best = values.indexOf(Math.max(...values));
  return { value: values[best] ?? Number.NaN, coefficients: evd.eigenvectorMatrix.getColumn(best) };
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}

function subtract(from: Float64Array, vector: Float64Array, factor: number): void {
  for (let i = 0; i < from.length; i++) from[i] = (from[i] ?? 0) - factor * (vector[i] ?? 0);
}

function normalised(v: Float64Array): Float64Array | null {
  const norm = Math.sqrt(dot(v, v));
  return norm > 0 && Number.isFinite(norm) ? v.map((x) => x / norm) : null;
}

function basisVector(size: number): Float64Array {
  const e = new Float64Array(size);
  e[0] = 1;
  return e;
}
