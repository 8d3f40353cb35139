/** Where a curve that was measured at a few places is lowest. */
import { Matrix, solve } from 'ml-matrix';

/**
 * Abscissa of the minimum of the cubic fitted by least squares to the valley: the lowest point and those on
 * either side up to the first that lies more than `height` above it. A window that hangs on a height does not
 * jump when chance makes a neighbour the lowest, and a cubic lets the two sides be unlike. NaN where the
 * lowest point is at an end or beside a missing value, where fewer than four points are in the valley, and
 * where the cubic has no minimum in it.
 * @param points in ascending order of x, any spacing
 */
export function minimumOf(points: readonly (readonly [number, number])[], height: number): number {
  const values = points.map(([, y]) => (Number.isFinite(y) ? y : Number.POSITIVE_INFINITY));
  const least = Math.min(...values);
  const lowest = values.indexOf(least);
  const low = (i: number) => (values[i] ?? Number.POSITIVE_INFINITY) - least <= height;
  const isThere = (i: number) => Number.isFinite(values[i] ?? Number.NaN);
  if (!isThere(lowest - 1) || !isThere(lowest + 1)) return Number.NaN;
  let [from, to] = [lowest, lowest];
  while (low(from - 1)) from -= 1;
  while (low(to + 1)) to += 1;
  const valley = points.slice(from, to + 1);
  if (valley.length < 4) return Number.NaN;
  const centre = points[lowest]?.[0] ?? 0;
  const powers = new Matrix(valley.map(([x]) => [0, 1, 2, 3].map((k) => (x - centre) ** k)));
  const fitted = solve(powers, Matrix.columnVector(valley.map(([, y]) => y)));
  const [a, b, c] = [fitted.get(1, 0), fitted.get(2, 0), fitted.get(3, 0)];
  // Of the two roots of a + 2bt + 3ct² the one where the curve bends up, in a form that c → 0 leaves well.
  const root = -a / (b + Math.sqrt(b * b - 3 * a * c));
  const [first = 0, last = 0] = [valley[0]?.[0], valley.at(-1)?.[0]];
  return root > first - centre && root < last - centre ? centre + root : Number.NaN;
}
