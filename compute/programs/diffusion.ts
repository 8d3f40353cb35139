/**
 * Denoising diffusion in the terms of Karras et al. 2022 ("Elucidating the design space of diffusion-based
 * generative models", arXiv:2206.00364): D(x; σ) = c_skip x + c_out F(c_in x; ln σ), table 1 and eq. 7; the noise
 * that is trained on; and Euler's method for dx/dσ = (x − D(x; σ))/σ, eq. 1 with σ as time, over the steps of eq. 5.
 */
import { exp, ln, nthRoot } from '../random.ts';

/** Standard deviation of a pixel of the data. */
export const SIGMA_DATA = 0.5;
/** Where the sampler begins, and its last level before none. */
export const SIGMA_MAX = 10;
export const SIGMA_MIN = 0.02;
/** ln σ in training: Gaussian, table 1, cut off at the sampler's ends. */
const LOG_MEAN = -1.2;
const LOG_DEVIATION = 1.2;
const RHO = 7;

const [LOG_MIN, LOG_MAX] = [ln(SIGMA_MIN), ln(SIGMA_MAX)];

export interface Preconditioning {
  readonly skip: number;
  readonly out: number;
  readonly in: number;
}

export function preconditioning(sigma: number): Preconditioning {
  const total = sigma ** 2 + SIGMA_DATA ** 2;
  return {
    skip: SIGMA_DATA ** 2 / total,
    out: (sigma * SIGMA_DATA) / Math.sqrt(total),
    in: 1 / Math.sqrt(total),
  };
}

/** The σ that is trained on where a standard normal number is z. */
export function trainedSigma(z: number): number {
  return exp(Math.min(LOG_MAX, Math.max(LOG_MIN, LOG_MEAN + LOG_DEVIATION * z)));
}

/** How many numbers a network is told σ by. */
export const FEATURES = 8;

/** Chebyshev polynomials T_0 … of ln σ, −1 at σ_min and 1 at σ_max: the first one is 1, and so makes biases. */
export function sigmaFeatures(sigma: number): number[] {
  const t = (2 * (ln(sigma) - LOG_MIN)) / (LOG_MAX - LOG_MIN) - 1;
  const all = [1, t];
  while (all.length < FEATURES) all.push(2 * t * (all.at(-1) ?? 0) - (all.at(-2) ?? 0));
  return all;
}

/** σ_0 = σ_max … σ_{steps − 1} = σ_min, and 0: eq. 5 with ρ = 7. */
export function samplerSigmas(steps: number): number[] {
  const [from, to] = [nthRoot(SIGMA_MAX, RHO), nthRoot(SIGMA_MIN, RHO)];
  const levels = Array.from({ length: steps }, (_, i) => {
    const root = steps === 1 ? from : from + (i / (steps - 1)) * (to - from);
    let power = root;
    for (let k = 1; k < RHO; k++) power *= root;
    return power;
  });
  return [...levels, 0];
}

/**
 * One Euler step from a level to the next, x′ = x + (σ′ − σ)(x − D)/σ, written with the raw network:
 * x′ = keep x + add F(c_in x; σ).
 */
export function eulerStep(sigma: number, next: number): { keep: number; add: number } {
  const { skip, out } = preconditioning(sigma);
  const ratio = (next - sigma) / sigma;
  return { keep: 1 + ratio * (1 - skip), add: -ratio * out };
}
