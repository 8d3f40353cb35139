/**
 * How far curves that should be one lie apart, as one number: their standard deviation at equal x, relative to
 * their size. After the measure of Bhattacharjee & Seno 2001 (J. Phys. A 34, 6375), which reads each
 * curve between the points of another where they overlap; here squared, and at x evenly spaced on the axis.
 */
import { mean } from '../../../compute/analysis/stats.ts';
import type { Point } from '../picture.ts';
import type { Axes } from './derived.ts';
import { measureOf, readAt } from './interpolate.ts';

export interface Strand {
  /** The curve or level that it should lie on: only strands of one are compared. */
  readonly onto: string;
  readonly curve: string;
  /** x ascends; all can stand on the axes. */
  readonly points: readonly Point[];
}

/** Places at which curves are compared. */
const PLACES = 64;

/**
 * Relative spread: on a logarithmic y axis the standard deviation of ln y, on a linear one that of y over the
 * root mean square of y. `curve`: between the curves at each x that two or more of them reach, pooled over x;
 * `level`: between all points, whatever their x. Null where there are no two to compare.
 */
export function relativeSpread(
  strands: readonly Strand[],
  axes: Axes,
  onto: 'curve' | 'level',
): number | null {
  const samples = [...new Set(strands.map((s) => s.onto))].flatMap((name) => {
    const own = strands.filter((s) => s.onto === name);
    return onto === 'level' ? [own.flatMap((s) => s.points.map((p) => p.y))] : sharedOf(own, axes);
  });
  const compared = samples.filter((values) => values.length > 1);
  const degrees = compared.reduce((n, values) => n + values.length - 1, 0);
  if (degrees === 0) return null;
  const up = measureOf(axes.y);
  const squares = compared.reduce((sum, values) => sum + squaresOf(values.map(up)), 0);
  const deviation = Math.sqrt(squares / degrees);
  if (axes.y.scale === 'log') return deviation;
  const size = Math.sqrt(mean(compared.flat().map((y) => y * y)));
  return size > 0 ? deviation / size : 0;
}

/** Values of the curves at each place, of those that reach it. */
function sharedOf(strands: readonly Strand[], axes: Axes): number[][] {
  const across = measureOf(axes.x);
  const ends = strands.flatMap(({ points }) => {
    const [first, last] = [points[0], points.at(-1)];
    return first && last ? [across(first.x), across(last.x)] : [];
  });
  const [from, to] = [Math.min(...ends), Math.max(...ends)];
  return Array.from({ length: PLACES }, (_, i) => {
    const at = from + (i / (PLACES - 1)) * (to - from);
    const x = axes.x.scale === 'log' ? Math.exp(at) : at;
    return strands.map((s) => readAt(s.points, x, axes)).filter(Number.isFinite);
  });
}

function squaresOf(values: readonly number[]): number {
  const middle = mean(values);
  return values.reduce((sum, v) => sum + (v - middle) ** 2, 0);
}
