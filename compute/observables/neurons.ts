/**
 * Where the hidden units of a two-layer network point, against a teacher whose units read one input
 * each. A unit counts by what it can contribute to the output, |a_j| ‖w_j‖: for ReLU that product,
 * not the two factors, is what the function knows of it.
 */
import type { DenseLayer } from '../programs/dense.ts';
import { binOf, COSINE_BINS } from '../programs/program.ts';

/**
 * `neuronAlignment`: mean over units, by contribution, of the largest cosine between a unit's weights
 * and the first `teachers` coordinate axes; `cosine1` …: the shares of contribution by that cosine, in
 * bins of a tenth from 0 (what is negative is in the first). Empty where there is not one hidden layer.
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
    const bin = binOf(cosine);
    shares[bin] = (shares[bin] ?? 0) + weight;
    total += weight;
    sum += weight * cosine;
  }
  return {
    neuronAlignment: sum / total,
    ...Object.fromEntries(shares.map((s, i) => [`cosine${i + 1}`, s / total])),
  };
}
