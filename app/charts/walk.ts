/**
 * Walking a chart by keys: left and right along a line in the order of x, up and down from line to
 * line at about the same x. Pure.
 */
import type { AnyLine, Picture, Point } from './picture.ts';
import { pointAt, type Spot } from './spot.ts';

/** Lines to walk, each its spots in the order of x. */
export type Rows = readonly (readonly Spot[])[];

export const WALK_KEYS = [
  'ArrowLeft',
  'ArrowRight',
  'ArrowUp',
  'ArrowDown',
  'Home',
  'End',
  'PageUp',
  'PageDown',
] as const;
export type WalkKey = (typeof WALK_KEYS)[number];

/** The means, or the runs where there is no mean; then the theory; of each the points that are in view. */
export function rowsOf(picture: Picture, inView: (point: Point) => boolean = () => true): Rows {
  const spotsOf = (line: AnyLine): Spot[] =>
    line.points.flatMap((p) => (inView(p) ? { key: line.key, x: p.x } : []));
  const measured: readonly AnyLine[] = picture.means.length > 0 ? picture.means : picture.raw;
  // Lines of a single point are walked together: on their own there is nowhere to go.
  const single = measured.filter((l) => l.points.length === 1);
  const together = single.flatMap(spotsOf).sort((a, b) => a.x - b.x);
  const lines = measured.filter((l) => l.points.length > 1).map(spotsOf);
  return [together, ...lines, ...picture.theory.map(spotsOf)].filter((row) => row.length > 0);
}

/** Where a key leads; the first key enters at the first row's start. Null: there is nothing to walk. */
export function walk(rows: Rows, from: Spot | null, key: WalkKey): Spot | null {
  const at = from === null ? -1 : rows.findIndex((row) => row.some((s) => s.key === from.key));
  const row = rows[at];
  if (from === null || row === undefined) return rows[0]?.[0] ?? null;
  const own = row.filter((s) => s.key === from.key).map((s) => ({ ...s, y: 0 }));
  const x = pointAt(own, from.x)?.x ?? from.x;
  const i = row.findIndex((s) => s.key === from.key && s.x === x);
  const page = Math.max(2, Math.round(row.length / 10));
  const within = (to: number) => row[Math.min(row.length - 1, Math.max(0, to))] ?? from;
  const cross = (to: number) => {
    const other = rows[to];
    if (other === undefined) return row[i] ?? from;
    return nearest(other, from.x) ?? from;
  };
  switch (key) {
    case 'ArrowLeft':
      return within(i - 1);
    case 'ArrowRight':
      return within(i + 1);
    case 'PageUp':
      return within(i - page);
    case 'PageDown':
      return within(i + page);
    case 'Home':
      return within(0);
    case 'End':
      return within(row.length - 1);
    case 'ArrowUp':
      return cross(at - 1);
    case 'ArrowDown':
      return cross(at + 1);
  }
}

function nearest(row: readonly Spot[], x: number): Spot | undefined {
  return row.reduce<Spot | undefined>(
    (best, s) => (best === undefined || Math.abs(s.x - x) < Math.abs(best.x - x) ? s : best),
    undefined,
  );
}
