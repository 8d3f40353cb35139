/**
 * Fully connected network with biases, full batch, loss (1/2n) Σ (f(x) − y)² over n samples and their
 * outputs.
 *
 * Biases are the last row of each weight matrix, against a constant 1 in the layer below. A hidden
 * matrix carries one more column, always zero, whose unit is that constant: the activation is 0
 * there and 1 is added. Its back-propagated error is multiplied by a slope of zero, so the column's
 * gradient is zero exactly and it stays zero. This saves the slices, pads and bias kernels (about a
 * third of the launches of a step, and launches are the cost on a GPU).
 *
 * Initial weights and biases: Gaussian, standard deviation initScale / √(3 · fan-in), the variance
 * of the usual uniform initialization on ±1/√fan-in.
 */
import type { Tensor3D } from '@tensorflow/tfjs';
import { topEigenvalue } from '../observables/sharpness.ts';
import { normals, STREAMS } from '../random.ts';
import type { Matrices, Observation, PackedProgram, Tf, WeightShape } from './packed.ts';
import { columnsOf, type MlpSpec, type PackedRun } from './program.ts';

/** Inputs x (n × 1) and targets y (n × 1) of the Chebyshev task: T_degree on equally spaced points of [−1, 1]. */
export function chebyshevData(
  degree: number,
  samples: number,
): { x: Float32Array; y: Float32Array } {
  const x = Float32Array.from({ length: samples }, (_, i) =>
    samples === 1 ? 0 : -1 + (2 * i) / (samples - 1),
  );
  return { x, y: x.map((t) => chebyshev(degree, t)) };
}

function chebyshev(degree: number, t: number): number {
  let [before, now] = [1, t];
  if (degree === 0) return before;
  for (let k = 1; k < degree; k++) [before, now] = [now, 2 * t * now - before];
  return now;
}

/** Initial weights with biases as the last row, without the constant column: [in + 1, out] each. */
export function initialMlp(spec: MlpSpec, seed: number, initScale: number): Float32Array[] {
  return spec.layers.slice(1).map((out, l) => {
    const fanIn = spec.layers[l] ?? 0;
    const std = initScale / Math.sqrt(3 * fanIn);
    return Float32Array.from(normals(seed, STREAMS.weights, l, (fanIn + 1) * out), (z) => z * std);
  });
}

/** What the forward and backward pass leave for a product with the Hessian. */
interface Pass {
  /** a_0 … a_{L−1}: inputs of each matrix, constant included. */
  readonly inputs: Tensor3D[];
  /** φ′(z_l) of each hidden layer. */
  readonly slopes: Tensor3D[];
  /** δ_l = ∂loss/∂z_l of each layer. */
  readonly errors: Tensor3D[];
  /** δ_{l+1} W_{l+1}ᵀ: what arrives at each hidden layer before its slope. */
  readonly arrived: Tensor3D[];
}

