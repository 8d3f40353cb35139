/**
 * A law fitted to cells, with intervals of its parameters, a band, and what it predicts at a size that it
 * has not seen.
 *
 * Intervals are percentiles of a bootstrap with two levels, the residual bootstrap for such data (Carpenter,
 * Goldstein & Rasbash 2003, "A novel bootstrap procedure for assessing the relationship between class
 * size and achievement", J. R. Stat. Soc. C 52, 431–443): sizes are chosen, not drawn, so they stay, and what is drawn
 * anew is how far each cell lies from the curve. That is what its seeds do, resampled within the cell, widened
 * by √(n/(n − 1)) for the degree of freedom that their mean took; and what is left of the scatter of the cells when
 * the seeds' share is taken off it, resampled over cells. Resampling both as they are would count seeds twice.
 * A few cells say little of how large their scatter is, so it is widened as Student's t is over the normal
 * (Hesterberg 2015, "What teachers should know about the bootstrap", Am. Stat. 69, 371–386, on narrowness bias),
 * with Satterthwaite's degrees of freedom.
 */
import { STREAMS, uniformAt } from '../random.ts';
import type { Law, LogPoint } from './laws.ts';
import { cornerOf, type Fitted, fitFrom, residualsOf } from './least-squares.ts';
import { type Interval, studentT95 } from './stats.ts';

/** A number of several seeds together. */
export interface SeedsNumber {
  readonly value: number;
  readonly seeds: number;
  /** The same number of these seeds (indices, repeats among them); need not be finite. */
  of(seeds: readonly number[]): number;
}

/** One size. Only those with x and value above 0 are fitted. */
export interface LawCell extends SeedsNumber {
  readonly x: number;
}

/** A mean over seeds. */
export function meanOf(values: readonly number[]): SeedsNumber {
  const of = (own: readonly number[]) =>
    own.reduce((sum, i) => sum + (values[i] ?? Number.NaN), 0) / own.length;
  return { value: of(values.map((_, i) => i)), seeds: values.length, of };
}

export interface LawFit {
  readonly law: Law;
  readonly cells: readonly LawCell[];
  /** The reported parameters, and their 95% intervals (null where there is nothing to tell one by). */
  readonly values: readonly number[];
  readonly intervals: readonly (Interval | null)[];
  /** y at some x, and its 95% interval. */
  at(x: number): { readonly y: number; readonly interval: Interval | null };
  /**
   * Where a new cell with so many seeds will lie at x, with this probability: the curve's own uncertainty, and
   * the scatter of a cell about it. Null where nothing tells how large that is.
   */
  predict(x: number, seeds: number, probability: number): Interval | null;
  /** RMS residual of ln y over degrees of freedom, and the seeds' share of it; null where not to be had. */
  readonly residual: number | null;
  readonly noise: number | null;
  /** AIC of the rival less that of the law: above 0 the law is the better one. Null where it cannot be told. */
  readonly overRival: number | null;
  /** Of the largest cell, when the law is fitted to all others: ln of measured over predicted. */
  readonly heldOutError: number | null;
  readonly resamples: number;
}

export const RESAMPLES = 500;

/** Fits a law to cells of at least as many sizes as it has parameters; null below. */
export function fitLaw(law: Law, given: readonly LawCell[], resamples = RESAMPLES): LawFit | null {
  const cells = given
    .filter(({ x, value }) => x > 0 && value > 0 && Number.isFinite(value))
    .sort((a, b) => a.x - b.x);
  const points = cells.map(({ x, value }): LogPoint => ({ x, logY: Math.log(value) }));
  const [best, corner] = robust(law, points);
  if (best === null) return null;
  const { theta } = best;
  const slope = new Float64Array(3);
  const curve = (t: readonly number[], x: number) => law.logValue(t, x, slope);
  const scatter = scatterOf(law, cells, points, best, resamples);
  const draws = scatter === null ? [] : refits(law, points, best, corner, scatter);
  const values = law.reported(theta);
  const reported = draws.map((t) => law.reported(t));
  return {
    ...{ law, cells, values, resamples: draws.length },
    intervals: values.map((_, i) =>
      quantiles(
        reported.map((r) => r[i] ?? Number.NaN),
        0.95,
      ),
    ),
    at: (x) => ({
      y: Math.exp(curve(theta, x)),
      interval: exp(
        quantiles(
          draws.map((t) => curve(t, x)),
          0.95,
        ),
      ),
    }),
    predict(x, seeds, probability) {
      if (scatter === null) return null;
      const logs = draws.map((t, b) => curve(t, x) + scatter.anew(b, seeds));
      return exp(quantiles(logs, probability));
    },
    ...{ residual: scatter?.residual ?? null, noise: scatter?.noise ?? null },
    overRival: overRival(law, points, theta),
    heldOutError: heldOutError(law, points),
  };
}

