/**
 * Which point is under the pointer. All points sorted by x once; a search then looks outward from
 * the pointer's own x and stops where no nearer point can follow.
 */
import type { AnyLine, Picture } from './picture.ts';
import type { Projection } from './projection.ts';
import type { Spot } from './spot.ts';

export interface PointIndex {
  /** The nearest point within `radius` pixels, or null. */
  nearest(px: number, py: number, radius: number): { spot: Spot; distance: number } | null;
}

/** An index of all points of the lines. */
export function indexPoints(lines: readonly AnyLine[], { px, py }: Projection): PointIndex {
  const entries = lines
    .flatMap((line) =>
      line.points.map((p) => ({ spot: { key: line.key, x: p.x }, px: px(p.x), py: py(p.y) })),
    )
    .sort((a, b) => a.px - b.px);
  return {
    nearest(x, y, radius) {
      const start = firstAtOrAfter(entries, x);
      let found: { spot: Spot; distance: number } | null = null;
      const look = (from: number, step: 1 | -1) => {
        for (let i = from; ; i += step) {
          const entry = entries[i];
          if (entry === undefined) return;
          const reach = found?.distance ?? radius;
          if (Math.abs(entry.px - x) > reach) return;
          const distance = Math.hypot(entry.px - x, entry.py - y);
          if (distance <= reach && (found === null || distance < found.distance))
            found = { spot: entry.spot, distance };
        }
      };
      look(start, 1);
      look(start - 1, -1);
      return found;
    },
  };
}

/** How near a pointer must be, in pixels: about a fingertip. */
const REACH = 24;
/** A mean is read although a run is this much nearer: it lies in the thick of them. */
const FAVOUR = 6;

/** What a pointer reads: means and runs, and the theory where neither is near. Indexed at first use. */
export function pointerIndex(
  picture: Picture,
  at: Projection,
): (px: number, py: number) => Spot | null {
  let built: readonly PointIndex[] | null = null;
  return (px, py) => {
    built ??= [picture.means, picture.raw, picture.theory].map((lines) => indexPoints(lines, at));
    const [mean, raw, theory] = built.map((index) => index.nearest(px, py, REACH));
    if (mean && (!raw || mean.distance <= raw.distance + FAVOUR)) return mean.spot;
    return (raw ?? theory)?.spot ?? null;
  };
}

function firstAtOrAfter(entries: readonly { readonly px: number }[], x: number): number {
  let [low, high] = [0, entries.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((entries[middle]?.px ?? Number.POSITIVE_INFINITY) < x) low = middle + 1;
    else high = middle;
  }
  return low;
}
