/**
 * Backward error analysis of gradient descent, in float64: descent with step η follows, to one order
 * more than the gradient flow, the flow of L + (η/4) ‖∇L‖² (Barrett & Dherin 2021, arXiv:2009.11162,
 * §2). Its field is f − (η/2) f′f with f = −∇L, so f′f = H∇L; products with H are central differences
 * of the gradient, whose error is of the order of 1e-9. The next term of the series, for Euler's method, is
 * η² (f′f′f/3 + f″(f, f)/12) (Hairer, Lubich & Wanner 2006, "Geometric numerical integration", §IX.1).
 */

export type Field = (w: Float64Array) => Float64Array;

/** Length of the step that central differences take along a direction. */
const REACH = 1e-4;

/** a + s b. */
export const plus = (a: Float64Array, s: number, b: Float64Array): Float64Array =>
  a.map((v, i) => v + s * (b[i] ?? 0));

export const norm = (a: Float64Array): number => Math.sqrt(a.reduce((sum, v) => sum + v * v, 0));

/** H v: the derivative of the gradient along v. */
export function along(gradient: Field, w: Float64Array, v: Float64Array): Float64Array {
  const length = norm(v);
  if (length === 0) return v;
  const reach = REACH / length;
  const [ahead, behind] = [gradient(plus(w, reach, v)), gradient(plus(w, -reach, v))];
  return ahead.map((a, i) => (a - (behind[i] ?? 0)) / (2 * reach));
}

/** Field of the flow of L + κ (η/4) ‖∇L‖²: κ = 0 the gradient flow, 1 the modified one. */
export const modifiedField =
  (gradient: Field, eta: number, kappa: number): Field =>
  (w) => {
    const g = gradient(w);
    const down = g.map((v) => -v);
    return kappa === 0 ? down : plus(down, (-kappa * eta) / 2, along(gradient, w, g));
  };

/** One step of the classical Runge–Kutta method of fourth order. */
export function rungeKutta(field: Field, w: Float64Array, h: number): Float64Array {
  const k1 = field(w);
  const k2 = field(plus(w, h / 2, k1));
  const k3 = field(plus(w, h / 2, k2));
  const k4 = field(plus(w, h, k3));
  return w.map(
    (v, i) => v + (h / 6) * ((k1[i] ?? 0) + 2 * (k2[i] ?? 0) + 2 * (k3[i] ?? 0) + (k4[i] ?? 0)),
  );
}

/**
 * Leading errors of descent after the time `until`, before any descent is made: it ends η ‖e₁‖ away from
 * the gradient flow and η² ‖e₂‖ from the modified one, to leading order, with e′ = f′e + the first term of
 * the series that the flow leaves out, along the gradient flow.
 */
export function leadingErrors(
  gradient: Field,
  start: Float64Array,
  until: number,
  steps: number,
): { readonly first: number; readonly second: number } {
  const size = start.length;
  const part = (state: Float64Array, k: number) => state.subarray(k * size, (k + 1) * size);
  const field: Field = (state) => {
    const [w, first, second] = [part(state, 0), part(state, 1), part(state, 2)];
    const g = gradient(w);
    const hg = along(gradient, w, g);
    const all = new Float64Array(3 * size);
    all.set(g.map((v) => -v));
    // f′ = −H: −½ f′f = −½ Hg; f′f′f = −HHg; f″(f, f) is minus the second derivative of ∇L along g.
    all.set(
      plus(
        along(gradient, w, first).map((v) => -v),
        -0.5,
        hg,
      ),
      size,
    );
    const bend = curvatureAlong(gradient, w, g);
    const rest = plus(
      along(gradient, w, hg).map((v) => -v / 3),
      -1 / 12,
      bend,
    );
    all.set(plus(rest, -1, along(gradient, w, second)), 2 * size);
    return all;
  };
  let state: Float64Array = new Float64Array(3 * size);
  state.set(start);
  for (let i = 0; i < steps; i++) state = rungeKutta(field, state, until / steps);
  return { first: norm(part(state, 1)), second: norm(part(state, 2)) };
}

/** Second derivative of the gradient along v. */
function curvatureAlong(gradient: Field, w: Float64Array, v: Float64Array): Float64Array {
  const length = norm(v);
  if (length === 0) return v;
  // Longer than for a first derivative: rounding enters divided by its square.
  const reach = (10 * REACH) / length;
  const [ahead, here, behind] = [
    gradient(plus(w, reach, v)),
    gradient(w),
    gradient(plus(w, -reach, v)),
  ];
  return ahead.map((a, i) => (a - 2 * (here[i] ?? 0) + (behind[i] ?? 0)) / reach ** 2);
}
