/**
 * What pictures have in common: cosines of images less the mean digit (a correlation whose means are the
 * pixels'), and the nearest of some images.
 */
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
  return own === 0 || other === 0 ? 0 : dot / (Math.sqrt(own) * Math.sqrt(other));
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