/** Least squares first, then with the corner that its residuals call for. */
function robust(law: Law, points: readonly LogPoint[]): readonly [Fitted | null, number] {
  const sizes = new Set(points.map((p) => p.x)).size;
  if (sizes < law.parameters.length) return [null, 0];
  const plain = fitFrom(law, points, Number.POSITIVE_INFINITY, law.starts(points));
  if (plain === null) return [null, 0];
  const corner = cornerOf(law, points, plain);
  if (!Number.isFinite(corner)) return [plain, corner];
  return [fitFrom(law, points, corner, [plain.theta, ...law.starts(points)]), corner];
}

interface Scatter {
  readonly resamples: number;
  readonly residual: number | null;
  readonly noise: number | null;
  /** How far resample b puts a cell from the curve. */
  of(b: number, cell: number): number;
  /** The same for a new cell with so many seeds. */
  anew(b: number, seeds: number): number;
}

/** Null where there is neither a second seed nor a degree of freedom. */
function scatterOf(
  law: Law,
  cells: readonly LawCell[],
  points: readonly LogPoint[],
  { theta }: Fitted,
  resamples: number,
): Scatter | null {
  const random = uniformsOf(
    resamples,
    cells.reduce((n, c) => n + c.seeds + 1, 4),
  );
  let slot = 4;
  const within = cells.map((cell) => {
    const own = seedsScatter(cell, resamples, (b, i) => random(b, slot + i));
    slot += cell.seeds;
    return own;
  });
  const repeated = within.filter((own) => own !== null);
  const square = (list: ArrayLike<number>) =>
    Array.from(list).reduce((s, v) => s + v * v, 0) / list.length;
  const seedsShare =
    repeated.length === 0 ? null : repeated.reduce((s, v) => s + square(v), 0) / repeated.length;
  const spare = points.length - theta.length;
  const residuals = residualsOf(law, points, theta);
  const total = spare > 0 ? (square(residuals) * points.length) / spare : null;
  if (seedsShare === null && total === null) return null;
  // What seeds do not explain; all of it where there are none to tell.
  const between = Math.max(0, (total ?? 0) - (seedsShare ?? 0));
  const shrink = between > 0 ? Math.sqrt(between / square(residuals)) : 0;
  const [forCells, forSeeds] = [spare, repeated.length === 0 ? 0 : extraSeeds(cells)];
  const wide = widening([
    [between, forCells],
    [seedsShare ?? 0, forSeeds],
  ]);
  const picked = <T>(list: readonly T[], u: number) => list[Math.floor(u * list.length)];
  const ofCells = (u: number) => shrink * (picked(residuals, u) ?? 0);
  const first = slot;
  return {
    resamples,
    residual: total === null ? null : Math.sqrt(total),
    noise: seedsShare === null ? null : Math.sqrt(seedsShare),
    of: (b, c) => wide * (ofCells(random(b, first + c)) + (within[c]?.[b] ?? 0)),
    anew(b, seeds) {
      const like = Math.floor(random(b, 1) * repeated.length);
      const [own, count] = [repeated[like], cells.filter((c) => c.seeds > 1)[like]?.seeds ?? 1];
      const drawn = own?.[Math.floor(random(b, 2) * resamples)] ?? 0;
      return wide * (ofCells(random(b, 0)) + drawn * Math.sqrt(count / seeds));
    },
  };
}

const extraSeeds = (cells: readonly LawCell[]) =>
  cells.reduce((n, { seeds }) => n + Math.max(0, seeds - 1), 0);

/** Student's t over the normal at 95%, for a sum of variances that were measured with these degrees of freedom. */
function widening(parts: readonly (readonly [variance: number, degrees: number])[]): number {
  const known = parts.filter(([variance, degrees]) => variance > 0 && degrees > 0);
  const sum = known.reduce((s, [v]) => s + v, 0);
  const degrees = (sum * sum) / known.reduce((s, [v, d]) => s + (v * v) / d, 0);
  return sum > 0 ? studentT95(Math.max(1, Math.floor(degrees))) / 1.96 : 1;
}

