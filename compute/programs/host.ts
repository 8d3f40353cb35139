/** A dense chain on the host, in float64: for observables that want features, not speed. */
import { branchOf, type DenseLayer } from './dense.ts';
import type { ActivationName } from './program.ts';

const PHI: Readonly<Record<ActivationName, (z: number) => number>> = {
  identity: (z) => z,
  tanh: Math.tanh,
  relu: (z) => Math.max(0, z),
  square: (z) => z * z,
};

/** φ′ in the activation's own value. */
export const SLOPES_ON_HOST: Readonly<Record<ActivationName, (a: number) => number>> = {
  identity: () => 1,
  tanh: (a) => 1 - a * a,
  relu: (a) => Number(a > 0),
  square: () => {
    throw new Error('The slope of a square cannot be read off its value: its sign is lost.');
  },
};

/** Outputs of every layer, [rows × out] each, the last one the network's, before its output scale. */
export function forwardOnHost(
  layers: readonly DenseLayer[],
  weights: readonly ArrayLike<number>[],
  x: ArrayLike<number>,
): Float64Array[] {
  const rows = x.length / (layers[0]?.in ?? 1);
  const all: Float64Array[] = [];
  let below: ArrayLike<number> = x;
  for (const [l, layer] of layers.entries()) {
    const { in: inputs, out, bias, skip } = layer;
    const branch = branchOf(layer);
    const w = new Float64Array(weights[l] ?? []);
    const size = inputs * out;
    const a = new Float64Array(below);
    const phi = PHI[layer.activation];
    const own = affine(a, w.subarray(0, size), out, bias ? w.subarray(size, size + out) : null);
    for (let i = 0; i < rows; i++) {
      const [from, to] = [i * inputs, i * out];
      for (let j = 0; j < out; j++)
        own[to + j] = branch * phi(own[to + j] ?? 0) + (skip ? (a[from + j] ?? 0) : 0);
    }
    all.push(own);
    below = own;
  }
  return all;
}

/**
 * a w + b, every row's sum begun at its bias and taken in one order, so that the bits are the same everywhere.
 * @param a [rows × inputs] @param w [inputs × out] @param bias [out], zeros without
 */
export function affine(
  a: Float64Array,
  w: Float64Array,
  out: number,
  bias: Float64Array | null = null,
): Float64Array {
  const inputs = w.length / out;
  const rows = a.length / inputs;
  const own = new Float64Array(rows * out);
  for (let i = 0; i < rows; i++) {
    const [from, to] = [i * inputs, i * out];
    if (bias !== null) own.set(bias, to);
    // Four terms a turn: nearly all of the work is here.
    let k = 0;
    for (; k + 4 <= inputs; k += 4) {
      const [a0, a1] = [a[from + k] ?? 0, a[from + k + 1] ?? 0];
      const [a2, a3] = [a[from + k + 2] ?? 0, a[from + k + 3] ?? 0];
      const [w0, w1, w2, w3] = [k * out, (k + 1) * out, (k + 2) * out, (k + 3) * out];
      for (let j = 0; j < out; j++) {
        const two = a0 * (w[w0 + j] ?? 0) + a1 * (w[w1 + j] ?? 0);
        own[to + j] = (own[to + j] ?? 0) + (two + (a2 * (w[w2 + j] ?? 0) + a3 * (w[w3 + j] ?? 0)));
      }
    }
    for (; k < inputs; k++) {
      const ak = a[from + k] ?? 0;
      for (let j = 0; j < out; j++) own[to + j] = (own[to + j] ?? 0) + ak * (w[k * out + j] ?? 0);
    }
  }
  return own;
}
