/** Where a verdict's threshold, interval and value lie on a line of length 1. Pure. */
import type { Verdict } from '../../compute/studies/study.ts';

export interface BandScale {
  /** Ends of the allowed band; an open side reaches the end of the line. */
  readonly band: readonly [number, number];
  readonly interval: readonly [number, number] | null;
  readonly value: number;
}

/** Null while there is no finite value, or no threshold to hold it against. */
export function bandScale(
  verdict: Pick<Verdict, 'value' | 'interval' | 'threshold'>,
): BandScale | null {
  const { value, interval, threshold } = verdict;
  if (value === null || !Number.isFinite(value)) return null;
  const bounds = threshold.filter((t) => t !== null);
  if (bounds.length === 0) return null;
  const marks = [value, ...bounds, ...(interval ?? [])].filter(Number.isFinite);
  const lo = Math.min(...marks);
  const hi = Math.max(...marks);
  const pad = (hi - lo || Math.abs(hi) || 1) * 0.15;
  const place = (v: number) => Math.min(1, Math.max(0, (v - lo + pad) / (hi - lo + 2 * pad)));
  return {
    band: [
      threshold[0] === null ? 0 : place(threshold[0]),
      threshold[1] === null ? 1 : place(threshold[1]),
    ],
    interval: interval === null ? null : [place(interval[0]), place(interval[1])],
    value: place(value),
  };
}
