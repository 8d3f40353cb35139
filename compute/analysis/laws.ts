/**
 * Laws y(x) that curves are fitted by. Each is written as ln y of free parameters θ, with its derivatives:
 * what is measured is positive, and its errors are relative. A law has a rival with as many parameters,
 * so that a fit can say which of the two describes the points better.
 */

/** A point in logarithms; x is a number, or what else a curve is a function of. */
export interface LogPoint<X = number> {
  readonly x: X;
  readonly logY: number;
}

/** ln y of free parameters θ. */
export interface Curve<X> {
  /** ln y at x; writes ∂ ln y/∂θ into `slope`. */
  logValue(theta: readonly number[], x: X, slope: Float64Array): number;
}

export interface Law extends Curve<number> {
  readonly name: string;
  readonly formula: string;
  /** What is reported, in the order of `reported`; the first is the one that the law is about. */
  readonly parameters: readonly { readonly symbol: string; readonly label: string }[];
  /** x > 0. */
  logValue(theta: readonly number[], x: number, slope: Float64Array): number;
  /** The parameters as people know them. */
  reported(theta: readonly number[]): readonly number[];
  /** Values of θ to begin from; the best end wins. */
  starts(points: readonly LogPoint[]): readonly (readonly number[])[];
  /** Which of the reported parameters is a floor; null: none. */
  readonly floor: number | null;
  /** The same without its floor, or decaying in another way; null: none. */
  readonly rival: Law | null;
}

/** Least squares of v on u: [intercept, slope]; slope 0 where all u are one. */
function line(points: readonly (readonly [u: number, v: number])[]): [number, number] {
  const n = points.length;
  const mu = points.reduce((s, [u]) => s + u, 0) / n;
  const mv = points.reduce((s, [, v]) => s + v, 0) / n;
  const top = points.reduce((s, [u, v]) => s + (u - mu) * (v - mv), 0);
  const bottom = points.reduce((s, [u]) => s + (u - mu) ** 2, 0);
  const slope = bottom > 0 ? top / bottom : 0;
  return [mv - slope * mu, slope];
}

/** y = A·exp(−α·g(x)): straight in g. */
function decay(
  of: (x: number) => number,
  names: Pick<Law, 'name' | 'formula' | 'parameters'>,
  rival: Law | null,
): Law {
  return {
    ...names,
    ...{ rival, floor: null },
    logValue([a = 0, rate = 0], x, slope) {
      slope[0] = 1;
      slope[1] = -of(x);
      return a - rate * of(x);
    },
    reported: ([a = 0, rate = 0]) => [rate, Math.exp(a)],
    starts(points) {
      const [a, k] = line(points.map(({ x, logY }) => [of(x), logY]));
      return [[a, -k]];
    },
  };
}

/** Parts of the smallest value that a search for a floor begins from. */
const FLOORS = [0.01, 0.3, 0.6, 0.85, 0.97];

/**
 * y = E + the law without: θ = (a, rate, ln E), and ln y is the logarithm of a sum of exponentials
 * (Hoffmann et al. 2022, "Training compute-optimal large language models", arXiv:2203.15556, §3.3, eq. 3).
 */
function withFloor(
  base: Law,
  names: Pick<Law, 'name' | 'formula' | 'parameters'>,
  rival: Law | null,
): Law {
  return {
    ...names,
    ...{ rival, floor: 2 },
    logValue(theta, x, slope) {
      const e = theta[2] ?? 0;
      const u = base.logValue(theta, x, slope);
      const top = Math.max(u, e);
      const [p, q] = [Math.exp(u - top), Math.exp(e - top)];
      const share = p / (p + q);
      slope[0] = (slope[0] ?? 0) * share;
      slope[1] = (slope[1] ?? 0) * share;
      slope[2] = 1 - share;
      return top + Math.log(p + q);
    },
    reported: (theta) => [...base.reported(theta), Math.exp(theta[2] ?? 0)],
    starts(points) {
      const least = Math.min(...points.map((p) => p.logY));
      return FLOORS.flatMap((part) => {
        const e = least + Math.log(part);
        const above = points.map(({ x, logY }) => ({
          ...{ x, logY: logY + Math.log1p(-Math.exp(e - logY)) },
        }));
        return base.starts(above).map((start) => [...start, e]);
      });
    },
  };
}

const rate = { symbol: 'k', label: 'rate' };
const exponent = { symbol: 'α', label: 'exponent' };
const factor = { symbol: 'A', label: 'prefactor' };
const floor = { symbol: 'E', label: 'floor' };

const exponential = decay(
  (x) => x,
  { name: 'exponential', formula: 'y = A·exp(−k·x)', parameters: [rate, factor] },
  null,
);

/** A straight line on two logarithmic axes. */
export const powerLaw = decay(
  Math.log,
  { name: 'power law', formula: 'y = A·x^−α', parameters: [exponent, factor] },
  exponential,
);

/** A power law above a floor that no size goes below. */
export const powerLawWithFloor = withFloor(
  powerLaw,
  {
    ...{ name: 'power law with floor', formula: 'y = E + A·x^−α' },
    parameters: [exponent, factor, floor],
  },
  withFloor(
    exponential,
    {
      ...{ name: 'exponential with floor', formula: 'y = E + A·exp(−k·x)' },
      parameters: [rate, factor, floor],
    },
    null,
  ),
);
