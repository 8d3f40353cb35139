/** Thinning a line for the screen: few points, no extreme lost. */
import type { Trace } from '../studies/study.ts';

/** At most about `limit` points: first and last, and of each bucket the lowest and the highest. */
export function decimate(trace: Trace, limit: number): Trace {
  const n = trace.x.length;
  if (n <= limit) return trace;
  const buckets = Math.max(1, Math.floor((limit - 2) / 2));
  const keep = new Set([0, n - 1]);
  for (let b = 0; b < buckets; b++) {
    const from = Math.floor((b * n) / buckets);
    const to = Math.floor(((b + 1) * n) / buckets);
    let low = from;
    let high = from;
    for (let i = from; i < to; i++) {
      if ((trace.y[i] ?? 0) < (trace.y[low] ?? 0)) low = i;
      if ((trace.y[i] ?? 0) > (trace.y[high] ?? 0)) high = i;
    }
    keep.add(low).add(high);
  }
  const indices = [...keep].sort((a, b) => a - b);
  const pick = (values: readonly number[]) => indices.map((i) => values[i] ?? Number.NaN);
  return { line: trace.line, x: pick(trace.x), y: pick(trace.y) };
}
