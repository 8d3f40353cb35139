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
import { Matrix, QrDecomposition } from 'ml-matrix';
import { normals, nthRoot, STREAMS } from '../random.ts';
import type { DenseProgram } from './dense.ts';
import { BETA2, columnsOf, type LinearSpec, type PackedRun } from './program.ts';

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

export function linearProgram(spec: LinearSpec, runs: readonly PackedRun[]): DenseProgram {
  const { width, depth } = spec;
  const columns = columnsOf(spec);
  const modeNames = columns.slice(1);
  const targets = runs.map((run) => targetOf(spec, run.seed));
  const at = (run: number): Target => {
    const target = targets[run];
    if (target === undefined) throw new RangeError(`No run ${run} in this pack.`);
    return target;
  };
  return {
    columns,
    layers: Array.from({ length: depth }, () => ({
      ...{ in: width, out: width, bias: false, activation: 'identity', skip: false },
      ...{ rate: 1, biasRate: 1 },
    })),
    ...{ loss: 'half-mean', optimizer: 'descent', samples: width, batch: width, reduction: 'sum' },
    ...{ beta2: BETA2, schedule: null, train: null, probe: null },
    // On the unit vectors as inputs the outputs are the columns of the map, as rows.
    inputs: Float32Array.from(Matrix.eye(width).to1DArray()),
    targets: targets.map(({ u, v, s }) =>
      Float32Array.from(
        v
          .mmul(Matrix.diag([...s]))
          .mmul(u.transpose())
          .to1DArray(),
      ),
    ),
    observe: {
      ...{ gradientNorm: false, sharpness: false },
      ...{ preconditionedSharpness: false, weights: false },
    },
    initial(run) {
      const packed = runs[run];
      if (packed === undefined) throw new RangeError(`No run ${run} in this pack.`);
      // As a chain acts on rows, each matrix is transposed.
      return initialLinear(spec, packed.seed, packed.hyper.initScale).map((w) =>
        Float32Array.from(
          Matrix.from1DArray(width, width, [...w])
            .transpose()
            .to1DArray(),
        ),
      );
    },
    read(run, outputs) {
      const { u, v, s } = at(run);
      const map = Matrix.from1DArray(width, width, [...outputs]).transpose();
      // In the target's bases the map is diagonal when learnt: UᵀWV − S is the whole error.
      const inModes = u.transpose().mmul(map).mmul(v);
      const error = Matrix.sub(inModes, Matrix.diag([...s]));
      const modes = modeNames.map((name, k) => [name, inModes.get(k, k)] as const);
      return { loss: error.norm('frobenius') ** 2 / 2, ...Object.fromEntries(modes) };
    },
    readWeights: () => ({}),
  };
}
