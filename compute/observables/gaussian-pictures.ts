/**
 * What a Gaussian model of the data makes of noise: for Gaussian data the best denoiser is linear,
 * D(x; σ) = μ + Σ (Σ + σ²)⁻¹ (x − μ), and the sampler's differential equation is solved exactly.
 */
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import type { Pictures } from './pictures.ts';

export interface GaussianModel {
  readonly mean: Float64Array;
  /** Eigenvalues λ of the covariance, and eigenvectors as columns: [pixels × pixels]. */
  readonly spectrum: Float64Array;
  readonly vectors: Matrix;
}

/** Mean and covariance (over N) of images. */
export function gaussianModel({ values, pixels }: Pictures): GaussianModel {
  const count = values.length / pixels;
  const centre = new Float64Array(pixels);
  for (let at = 0; at < values.length; at++)
    centre[at % pixels] = (centre[at % pixels] ?? 0) + (values[at] ?? 0) / count;
  const rows = new Matrix(count, pixels);
  for (let i = 0; i < count; i++)
    for (let k = 0; k < pixels; k++)
      rows.set(i, k, (values[i * pixels + k] ?? 0) - (centre[k] ?? 0));
  const covariance = rows.transpose().mmul(rows).div(count);
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(covariance, {
    assumeSymmetric: true,
  });
  const spectrum = Float64Array.from(realEigenvalues, (v) => Math.max(0, v));
  return { mean: centre, spectrum, vectors: eigenvectorMatrix };
}

/**
 * What the probability-flow ODE makes of x at σ, down to no noise, where the data is Gaussian: along each
 * eigenvector x − μ shrinks by √(λ/(λ + σ²)). [count × pixels]
 */
export function gaussianPictures(
  model: GaussianModel,
  { values, pixels }: Pictures,
  sigma: number,
) {
  const { mean: centre, spectrum, vectors } = model;
  const count = values.length / pixels;
  const noise = new Matrix(count, pixels);
  for (let i = 0; i < count; i++)
    for (let k = 0; k < pixels; k++)
      noise.set(i, k, (values[i * pixels + k] ?? 0) - (centre[k] ?? 0));
  const modes = noise.mmul(vectors);
  for (const [k, lambda] of spectrum.entries())
    modes.mulColumn(k, Math.sqrt(lambda / (lambda + sigma ** 2)));
  const made = modes.mmul(vectors.transpose());
  return Float64Array.from(
    { length: values.length },
    (_, at) => made.get(Math.floor(at / pixels), at % pixels) + (centre[at % pixels] ?? 0),
  );
}
