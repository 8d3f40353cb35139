/**
 * The test error of kernel regression from the kernel's spectrum alone (Simon, Dickens, Karkada &
 * DeWeese 2021, arXiv:2110.03922): modes share out the n samples. Mode i of eigenvalue λ_i is learnt
 * to the part 𝓛_i = λ_i/(λ_i + κ), where κ is set by Σ 𝓛_i + δ/κ = n for ridge δ.
 */

/** Eigenvalues that are alike, and the target's power Σ v² in their modes. */
export interface Mode {
  readonly eigenvalue: number;
  readonly multiplicity: number;
  readonly power: number;
}

export interface Eigenlearning {
  readonly kappa: number;
  /** 𝓛 of each mode, in their order. */
  readonly learnability: readonly number[];
  /** Mean square error over the whole domain: 𝓔₀ Σ (1 − 𝓛_i)² v_i², 𝓔₀ = n/(n − Σ 𝓛_i²). */
  readonly testError: number;
}

/** NaN where n is as large as the number of modes with an eigenvalue: then nothing is left to learn. */
export function eigenlearning(modes: readonly Mode[], n: number, ridge = 0): Eigenlearning {
  const live = modes.filter((m) => m.eigenvalue > 0);
  const used = (kappa: number) =>
    live.reduce((sum, m) => sum + (m.multiplicity * m.eigenvalue) / (m.eigenvalue + kappa), 0) +
    ridge / kappa;
  // The left side falls from Σ 1 (or ∞) to 0 as κ grows: bisection on a log scale.
  const top = live.reduce((sum, m) => sum + m.multiplicity * m.eigenvalue, 0) + ridge;
  let [low, high] = [Math.log(top / n) - 80, Math.log(top / n) + 1];
  for (let i = 0; i < 200; i++) {
    const middle = (low + high) / 2;
    if (used(Math.exp(middle)) > n) low = middle;
    else high = middle;
  }
  const kappa = Math.exp((low + high) / 2);
  if (!(Math.abs(used(kappa) / n - 1) < 1e-9))
    return { kappa: Number.NaN, learnability: modes.map(() => Number.NaN), testError: Number.NaN };
  const learnability = modes.map((m) =>
    m.eigenvalue > 0 ? m.eigenvalue / (m.eigenvalue + kappa) : 0,
  );
  const squares = modes.reduce(
    (sum, m, i) => sum + m.multiplicity * (learnability[i] ?? 0) ** 2,
    0,
  );
  const missed = modes.reduce((sum, m, i) => sum + (1 - (learnability[i] ?? 0)) ** 2 * m.power, 0);
  return { kappa, learnability, testError: (n / (n - squares)) * missed };
}
