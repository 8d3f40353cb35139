/**
 * Variance between seeds of vectors of predictions, and how it scales with width. A seed is one draw, so
 * an interval resamples seeds; a variance of resampled seeds counts only pairs of two different ones,
 * which keeps it unbiased where a seed is drawn twice.
 */
import { STREAMS, uniformAt } from '../random.ts';
import { type Interval, logLogSlope } from './stats.ts';

/** Predictions of every seed at one width, each [samples × outputs]. */
export interface Ensemble {
  readonly width: number;
  readonly predictions: readonly (readonly number[])[];
}

/** Half the squared distance of every pair of seeds, by output, averaged over samples. */
type Pairs = readonly (readonly (readonly number[])[])[];

function pairsOf(predictions: readonly (readonly number[])[], outputs: number): Pairs {
  return predictions.map((f) =>
    predictions.map((g) => {
      const sums = new Array<number>(outputs).fill(0);
      const samples = f.length / outputs;
      for (const [i, v] of f.entries()) {
        const k = i % outputs;
        sums[k] = (sums[k] ?? 0) + (v - (g[i] ?? Number.NaN)) ** 2 / (2 * samples);
      }
      return sums;
    }),
  );
}

/** Mean over pairs of two different seeds, and over the outputs; NaN where there is no pair. */
function varianceOf(pairs: Pairs, seeds: readonly number[], outputs: readonly number[]): number {
  let [sum, count] = [0, 0];
  for (const i of seeds) {
    for (const j of seeds) {
      if (i === j) continue;
      for (const k of outputs) sum += pairs[i]?.[j]?.[k] ?? Number.NaN;
      count += outputs.length;
    }
  }
  return count > 0 ? sum / count : Number.NaN;
}

const range = (n: number) => Array.from({ length: n }, (_, i) => i);

/** Unbiased variance between seeds, averaged over samples and outputs; NaN below two seeds. */
export const varianceBetween = (predictions: readonly (readonly number[])[]): number =>
  varianceOf(pairsOf(predictions, 1), range(predictions.length), [0]);

export interface ScalingFit {
  /** d log variance / d log width; NaN with fewer than two widths of two seeds. */
  readonly slope: number;
  /**
   * 95%, by percentile bootstrap over seeds at each width, and over outputs, the same at all widths; null
   * where there is no slope. Resamples of one seed alone have no variance and are drawn again.
   */
  readonly interval: Interval | null;
}

/** How the variance scales with width. `outputs`: predictions of one sample. */
export function varianceScaling(
  ensembles: readonly Ensemble[],
  outputs: number,
  resamples = 1000,
): ScalingFit {
  const levels = ensembles
    .filter(({ predictions }) => predictions.length >= 2)
    .map(({ width, predictions }) => ({
      ...{ width, seeds: predictions.length },
      pairs: pairsOf(predictions, outputs),
    }));
  const slope = logLogSlope(
    levels.map(({ width, seeds, pairs }) => [
      width,
      varianceOf(pairs, range(seeds), range(outputs)),
    ]),
  );
  if (!Number.isFinite(slope)) return { slope, interval: null };
  const slopes = range(resamples).map((b) => {
    let index = 0;
    const draw = (n: number) =>
      range(n).map(() => Math.floor(uniformAt(levels.length, STREAMS.bootstrap, b, index++) * n));
    const ofOutputs = draw(outputs);
    return logLogSlope(
      levels.map(({ width, seeds, pairs }) => {
        let own = draw(seeds);
        while (own.every((i) => i === own[0])) own = draw(seeds);
        return [width, varianceOf(pairs, own, ofOutputs)];
      }),
    );
  });
  slopes.sort((a, b) => a - b);
  const at = (p: number) => slopes[Math.round(p * (resamples - 1))] ?? Number.NaN;
  return { slope, interval: [at(0.025), at(0.975)] };
}

/**
 * Squared difference of two widths' expectations, averaged over predictions: the mean over pairs of two
 * different seeds of the product of their differences, so that chance adds nothing. May be negative: then it
 * is below noise. Seeds are paired in order; `seeds` picks some, perhaps twice; NaN without a pair.
 */
export function squaredBias(
  a: readonly (readonly number[])[],
  b: readonly (readonly number[])[],
  seeds: readonly number[] = range(Math.min(a.length, b.length)),
): number {
  const differences = a.map((f, i) => f.map((v, k) => v - (b[i]?.[k] ?? Number.NaN)));
  let [sum, count] = [0, 0];
  for (const i of seeds) {
    for (const j of seeds) {
      if (i === j) continue;
      const [d, e] = [differences[i] ?? [], differences[j] ?? []];
      sum += d.reduce((total, v, k) => total + v * (e[k] ?? Number.NaN), 0) / d.length;
      count += 1;
    }
  }
  return count > 0 ? sum / count : Number.NaN;
}
