/** Means, intervals and slopes, in float64. Every interval is at 95%. */
import { STREAMS, uniformAt } from '../random.ts';

export type Interval = readonly [number, number];

/** Arithmetic mean; NaN of an empty list. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, v) => sum + v, 0) / values.length;
}

/** Middle value (mean of the two middle ones); NaN of an empty list. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  const upper = sorted[half] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[half - 1] ?? Number.NaN)) / 2;
}

// Two-sided 95% quantiles of Student's t for 1 … 30 degrees of freedom (any statistical table).
const T95 = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145,
  2.131, 2.12, 2.11, 2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048,
  2.045, 2.042,
] as const;

/** Quantile of Student's t at 97.5%; beyond the table by two Cornish–Fisher terms (error < 1e-3). */
export function studentT95(degrees: number): number {
  if (degrees < 1) return Number.NaN;
  const z = 1.959963984540054;
  const first = (z ** 3 + z) / (4 * degrees);
  const second = (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * degrees ** 2);
  return T95[degrees - 1] ?? z + first + second;
}

/** 95% interval of the mean by Student's t; null below two values. */
export function tInterval(values: readonly number[]): Interval | null {
  const n = values.length;
  if (n < 2) return null;
  const m = mean(values);
  const variance = values.reduce((sum, v) => sum + (v - m) ** 2, 0) / (n - 1);
  const half = studentT95(n - 1) * Math.sqrt(variance / n);
  return [m - half, m + half];
}

/**
 * 95% percentile bootstrap: `statistic` of resamples (with replacement) of the items, whatever their order;
 * null below two items or if no resample gives a finite number. Deterministic: the resamples are a function
 * of nothing but the number of items.
 */
export function bootstrap<T>(
  items: readonly T[],
  statistic: (sample: readonly T[]) => number,
  resamples = 1000,
): Interval | null {
  const n = items.length;
  if (n < 2) return null;
  const values: number[] = [];
  const { drawn, first } = drawsOf(n, resamples);
  const all = new Float64Array(resamples);
  for (let b = 0; b < resamples; b++) {
    const same = first[b] ?? b;
    if (same < b) {
      const value = all[same] ?? Number.NaN;
      all[b] = value;
      if (Number.isFinite(value)) values.push(value);
      continue;
    }
    const sample: T[] = [];
    for (let i = 0; i < n; i++) {
      const item = items[drawn[b * n + i] ?? 0];
      if (item !== undefined) sample.push(item);
    }
    const value = statistic(sample);
    all[b] = value;
    if (Number.isFinite(value)) values.push(value);
  }
  values.sort((a, b) => a - b);
  const at = (p: number) => values[Math.round(p * (values.length - 1))] ?? Number.NaN;
  return values.length === 0 ? null : [at(0.025), at(0.975)];
}

/** Draws of up to so many items are kept: two bytes each, 16 MB if every number comes up. */
const KEPT_ITEMS = 128;
const kept = new Map<string, Draws>();

interface Draws {
  readonly drawn: Uint16Array | Uint32Array;
  /** The first resample with the same items as each: of five items there are 126 resamples in all. */
  readonly first: Uint32Array;
}

/** Which of n items each resample takes, one resample after another. Drawing them is most of the work. */
function drawsOf(n: number, resamples: number): Draws {
  const key = `${n} ${resamples}`;
  const before = kept.get(key);
  if (before !== undefined) return before;
  const drawn = n <= KEPT_ITEMS ? new Uint16Array(n * resamples) : new Uint32Array(n * resamples);
  for (let b = 0; b < resamples; b++) {
    for (let i = 0; i < n; i++)
      drawn[b * n + i] = Math.floor(uniformAt(n, STREAMS.bootstrap, b, i) * n);
  }
  const known = new Map<string, number>();
  const first = Uint32Array.from({ length: resamples }, (_, b) => {
    const items = drawn
      .slice(b * n, (b + 1) * n)
      .sort()
      .join();
    const same = known.get(items) ?? b;
    known.set(items, same);
    return same;
  });
  const draws = { drawn, first };
  if (n <= KEPT_ITEMS) kept.set(key, draws);
  return draws;
}

/** Least-squares slope of log y against log x; NaN with fewer than two distinct positive x. */
export function logLogSlope(points: readonly (readonly [number, number])[]): number {
  const logs = points
    .filter(([x, y]) => x > 0 && y > 0)
    .map(([x, y]) => [Math.log(x), Math.log(y)] as const);
  const mx = mean(logs.map(([x]) => x));
  const my = mean(logs.map(([, y]) => y));
  const top = logs.reduce((sum, [x, y]) => sum + (x - mx) * (y - my), 0);
  const bottom = logs.reduce((sum, [x]) => sum + (x - mx) ** 2, 0);
  return bottom > 0 ? top / bottom : Number.NaN;
}
