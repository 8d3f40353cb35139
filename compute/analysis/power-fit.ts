/**
 * The exponent of y = C x^p by weighted least squares on y itself, not on its logarithm: measured excesses
 * that noise has made negative count like any others, where a fit of logarithms would have to drop
 * them and so be drawn to those that noise made large.
 */

import { remembered } from './remembered.ts';

export interface PowerPoint {
  readonly x: number;
  readonly y: number;
  /** Standard error of y. */
  readonly error: number;
}

/** Exponents that the search begins with. */
const GRID = Array.from({ length: 500 }, (_, i) => (i + 1) / 100);

/** x^p over the grid, [exponent × point]: the same for every resample of a bootstrap, and most of its work. */
const shapes = remembered<Float64Array>(8);
const shapesOf = (xs: readonly number[]) =>
  shapes(xs.join(), () => Float64Array.from(GRID.flatMap((p) => xs.map((x) => x ** p))));

/** p between 0.01 and 5, to 1e-6, with C free; NaN with fewer than two points or where none is above 0. */
export function powerFit(points: readonly PowerPoint[]): number {
  const used = points.filter(({ x, y, error }) => x > 0 && Number.isFinite(y) && error > 0);
  if (used.length < 2 || !used.some(({ y }) => y > 0)) return Number.NaN;
  const scale = Math.max(...used.map(({ x }) => x));
  const xs = used.map(({ x }) => x / scale);
  const ys = Float64Array.from(used, ({ y, error }) => y / error);
  const weights = Float64Array.from(used, ({ error }) => 1 / error);
  const misfit = (of: ArrayLike<number>, from: number) => {
    let [top, bottom] = [0, 0];
    for (let i = 0; i < ys.length; i++) {
      const shape = (of[from + i] ?? 0) * (weights[i] ?? 0);
      top += shape * (ys[i] ?? 0);
      bottom += shape * shape;
    }
    // What is left of Σ (y/error)² once the best C has taken its share, up to a constant.
    return top > 0 ? -(top * top) / bottom : 0;
  };
  const at = (p: number) =>
    misfit(
      xs.map((x) => x ** p),
      0,
    );
  // A grid, then the golden section about its best: the misfit need not have one minimum.
  const table = shapesOf(xs);
  let [best, least] = [0, Number.POSITIVE_INFINITY];
  for (let g = 0; g < GRID.length; g++) {
    const value = misfit(table, g * xs.length);
    if (value < least) [best, least] = [g, value];
  }
  const middle = GRID[best] ?? 0;
  let [low, high] = [Math.max(0.01, middle - 0.01), Math.min(5, middle + 0.01)];
  const golden = (Math.sqrt(5) - 1) / 2;
  while (high - low > 1e-6) {
    const [a, b] = [high - golden * (high - low), low + golden * (high - low)];
    if (at(a) < at(b)) high = b;
    else low = a;
  }
  return (low + high) / 2;
}
