/**
 * The law L = E + A N^−α + B D^−β of the loss in parameters and samples, fitted as Hoffmann et al. 2022 do in their third
 * approach ("Training compute-optimal large language models", arXiv:2203.15556, §3.3, eq. 3): Huber's loss with a
 * corner of 1e-3 on residuals of ln L, from a grid of starts, the best end winning. Intervals are of a bootstrap over
 * cells. Besiroglu et al. 2024 ("Chinchilla scaling: a replication attempt", arXiv:2404.10102) found the published
 * ones far too narrow, as the minimiser had stopped too early; so here every resample descends until its cost
 * falls by less than 1e-10 of itself, and what is predicted has the scatter of a cell in it, not of the curve alone.
 */
import { STREAMS, uniformAt } from '../random.ts';
import type { Curve, LogPoint } from './laws.ts';
import { fitFrom, residualsOf, SHARP } from './least-squares.ts';
import { type Interval, mean, median } from './stats.ts';

/** One cell: its size in parameters N and samples D, and the losses of its seeds, all above 0. */
export interface ScalingCell {
  readonly parameters: number;
  readonly samples: number;
  readonly losses: readonly number[];
}

export interface ScalingLaw {
  /** Floor E, prefactors A and B, exponents α of N and β of D. */
  readonly floor: number;
  readonly a: number;
  readonly b: number;
  readonly alpha: number;
  readonly beta: number;
}

export interface ScalingFit {
  readonly law: ScalingLaw;
  /** The laws of resampled cells. */
  readonly resampled: readonly ScalingLaw[];
  /** 95% interval of what is read off the law; null below two resamples. */
  interval(of: (law: ScalingLaw) => number): Interval | null;
  /** ln of the loss that the law gives. */
  logLoss(parameters: number, samples: number): number;
  /** Where ln of a new cell's mean loss will lie with this probability, its scatter about the law included. */
  predict(parameters: number, samples: number, probability: number): Interval | null;
  /** RMS of ln L about the law, over degrees of freedom. */
  readonly residual: number;
}

interface Size {
  readonly logN: number;
  readonly logD: number;
}

/** Parameters of the law, and cells that it takes at least: with as many, any law goes through them. */
export const PARAMETERS = 5;
const RESAMPLES = 200;

/** θ = (ln A, ln B, ln E, α, β): ln L is the logarithm of a sum of exponentials. */
const CURVE: Curve<Size> = {
  logValue(theta, x, slope) {
    // By index: taking arrays apart costs more than all else here, a million times for a bootstrap.
    const e = theta[2] ?? 0;
    const u = (theta[0] ?? 0) - (theta[3] ?? 0) * x.logN;
    const v = (theta[1] ?? 0) - (theta[4] ?? 0) * x.logD;
    const top = Math.max(u, v, e);
    const p = Math.exp(u - top);
    const q = Math.exp(v - top);
    const r = Math.exp(e - top);
    const sum = p + q + r;
    slope[0] = p / sum;
    slope[1] = q / sum;
    slope[2] = r / sum;
    slope[3] = (-p * x.logN) / sum;
    slope[4] = (-q * x.logD) / sum;
    return top + Math.log(sum);
  },
};

const lawOf = ([a = 0, b = 0, e = 0, alpha = 0, beta = 0]: readonly number[]): ScalingLaw => ({
  ...{ floor: Math.exp(e), a: Math.exp(a), b: Math.exp(b), alpha, beta },
});

/** The exponent a of N_opt ∝ C^a, where compute C ∝ N D is spent for the least loss (Hoffmann et al. 2022, eq. 4). */
export const computeExponent = ({ alpha, beta }: ScalingLaw): number => beta / (alpha + beta);

/** The loss that a law gives. */
export const lossOfLaw = (
  { floor, a, b, alpha, beta }: ScalingLaw,
  parameters: number,
  samples: number,
): number => floor + a * parameters ** -alpha + b * samples ** -beta;

