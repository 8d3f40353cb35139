/**
 * Whether a spectrum is straight on logarithmic axes: a power law y ∝ x^−α, against a log-normal with its peak at x = 1,
 * ln y = a − b (ln x)². Both have two parameters, so neither fits better for having more; residuals of ln y are taken as
 * normal, alike everywhere, and the likelihood ratio is then one of their sums of squares (Vuong 1989; of power laws:
 * Clauset, Shalizi & Newman 2009, arXiv:0706.1062, §5).
 */

export interface Straightness {
  /** α of the power law. */
  readonly exponent: number;
  /** What α changes by over a decade of x, of the parabola that fits best: 0 is straight. */
  readonly curvature: number;
  /** ln of the likelihood of the power law over that of the log-normal: (n/2) ln of the ratio of their sums of squares. */
  readonly ratio: number;
}

type Points = readonly (readonly [x: number, y: number])[];

/** Null with fewer than four points, or one that is not positive. */
export function straightnessOf(points: Points): Straightness | null {
  if (points.length < 4 || points.some(([x, y]) => !(x > 0 && y > 0))) return null;
  const x = centred(points.map(([v]) => Math.log(v)));
  const squares = centred(points.map(([v]) => Math.log(v) ** 2));
  const y = centred(points.map(([, v]) => Math.log(v)));
  // What of the square is not in the line already: its slope is that of the parabola.
  const bend = less(squares, x);
  const curved = dot(bend, y) / dot(bend, bend);
  const [straight, logNormal] = [less(y, x), less(y, squares)];
  return {
    exponent: -dot(x, y) / dot(x, x),
    curvature: -2 * curved * Math.LN10,
    ratio: (points.length / 2) * Math.log(dot(logNormal, logNormal) / dot(straight, straight)),
  };
}

const dot = (a: readonly number[], b: readonly number[]) =>
  a.reduce((sum, v, i) => sum + v * (b[i] ?? 0), 0);

function centred(values: readonly number[]): number[] {
  const middle = values.reduce((sum, v) => sum + v, 0) / values.length;
  return values.map((v) => v - middle);
}

/** What is left of a where its line along b is taken off; both centred. */
function less(a: readonly number[], b: readonly number[]): number[] {
  const slope = dot(a, b) / dot(b, b);
  return a.map((v, i) => v - slope * (b[i] ?? 0));
}