/** Packs the runs of an MLP. `runs` share the spec; seeds and initScale are per run. */
export function packMlp(tf: Tf, spec: MlpSpec, runs: readonly PackedRun[]): PackedProgram {
  const { layers, activation } = spec;
  const depth = layers.length - 1;
  const { samples } = spec.data;
  const data = chebyshevData(spec.data.degree, samples);
  const augmented = Float32Array.from({ length: samples * 2 }, (_, i) =>
    i % 2 === 0 ? (data.x[i / 2] ?? 0) : 1,
  );
  const x = tf.tidy(() =>
    tf.keep(tf.tile(tf.tensor3d(augmented, [1, samples, 2]), [runs.length, 1, 1])),
  );
  const y = tf.keep(tf.tensor3d(data.y, [1, samples, 1]));
  const constants = layers.slice(1, -1).map((width) => {
    const row = new Float32Array(width + 1);
    row[width] = 1;
    return tf.keep(tf.tensor3d(row, [1, 1, width + 1]));
  });
  const minusTwo = tf.keep(tf.scalar(-2));
  const one = tf.keep(tf.scalar(1));
  const perSample = tf.keep(tf.scalar(1 / samples));
  const shapes: WeightShape[] = layers.slice(1).map((out, l) => ({
    name: `W${l + 1}`,
    rows: (layers[l] ?? 0) + 1,
    columns: l === depth - 1 ? out : out + 1,
  }));
  const size = shapes.reduce((sum, s) => sum + s.rows * s.columns, 0);
  const withSharpness = spec.observe.includes('sharpness');
  const columns = columnsOf(spec);

  const times = (a: Tensor3D, b: Tensor3D, ta = false, tb = false): Tensor3D =>
    tf.matMul(a, b, ta, tb);

  function passes(weights: Matrices): Pass {
    const inputs: Tensor3D[] = [x];
    const slopes: Tensor3D[] = [];
    let z = times(x, at(weights, 0));
    for (let l = 1; l < depth; l++) {
      const active: Tensor3D = activation === 'tanh' ? tf.tanh(z) : tf.relu(z);
      const input: Tensor3D = tf.add(active, at(constants, l - 1));
      // Either slope is 0 at the constant unit: 1 − 1² for tanh, step(0) for ReLU.
      slopes.push(activation === 'tanh' ? tf.sub(one, tf.square(input)) : tf.step(z));
      inputs.push(input);
      z = times(input, at(weights, l));
    }
    const errors: Tensor3D[] = new Array(depth);
    const arrived: Tensor3D[] = new Array(depth - 1);
    errors[depth - 1] = tf.mul(tf.sub(z, y), perSample);
    for (let l = depth - 2; l >= 0; l--) {
      arrived[l] = times(at(errors, l + 1), at(weights, l + 1), false, true);
      errors[l] = tf.mul(at(arrived, l), at(slopes, l));
    }
    return { inputs, slopes, errors, arrived };
  }

  const gradientOf = ({ inputs, errors }: Pass): Tensor3D[] =>
    errors.map((error, l) => times(at(inputs, l), error, true));

  /** H v by Pearlmutter's R-operator (1994): the derivative of the gradient along v, exactly. */
  function hessianProduct(weights: Matrices, pass: Pass, bends: Matrices, v: Matrices): Tensor3D[] {
    const { inputs, slopes, errors } = pass;
    const moved: Tensor3D[] = [times(x, at(v, 0))];
    const movedInputs: Tensor3D[] = [];
    for (let l = 1; l < depth; l++) {
      const input: Tensor3D = tf.mul(at(slopes, l - 1), at(moved, l - 1));
      movedInputs.push(input);
      moved.push(tf.add(times(input, at(weights, l)), times(at(inputs, l), at(v, l))));
    }
    let error: Tensor3D = tf.mul(at(moved, depth - 1), perSample);
    const product: Tensor3D[] = new Array(depth);
    for (let l = depth - 1; l >= 0; l--) {
      const direct = times(at(inputs, l), error, true);
      product[l] =
        l === 0 ? direct : tf.add(direct, times(at(movedInputs, l - 1), at(errors, l), true));
      if (l === 0) break;
      const back: Tensor3D = tf.add(
        times(error, at(weights, l), false, true),
        times(at(errors, l), at(v, l), false, true),
      );
      const sloped: Tensor3D = tf.mul(back, at(slopes, l - 1));
      error =
        activation === 'relu' ? sloped : tf.add(sloped, tf.mul(at(bends, l - 1), at(moved, l - 1)));
    }
    return product;
  }

  /** φ″(z_l) times what arrives there; φ″ = −2 a φ′ for tanh, nothing for ReLU. */
  const bendsOf = ({ inputs, slopes, arrived }: Pass): Tensor3D[] =>
    activation === 'relu'
      ? []
      : slopes.map((slope, l) =>
          tf.mul(tf.mul(minusTwo, tf.mul(at(inputs, l + 1), slope)), at(arrived, l)),
        );

  function unflatten(flat: Float32Array): Tensor3D[] {
    let from = 0;
    return shapes.map(({ rows, columns: c }) => {
      const part = new Float32Array(runs.length * rows * c);
      for (let r = 0; r < runs.length; r++) {
        const start = r * size + from;
        part.set(flat.subarray(start, start + rows * c), r * rows * c);
      }
      from += rows * c;
      return tf.tensor3d(part, [runs.length, rows, c]);
    });
  }

  return {
    shapes,
    columns,
    initial(run) {
      const { seed, hyper } = at(runs, run);
      return initialMlp(spec, seed, hyper.initScale).map((plain, l) =>
        widen(plain, at(shapes, l).rows, layers[l + 1] ?? 0, at(shapes, l).columns),
      );
    },
    gradient: (weights) => gradientOf(passes(weights)),
    async observe(weights, warm) {
      const kept = tf.tidy(() => {
        const pass = passes(weights);
        const gradient = spec.observe.includes('gradientNorm') ? gradientOf(pass) : [];
        const bends = withSharpness ? bendsOf(pass) : [];
        return { ...pass, gradient, bends };
      });
      try {
        const residuals = await at(kept.errors, depth - 1).data();
        const observation: Record<string, Float64Array> = {
          // The errors are residuals over n.
          loss: squares(residuals, runs.length).map((s) => (s * samples) / 2),
        };
        if (spec.observe.includes('gradientNorm')) {
          observation.gradientNorm = (await sumOfSquares(kept.gradient, runs.length)).map(
            Math.sqrt,
          );
        }
        if (withSharpness) {
          observation.sharpness = await topEigenvalue({
            runs: runs.length,
            size,
            warm,
            seeds: runs.map((r) => r.seed),
            product: async (flat) => {
              const product = tf.tidy(() => {
                const parts = hessianProduct(weights, kept, kept.bends, unflatten(flat));
                return tf.concat(
                  parts.map((p) => p.reshape([runs.length, -1])),
                  1,
                );
              });
              const values = await product.data<'float32'>();
              product.dispose();
              return values;
            },
          });
        }
        return observation satisfies Observation;
      } finally {
        const { inputs, ...rest } = kept;
        tf.dispose([rest, inputs.slice(1)]);
      }
    },
    dispose: () => tf.dispose([x, y, constants, minusTwo, one, perSample]),
  };
}

/** Appends zero columns to a row-major matrix. */
function widen(plain: Float32Array, rows: number, from: number, to: number): Float32Array {
  const wide = new Float32Array(rows * to);
  for (let r = 0; r < rows; r++) wide.set(plain.subarray(r * from, (r + 1) * from), r * to);
  return wide;
}

/** Σ of squares over each run's share of a packed array, in float64. */
function squares(values: ArrayLike<number>, runs: number): Float64Array {
  const each = values.length / runs;
  const sums = new Float64Array(runs);
  for (let i = 0; i < values.length; i++) {
    const r = Math.floor(i / each);
    sums[r] = (sums[r] ?? 0) + (values[i] ?? 0) ** 2;
  }
  return sums;
}

async function sumOfSquares(tensors: Matrices, runs: number): Promise<Float64Array> {
  const total = new Float64Array(runs);
  for (const tensor of tensors) {
    const part = squares(await tensor.data(), runs);
    for (let r = 0; r < runs; r++) total[r] = (total[r] ?? 0) + (part[r] ?? 0);
  }
  return total;
}

function at<T>(list: readonly T[], index: number): T {
  const value = list[index];
  if (value === undefined) throw new RangeError(`No element ${index}.`);
  return value;
}
