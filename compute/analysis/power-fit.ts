/**
 * The exponent of y = C x^p by weighted least squares on y itself, not on its logarithm: measured excesses
 * that noise has made negative count like any others, where a fit of logarithms would have to drop
 * them and so be drawn to those that noise made large.
 */

export interface PowerPoint {
  readonly x: number;
  readonly y: number;
  /** Standard error of y. */
  readonly error: number;
}

/** p between 0.01 and 5, to 1e-6, with C free; NaN with fewer than two points or where none is above 0. */
export function powerFit(points: readonly PowerPoint[]): number {
  const used = points.filter(({ x, y, error }) => x > 0 && Number.isFinite(y) && error > 0);
  if (used.length < 2 || !used.some(({ y }) => y > 0)) return Number.NaN;
  const scale = Math.max(...used.map(({ x }) => x));
  const misfit = (p: number) => {
    let [top, bottom] = [0, 0];
    for (const { x, y, error } of used) {
      const shape = (x / scale) ** p / error;
      top += (shape * y) / error;
      bottom += shape * shape;
    }
    // What is left of Σ (y/error)² once the best C has taken its share, up to a constant.
    return top > 0 ? -(top * top) / bottom : 0;
  };
  // A grid, then the golden section about its best: the misfit need not have one minimum.
  const grid = Array.from({ length: 500 }, (_, i) => (i + 1) / 100);
  const best = grid.reduce((a, b) => (misfit(b) < misfit(a) ? b : a));
  let [low, high] = [Math.max(0.01, best - 0.01), Math.min(5, best + 0.01)];
  const golden = (Math.sqrt(5) - 1) / 2;
  while (high - low > 1e-6) {
    const [a, b] = [high - golden * (high - low), low + golden * (high - low)];
    if (misfit(a) < misfit(b)) high = b;
    else low = a;
  }
  return (low + high) / 2;
}
