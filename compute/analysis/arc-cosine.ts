/**
 * The neural tangent kernel of infinitely wide ReLU networks, by the arc-cosine recursion (Cho & Saul
 * 2009; Jacot et al. 2018, arXiv:1806.07572, §4). Networks as `ntkScales(layers, 2)` makes them: no
 * biases, z = √(2/fan-in) W a in hidden layers, f = √(1/fan-in) W a.
 */

/** 2 E[relu(u) relu(v)] and 2 P(u > 0, v > 0) for unit Gaussians of correlation ρ. */
export function arcCosine(rho: number): { readonly value: number; readonly slope: number } {
  const c = Math.min(1, Math.max(-1, rho));
  const angle = Math.PI - Math.acos(c);
  return { value: (Math.sqrt(1 - c * c) + c * angle) / Math.PI, slope: angle / Math.PI };
}

/**
 * Θ(x, x′) of a network with `hidden` ReLU layers, for inputs with ‖x‖² = a·d, ‖x′‖² = b·d and
 * x·x′ = c·d in d dimensions.
 */
export function reluTangentKernel(hidden: number, a: number, b: number, c: number): number {
  const scale = Math.sqrt(a * b);
  if (scale === 0) return 0;
  // Both are homogeneous of degree one in each input, so the recursion runs at unit length.
  let [sigma, theta] = [c / scale, c / scale];
  for (let l = 0; l < hidden; l++) {
    const { value, slope } = arcCosine(sigma);
    theta = value + theta * slope;
    sigma = value;
  }
  return scale * theta;
}

/** A kernel of a, b, c (see above) between the rows of x and of y, d numbers each: [rows of x][rows of y]. */
export function gramOf(
  kernel: (a: number, b: number, c: number) => number,
  x: readonly ArrayLike<number>[],
  y: readonly ArrayLike<number>[],
): number[][] {
  const squares = y.map((v) => inner(v, v));
  return x.map((u) => {
    const own = inner(u, u);
    return y.map((v, j) => kernel(own, squares[j] ?? 0, inner(u, v)));
  });
}

/** u·v over the dimension. */
function inner(u: ArrayLike<number>, v: ArrayLike<number>): number {
  const d = u.length;
  let sum = 0;
  for (let k = 0; k < d; k++) sum += (u[k] as number) * (v[k] as number);
  return sum / d;
}
