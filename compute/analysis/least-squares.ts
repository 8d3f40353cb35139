/**
 * The best θ of a law for some points: Huber's loss on residuals of ln y, which a single bad point cannot
 * drag (as Hoffmann et al. 2022, §3.3, who minimise it with L-BFGS), by Levenberg–Marquardt with
 * reweighting. Two to five parameters and a few dozen points, a thousand times for a bootstrap: a library that makes a
 * matrix of every step takes twenty times as long, so the normal equations are solved here.
 */
import type { Curve, LogPoint } from './laws.ts';
import { median } from './stats.ts';

export interface Fitted {
  readonly theta: readonly number[];
  /** Sum of Huber's losses: half the squares of small residuals. */
  readonly cost: number;
}

/** Huber's corner in standard deviations: 95% efficient for normal errors (Huber 1981, §4.2). */
const CORNER = 1.345;
/** A corner below all scatter: least absolute deviations, nearly, as Hoffmann et al. use throughout. */
export const SHARP = 1e-3;
const STEPS = 100;

/**
 * Best of all starts, with this corner (infinite: least squares). Null with no finite end.
 * @param tolerance relative fall of the cost below which it has arrived
 */
export function fitFrom<X>(
  law: Curve<X>,
  points: readonly LogPoint<X>[],
  corner: number,
  starts: readonly (readonly number[])[],
  tolerance = 1e-10,
): Fitted | null {
  let best: Fitted | null = null;
  for (const start of starts) {
    const end = descend(law, points, corner, start, tolerance);
    if (Number.isFinite(end.cost) && (best === null || end.cost < best.cost)) best = end;
  }
  return best;
}

/**
 * The corner that these points call for: 1.345 standard deviations, by the median size of the residuals from a
 * fit that large ones hardly drag. Infinite where there are too few to spare one, or where the law is exact.
 * @param start where least squares has ended
 */
export function cornerOf<X>(law: Curve<X>, points: readonly LogPoint<X>[], start: Fitted): number {
  const spare = points.length - start.theta.length;
  const sharp = spare < 3 ? null : fitFrom(law, points, SHARP, [start.theta]);
  if (sharp === null) return Number.POSITIVE_INFINITY;
  const sizes = residualsOf(law, points, sharp.theta).map(Math.abs);
  const scale = 1.4826 * median(sizes) * Math.sqrt(points.length / spare);
  return scale > 1e-9 ? CORNER * scale : Number.POSITIVE_INFINITY;
}

/** ln y of the points above that of the law. */
export function residualsOf<X>(
  law: Curve<X>,
  points: readonly LogPoint<X>[],
  theta: readonly number[],
): number[] {
  const slope = new Float64Array(theta.length);
  return points.map(({ x, logY }) => logY - law.logValue(theta, x, slope));
}

function costOf<X>(
  law: Curve<X>,
  points: readonly LogPoint<X>[],
  corner: number,
  theta: readonly number[],
  slope: Float64Array,
): number {
  let cost = 0;
  for (const { x, logY } of points) {
    const size = Math.abs(logY - law.logValue(theta, x, slope));
    cost += size <= corner ? (size * size) / 2 : corner * (size - corner / 2);
  }
  return cost;
}

function descend<X>(
  law: Curve<X>,
  points: readonly LogPoint<X>[],
  corner: number,
  start: readonly number[],
  tolerance: number,
): Fitted {
  const n = start.length;
  const slope = new Float64Array(n);
  const normal = new Float64Array(n * (n + 1));
  const system = new Float64Array(n * (n + 1));
  let theta = [...start];
  let cost = costOf(law, points, corner, theta, slope);
  let damping = 1e-4;
  let stale = true;
  for (let step = 0; step < STEPS; step++) {
    if (stale) {
      normal.fill(0);
      for (const { x, logY } of points) {
        const residual = logY - law.logValue(theta, x, slope);
        const weight = Math.min(1, corner / Math.abs(residual));
        for (let i = 0; i < n; i++) {
          const left = weight * (slope[i] ?? 0);
          const row = i * (n + 1);
          for (let j = 0; j < n; j++)
            normal[row + j] = (normal[row + j] ?? 0) + left * (slope[j] ?? 0);
          normal[row + n] = (normal[row + n] ?? 0) + left * residual;
        }
      }
      stale = false;
    }
    system.set(normal);
    // A parameter that nothing hangs on any more (a floor that has gone to zero) stays where it is.
    for (let i = 0; i < n; i++) {
      const at = i * (n + 1) + i;
      system[at] = (system[at] ?? 0) * (1 + damping) + 1e-12;
    }
    solve(system, n);
    const next = theta.map((t, i) => t + (system[i * (n + 1) + n] ?? 0));
    const lower = costOf(law, points, corner, next, slope);
    if (lower < cost) {
      const isDone = cost - lower <= tolerance * cost;
      theta = next;
      cost = lower;
      damping = Math.max(1e-12, damping / 10);
      stale = true;
      if (isDone) break;
    } else {
      damping *= 10;
      if (damping > 1e6) break;
    }
  }
  return { theta, cost };
}

/** Solves n equations, kept as rows of n coefficients and a right side, in place: the last column is the answer. */
function solve(rows: Float64Array, n: number): void {
  const w = n + 1;
  for (let i = 0; i < n; i++) {
    // Symmetric and positive: the diagonal is a good enough pivot.
    const pivot = rows[i * w + i] ?? 0;
    for (let j = i; j < w; j++) rows[i * w + j] = (rows[i * w + j] ?? 0) / pivot;
    for (let k = 0; k < n; k++) {
      if (k === i) continue;
      const times = rows[k * w + i] ?? 0;
      for (let j = i; j < w; j++)
        rows[k * w + j] = (rows[k * w + j] ?? 0) - times * (rows[i * w + j] ?? 0);
    }
  }
}
