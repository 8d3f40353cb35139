/**
 * What attention heads do on repeated sequences, and what they would copy (Olsson et al. 2022, "In-context
 * learning and induction heads", arXiv:2209.11895, appendix "Head activation evaluators"; Elhage et al. 2021,
 * "Detecting copying behavior"), on the host in float64:
 *
 * - *prefix matching*: attention from a symbol to what followed its earlier occurrences, summed over all of
 *   them (one head may spread over several copies), mean over positions whose symbol has occurred before;
 * - *previous*: attention to the position before, mean over all positions but the first;
 * - *copying*: Σ Re λ / Σ |λ| over the eigenvalues of W_E W_V W_O W_U of the head, from −1 to 1: whether
 *   attending to a symbol raises that symbol's own logit. Of the direct path: norms and hidden blocks are left out.
 */
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { headColumn, type TransformerSpec } from '../programs/program.ts';
import type { Repeats, RepeatsSpec } from '../programs/repeats.ts';

/**
 * By column, as `headColumn` names them; none without patterns.
 * @param patterns of each layer: [count × heads × context × context], rows are where from
 * @param weights by name, see `transformer.ts`
 */
export function headScores(
  spec: TransformerSpec<RepeatsSpec>,
  { periods }: Repeats,
  patterns: readonly ArrayLike<number>[],
  weights: Readonly<Record<string, ArrayLike<number>>>,
): Readonly<Record<string, number>> {
  const scores: Record<string, number> = {};
  for (const [l, pattern] of patterns.entries()) {
    for (let h = 0; h < spec.heads; h++) {
      const { prefix, previous } = attentionOf(spec, periods, pattern, h);
      scores[headColumn('prefix', l, h)] = prefix;
      scores[headColumn('previous', l, h)] = previous;
      scores[headColumn('copying', l, h)] = copyingOf(spec, weights, l, h);
    }
  }
  return scores;
}

function attentionOf(
  { heads, task: { context } }: TransformerSpec<RepeatsSpec>,
  periods: Int32Array,
  pattern: ArrayLike<number>,
  head: number,
): { readonly prefix: number; readonly previous: number } {
  let [prefix, repeated, previous] = [0, 0, 0];
  for (const [n, period] of periods.entries()) {
    for (let t = 1; t < context; t++) {
      const row = ((n * heads + head) * context + t) * context;
      previous += pattern[row + t - 1] ?? Number.NaN;
      if (t < period) continue;
      repeated += 1;
      for (let s = t - period; s >= 0; s -= period) prefix += pattern[row + s + 1] ?? Number.NaN;
    }
  }
  return { prefix: prefix / repeated, previous: previous / (periods.length * (context - 1)) };
}

function copyingOf(
  { task: { vocabulary }, width, heads }: TransformerSpec,
  weights: Readonly<Record<string, ArrayLike<number>>>,
  layer: number,
  head: number,
): number {
  const matrix = (name: string, rows: number, columns: number) =>
    Matrix.from1DArray(rows, columns, Array.from(weights[name] ?? []));
  const [from, to] = [(head * width) / heads, ((head + 1) * width) / heads - 1];
  const v = matrix(`v${layer + 1}`, width, width).subMatrix(0, width - 1, from, to);
  const o = matrix(`o${layer + 1}`, width, width).subMatrix(from, to, 0, width - 1);
  const circuit = matrix('embed', vocabulary, width)
    .mmul(v)
    .mmul(o.mmul(matrix('unembed', width, vocabulary)));
  // The solver does not end on numbers that are none: a run that has diverged.
  if (!circuit.to1DArray().every(Number.isFinite)) return Number.NaN;
  const { realEigenvalues: re, imaginaryEigenvalues: im } = new EigenvalueDecomposition(circuit);
  const sizes = re.reduce((sum, x, i) => sum + Math.hypot(x, im[i] ?? 0), 0);
  return re.reduce((sum, x) => sum + x, 0) / sizes;
}
