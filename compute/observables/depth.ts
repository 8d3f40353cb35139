/**
 * How far hidden states go from layer to layer of a residual network, in float64, over the observed
 * samples. With h_0 what comes into the first layer that skips and h_L what leaves the last:
 * `increment`: root mean square of ‖h_{l+1} − h_l‖ / ‖h_0‖ over layers and samples.
 * `variation`: Σ_l ‖h_{l+1} − h_l‖² / ‖h_0‖², the quadratic variation, averaged over samples.
 * `growth`: ‖h_L‖² / ‖h_0‖², averaged over samples.
 */
import type { DenseLayer } from '../programs/dense.ts';
import { forwardOnHost } from '../programs/host.ts';

/** Averages settle with few samples; a deep network has many layers. */
const ROWS = 32;

/** The columns of one network. @param x [samples × in]. Throws where no layer skips. */
export function depthColumns(
  layers: readonly DenseLayer[],
  now: readonly ArrayLike<number>[],
  x: Float32Array,
): { readonly increment: number; readonly variation: number; readonly growth: number } {
  const first = layers.findIndex((l) => l.skip);
  const depth = layers.filter((l) => l.skip).length;
  if (first < 1) throw new Error('Nothing skips in this network: it has no residual depth.');
  const inputs = layers[0]?.in ?? 1;
  const seen = x.subarray(0, ROWS * inputs);
  const states = forwardOnHost(layers.slice(0, first + depth), now, seen).slice(first - 1);
  const width = layers[first]?.out ?? 1;
  const rows = seen.length / inputs;
  let [variation, growth] = [0, 0];
  for (let i = 0; i < rows; i++) {
    const size = squareAt(states[0], undefined, i, width);
    for (let l = 1; l < states.length; l++)
      variation += squareAt(states[l], states[l - 1], i, width) / size / rows;
    growth += squareAt(states.at(-1), undefined, i, width) / size / rows;
  }
  return { increment: Math.sqrt(variation / depth), variation, growth };
}

/** ‖a_i − b_i‖² of one row, without b ‖a_i‖². */
function squareAt(
  a: Float64Array | undefined,
  b: Float64Array | undefined,
  row: number,
  width: number,
): number {
  let sum = 0;
  for (let j = row * width; j < (row + 1) * width; j++) sum += ((a?.[j] ?? 0) - (b?.[j] ?? 0)) ** 2;
  return sum;
}
