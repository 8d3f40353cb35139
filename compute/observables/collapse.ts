/**
 * The four measures of neural collapse (Papyan, Han & Donoho 2020, arXiv:2008.08186, §1 and "experiments"),
 * of the last hidden layer's features, the last matrix and the outputs, in float64. With μ_c the mean
 * feature of class c, μ the mean of those, M = [μ_c − μ], W the last matrix:
 *
 * `collapseVariability` (NC1): Tr(Σ_W Σ_B⁺) / C, scatter within classes over scatter between them.
 * `collapseNorms` (NC2): standard deviation over mean of ‖μ_c − μ‖.
 * `collapseAngles` (NC2): mean over pairs of |cos(μ_c − μ, μ_c′ − μ) + 1/(C − 1)|: 0 for a simplex.
 * `collapseDuality` (NC3): ‖W/‖W‖ − M/‖M‖‖²_F.
 * `collapseCentres` (NC4): share of samples whose output and nearest class centre name two classes.
 */
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';

export interface Collapse {
  readonly collapseVariability: number;
  readonly collapseNorms: number;
  readonly collapseAngles: number;
  readonly collapseDuality: number;
  readonly collapseCentres: number;
}

/** Directions with so small a share of the largest scatter between classes count as none. */
const RANK = 1e-10;

/**
 * @param features [samples × width] @param outputs [samples × classes] @param last [width (+ 1) × classes]
 * @param labels class of each sample; every class must have one
 */
export function collapseOf(
  features: ArrayLike<number>,
  outputs: ArrayLike<number>,
  last: ArrayLike<number>,
  labels: readonly number[],
  classes: number,
): Collapse {
  const samples = labels.length;
  const width = features.length / samples;
  const means = classMeans(features, labels, classes, width);
  const centre = Float64Array.from({ length: width }, (_, k) => {
    let sum = 0;
    for (const m of means) sum += m[k] ?? 0;
    return sum / classes;
  });
  const around = means.map((m) => m.map((v, k) => v - (centre[k] ?? 0)));
  const norms = around.map((m) => Math.sqrt(dot(m, m)));
  const meanNorm = average(norms);
  const gaps = around.flatMap((a, c) =>
    around
      .slice(c + 1)
      .map((b, k) => dot(a, b) / ((norms[c] ?? 0) * (norms[c + 1 + k] ?? 0)) + 1 / (classes - 1)),
  );
  return {
    collapseVariability: variability(features, means, around, labels),
    collapseNorms: Math.sqrt(average(norms.map((v) => (v - meanNorm) ** 2))) / meanNorm,
    collapseAngles: average(gaps.map(Math.abs)),
    collapseDuality: duality(last, around),
    collapseCentres: disagreement(features, outputs, means, classes),
  };
}

function classMeans(
  features: ArrayLike<number>,
  labels: readonly number[],
  classes: number,
  width: number,
): Float64Array[] {
  const sums = Array.from({ length: classes }, () => new Float64Array(width));
  const counts = new Array<number>(classes).fill(0);
  for (const [i, label] of labels.entries()) {
    counts[label] = (counts[label] ?? 0) + 1;
    const own = sums[label] ?? new Float64Array();
    for (let k = 0; k < width; k++) own[k] = (own[k] ?? 0) + (features[i * width + k] ?? 0);
  }
  return sums.map((sum, c) => sum.map((v) => v / (counts[c] ?? 0)));
}

/**
 * Tr(Σ_W Σ_B⁺)/C from the classes' Gram matrix G = MᵀM alone: Σ_B = MMᵀ/C, so its pseudo-inverse takes a
 * deviation d from its class mean to C ‖G⁺ Mᵀ d‖².
 */
function variability(
  features: ArrayLike<number>,
  means: readonly Float64Array[],
  around: readonly Float64Array[],
  labels: readonly number[],
): number {
  const gram = new Matrix(around.map((a) => around.map((b) => dot(a, b))));
  if (!gram.to1DArray().every(Number.isFinite)) return Number.NaN;
  const { realEigenvalues: values, eigenvectorMatrix: vectors } = new EigenvalueDecomposition(
    gram,
    {
      assumeSymmetric: true,
    },
  );
  const most = Math.max(...values);
  const inverse = values.map((v) => (v > RANK * most ? 1 / v : 0));
  const width = around[0]?.length ?? 0;
  let sum = 0;
  for (const [i, label] of labels.entries()) {
    const deviation = Float64Array.from(
      { length: width },
      (_, k) => (features[i * width + k] ?? 0) - (means[label]?.[k] ?? 0),
    );
    const along = around.map((a) => dot(a, deviation));
    for (const [e, scale] of inverse.entries()) {
      let part = 0;
      for (const [c, v] of along.entries()) part += vectors.get(c, e) * v;
      sum += (scale * part) ** 2;
    }
  }
  // A mean over samples, times C of the pseudo-inverse, over C of the definition.
  return sum / labels.length;
}

function duality(last: ArrayLike<number>, around: readonly Float64Array[]): number {
  const classes = around.length;
  const width = around[0]?.length ?? 0;
  let [rows, means] = [0, 0];
  for (let k = 0; k < width; k++)
    for (let c = 0; c < classes; c++) {
      rows += (last[k * classes + c] ?? 0) ** 2;
      means += (around[c]?.[k] ?? 0) ** 2;
    }
  let sum = 0;
  for (let k = 0; k < width; k++)
    for (let c = 0; c < classes; c++)
      sum +=
        ((last[k * classes + c] ?? 0) / Math.sqrt(rows) -
          (around[c]?.[k] ?? 0) / Math.sqrt(means)) **
        2;
  return sum;
}

function disagreement(
  features: ArrayLike<number>,
  outputs: ArrayLike<number>,
  means: readonly Float64Array[],
  classes: number,
): number {
  const width = means[0]?.length ?? 0;
  const samples = outputs.length / classes;
  let differ = 0;
  for (let i = 0; i < samples; i++) {
    const far = (c: number) => {
      let sum = 0;
      for (let k = 0; k < width; k++)
        sum += ((features[i * width + k] ?? 0) - (means[c]?.[k] ?? 0)) ** 2;
      return sum;
    };
    const nearest = lowest(classes, far);
    if (nearest !== lowest(classes, (c) => -(outputs[i * classes + c] ?? 0))) differ += 1;
  }
  return differ / samples;
}

/** Index of the smallest of so many values. */
function lowest(count: number, value: (index: number) => number): number {
  let [best, least] = [0, Number.POSITIVE_INFINITY];
  for (let c = 0; c < count; c++) {
    const own = value(c);
    if (own < least) [best, least] = [c, own];
  }
  return best;
}

const average = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += (a[k] ?? 0) * (b[k] ?? 0);
  return sum;
}
