/** The gradient of a dense chain's loss on the host, in float64: for observables that follow a flow. */
import { branchOf, type DenseLayer, rowsOf } from './dense.ts';
import { forwardOnHost, SLOPES_ON_HOST } from './host.ts';

/**
 * A function from all weights in one vector (layers in order, each [(in + bias) × out], row-major) to the
 * gradient of ½ Σ (f − y)² / samples there.
 * @param x [samples × in] @param y [samples × out]
 */
export function gradientOnHost(
  layers: readonly DenseLayer[],
  x: ArrayLike<number>,
  y: ArrayLike<number>,
): (weights: Float64Array) => Float64Array {
  const samples = x.length / (layers[0]?.in ?? 1);
  const starts: number[] = [];
  let size = 0;
  for (const layer of layers) {
    starts.push(size);
    size += rowsOf(layer) * layer.out;
  }
  return (weights) => {
    const matrices = layers.map((layer, l) =>
      weights.subarray(starts[l], (starts[l] ?? 0) + rowsOf(layer) * layer.out),
    );
    const outputs = forwardOnHost(layers, matrices, x);
    const gradient = new Float64Array(size);
    let error = (outputs.at(-1) ?? new Float64Array()).map((f, i) => (f - (y[i] ?? 0)) / samples);
    for (let l = layers.length - 1; l >= 0; l--) {
      const layer = layers[l] as DenseLayer;
      const [own, below] = [outputs[l] ?? error, l === 0 ? x : (outputs[l - 1] ?? x)];
      const [w, from] = [matrices[l] ?? weights, starts[l] ?? 0];
      const next = new Float64Array(samples * layer.in);
      for (let i = 0; i < samples; i++) {
        for (let j = 0; j < layer.out; j++) {
          const at = i * layer.out + j;
          const skipped = layer.skip ? (below[i * layer.in + j] ?? 0) : 0;
          const arrived = error[at] ?? 0;
          const active = ((own[at] ?? 0) - skipped) / branchOf(layer);
          const delta = arrived * branchOf(layer) * SLOPES_ON_HOST[layer.activation](active);
          for (let k = 0; k < layer.in; k++) {
            const entry = k * layer.out + j;
            gradient[from + entry] =
              (gradient[from + entry] ?? 0) + (below[i * layer.in + k] ?? 0) * delta;
            next[i * layer.in + k] = (next[i * layer.in + k] ?? 0) + (w[entry] ?? 0) * delta;
          }
          if (layer.skip) next[i * layer.in + j] = (next[i * layer.in + j] ?? 0) + arrived;
          if (layer.bias) {
            const entry = from + layer.in * layer.out + j;
            gradient[entry] = (gradient[entry] ?? 0) + delta;
          }
        }
      }
      error = next;
    }
    return gradient;
  };
}