/** Exponents, parts of the smallest loss that is floor, and parts of the rest that is of N: where a search begins. */
const [EXPONENTS, FLOORS, SHARES] = [
  [0.15, 0.4, 0.8, 1.5],
  [0.02, 0.5, 0.95],
  [0.2, 0.5, 0.8],
];

/** Starts at which the law has the middle loss at the middle size. */
function startsOf(points: readonly LogPoint<Size>[]): number[][] {
  const [logN, logD] = [mean(points.map((p) => p.x.logN)), mean(points.map((p) => p.x.logD))];
  const middle = Math.exp(median(points.map((p) => p.logY)));
  const least = Math.exp(Math.min(...points.map((p) => p.logY)));
  return EXPONENTS.flatMap((alpha) =>
    EXPONENTS.flatMap((beta) =>
      FLOORS.flatMap((part) =>
        SHARES.map((share) => {
          const above = Math.max(middle - part * least, 1e-3 * middle);
          return [
            Math.log(share * above) + alpha * logN,
            Math.log((1 - share) * above) + beta * logD,
            ...[Math.log(part * least), alpha, beta],
          ];
        }),
      ),
    ),
  );
}

/**
 * Fits the law; null with no more cells than it has parameters, or with fewer than three sizes of N or of D.
 * Cells with a loss that is not above 0 are an error of the caller's.
 */
export function fitScalingLaw(cells: readonly ScalingCell[]): ScalingFit | null {
  const sizes = new Set(cells.map((c) => c.parameters)).size;
  const amounts = new Set(cells.map((c) => c.samples)).size;
  if (cells.length <= PARAMETERS || sizes < 3 || amounts < 3) return null;
  const points = cells.map(
    ({ parameters, samples, losses }): LogPoint<Size> => ({
      x: { logN: Math.log(parameters), logD: Math.log(samples) },
      logY: mean(losses.map(Math.log)),
    }),
  );
  const best = fitFrom(CURVE, points, SHARP, startsOf(points));
  if (best === null) return null;
  const residuals = residualsOf(CURVE, points, best.theta);
  const spare = points.length - PARAMETERS;
  const resampled = Array.from({ length: RESAMPLES }, (_, b) => resample(points, best.theta, b));
  const laws = resampled.flatMap((theta) => (theta === null ? [] : [lawOf(theta)]));
  const slope = new Float64Array(PARAMETERS);
  const logLoss = (theta: readonly number[], n: number, d: number) =>
    CURVE.logValue(theta, { logN: Math.log(n), logD: Math.log(d) }, slope);
  // Residuals of a fit are smaller than those of a new cell.
  const widen = Math.sqrt(points.length / spare);
  return {
    ...{ law: lawOf(best.theta), resampled: laws },
    interval: (of) => quantiles(laws.map(of), 0.95),
    logLoss: (n, d) => logLoss(best.theta, n, d),
    predict: (n, d, probability) =>
      quantiles(
        resampled.flatMap((theta) =>
          theta === null
            ? []
            : // Every residual after every curve: their sum has no noise of which fell on which.
              residuals.map((r) => logLoss(theta, n, d) + widen * r),
        ),
        probability,
      ),
    residual: Math.sqrt(residuals.reduce((s, r) => s + r * r, 0) / spare),
  };
}

/** θ of cells drawn with replacement, the same ever after; null where there is nothing to fit. */
function resample(
  points: readonly LogPoint<Size>[],
  theta: readonly number[],
  b: number,
): readonly number[] | null {
  const n = points.length;
  const drawn = points.flatMap((_, i) => {
    const at = Math.floor(uniformAt(n, STREAMS.bootstrap, b, i) * n);
    return points[at] ?? [];
  });
  if (new Set(drawn).size <= PARAMETERS) return null;
  return fitFrom(CURVE, drawn, SHARP, [theta])?.theta ?? null;
}

/** The middle part of some values that has this probability; null below two. */
function quantiles(values: readonly number[], probability: number): Interval | null {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  const at = (p: number) => sorted[Math.round(p * (sorted.length - 1))] ?? Number.NaN;
  const tail = (1 - probability) / 2;
  return sorted.length < 2 ? null : [at(tail), at(1 - tail)];
}
