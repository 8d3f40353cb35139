/**
 * What residual networks h_{l+1} = h_l + b tanh(W_l h_l) become, in float64. With independent Gaussian W_l of
 * variance 1/width each increment is, given h_l, made of nearly independent tanh of Gaussians of variance
 * q_l = ‖h_l‖²/width and mean zero: in infinite width q_{l+1} = q_l + b² V(q_l), V(q) = E tanh²(√q Z), so that
 * b = L^−½ keeps a quadratic variation and b = L^−1 leaves none. With W(t) smooth in depth and b = 1/L it is
 * Euler's method for dh/dt = tanh(W(t) h) (Cohen et al. 2021, arXiv:2105.12245; Marion et al. 2022, arXiv:2206.06929).
 */

/** E tanh²(√q Z) of a standard normal Z, by Simpson's rule over ±8: error below 1e-9 for q ≤ 10. */
export function meanSquareTanh(q: number): number {
  const [cells, reach] = [160, 8];
  const h = (2 * reach) / cells;
  let sum = 0;
  for (let i = 0; i <= cells; i++) {
    const z = -reach + i * h;
    const weight = i === 0 || i === cells ? 1 : i % 2 === 1 ? 4 : 2;
    sum += weight * Math.tanh(Math.sqrt(q) * z) ** 2 * Math.exp((-z * z) / 2);
  }
  return (sum * h) / 3 / Math.sqrt(2 * Math.PI);
}

/** Quadratic variation Σ b² V(q_l) / q_0 of an infinitely wide network of so many layers. */
export function quadraticVariation(q0: number, depth: number, branch: number): number {
  let q = q0;
  for (let l = 0; l < depth; l++) q += branch ** 2 * meanSquareTanh(q);
  return (q - q0) / q0;
}

/**
 * h(1) of dh/dt = speed · tanh(W(t) h) from h(0), by fourth-order Runge–Kutta.
 * @param matrixAt W(t) [in × out], row-major, acting on rows; asked at multiples of 1/(2 steps)
 */
export function residualFlow(
  start: ArrayLike<number>,
  matrixAt: (t: number) => ArrayLike<number>,
  speed: number,
  steps: number,
): Float64Array {
  const n = start.length;
  const slope = (h: Float64Array, w: ArrayLike<number>) => {
    const sums = new Float64Array(n);
    for (let k = 0; k < n; k++)
      for (let j = 0; j < n; j++) sums[j] = (sums[j] ?? 0) + (h[k] ?? 0) * (w[k * n + j] ?? 0);
    return sums.map((z) => speed * Math.tanh(z));
  };
  let h = Float64Array.from(start);
  const dt = 1 / steps;
  const along = (k: Float64Array, by: number) => h.map((v, i) => v + by * (k[i] ?? 0));
  for (let s = 0; s < steps; s++) {
    const [begin, middle, end] = [0, 0.5, 1].map((part) => matrixAt((s + part) * dt)) as [
      ArrayLike<number>,
      ArrayLike<number>,
      ArrayLike<number>,
    ];
    const k1 = slope(h, begin);
    const k2 = slope(along(k1, dt / 2), middle);
    const k3 = slope(along(k2, dt / 2), middle);
    const k4 = slope(along(k3, dt), end);
    h = h.map(
      (v, i) => v + (dt / 6) * ((k1[i] ?? 0) + 2 * (k2[i] ?? 0) + 2 * (k3[i] ?? 0) + (k4[i] ?? 0)),
    );
  }
  return h;
}
