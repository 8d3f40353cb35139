import { Matrix, pseudoInverse, QrDecomposition } from 'ml-matrix';
import { expect, test } from 'vitest';
import { normals, STREAMS } from '../random.ts';
import { collapseOf } from './collapse.ts';

const [CLASSES, WIDTH, EACH] = [4, 6, 5];
const labels = Array.from({ length: CLASSES * EACH }, (_, i) => i % CLASSES);

/** Vertices of a simplex [classes × width], turned at random and moved away from the origin. */
function simplex(): number[][] {
  const turn = new QrDecomposition(
    Matrix.from1DArray(WIDTH, WIDTH, [...normals(1, STREAMS.data, 0, WIDTH * WIDTH)]),
  ).orthogonalMatrix;
  return Array.from({ length: CLASSES }, (_, c) => {
    const corner = Array.from({ length: WIDTH }, (_, k) =>
      k < CLASSES ? Number(k === c) - 1 / CLASSES : 0,
    );
    return Matrix.rowVector(corner).mmul(turn).mul(3).add(0.7).to1DArray();
  });
}

const centred = (rows: readonly (readonly number[])[]) => {
  const m = new Matrix(rows.map((r) => [...r]));
  return m.subRowVector(m.mean('column'));
};
/** The last matrix [width × classes] parallel to the centred means, with biases as a last row. */
const dual = (rows: readonly (readonly number[])[]) => [
  ...centred(rows).transpose().mul(0.2).to1DArray(),
  ...[5, -5, 5, -5],
];
const outputs = (right: boolean) =>
  labels.flatMap((label) =>
    Array.from({ length: CLASSES }, (_, c) => Number((c === label) === right)),
  );

test('a simplex without scatter and its dual classifier are collapsed in every measure', () => {
  const corners = simplex();
  const features = labels.flatMap((label) => corners[label] ?? []);
  const measured = collapseOf(features, outputs(true), dual(corners), labels, CLASSES);
  for (const [name, value] of Object.entries(measured))
    expect(value, name).toBeLessThan(name === 'collapseCentres' ? 1e-300 : 1e-12);
});

test('scatter within classes is Tr(Σ_W Σ_B⁺)/C by dense covariances and a library pseudo-inverse', () => {
  const corners = simplex();
  const noise = normals(2, STREAMS.data, 0, labels.length * WIDTH);
  const rows = labels.map((label, i) =>
    (corners[label] ?? []).map((v, k) => v + (0.1 + 0.05 * k) * (noise[i * WIDTH + k] ?? 0)),
  );
  const x = new Matrix(rows);
  const means = Array.from({ length: CLASSES }, (_, c) =>
    new Matrix(rows.filter((_, i) => labels[i] === c)).mean('column'),
  );
  const inside = Matrix.sub(x, new Matrix(labels.map((l) => means[l] ?? [])));
  const within = inside.transpose().mmul(inside).div(labels.length);
  const m = centred(means);
  const between = m.transpose().mmul(m).div(CLASSES);
  const expected = within.mmul(pseudoInverse(between, 1e-10)).trace() / CLASSES;
  const { collapseVariability } = collapseOf(
    rows.flat(),
    outputs(true),
    dual(corners),
    labels,
    CLASSES,
  );
  expect(expected).toBeGreaterThan(0.01);
  expect(collapseVariability).toBeCloseTo(expected, 10);
});

test('orthogonal means are off the simplex by what their angles say', () => {
  // Means e_1 … e_C, one of them twice as long: centred, their cosines by hand.
  const rows = Array.from({ length: CLASSES }, (_, c) =>
    Array.from({ length: WIDTH }, (_, k) => (k === c ? (c === 0 ? 2 : 1) : 0)),
  );
  const m = centred(rows);
  const norms = m.to2DArray().map((r) => Math.hypot(...r));
  let gap = 0;
  for (let a = 0; a < CLASSES; a++)
    for (let b = a + 1; b < CLASSES; b++) {
      const cosine = m.getRowVector(a).dot(m.getRowVector(b)) / ((norms[a] ?? 1) * (norms[b] ?? 1));
      gap += Math.abs(cosine + 1 / 3) / 6;
    }
  const mean = norms.reduce((s, v) => s + v, 0) / CLASSES;
  const spread = Math.sqrt(norms.reduce((s, v) => s + (v - mean) ** 2, 0) / CLASSES) / mean;
  const features = labels.flatMap((label) => rows[label] ?? []);
  const measured = collapseOf(features, outputs(true), dual(rows), labels, CLASSES);
  expect(measured.collapseAngles).toBeCloseTo(gap, 12);
  expect(measured.collapseNorms).toBeCloseTo(spread, 12);
});

test('a classifier turned against the means, and one that names other classes, are told', () => {
  const corners = simplex();
  const features = labels.flatMap((label) => corners[label] ?? []);
  const against = dual(corners).map((v) => -v);
  const measured = collapseOf(features, outputs(false), against, labels, CLASSES);
  // ‖−u − u‖² = 4 for a unit vector u.
  expect(measured.collapseDuality).toBeCloseTo(4, 12);
  expect(measured.collapseCentres).toBe(1);
});
