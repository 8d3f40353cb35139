/**
 * What is known of the study lazy-rich before any run: how a network of infinite width trains, from its
 * tangent kernel alone, and where the units of a network point that has learnt nothing.
 */
import { arcCosine, gramOf, reluTangentKernel } from '../analysis/arc-cosine.ts';
import { kernelDescent, predictionsOf, squaredNorm } from '../analysis/kernel-regression.ts';
import { mean } from '../analysis/stats.ts';
import { addTo } from '../observables/neurons.ts';
import { madeSet } from '../programs/data.ts';
import { COSINE_BINS, type MadeDataSpec } from '../programs/program.ts';
import { normals, STREAMS } from '../random.ts';
import { allBut, number } from './criteria.ts';
import type { Config } from './study.ts';

/** Held-out samples of every run. */
const HELD_OUT = 500;
/** All runs of all seeds share one table of samples; a seed draws which of them are trained on. */
const DATA_SEED = 11;

export const widthOf = (config: Config) => 2 * number(config, 'pairs');

/** The samples of a cell: those that a seed may train on, and those held out. */
export function dataOf(config: Config): MadeDataSpec {
  return {
    ...{ kind: 'relu-teacher', seed: DATA_SEED, samples: number(config, 'samples') + HELD_OUT },
    ...{ neurons: number(config, 'neurons'), factor: 1 },
  };
}

/** What infinite width predicts of one cell, from its tangent kernel alone. */
export interface LazyLimit {
  /** α ‖Δw‖ / ‖w₀‖. */
  readonly movement: number;
  readonly testLoss: number;
}

const limits = new Map<string, LazyLimit>();

/**
 * Kernel regression with the infinite-width tangent kernel on the first training samples of the table,
 * after as many steps. Weights move by Jᵀc/α, in each layer's own scale: ‖Δw‖² = Σ_l r_l cᵀΘ_l c / α²,
 * against ‖w₀‖² = 2N + 1.
 */
export function lazyLimit(config: Config): LazyLimit {
  const key = JSON.stringify(allBut('alpha')(config));
  const known = limits.get(key);
  if (known !== undefined) return known;
  const [d, n, width] = [number(config, 'inputs'), number(config, 'samples'), widthOf(config)];
  const { x, y, samples } = madeSet(dataOf(config), d, 1);
  const rows = Array.from({ length: samples }, (_, i) => x.subarray(i * d, (i + 1) * d));
  const [seen, unseen] = [rows.slice(0, n), rows.slice(n)];
  const whole = (a: number, b: number, c: number) => reluTangentKernel(1, a, b, c);
  // The output layer's share; the hidden layer's is the rest.
  const output = (a: number, b: number, c: number) =>
    Math.sqrt(a * b) * arcCosine(c / Math.sqrt(a * b)).value;
  const kernel = gramOf(whole, seen, seen);
  const targets = [...y.subarray(0, n)];
  const rate = number(config, 'learningRate');
  const c = kernelDescent(kernel, targets, rate)(number(config, 'steps'));
  const ofOutput = squaredNorm(gramOf(output, seen, seen), c);
  const ofHidden = squaredNorm(kernel, c) - ofOutput;
  const predicted = predictionsOf(gramOf(whole, unseen, seen), c);
  const limit = {
    movement: Math.sqrt(((2 / d) * ofHidden + ofOutput / width) / (2 * width + 1)),
    testLoss: mean(predicted.map((f, i) => (f - (y[n + i] ?? 0)) ** 2 / 2)),
  };
  limits.set(key, limit);
  return limit;
}

const shares = new Map<string, readonly number[]>();

/**
 * Shares of random directions in d dimensions by their largest cosine with `neurons` orthogonal ones:
 * what units that have not turned show. By 10,000 draws, so good to about half a percent.
 */
export function randomShares(d: number, neurons: number): readonly number[] {
  const key = `${d} ${neurons}`;
  const known = shares.get(key);
  if (known !== undefined) return known;
  const draws = 10_000;
  const found = COSINE_BINS.map(() => 0);
  const all = normals(1, STREAMS.probe, 0, draws * d);
  for (let i = 0; i < draws; i++) {
    const w = all.subarray(i * d, (i + 1) * d);
    const norm = Math.sqrt(w.reduce((sum, v) => sum + v * v, 0));
    addTo(found, Math.max(...w.subarray(0, neurons)) / norm, 1 / draws);
  }
  shares.set(key, found);
  return found;
}
