/**
 * Sharpness: the largest eigenvalue of the Hessian, of each run of a pack, by Lanczos on exact
 * Hessian-vector products. The products are made on the device for all runs at once; the Krylov
 * bases live on the host in float64 and are orthogonalised twice in full, so no orthogonality is
 * lost. Starts from the two leading Ritz vectors of the last observation, which are nearly right when
 * the network has moved a little: few products are enough then. Two, because another direction may
 * overtake the first between two observations.
 */
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { normals, STREAMS } from '../random.ts';

/** Products at most: of the first observation, from a random vector, and of every later one. */
const COLD_PRODUCTS = 32;
const WARM_PRODUCTS = 16;
/**
 * Enough when the Ritz residual is so small a part of the Ritz value. An eigenvalue is within the
 * residual of it, and within residual² / gap where the next one is a gap away (Parlett 1980, §11.7).
 */
const RESIDUAL = 0.005;
/** Share of the second Ritz vector in the next start. */
const SECOND = 0.3;

/** By run: named arrays that one observation leaves for the next; a checkpoint keeps them. */
export type WarmStarts = Map<string, Float32Array>[];

export interface EigenProblem {
  readonly runs: number;
  /** Length of one run's vector. */
  readonly size: number;
  readonly seeds: readonly number[];
  readonly warm: WarmStarts;
  /** Name of the start vector among them. */
  readonly key: string;
  /** H v for every run: takes and returns [runs × size], row-major. */
  product(vectors: Float32Array): Promise<Float32Array>;
}

/**
 * Largest (most positive) eigenvalue of each run's Hessian; NaN where products are not finite.
 * Relative error against a dense solve: tested ≤ 1e-3 while training (float32 products).
 */
export async function topEigenvalue(problem: EigenProblem): Promise<Float64Array> {
  const { runs, size, warm, key, seeds } = problem;
  const isWarm = warm.every((w) => w.has(key));
  const most = Math.min(isWarm ? WARM_PRODUCTS : COLD_PRODUCTS, size);
  const bases: Float64Array[][] = [];
  const alphas: number[][] = [];
  const betas: number[][] = [];
  for (let r = 0; r < runs; r++) {
    const start = warm[r]?.get(key) ?? normals(seeds[r] ?? 0, STREAMS.probe, 0, size);
    bases.push([normalised(Float64Array.from(start)) ?? basisVector(size)]);
    alphas.push([]);
    betas.push([]);
  }
  const ended = new Array<Ritz | null>(runs).fill(null);
  for (let j = 0; j < most && ended.includes(null); j++) {
    const packed = new Float32Array(runs * size);
    for (let r = 0; r < runs; r++) {
      const q = bases[r]?.[j];
      if (q !== undefined) packed.set(q, r * size);
    }
    const products = await problem.product(packed);
    for (let r = 0; r < runs; r++) {
      if (ended[r] !== null) continue;
      const [basis, alpha, beta] = [bases[r] ?? [], alphas[r] ?? [], betas[r] ?? []];
      const q = basis[j];
      if (q === undefined) continue;
      const w = Float64Array.from(products.subarray(r * size, (r + 1) * size));
      alpha.push(dot(w, q));
      for (let again = 0; again < 2; again++) {
        for (const b of basis) subtract(w, b, dot(w, b));
      }
      const left = Math.sqrt(dot(w, w));
      const ritz = topRitz(alpha, beta);
      const residual = left * Math.abs(ritz.top[j] ?? 0);
      const next = normalised(w);
      // Where nothing is left, the Krylov space is exhausted, and the answer exact.
      const exhausted = next === null || !(left > 1e-7 * Math.abs(alpha[0] ?? 0));
      const enough = j > 0 && residual <= RESIDUAL * Math.abs(ritz.value);
      if (exhausted || enough || j + 1 === most || !Number.isFinite(ritz.value)) {
        ended[r] = ritz;
        continue;
      }
      beta.push(left);
      basis.push(next);
    }
  }
  return Float64Array.from({ length: runs }, (_, r) => {
    const ritz = ended[r];
    if (ritz == null || !Number.isFinite(ritz.value)) return Number.NaN;
    const vector = new Float64Array(size);
    for (const [j, c] of ritz.top.entries()) {
      const q = bases[r]?.[j];
      if (q !== undefined) subtract(vector, q, -(c + SECOND * (ritz.second[j] ?? 0)));
    }
    // Float32, as a checkpoint keeps it: resuming must start from the very same numbers.
    warm[r]?.set(key, Float32Array.from(vector));
    return ritz.value;
  });
}

/** The largest eigenvalue of a tridiagonal matrix, and the eigenvectors of the two largest. */
interface Ritz {
  readonly value: number;
  readonly top: readonly number[];
  readonly second: readonly number[];
}

/** Of the symmetric tridiagonal matrix with α on the diagonal and β beside it. */
function topRitz(alpha: readonly number[], beta: readonly number[]): Ritz {
  const n = alpha.length;
  if (![...alpha, ...beta].every(Number.isFinite))
    return { value: Number.NaN, top: [], second: [] };
  const matrix = Matrix.zeros(n, n);
  for (let i = 0; i < n; i++) {
    matrix.set(i, i, alpha[i] ?? 0);
    const b = beta[i];
    if (b === undefined || i + 1 >= n) continue;
    matrix.set(i, i + 1, b);
    matrix.set(i + 1, i, b);
  }
  const evd = new EigenvalueDecomposition(matrix, { assumeSymmetric: true });
  const order = evd.realEigenvalues.map((_, i) => i);
  order.sort((a, b) => (evd.realEigenvalues[b] ?? 0) - (evd.realEigenvalues[a] ?? 0));
  const vector = (k: number) => evd.eigenvectorMatrix.getColumn(order[k] ?? 0);
  return {
    value: evd.realEigenvalues[order[0] ?? 0] ?? Number.NaN,
    top: vector(0),
    second: n > 1 ? vector(1) : [],
  };
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
