/** Where a curve that was measured at a few places is lowest. */
import { Matrix, solve } from 'ml-matrix';

/**
 * Abscissa of the minimum: the vertex of the parabola fitted by least squares to the lowest point and
 * at most `reach` neighbours on either side, so that noise of one point moves it little. NaN where the
 * lowest point is at an end, a value is missing beside it, or the fit has no minimum.
 * @param points in ascending order of x, any spacing
 */
export function minimumOf(points: readonly (readonly [number, number])[], reach = 2): number {
  const finite = points.map(([, y]) => Number.isFinite(y));
  let lowest = -1;
  for (const [i, [, y]] of points.entries())
    if (finite[i] && !(y >= (points[lowest]?.[1] ?? Number.POSITIVE_INFINITY))) lowest = i;
  if (!finite[lowest - 1] || !finite[lowest + 1]) return Number.NaN;
  let [from, to] = [lowest - 1, lowest + 1];
  while (from > lowest - reach && finite[from - 1]) from -= 1;
  while (to < lowest + reach && finite[to + 1]) to += 1;
  const near = points.slice(from, to + 1);
  const centre = points[lowest]?.[0] ?? 0;
  const powers = new Matrix(near.map(([x]) => [1, x - centre, (x - centre) ** 2]));
  const fitted = solve(powers, Matrix.columnVector(near.map(([, y]) => y)));
  const [slope, bend] = [fitted.get(1, 0), fitted.get(2, 0)];
  return bend > 0 ? centre - slope / (2 * bend) : Number.NaN;
}
