/**
 * The first step of a mean-field network from a mirrored start, exactly, at any width: as f = 0 the
 * residuals are the targets, so what a pair of hidden units contributes depends on that pair alone, and
 * f after the step is a mean over N/2 independent pairs. Its limit is the pair's expectation, its
 * variance between seeds the pair's variance times 2/N: both here by Monte Carlo over pairs, in float64.
 */
import type { DataSet } from '../programs/data-set.ts';
import { normals, STREAMS } from '../random.ts';

/** A tanh network on the first `trained` samples of a table, observed on the others. */
export interface FirstStep {
  readonly table: DataSet;
  readonly inputs: number;
  readonly outputs: number;
  readonly trained: number;
  readonly rate: number;
}

/**
 * What the pair (w, a), (w, −a) contributes to every held-out output after one step of rate η:
 * half of (±a + c) φ((w ± Δ)·x/√d), where c = (η/n) Σ φ y and Δ = (η/n√d) Σ (y·a) φ′ x, with unit
 * Gaussian w and a.
 */
export function pairContribution(
  { table: { samples, x, y }, inputs, outputs, trained, rate }: FirstStep,
  w: ArrayLike<number>,
  a: ArrayLike<number>,
): Float64Array {
  const root = Math.sqrt(inputs);
  const sumAt = (i: number, v: ArrayLike<number>) => {
    let sum = 0;
    for (let k = 0; k < inputs; k++) sum += (v[k] ?? 0) * (x[i * inputs + k] ?? 0);
    return sum / root;
  };
  const c = new Float64Array(outputs);
  const turn = new Float64Array(inputs);
  for (let i = 0; i < trained; i++) {
    const active = Math.tanh(sumAt(i, w));
    let along = 0;
    for (let k = 0; k < outputs; k++) {
      const target = y[i * outputs + k] ?? 0;
      c[k] = (c[k] ?? 0) + (rate / trained) * active * target;
      along += target * (a[k] ?? 0);
    }
    const pull = ((rate / trained) * along * (1 - active ** 2)) / root;
    for (let k = 0; k < inputs; k++) turn[k] = (turn[k] ?? 0) + pull * (x[i * inputs + k] ?? 0);
  }
  const all = new Float64Array((samples - trained) * outputs);
  for (let i = trained; i < samples; i++) {
    const [sum, by] = [sumAt(i, w), sumAt(i, turn)];
    const [up, down] = [Math.tanh(sum + by), Math.tanh(sum - by)];
    for (let k = 0; k < outputs; k++) {
      const [out, moved] = [a[k] ?? 0, c[k] ?? 0];
      all[(i - trained) * outputs + k] = ((moved + out) * up + (moved - out) * down) / 2;
    }
  }
  return all;
}

/** Mean and variance over pairs of every held-out output. */
export function firstStepMoments(
  task: FirstStep,
  pairs: number,
): { readonly mean: Float64Array; readonly variance: Float64Array } {
  const { inputs, outputs } = task;
  const w = normals(1, STREAMS.weights, 0, pairs * inputs);
  const a = normals(1, STREAMS.weights, 1, pairs * outputs);
  const size = (task.table.samples - task.trained) * outputs;
  const [sum, squares] = [new Float64Array(size), new Float64Array(size)];
  for (let p = 0; p < pairs; p++) {
    const own = pairContribution(
      task,
      w.subarray(p * inputs, (p + 1) * inputs),
      a.subarray(p * outputs, (p + 1) * outputs),
    );
    for (const [i, v] of own.entries()) {
      sum[i] = (sum[i] ?? 0) + v;
      squares[i] = (squares[i] ?? 0) + v * v;
    }
  }
  const mean = sum.map((s) => s / pairs);
  return { mean, variance: squares.map((s, i) => s / pairs - (mean[i] ?? 0) ** 2) };
}
