/**
 * Sharpness: the largest eigenvalue of the Hessian, of each run of a pack, by Lanczos on exact
 * Hessian-vector products. The products are made on the device for all runs at once; the Krylov
 * bases live on the host in float64 and are orthogonalised in full, so that they stay orthogonal to far
 * below the rounding of the products. Starts from the two leading Ritz vectors of the last observation, which are nearly right when
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
/**
 * A vector that keeps less than this of its length when the basis is taken out of it is orthogonalised
 * again: once leaves it ε/0.01 = 2e-14 of the basis at most (Parlett 1980, §6.9), and a second time nothing.
 */
const CANCELLED = 0.01;
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
  // By run: what one does hangs on no other.
  const most = warm.map((w) => Math.min(w.has(key) ? WARM_PRODUCTS : COLD_PRODUCTS, size));
  const bases: Float64Array[][] = [];
  const alphas: number[][] = [];
  const betas: number[][] = [];
  for (let r = 0; r < runs; r++) {
    const start = warm[r]?.get(key) ?? normals(seeds[r] ?? 0, STREAMS.probe, 0, size);
    const first = new Float64Array(start);
    const length = Math.sqrt(dot(first, first, 0, size));
    bases.push([normalise(first, length) ? first : basisVector(size)]);
    alphas.push([]);
    betas.push([]);
  }
  const ended = new Array<Ritz | null>(runs).fill(null);
  const packed = new Float32Array(runs * size);
  for (let j = 0; ended.includes(null); j++) {
    for (let r = 0; r < runs; r++) {
      const q = bases[r]?.[j];
      if (q !== undefined) packed.set(q, r * size);
      // A run that has ended asks for nothing: a machine may know H 0 = 0 without work.
      else packed.fill(0, r * size, (r + 1) * size);
    }
    const products = await problem.product(packed);
    for (let r = 0; r < runs; r++) {
      if (ended[r] !== null) continue;
      const [basis, alpha, beta] = [bases[r] ?? [], alphas[r] ?? [], betas[r] ?? []];
      const w = new Float64Array(products.subarray(r * size, (r + 1) * size));
      const { parts, left } = partsOf(w, basis);
      alpha.push(parts[j] ?? Number.NaN);
      const ritz = topRitz(alpha, beta);
      const residual = left * Math.abs(ritz.top[j] ?? 0);
      const enough = j > 0 && residual <= RESIDUAL * Math.abs(ritz.value);
      if (enough || j + 1 === most[r] || !Number.isFinite(ritz.value)) {
        ended[r] = ritz;
        continue;
      }
      const rest = orthogonalise(w, basis, parts);
      // Where nothing is left, the Krylov space is exhausted, and the answer exact.
      if (!(rest > 1e-7 * Math.abs(alpha[0] ?? 0) && normalise(w, rest))) {
        ended[r] = ritz;
        continue;
      }
      beta.push(rest);
      basis.push(w);
    }
  }
  return Float64Array.from({ length: runs }, (_, r) => {
    const ritz = ended[r];
    if (ritz == null || !Number.isFinite(ritz.value)) return Number.NaN;
    const vector = new Float64Array(size);
    for (const [j, c] of ritz.top.entries()) {
      const q = bases[r]?.[j];
      const share = c + SECOND * (ritz.second[j] ?? 0);
      if (q !== undefined) subtract(vector, q, -share, 0, size);
    }
    // Float32, as a checkpoint keeps it: resuming must start from the very same numbers.
    warm[r]?.set(key, new Float32Array(vector));
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

/** Numbers of w that are done with together: they stay in the nearest cache while the basis goes by. */
const BLOCK = 1024;

/** What w has of every basis vector, and by Pythagoras the length of the rest, to 1e-8 of w. */
function partsOf(
  w: Float64Array,
  basis: readonly Float64Array[],
): { readonly parts: readonly number[]; readonly left: number } {
  const parts = basis.map(() => 0);
  let square = 0;
  for (let from = 0; from < w.length; from += BLOCK) {
    const to = Math.min(from + BLOCK, w.length);
    for (const [k, q] of basis.entries()) parts[k] = (parts[k] ?? 0) + dot(w, q, from, to);
    square += dot(w, w, from, to);
  }
  const rest = parts.reduce((sum, part) => sum - part * part, square);
  return { parts, left: Math.sqrt(Math.max(0, rest)) };
}

/** Takes the basis out of w, of which it has these parts. The length that is left. */
function orthogonalise(
  w: Float64Array,
  basis: readonly Float64Array[],
  parts: readonly number[],
): number {
  const left = takeOut(w, basis, parts);
  return left < CANCELLED * Math.hypot(left, ...parts)
    ? takeOut(w, basis, partsOf(w, basis).parts)
    : left;
}

function takeOut(
  w: Float64Array,
  basis: readonly Float64Array[],
  parts: readonly number[],
): number {
  let square = 0;
  for (let from = 0; from < w.length; from += BLOCK) {
    const to = Math.min(from + BLOCK, w.length);
    for (const [k, q] of basis.entries()) subtract(w, q, parts[k] ?? 0, from, to);
    square += dot(w, w, from, to);
  }
  return Math.sqrt(square);
}

/** Σ a b from an index to another. Four sums side by side: one alone waits for each addition before the next. */
function dot(a: Float64Array, b: Float64Array, from: number, to: number): number {
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  const whole = to - ((to - from) % 4);
  for (let i = from; i < whole; i += 4) {
    s0 += (a[i] ?? 0) * (b[i] ?? 0);
    s1 += (a[i + 1] ?? 0) * (b[i + 1] ?? 0);
    s2 += (a[i + 2] ?? 0) * (b[i + 2] ?? 0);
    s3 += (a[i + 3] ?? 0) * (b[i + 3] ?? 0);
  }
  for (let i = whole; i < to; i++) s0 += (a[i] ?? 0) * (b[i] ?? 0);
  return s0 + s1 + (s2 + s3);
}

function subtract(
  a: Float64Array,
  vector: Float64Array,
  factor: number,
  from: number,
  to: number,
): void {
  for (let i = from; i < to; i++) a[i] = (a[i] ?? 0) - factor * (vector[i] ?? 0);
}

/** Makes the vector's length 1; false where it has none. */
function normalise(v: Float64Array, length: number): boolean {
  if (!(length > 0 && Number.isFinite(length))) return false;
  const factor = 1 / length;
  for (let i = 0; i < v.length; i++) v[i] = (v[i] ?? 0) * factor;
  return true;
}

function basisVector(size: number): Float64Array {
  const e = new Float64Array(size);
  e[0] = 1;
  return e;
}
