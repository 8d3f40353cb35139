/**
 * What pictures have in common: cosines of images less the mean digit (a correlation whose means are the
 * pixels'), the nearest of some images, and what a Gaussian model of the data would have made of the noise.
 */
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { mean } from '../analysis/stats.ts';

/** Rows [count × pixels], one image after another. */
export interface Pictures {
  readonly values: ArrayLike<number>;
  readonly pixels: number;
}

const countOf = ({ values, pixels }: Pictures) => values.length / pixels;

/** Cosine of image i of some and image j of others; 0 where one of them is the mean digit itself. */
export function cosine(a: Pictures, i: number, b: Pictures, j: number): number {
  let [dot, own, other] = [0, 0, 0];
  for (let k = 0; k < a.pixels; k++) {
    const u = a.values[i * a.pixels + k] ?? Number.NaN;
    const v = b.values[j * b.pixels + k] ?? Number.NaN;
    dot += u * v;
    own += u * u;
    other += v * v;
  }
  return own === 0 || other === 0 ? 0 : dot / Math.sqrt(own * other);
}

/** Cosines of all pairs, a row for each image of the first: [a × b]. */
export const cosines = (a: Pictures, b: Pictures): number[][] =>
  Array.from({ length: countOf(a) }, (_, i) =>
    Array.from({ length: countOf(b) }, (_b, j) => cosine(a, i, b, j)),
  );

/** Mean of the diagonal, and of all else (NaN of a single picture): the same noise, and different noise. */
export function sameAndDifferent(between: readonly (readonly number[])[]): {
  readonly same: number;
  readonly different: number;
} {
  return {
    same: mean(between.map((row, i) => row[i] ?? Number.NaN)),
    different: mean(between.flatMap((row, i) => row.filter((_, j) => j !== i))),
  };
}

/** Mean over pictures of the cosine with the nearest of the images. */
export const nearest = (pictures: Pictures, images: Pictures): number =>
  mean(cosines(pictures, images).map((row) => row.reduce((most, c) => Math.max(most, c), -1)));

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
