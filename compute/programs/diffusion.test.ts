import { expect, test } from 'vitest';
import { normalQuantile } from '../random.ts';
import {
  eulerStep,
  preconditioning,
  SIGMA_MAX,
  SIGMA_MIN,
  samplerSigmas,
  sigmaFeatures,
  trainedSigma,
} from './diffusion.ts';

test('preconditioning keeps inputs and targets at variance 1, whatever the noise', () => {
  for (const sigma of [0.02, 0.3, 1, 10]) {
    const c = preconditioning(sigma);
    // Of data and noise that are independent, with variances 0.25 and σ².
    expect(c.in ** 2 * (0.25 + sigma ** 2)).toBeCloseTo(1, 12);
    const target = ((1 - c.skip) ** 2 * 0.25 + (c.skip * sigma) ** 2) / c.out ** 2;
    expect(target).toBeCloseTo(1, 12);
  }
});

test('trained levels are log-normal, and end where the sampler does', () => {
  expect(trainedSigma(0)).toBeCloseTo(Math.exp(-1.2), 12);
  expect(trainedSigma(1) / trainedSigma(0)).toBeCloseTo(Math.exp(1.2), 12);
  expect([trainedSigma(9), trainedSigma(-9)]).toEqual([
    expect.closeTo(10, 10),
    expect.closeTo(0.02, 12),
  ]);
});

test('σ is told by Chebyshev polynomials of its logarithm', () => {
  for (const sigma of [0.02, 0.1, 1, 9]) {
    const t = (2 * Math.log(sigma / 0.02)) / Math.log(500) - 1;
    for (const [k, feature] of sigmaFeatures(sigma).entries())
      expect(feature).toBeCloseTo(Math.cos(k * Math.acos(Math.min(1, Math.max(-1, t)))), 9);
  }
});

/** What the sampler makes of x = 1 at σ_max where the data is Gaussian with variance λ about 0. */
function sampledGain(lambda: number, steps: number): number {
  const sigmas = samplerSigmas(steps);
  let x = 1;
  for (let i = 0; i < steps; i++) {
    const [sigma, next] = [sigmas[i] as number, sigmas[i + 1] as number];
    const { skip, out } = preconditioning(sigma);
    // The best denoiser is D = λ/(λ + σ²) x; F is what makes it of c_skip x + c_out F.
    const raw = ((lambda / (lambda + sigma ** 2)) * x - skip * x) / out;
    const { keep, add } = eulerStep(sigma, next);
    x = keep * x + add * raw;
  }
  return x;
}

test('the levels are those of Karras et al., from σ_max to σ_min and to none', () => {
  const sigmas = samplerSigmas(40);
  for (const i of [0, 7, 20, 39]) {
    const root = 10 ** (1 / 7) + (i / 39) * (0.02 ** (1 / 7) - 10 ** (1 / 7));
    expect(sigmas[i]).toBeCloseTo(root ** 7, 10);
  }
  expect(sigmas).toHaveLength(41);
  expect(sigmas.at(-1)).toBe(0);
});

test('for Gaussian data the sampler is the product of its Euler factors', () => {
  for (const lambda of [0.001, 0.25, 4]) {
    const sigmas = samplerSigmas(40);
    const product = sigmas.slice(0, -1).reduce((gain, sigma, i) => {
      const step = (sigmas[i + 1] as number) - sigma;
      return gain * (1 + (step * sigma) / (lambda + sigma ** 2));
    }, 1);
    expect(sampledGain(lambda, 40)).toBeCloseTo(product, 10);
  }
});

test('and goes to the exact solution with the first order of its steps', () => {
  for (const lambda of [0.05, 0.25, 1]) {
    // √((λ + σ²)/(λ + σ_max²)) down to σ_min, and from there D in one step, however many came before.
    const last = lambda / (lambda + SIGMA_MIN ** 2);
    const exact = last * Math.sqrt((lambda + SIGMA_MIN ** 2) / (lambda + SIGMA_MAX ** 2));
    const error = (steps: number) => sampledGain(lambda, steps) / exact - 1;
    for (const steps of [160, 320]) {
      expect(error(steps) / error(2 * steps)).toBeGreaterThan(1.9);
      expect(error(steps) / error(2 * steps)).toBeLessThan(2.1);
    }
    // What that last step leaves out against the solution down to none: σ_min²/2λ.
    const whole = Math.sqrt(lambda / (lambda + SIGMA_MAX ** 2));
    expect(Math.abs(exact / whole - 1)).toBeLessThan(SIGMA_MIN ** 2 / lambda);
  }
});

test('a level of noise that is typical of the data lies well inside of what is trained', () => {
  const inside = Array.from({ length: 999 }, (_, i) =>
    trainedSigma(normalQuantile((i + 0.5) / 999)),
  );
  expect(inside.filter((s) => s > 0.0201 && s < 9.99).length / 999).toBeGreaterThan(0.98);
});
