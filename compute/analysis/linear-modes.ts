/**
 * The modes of a deep linear network under gradient flow: from a balanced start of strength a₀, the
 * strength of a mode with singular value s in N layers follows da/dt = N a^(2−2/N) (s − a) (Saxe,
 * McClelland & Ganguli 2013, arXiv:1312.6120, §1.1 and §1.2; any depth: Arora et al. 2018,
 * arXiv:1802.06509, theorem 1). Here its solution, the time to half strength, and how far
 * gradient descent of a finite step is from it, to first order in the step. All in float64; a₀ > 0.
 */

/** N s^(2−2/N): how fast a learnt mode relaxes; the inverse of a time. */
export const modeRate = (depth: number, s: number): number => depth * s ** (2 - 2 / depth);

/** Strength at each of these ascending times: by the closed form in one and two layers (Saxe et al., eq. 8), else `integrate`. */
export function modeStrengths(
  depth: number,
  s: number,
  a0: number,
  times: readonly number[],
): number[] {
  if (depth === 1) return times.map((t) => s - (s - a0) * Math.exp(-t));
  if (depth === 2) return times.map((t) => s / (1 + (s / a0 - 1) * Math.exp(-2 * s * t)));
  return integrate(depth, s, a0, times);
}

/**
 * The same for any depth by fourth-order Runge–Kutta, a thirtieth of the fastest time a step: error below
 * 1e-8 of s (tested against the closed form, and against the time that a strength takes by quadrature).
 */
export function integrate(
  depth: number,
  s: number,
  a0: number,
  times: readonly number[],
): number[] {
  const slope = (a: number) => modeSpeed(depth, s, Math.max(a, 0));
  let [t, a] = [0, a0];
  return times.map((until) => {
    const steps = Math.max(1, Math.ceil((until - t) * 30 * modeRate(depth, Math.max(s, a0))));
    const h = (until - t) / steps;
    for (let i = 0; i < steps; i++) {
      const k1 = slope(a);
      const k2 = slope(a + (h / 2) * k1);
      const k3 = slope(a + (h / 2) * k2);
      const k4 = slope(a + h * k3);
      a += (h / 6) * (k1 + 2 * k2 + 2 * k3 + k4);
    }
    t = until;
    return a;
  });
}

/** da/dt at strength a. */
const modeSpeed = (depth: number, s: number, a: number): number =>
  depth * a ** (2 - 2 / depth) * (s - a);

/** Time at which the solution reaches s/2; 0 if it starts there or above. */
export function exactHalfTime(depth: number, s: number, a0: number): number {
  if (a0 >= s / 2) return 0;
  if (depth === 1) return Math.log((s - a0) / (s / 2));
  if (depth === 2) return Math.log(s / a0 - 1) / (2 * s);
  // ∫ da / (da/dt) from a₀ to s/2, substituting a = e^x, by Simpson's rule.
  const [from, to, n] = [Math.log(a0), Math.log(s / 2), 400];
  const f = (x: number) => Math.exp(x) / modeSpeed(depth, s, Math.exp(x));
  const h = (to - from) / n;
  let sum = f(from) + f(to);
  for (let i = 1; i < n; i++) sum += f(from + i * h) * (i % 2 === 1 ? 4 : 2);
  return (sum * h) / 3;
}

/**
 * What gradient descent of step η adds to the strength when the solution is at a, to first order in
 * η. A balanced mode is one number c = a^(1/N) a layer, with dc/dt = f(c) = c^(N−1) (s − c^N), and Euler's
 * method is off by η e with e′ = f′(c) e − ½ f f′ (Hairer, Nørsett & Wanner 1993, §II.8). Along the
 * solution, e = −½ f ln(f/f₀): in time, descent lags by (η/2) ln(f/f₀). Nothing where f₀ = 0, a start at s.
 */
export function stepError(depth: number, s: number, a0: number, rate: number, a: number): number {
  const force = (strength: number) => strength ** (1 - 1 / depth) * (s - strength);
  const [now, first] = [force(a), force(a0)];
  return now / first > 0 ? -(rate / 2) * modeSpeed(depth, s, a) * Math.log(now / first) : 0;
}
