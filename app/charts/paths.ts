/** SVG path data, many points in one string: an element a point would cost a browser seconds. Pure. */

import { markerPath } from './palette.ts';
import type { MeanPoint, Point } from './picture.ts';
import type { Projection } from './projection.ts';

/** Straight lines through the points. */
export function linePath(points: readonly Point[], at: Projection): string {
  return points.map((p, i) => `${i === 0 ? 'M' : 'L'}${place(p.x, p.y, at)}`).join('');
}

/** The area between the ends of the intervals; broken where a point has none. */
export function bandPath(points: readonly MeanPoint[], at: Projection): string {
  const stretches: Ends[][] = [[]];
  for (const { x, interval } of points) {
    if (interval === null) stretches.push([]);
    else stretches.at(-1)?.push({ x, low: interval[0], high: interval[1] });
  }
  return stretches
    .filter((stretch) => stretch.length > 1)
    .map((stretch) => {
      const upper = stretch.map((e) => place(e.x, e.high, at));
      const lower = stretch.map((e) => place(e.x, e.low, at)).reverse();
      return `M${[...upper, ...lower].join('L')}Z`;
    })
    .join('');
}

interface Ends {
  readonly x: number;
  readonly low: number;
  readonly high: number;
}

/** A bar with caps for every interval. */
export function barsPath(points: readonly MeanPoint[], at: Projection): string {
  return points
    .flatMap(({ x, interval }) => {
      if (interval === null) return [];
      const [px, low, high] = [at.px(x), at.py(interval[0]), at.py(interval[1])];
      const left = (px - 4).toFixed(1);
      return `M${px.toFixed(1)} ${low.toFixed(1)}V${high.toFixed(1)}M${left} ${high.toFixed(1)}h8M${left} ${low.toFixed(1)}h8`;
    })
    .join('');
}

/** The series' marker at every point. */
export function markersPath(
  series: number,
  points: readonly Point[],
  at: Projection,
  radius: number,
): string {
  return points.map((p) => markerPath(series, at.px(p.x), at.py(p.y), radius)).join('');
}

/** Points of a curve that carry its marker: every so many pixels, staggered by series. */
export function marked(points: readonly Point[], series: number, at: Projection): Point[] {
  let next = at.area.x + APART * (0.25 + 0.17 * (series % 5));
  const found: Point[] = [];
  for (const p of points) {
    const px = at.px(p.x);
    if (px < next) continue;
    found.push(p);
    next = px + APART;
  }
  // The end of a curve lies on the frame, which would cut its marker: only a short one has it there.
  return found.length > 0 ? found : points.slice(-1);
}

const APART = 160;

function place(x: number, y: number, { px, py }: Projection): string {
  return `${px(x).toFixed(1)} ${py(y).toFixed(1)}`;
}
