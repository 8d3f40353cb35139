/**
 * The empirical neural tangent kernel of a network with one output, in float64 on the host:
 * Θ(x, x′) = Σ_θ r_θ ∂f(x)/∂θ ∂f(x′)/∂θ with each layer's rate r, so that gradient descent at rate η
 * moves outputs by −η Θ ∂loss/∂f to first order (Jacot et al. 2018, arXiv:1806.07572, §4). A layer's
 * gradient is an outer product of what it takes in and of the error at its sums, so its share of Θ is
 * a product of two Gram matrices, and no Jacobian is ever stored.
 */
import { branchOf, type DenseLayer } from '../programs/dense.ts';
import { forwardOnHost, SLOPES_ON_HOST } from '../programs/host.ts';

/** Samples whose kernel is followed while training: enough for a norm, cheap at any width. */
const FOLLOWED = 32;

/** Θ on the rows of x, [rows × rows], of f before its output scale. Throws with more than one output. */
export function tangentKernel(
  layers: readonly DenseLayer[],
  weights: readonly ArrayLike<number>[],
  x: ArrayLike<number>,
): Float64Array {
  if (layers.at(-1)?.out !== 1) throw new Error('The tangent kernel wants one output.');
  const rows = x.length / (layers[0]?.in ?? 1);
  const outputs = forwardOnHost(layers, weights, x);
  const kernel = new Float64Array(rows * rows);
  let error: Float64Array = new Float64Array(rows).fill(1);
  for (let l = layers.length - 1; l >= 0; l--) {
    const layer = layers[l] as DenseLayer;
    const below = l === 0 ? x : (outputs[l - 1] as Float64Array);
    const skipped = layer.skip ? error : null;
    error = sloped(layer, error, outputs[l] as Float64Array, layer.skip ? below : null);
    const [taken, arrived] = [gram(below, rows), gram(error, rows)];
    for (let i = 0; i < kernel.length; i++) {
      const share = layer.rate * (taken[i] ?? 0) + (layer.bias ? layer.biasRate : 0);
      kernel[i] = (kernel[i] ?? 0) + share * (arrived[i] ?? 0);
    }
    if (l > 0) error = backward(layer, weights[l] ?? [], error, skipped);
  }
  return kernel;
}

/** ‖Θ − Θ₀‖ / ‖Θ₀‖ (Frobenius) on the first 32 rows of x. */
export function kernelMovement(
  layers: readonly DenseLayer[],
  now: readonly ArrayLike<number>[],
  start: readonly ArrayLike<number>[],
  x: Float32Array,
): number {
  const rows = x.subarray(0, FOLLOWED * (layers[0]?.in ?? 1));
  const [after, before] = [tangentKernel(layers, now, rows), tangentKernel(layers, start, rows)];
  let [moved, size] = [0, 0];
  for (const [i, k] of before.entries()) {
    moved += ((after[i] ?? 0) - k) ** 2;
    size += k ** 2;
  }
  return Math.sqrt(moved / size);
}

/** The error at a layer's sums, from that at its outputs. */
function sloped(
  layer: DenseLayer,
  error: Float64Array,
  output: Float64Array,
  skipped: ArrayLike<number> | null,
): Float64Array {
  const [slope, branch] = [SLOPES_ON_HOST[layer.activation], branchOf(layer)];
  return error.map((e, i) => e * branch * slope(((output[i] ?? 0) - (skipped?.[i] ?? 0)) / branch));
}

/** The error at what a layer takes in: through its matrix, and past it where it skips. */
function backward(
  layer: DenseLayer,
  w: ArrayLike<number>,
  error: Float64Array,
  skipped: Float64Array | null,
): Float64Array {
  const rows = error.length / layer.out;
  const below = new Float64Array(rows * layer.in);
  for (let i = 0; i < rows; i++) {
    for (let k = 0; k < layer.in; k++) {
      let sum = skipped?.[i * layer.in + k] ?? 0;
      for (let j = 0; j < layer.out; j++)
        sum += (error[i * layer.out + j] ?? 0) * (w[k * layer.out + j] ?? 0);
      below[i * layer.in + k] = sum;
    }
  }
  return below;
}

/** Inner products of all rows, [rows × rows]. */
function gram(values: ArrayLike<number>, rows: number): Float64Array {
  const width = values.length / rows;
  const all = new Float64Array(rows * rows);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = 0; k < width; k++)
        sum += (values[i * width + k] ?? 0) * (values[j * width + k] ?? 0);
      all[i * rows + j] = sum;
      all[j * rows + i] = sum;
    }
  }
  return all;
}
