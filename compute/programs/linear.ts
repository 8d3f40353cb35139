/**
 * Deep linear network W = W_L … W_1, loss ½ ‖W − T‖²_F: the full-batch square loss of a teacher T on
 * whitened inputs (Σ x xᵀ = I), for which the data enters through T alone (Saxe, McClelland &
 * Ganguli 2013, arXiv:1312.6120, §1). T = U S Vᵀ with random orthogonal U, V from the run's seed.
 * A mode's strength is a_α = u_αᵀ W v_α, computed on the host in float64.
 *
 * Init `aligned`: W_1 = c Q_1 Vᵀ, W_l = c Q_l Q_{l−1}ᵀ, W_L = c U Q_{L−1}ᵀ with random orthogonal Q
 * and c = initScale^{1/L}: every mode starts at initScale, balanced, and modes never mix.
 * Init `random`: independent Gaussian entries of standard deviation initScale.
 */
import type { Tensor3D } from '@tensorflow/tfjs';
import { Matrix, QrDecomposition } from 'ml-matrix';
import { normals, nthRoot, STREAMS } from '../random.ts';
import type { Matrices, PackedProgram, Tf } from './packed.ts';
import { columnsOf, type LinearSpec, type PackedRun } from './program.ts';

/** Columns u_1 … u_d and v_1 … v_d of the target's singular vectors, and the d singular values. */
export interface Target {
  readonly u: Matrix;
  readonly v: Matrix;
  readonly s: readonly number[];
}

/** The target of a run, a function of its seed alone. */
export function targetOf(spec: LinearSpec, seed: number): Target {
  const { width, singularValues } = spec;
  return {
    u: orthogonal(width, seed, STREAMS.target, 0),
    v: orthogonal(width, seed, STREAMS.target, 1),
    s: Array.from({ length: width }, (_, i) => singularValues[i] ?? 0),
  };
}

/** Haar-distributed orthogonal matrix: Q of a Gaussian matrix, signs fixed by the diagonal of R. */
function orthogonal(size: number, seed: number, stream: number, part: number): Matrix {
  const gaussian = Matrix.from1DArray(size, size, normals(seed, stream, part, size * size));
  const qr = new QrDecomposition(gaussian);
  const r = qr.upperTriangularMatrix;
  const signs = Matrix.diag(Array.from({ length: size }, (_, i) => Math.sign(r.get(i, i)) || 1));
  return qr.orthogonalMatrix.mmul(signs);
}

/** Initial W_1 … W_L of a run, row-major. */
export function initialLinear(spec: LinearSpec, seed: number, initScale: number): Float32Array[] {
  const { width, depth } = spec;
  const layers = Array.from({ length: depth }, (_, l) => l);
  if (spec.init === 'random') {
    return layers.map((l) =>
      Float32Array.from(normals(seed, STREAMS.weights, l, width * width), (z) => z * initScale),
    );
  }
  const { u, v } = targetOf(spec, seed);
  const scale = nthRoot(initScale, depth);
  const bases = [v, ...layers.slice(1).map((l) => orthogonal(width, seed, STREAMS.weights, l)), u];
  return layers.map((l) => {
    const [below, above] = [bases[l] ?? v, bases[l + 1] ?? u];
    return Float32Array.from(above.mmul(below.transpose()).mul(scale).to1DArray());
  });
}

/** Packs the runs of a deep linear network. `runs` share the spec; seeds and initScale are per run. */
export function packLinear(tf: Tf, spec: LinearSpec, runs: readonly PackedRun[]): PackedProgram {
  const { width, depth } = spec;
  const targets = runs.map((run) => targetOf(spec, run.seed));
  const packed = new Float32Array(runs.length * width * width);
  for (const [r, { u, v, s }] of targets.entries()) {
    const map = u.mmul(Matrix.diag([...s])).mmul(v.transpose());
    packed.set(map.to1DArray(), r * width * width);
  }
  const target = tf.keep(tf.tensor3d(packed, [runs.length, width, width]));
  const columns = columnsOf(spec);
  const modeNames = columns.slice(1);

  /** Partial products W_l … W_1 for l = 1 … L. */
  function products(weights: Matrices): Tensor3D[] {
    const [first, ...rest] = weights;
    if (first === undefined) throw new RangeError('A deep linear network needs a layer.');
    const all = [first];
    for (const w of rest) all.push(tf.matMul(w, all.at(-1) ?? first));
    return all;
  }

  return {
    shapes: Array.from({ length: depth }, (_, l) => ({
      name: `W${l + 1}`,
      rows: width,
      columns: width,
    })),
    columns,
    initial(run) {
      const packedRun = runs[run];
      if (packedRun === undefined) throw new RangeError(`No run ${run} in this pack.`);
      return initialLinear(spec, packedRun.seed, packedRun.hyper.initScale);
    },
    gradient(weights) {
      const below = products(weights);
      let error: Tensor3D = tf.sub(below[depth - 1] ?? target, target);
      const gradient: Tensor3D[] = new Array(depth);
      for (let l = depth - 1; l >= 0; l--) {
        const input = below[l - 1];
        gradient[l] = input === undefined ? error : tf.matMul(error, input, false, true);
        const w = weights[l];
        if (l > 0 && w !== undefined) error = tf.matMul(w, error, true, false);
      }
      return gradient;
    },
    async observe(weights) {
      const map = tf.tidy(() => {
        const all = products(weights);
        // A copy: with one layer the product is the weight itself, which must not be disposed of.
        return (all[depth - 1] ?? target).clone();
      });
      const values = await map.data();
      map.dispose();
      const observed: Record<string, Float64Array> = { loss: new Float64Array(runs.length) };
      for (const name of modeNames) observed[name] = new Float64Array(runs.length);
      for (const [r, { u, v, s }] of targets.entries()) {
        const w = Matrix.from1DArray(
          width,
          width,
          Array.from(values.subarray(r * width * width, (r + 1) * width * width)),
        );
        // In the target's bases the map is diagonal when learnt: UᵀWV − S is the whole error.
        const inModes = u.transpose().mmul(w).mmul(v);
        const error = Matrix.sub(inModes, Matrix.diag([...s]));
        setAt(observed.loss, r, error.norm('frobenius') ** 2 / 2);
        for (const [k, name] of modeNames.entries()) setAt(observed[name], r, inModes.get(k, k));
      }
      return observed;
    },
    dispose: () => tf.dispose(target),
  };
}

function setAt(column: Float64Array | undefined, index: number, value: number): void {
  if (column !== undefined) column[index] = value;
}
