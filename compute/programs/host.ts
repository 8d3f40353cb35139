/** A dense chain on the host, in float64: for observables that want features, not speed. */
import { type DenseLayer, rowsOf } from './dense.ts';
import type { ActivationName } from './program.ts';

const PHI: Readonly<Record<ActivationName, (z: number) => number>> = {
  identity: (z) => z,
  tanh: Math.tanh,
  relu: (z) => Math.max(0, z),
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
    const w = weights[l] ?? [];
    const phi = PHI[layer.activation];
    const out = new Float64Array(rows * layer.out);
    for (let i = 0; i < rows; i++) {
      const own = out.subarray(i * layer.out, (i + 1) * layer.out);
      if (layer.bias)
        for (let j = 0; j < layer.out; j++) own[j] = w[(rowsOf(layer) - 1) * layer.out + j] ?? 0;
      for (let k = 0; k < layer.in; k++) {
        const a = below[i * layer.in + k] ?? 0;
        if (a === 0) continue;
        for (let j = 0; j < layer.out; j++)
          own[j] = (own[j] ?? 0) + a * (w[k * layer.out + j] ?? 0);
      }
      for (let j = 0; j < layer.out; j++) {
        const skipped = layer.skip ? (below[i * layer.in + j] ?? 0) : 0;
        own[j] = phi(own[j] ?? 0) + skipped;
      }
    }
    all.push(out);
    below = out;
  }
  return all;
}
