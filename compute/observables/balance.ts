/**
 * What gradient flow conserves because of a symmetry between two layers. With a_l = φ(a_{l−1} W_l), the
 * balance of a hidden layer is Q_l = W_lᵀ W_l − W_{l+1} W_{l+1}ᵀ [width × width], a bias among the rows
 * of W_l: all of it where φ is the identity, its diagonal (a neuron's ‖in‖² − ‖out‖²) where φ is
 * homogeneous, as ReLU is (Du, Hu & Lee 2018, arXiv:1806.00900, theorems 2.1 and 2.2). One step of
 * gradient descent, exactly: Q_l → Q_l + η² (g_lᵀ g_l − g_{l+1} g_{l+1}ᵀ), since the terms of first order
 * cancel; with weight decay, (1 − ηλ)² Q_l. One learning rate for all layers, and no skips.
 */
import { type DenseLayer, rowsOf } from '../programs/dense.ts';

/** Balance of every hidden layer, one after another: the whole matrix of a linear one, else the diagonal. */
export function balance(
  layers: readonly DenseLayer[],
  weights: readonly ArrayLike<number>[],
): Float64Array {
  const all = layers.slice(0, -1).map((layer, l) => {
    const [into, outOf] = [weights[l] ?? [], weights[l + 1] ?? []];
    const [rows, width, next] = [rowsOf(layer), layer.out, layers[l + 1]?.out ?? 0];
    const entry = (i: number, j: number) => {
      let sum = 0;
      for (let k = 0; k < rows; k++) sum += (into[k * width + i] ?? 0) * (into[k * width + j] ?? 0);
      for (let k = 0; k < next; k++) sum -= (outOf[i * next + k] ?? 0) * (outOf[j * next + k] ?? 0);
      return sum;
    };
    return layer.activation === 'identity'
      ? Array.from({ length: width * width }, (_, at) => entry(Math.floor(at / width), at % width))
      : Array.from({ length: width }, (_, i) => entry(i, i));
  });
  return Float64Array.from(all.flat());
}

/**
 * `balanceDrift`: ‖Q − Q₀‖ over all hidden layers (Frobenius). `balanceKept`: the share ⟨Q, Q₀⟩ / ‖Q₀‖² of
 * the first balance that is still there.
 */
export function balanceColumns(
  layers: readonly DenseLayer[],
  now: readonly ArrayLike<number>[],
  start: readonly ArrayLike<number>[],
): { balanceDrift: number; balanceKept: number } {
  const [q, q0] = [balance(layers, now), balance(layers, start)];
  let [drift, along, norm] = [0, 0, 0];
  for (const [i, first] of q0.entries()) {
    const own = q[i] ?? Number.NaN;
    drift += (own - first) ** 2;
    along += own * first;
    norm += first ** 2;
  }
  return { balanceDrift: Math.sqrt(drift), balanceKept: along / norm };
}
