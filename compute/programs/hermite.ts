/**
 * Hermite polynomials of probability theory, orthonormal under the standard normal distribution: h_k = He_k/√k!,
 * E h_j(z) h_k(z) = δ_jk, and E h_k(a) h_k(b) = ρ^k of two standard normal numbers with correlation ρ.
 */

/** h_k and its slope √k h_{k−1} at z, into the first two places of `into`; k ≥ 1. */
export function hermiteAt(z: number, k: number, into: Float64Array): void {
  let [before, now] = [0, 1];
  // √(n + 1) h_{n+1} = z h_n − √n h_{n−1}.
  for (let n = 0; n < k; n++) {
    const next = (z * now - Math.sqrt(n) * before) / Math.sqrt(n + 1);
    before = now;
    now = next;
  }
  into[0] = now;
  into[1] = Math.sqrt(k) * before;
}