/** How far resampled seeds put ln of a cell's number from their mean; null below two seeds. */
function seedsScatter(
  cell: LawCell,
  resamples: number,
  random: (b: number, i: number) => number,
): Float64Array | null {
  const n = cell.seeds;
  if (n < 2) return null;
  const logs: number[] = [];
  const drawn = new Array<number>(n);
  for (let b = 0; b < resamples; b++) {
    for (let i = 0; i < n; i++) drawn[i] = Math.floor(random(b, i) * n);
    const value = Math.log(cell.of(drawn));
    if (Number.isFinite(value)) logs.push(value);
  }
  if (logs.length === 0) return null;
  const mean = logs.reduce((s, v) => s + v, 0) / logs.length;
  const widen = Math.sqrt(n / (n - 1));
  // A resample without a number (a variance of one seed alone) takes another one's.
  return Float64Array.from(
    { length: resamples },
    (_, b) => widen * ((logs[b % logs.length] ?? mean) - mean),
  );
}

/** θ of every resample: the curve's points, each moved by what scatter there is. */
function refits(
  law: Law,
  points: readonly LogPoint[],
  { theta }: Fitted,
  corner: number,
  scatter: Scatter,
): (readonly number[])[] {
  const slope = new Float64Array(3);
  const curve = points.map(({ x }) => law.logValue(theta, x, slope));
  const draws: (readonly number[])[] = [];
  for (let b = 0; b < scatter.resamples; b++) {
    const moved = points.map(({ x }, c) => ({ x, logY: (curve[c] ?? 0) + scatter.of(b, c) }));
    const found = fitFrom(law, moved, corner, [theta], 1e-5);
    if (found !== null) draws.push(found.theta);
  }
  return draws;
}

/** Akaike's criterion of the rival less the law's; they have as many parameters, so that only squares count. */
function overRival(law: Law, points: readonly LogPoint[], theta: readonly number[]): number | null {
  if (law.rival === null || points.length <= theta.length) return null;
  const squares = (of: Law, t: readonly number[]) =>
    residualsOf(of, points, t).reduce((s, r) => s + r * r, 0);
  const plain = fitFrom(law, points, Number.POSITIVE_INFINITY, [theta, ...law.starts(points)]);
  const other = fitFrom(law.rival, points, Number.POSITIVE_INFINITY, law.rival.starts(points));
  if (plain === null || other === null) return null;
  // Below rounding all fits are equal.
  const tiny = 1e-20 * points.length;
  const [own, theirs] = [squares(law, plain.theta), squares(law.rival, other.theta)];
  return points.length * Math.log((theirs + tiny) / (own + tiny));
}

function heldOutError(law: Law, points: readonly LogPoint[]): number | null {
  const last = points.at(-1);
  const smaller = points.filter((p) => p.x < (last?.x ?? 0));
  const [fitted] = robust(law, smaller);
  if (fitted === null || last === undefined) return null;
  return residualsOf(law, [last], fitted.theta)[0] ?? null;
}

/** The middle part of some values that has this probability; null of none. */
function quantiles(values: readonly number[], probability: number): Interval | null {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  const at = (p: number) => sorted[Math.round(p * (sorted.length - 1))] ?? Number.NaN;
  const tail = (1 - probability) / 2;
  return sorted.length === 0 ? null : [at(tail), at(1 - tail)];
}

const exp = (interval: Interval | null): Interval | null =>
  interval === null ? null : [Math.exp(interval[0]), Math.exp(interval[1])];

let kept = { resamples: 0, slots: 0, values: new Float32Array(0) };

/** Uniform numbers by resample and slot, the same ever after: drawing them is most of the work, so they are kept. */
function uniformsOf(resamples: number, slots: number): (b: number, slot: number) => number {
  if (kept.resamples !== resamples || kept.slots < slots) {
    const wide = Math.max(slots, 64);
    const values = new Float32Array(resamples * wide);
    for (let b = 0; b < resamples; b++)
      for (let s = 0; s < wide; s++)
        // Rounding to float32 may give 1, which is no index.
        values[b * wide + s] = Math.min(uniformAt(resamples, STREAMS.bootstrap, b, s), 0.99999994);
    kept = { resamples, slots: wide, values };
  }
  const { slots: wide, values } = kept;
  return (b, slot) => values[b * wide + slot] ?? 0;
}
