/** How far points go along both axes. Pure. */
import type { Span } from '../view/view-state.ts';

export interface Extent {
  readonly x: Span;
  readonly y: Span;
}

interface Placed {
  readonly x: number;
  readonly y: number;
}

/** Points never change once drawn: each line is looked through once. */
const known = new WeakMap<readonly Placed[], Extent>();

/** The extent of these points, which are at least one. */
export function extentOf(points: readonly Placed[]): Extent {
  const before = known.get(points);
  if (before !== undefined) return before;
  let [x0, x1, y0, y1] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const { x, y } of points) {
    if (x < x0) x0 = x;
    if (x > x1) x1 = x;
    if (y < y0) y0 = y;
    if (y > y1) y1 = y;
  }
  const extent: Extent = { x: [x0, x1], y: [y0, y1] };
  known.set(points, extent);
  return extent;
}

/** The extent that holds both; the same object while the second lies in the first. */
export function around(a: Extent | null, b: Extent): Extent {
  if (a === null) return b;
  const holds = (outer: Span, inner: Span) => outer[0] <= inner[0] && inner[1] <= outer[1];
  if (holds(a.x, b.x) && holds(a.y, b.y)) return a;
  const both = (p: Span, q: Span): Span => [Math.min(p[0], q[0]), Math.max(p[1], q[1])];
  return { x: both(a.x, b.x), y: both(a.y, b.y) };
}
