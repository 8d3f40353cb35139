/** A line read between its points, straight on the axes' own scales. Nothing is read beyond its ends. Pure. */
import type { Axis } from '../../../compute/studies/study.ts';
import type { Point } from '../picture.ts';

/** Values travel with six digits: so much of the span (in the axis' measure) may lie beyond an end. */
const ROUNDING = 1e-5;

/** The measure of an axis: what is equally far apart on it. */
export const measureOf = ({ scale }: Axis): ((v: number) => number) =>
  scale === 'log' ? Math.log : (v) => v;

/**
 * y of a line at x, linear in the axes' own scales; NaN before its first and after its last point.
 * @param points x ascends; all can stand on the axes
 */
export function readAt(points: readonly Point[], x: number, axes: { x: Axis; y: Axis }): number {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined) return Number.NaN;
  const [across, up] = [measureOf(axes.x), measureOf(axes.y)];
  const at = across(x);
  const [from, to] = [across(first.x), across(last.x)];
  const slack = ROUNDING * Math.max(to - from, Math.abs(to));
  if (!(at >= from - slack && at <= to + slack)) return Number.NaN;
  let [low, high] = [0, points.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (across(points[middle]?.x ?? Number.NaN) <= at) low = middle;
    else high = middle;
  }
  const [a, b] = [points[low] ?? first, points[high] ?? last];
  const width = across(b.x) - across(a.x);
  const part = width > 0 ? Math.min(1, Math.max(0, (at - across(a.x)) / width)) : 0;
  if (part === 0) return a.y;
  if (part === 1) return b.y;
  const y = up(a.y) + part * (up(b.y) - up(a.y));
  return axes.y.scale === 'log' ? Math.exp(y) : y;
}
