/**
 * Variance between seeds of vectors of predictions, and how it scales with width. A seed is one draw, so
 * an interval resamples seeds; a variance of resampled seeds counts only pairs of two different ones,
 * which keeps it unbiased where a seed is drawn twice.
 */
import { STREAMS, uniformAt } from '../random.ts';
import type { SeedsNumber } from './law-fit.ts';
import { remembered } from './remembered.ts';
import { type Interval, logLogSlope } from './stats.ts';

/** Predictions of every seed at one width, each [samples × outputs]. */
export interface Ensemble {
  readonly width: number;
  readonly predictions: readonly (readonly number[])[];
}

/** Of every pair of seeds, half its squared distance by output, averaged over samples. */
interface Pairs {
  readonly seeds: number;
  readonly outputs: number;
  /** [seed × seed × output] */
  readonly values: Float64Array;
}

function pairsOf(predictions: readonly (readonly number[])[], outputs: number): Pairs {
  const seeds = predictions.length;
  const values = new Float64Array(seeds * seeds * outputs);
  for (const [a, f] of predictions.entries()) {
    const samples = f.length / outputs;
    for (const [b, g] of predictions.entries()) {
      const at = (a * seeds + b) * outputs;
      for (const [i, v] of f.entries()) {
        const k = at + (i % outputs);
        values[k] = (values[k] ?? 0) + (v - (g[i] ?? Number.NaN)) ** 2 / (2 * samples);
      }
    }
  }
  return { seeds, outputs, values };
}

/** How often each of `size` is among the items. */
function countsOf(items: readonly number[], size: number): Uint16Array {
  const counts = new Uint16Array(size);
  for (const i of items) counts[i] = (counts[i] ?? 0) + 1;
  return counts;
}

/**
 * Mean over pairs of two different seeds, and over the outputs; NaN where there is no pair. Seeds and outputs
 * that are drawn several times are counted, not gone over again: this is the inside of a bootstrap.
 */
function varianceOf(
  { seeds: size, outputs: width, values }: Pairs,
  seeds: readonly number[],
  outputs: readonly number[],
): number {
  const [often, weights] = [countsOf(seeds, size), countsOf(outputs, width)];
  let [sum, count] = [0, 0];
  for (let i = 0; i < size; i++) {
    for (let j = i + 1; j < size; j++) {
      const times = 2 * (often[i] ?? 0) * (often[j] ?? 0);
      if (times === 0) continue;
      const at = (i * size + j) * width;
      let pair = 0;
      for (let k = 0; k < width; k++) pair += (weights[k] ?? 0) * (values[at + k] ?? 0);
      sum += times * pair;
      count += times * outputs.length;
    }
  }
  return count > 0 ? sum / count : Number.NaN;
}

const range = (n: number) => Array.from({ length: n }, (_, i) => i);

/** Unbiased variance between seeds, averaged over samples and outputs; NaN below two seeds. */
export const varianceBetween = (predictions: readonly (readonly number[])[]): number =>
  varianceOf(pairsOf(predictions, 1), range(predictions.length), [0]);

/** The same variance, of all seeds and of some of them. */
export function seedsVariance(predictions: readonly (readonly number[])[]): SeedsNumber {
  const pairs = pairsOf(predictions, 1);
  const of = (seeds: readonly number[]) => varianceOf(pairs, seeds, [0]);
  return { value: of(range(predictions.length)), seeds: predictions.length, of };
}

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
  const random = uniformsOf(levels.length);
  const slopes = range(resamples).map((b) => {
    let index = 0;
    const draw = (n: number) => range(n).map(() => Math.floor(random(b, index++) * n));
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

/** Drawing is most of the work, and what is drawn hangs on the number of levels alone: a few are kept. */
const drawn = remembered<(b: number, index: number) => number>(4);
const uniformsOf = (levels: number) =>
  drawn(String(levels), () => {
    const rows: number[][] = [];
    return (b, index) => {
      rows[b] ??= [];
      const row = rows[b];
      row[index] ??= uniformAt(levels, STREAMS.bootstrap, b, index);
      return row[index];
    };
  });

/**
 * Squared difference of two widths' expectations, averaged over predictions: the mean over pairs of two
 * different seeds of the product of their differences, so that chance adds nothing. May be negative: then it
 * is below noise. Seeds are paired in order; NaN without a pair. Returns it for any seeds, perhaps some twice.
 */
export function squaredBias(
  a: readonly (readonly number[])[],
  b: readonly (readonly number[])[],
): (seeds: readonly number[]) => number {
  const differences = range(Math.min(a.length, b.length)).map((i) =>
    Float64Array.from(a[i] ?? [], (v, k) => v - (b[i]?.[k] ?? Number.NaN)),
  );
  const products = differences.map((d) =>
    differences.map((e) => d.reduce((sum, v, k) => sum + v * (e[k] ?? Number.NaN), 0) / d.length),
  );
  return (seeds) => {
    const often = countsOf(seeds, products.length);
    let [sum, count] = [0, 0];
    for (const [i, row] of products.entries()) {
      for (const [j, product] of row.entries()) {
        const times = i === j ? 0 : (often[i] ?? 0) * (often[j] ?? 0);
        if (times === 0) continue;
        sum += times * product;
        count += times;
      }
    }
    return count > 0 ? sum / count : Number.NaN;
  };
}
