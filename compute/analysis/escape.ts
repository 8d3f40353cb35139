/**
 * How long online gradient descent takes to find one direction (Ben Arous, Gheissari & Jagannath 2021, "Online
 * stochastic gradient descent on non-convex losses from high-dimensional inference", JMLR 22(106), §1). With label
 * h_k(u·x), student h_k(w·x) and correlation loss the overlap m = u·w on the sphere drifts by
 *
 *   dm/dt = η k m^{k−1} (1 − m²) − ½ η² k d m,
 *
 * the second term being what steps across the sphere cost in length (E y² h_k′² = k, as long as label and student
 * are independent). From m₀ ∝ d^−½ this takes d steps for k = 1, d log d for k = 2 and d^{k−1} for k ≥ 3, with
 * η ∝ 1/d, and d^{−k/2} for k ≥ 3: k is the information exponent. What chance adds at the start is left out.
 */

export interface SingleIndexDrift {
  readonly degree: number;
  readonly dimension: number;
  /** Step size η. */
  readonly rate: number;
}

/** Velocity of the overlap, a step. */
const driftAt = ({ degree, dimension, rate }: SingleIndexDrift, m: number): number =>
  rate * degree * m ** (degree - 1) * (1 - m * m) - (rate ** 2 * degree * dimension * m) / 2;

export interface DriftCurve {
  /** Steps, ascending from 0. */
  readonly steps: readonly number[];
  readonly overlaps: readonly number[];
}

/**
 * Overlap over steps, from one overlap up to another, by Simpson's rule on dt = dm / (dm/dt) over equal parts of
 * log m. Throws where the drift does not lead there.
 */
export function driftCurve(
  drift: SingleIndexDrift,
  from: number,
  to: number,
  parts = 64,
): DriftCurve {
  const h = Math.log(to / from) / parts;
  const slowness = (s: number) => {
    const m = from * Math.exp(s);
    const velocity = driftAt(drift, m);
    if (!(velocity > 0))
      throw new RangeError('With this step size noise outweighs the signal: make it smaller.');
    return m / velocity;
  };
  const steps = [0];
  const overlaps = [from];
  for (let i = 0; i < parts; i++) {
    const [a, b, c] = [slowness(i * h), slowness((i + 0.5) * h), slowness((i + 1) * h)];
    steps.push((steps[i] ?? 0) + (h / 6) * (a + 4 * b + c));
    overlaps.push(from * Math.exp((i + 1) * h));
  }
  return { steps, overlaps };
}

/** Steps that the drift alone takes from one overlap to another. */
export const driftTime = (drift: SingleIndexDrift, from: number, to: number): number =>
  driftCurve(drift, from, to).steps.at(-1) ?? Number.NaN;
