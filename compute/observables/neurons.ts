/**
 * Where the hidden units of a two-layer network point, against a teacher whose units read one input
 * each. A unit counts by what it can contribute to the output, |a_j| ‖w_j‖: for ReLU that product,
 * not the two factors, is what the function knows of it.
 */
import type { DenseLayer } from '../programs/dense.ts';
import { COSINE_BINS } from '../programs/program.ts';

/**
 * `neuronAlignment`: mean over units, by contribution, of the largest cosine between a unit's weights
 * and the first `teachers` coordinate axes; `cosine1` …: the shares of contribution by that cosine. Empty where there is not one hidden layer.
 */
export function neuronCosines(
  layers: readonly DenseLayer[],
  weights: readonly ArrayLike<number>[],
  teachers: number,
): Readonly<Record<string, number>> {
  const [first, second] = layers;
  const [w = [], a = []] = weights;
  if (layers.length !== 2 || first === undefined || second === undefined) return {};
  const shares = new Array<number>(COSINE_BINS.length).fill(0);
  let [total, sum] = [0, 0];
  for (let j = 0; j < first.out; j++) {
    let [square, largest, outgoing] = [0, Number.NEGATIVE_INFINITY, 0];
    for (let k = 0; k < first.in; k++) {
      const entry = w[k * first.out + j] ?? 0;
      square += entry ** 2;
      if (k < teachers) largest = Math.max(largest, entry);
    }
    for (let o = 0; o < second.out; o++) outgoing += (a[j * second.out + o] ?? 0) ** 2;
    const norm = Math.sqrt(square);
    if (norm === 0) continue;
    const [cosine, weight] = [largest / norm, Math.sqrt(outgoing) * norm];
    addTo(shares, cosine, weight);
    total += weight;
    sum += weight * cosine;
  }
  return {
    neuronAlignment: sum / total,
    ...Object.fromEntries(shares.map((s, i) => [`cosine${i + 1}`, s / total])),
  };
}

/**
 * Adds a weight to the two bins whose centres are next to a cosine, in proportion to nearness: a share that
 * jumped at a bin's edge would differ between devices. Beyond the first and last centre there is but one.
 */
export function addTo(shares: number[], cosine: number, weight: number): void {
  const last = COSINE_BINS.length - 1;
  const position = Math.min(last, Math.max(0, 10 * cosine - 0.5));
  const lower = Math.min(last - 1, Math.floor(position));
  shares[lower] = (shares[lower] ?? 0) + weight * (lower + 1 - position);
  shares[lower + 1] = (shares[lower + 1] ?? 0) + weight * (position - lower);
}
