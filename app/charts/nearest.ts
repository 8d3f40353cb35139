/**
 * Which point is under the pointer. Points lie in square buckets of the plot area, so that a new one
 * costs nothing but its own place, and a search looks at the buckets within reach alone.
 */
import type { AnyLine, Picture } from './picture.ts';
import { type Projection, within } from './projection.ts';
import { addedFrom } from './runs-painter.ts';
import type { Spot } from './spot.ts';

export interface PointIndex {
  /** Takes in the points of these lines that lie within the frame. */
  add(lines: readonly AnyLine[]): void;
  /** The nearest point within `radius` pixels, or null. */
  nearest(px: number, py: number, radius: number): { spot: Spot; distance: number } | null;
}

/** How near a pointer must be, in pixels: about a fingertip. */
const REACH = 24;
/** A mean is read although a run is this much nearer: it lies in the thick of them. */
const FAVOUR = 6;
/** A bucket's place is one number: rows of more buckets than any screen has. */
const ROW = 1 << 12;

interface Entry {
  readonly key: string;
  readonly x: number;
  readonly px: number;
  readonly py: number;
}

/** An index of all points of the lines within the frame. */
export function indexPoints(lines: readonly AnyLine[], { area, px, py }: Projection): PointIndex {
  const buckets = new Map<number, Entry[]>();
  const column = (x: number) => Math.floor((x - area.x) / REACH);
  const row = (y: number) => Math.floor((y - area.y) / REACH);
  const index: PointIndex = {
    add(more) {
      for (const { key, points } of more) {
        for (const p of points) {
          const [x, y] = [px(p.x), py(p.y)];
          if (!within(area, x, y)) continue;
          const place = (row(y) + 1) * ROW + column(x) + 1;
          const entry = { key, x: p.x, px: x, py: y };
          const bucket = buckets.get(place);
          if (bucket === undefined) buckets.set(place, [entry]);
          else bucket.push(entry);
        }
      }
    },
    nearest(x, y, radius) {
      let found: { entry: Entry; distance: number } | null = null;
      for (let r = row(y - radius); r <= row(y + radius); r++) {
        for (let c = column(x - radius); c <= column(x + radius); c++) {
          for (const entry of buckets.get((r + 1) * ROW + c + 1) ?? []) {
            const distance = Math.hypot(entry.px - x, entry.py - y);
            if (distance <= radius && (found === null || distance < found.distance))
              found = { entry, distance };
          }
        }
      }
      if (found === null) return null;
      const { entry, distance } = found;
      return { spot: { key: entry.key, x: entry.x }, distance };
    },
  };
  index.add(lines);
  return index;
}

/** The runs that were indexed last: the next picture adds to them while nothing else changed. */
export interface KeptIndex {
  kept: {
    readonly at: Projection;
    readonly lines: Picture['raw'];
    readonly index: PointIndex;
  } | null;
}

/** What a pointer reads: means and runs, and the theory where neither is near. Indexed at first use. */
export function pointerIndex(
  picture: Picture,
  at: Projection,
  memory: KeptIndex = { kept: null },
): (px: number, py: number) => Spot | null {
  let built: readonly PointIndex[] | null = null;
  return (px, py) => {
    built ??= [
      indexPoints(picture.means, at),
      runsIndex(picture.raw, at, memory),
      indexPoints(picture.theory, at),
    ];
    const [mean, raw, theory] = built.map((index) => index.nearest(px, py, REACH));
    if (mean && (!raw || mean.distance <= raw.distance + FAVOUR)) return mean.spot;
    return (raw ?? theory)?.spot ?? null;
  };
}

function runsIndex(lines: Picture['raw'], at: Projection, memory: KeptIndex): PointIndex {
  const { kept } = memory;
  const from = kept?.at === at ? addedFrom(kept.lines, lines) : null;
  const index = kept !== null && from !== null ? kept.index : indexPoints([], at);
  index.add(lines.slice(from ?? 0));
  memory.kept = { at, lines, index };
  return index;
}
