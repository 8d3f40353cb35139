/**
 * What the spectrum alone says of linear regression (programs/spectrum.ts), at finite sizes: M modes with eigenvalues
 * λ_k and target powers p_k = w_k² λ_k, of which the model sees the first N, trained on a stream of fresh samples
 * or on D samples to convergence. Exponents are compared with these, not with their asymptotic values: at a few
 * hundred modes the two differ by more than the law is judged by.
 */
import { eigenlearning } from './eigenlearning.ts';

export interface Spectrum {
  readonly modes: number;
  readonly decay: number;
  readonly power: number;
}

/**
 * Expected mean square error of online descent after 0, 1 … `steps` updates, each on a batch of B fresh samples.
 *
 * With E_k the expected square error of weight k, L = Σ_{k ≤ N} λ_k E_k + Σ_{k > N} p_k, and inputs ±√λ_k of independent
 * signs, whose fourth moments are products of second ones, one update gives exactly
 *   E_k ← (1 − 2ηλ_k + η²(1 − 1/B) λ_k²) E_k + (η²/B) λ_k L
 * (the recursion of Bordelon & Pehlevan 2022, "Learning curves for SGD on structured features", arXiv:2106.02713,
 * with these inputs' fourth moments in place of the Gaussian ones, which have 1 + 1/B for 1 − 1/B). What is not seen is
 * noise: it is part of L.
 */
export function onlineLosses(
  { modes, decay, power }: Spectrum,
  seen: number,
  { steps, batch, rate }: { readonly steps: number; readonly batch: number; readonly rate: number },
): Float64Array {
  const lambda = Float64Array.from({ length: seen }, (_, i) => (i + 1) ** -decay);
  const errors = lambda.map((l, i) => (i + 1) ** -power / l);
  const unseen = tailOf(modes, power, seen);
  const losses = new Float64Array(steps + 1);
  for (let t = 0; t <= steps; t++) {
    let loss = unseen;
    for (let k = 0; k < seen; k++) loss += (lambda[k] ?? 0) * (errors[k] ?? 0);
    losses[t] = loss;
    for (let k = 0; k < seen; k++) {
      const step = rate * (lambda[k] ?? 0);
      const kept = 1 - 2 * step + step * step * (1 - 1 / batch);
      errors[k] = kept * (errors[k] ?? 0) + ((rate * step) / batch) * loss;
    }
  }
  return losses;
}

/**
 * Expected mean square error of ridge regression on D samples, with ridge δ on the mean square error: the kernel's
 * eigenmodes share out the samples (Simon et al. 2021, arXiv:2110.03922), and those unseen have eigenvalue 0 (Maloney,
 * Roberts & Sully 2022, arXiv:2210.16859). Exact as D and N grow at a fixed ratio.
 */
export function ridgeLoss(
  { modes, decay, power }: Spectrum,
  seen: number,
  samples: number,
  ridge: number,
): number {
  const own = Array.from({ length: modes }, (_, i) => ({
    eigenvalue: i < seen ? (i + 1) ** -decay : 0,
    ...{ multiplicity: 1, power: (i + 1) ** -power },
  }));
  return eigenlearning(own, samples, samples * ridge).testError;
}

/** Power of the modes after the first `seen`: what no training can remove. */
export function tailOf(modes: number, power: number, seen: number): number {
  let sum = 0;
  for (let k = modes; k > seen; k--) sum += k ** -power;
  return sum;
}
