/**
 * Whether samples of a quadratic teacher allow one positive form only, decided without any training. Another form is
 * there exactly if one can move from the teacher's A, which is 1 on the first r inputs, in a direction Δ with
 * xᵀ Δ x = 0 on every sample that is positive on the other inputs. By duality none can if some combination
 * Σ λ_i x_i x_iᵀ of the samples vanishes wherever it touches the first r inputs and is positive definite on the others.
 */
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';

type Vector = readonly number[];

const dot = (a: Vector, b: Vector) => a.reduce((sum, v, i) => sum + v * (b[i] ?? 0), 0);

/** Directions of λ that every constraint leaves free, [free][samples]. */
function freeDirections(constraints: readonly Vector[]): Matrix {
  const c = new Matrix(constraints.map((row) => [...row]));
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(
    c.transpose().mmul(c),
    { assumeSymmetric: true },
  );
  const free = realEigenvalues.flatMap((value, k) => (value < 1e-9 ? [k] : []));
  return new Matrix(free.map((k) => eigenvectorMatrix.getColumn(k)));
}

/**
 * @param x samples, a row each @param rank r
 * @returns whether a combination was found that proves the teacher the only form; where there is none,
 * ln Σ exp(−eigenvalue) of the combination, which is convex, has a least value that is positive
 */
export function isOnlyForm(x: readonly Vector[], rank: number): boolean {
  const d = x[0]?.length ?? 0;
  const constraints = Array.from({ length: rank }, (_, a) =>
    Array.from({ length: d - a }, (_b, b) => x.map((row) => (row[a] ?? 0) * (row[a + b] ?? 0))),
  ).flat();
  if (x.length <= constraints.length) return false;
  const free = freeDirections(constraints);
  const z = new Matrix(x.map((row) => row.slice(rank)));
  const evaluate = (u: Vector) => {
    const lambda = Matrix.rowVector([...u])
      .mmul(free)
      .to1DArray();
    const combined = z.transpose().mmul(Matrix.diag(lambda)).mmul(z);
    const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(combined, {
      assumeSymmetric: true,
    });
    const least = Math.min(...realEigenvalues);
    const weights = realEigenvalues.map((e) => Math.exp(least - e));
    const sum = weights.reduce((s, w) => s + w, 0);
    const seen = z.mmul(eigenvectorMatrix);
    const slopes = x.map(
      (_, i) => -weights.reduce((s, w, k) => s + w * seen.get(i, k) ** 2, 0) / sum,
    );
    return {
      least,
      value: Math.log(sum) - least,
      slope: free.mmul(Matrix.columnVector(slopes)).to1DArray(),
    };
  };
  // Quasi-Newton (BFGS), by halving steps.
  let u: number[] = new Array(free.rows).fill(0);
  let now = evaluate(u);
  let inverse = Matrix.eye(free.rows);
  for (let step = 0; step < 400 && now.least <= 0; step++) {
    const way = inverse.mmul(Matrix.columnVector(now.slope)).mul(-1).to1DArray();
    const falls = dot(way, now.slope);
    if (falls > -1e-12) break;
    let size = 1;
    const moved = () => u.map((v, i) => v + size * (way[i] ?? 0));
    let next = evaluate(moved());
    while (next.value > now.value + 1e-4 * size * falls && size > 1e-9) {
      size /= 2;
      next = evaluate(moved());
    }
    const s = way.map((v) => size * v);
    const y = next.slope.map((v, i) => v - (now.slope[i] ?? 0));
    const bend = dot(s, y);
    if (bend > 1e-14) {
      const [S, Y] = [Matrix.columnVector(s), Matrix.columnVector(y)];
      const keep = Matrix.sub(Matrix.eye(u.length), S.mmul(Y.transpose()).div(bend));
      inverse = keep.mmul(inverse).mmul(keep.transpose()).add(S.mmul(S.transpose()).div(bend));
    }
    [u, now] = [moved(), next];
  }
  return now.least > 0;
}
