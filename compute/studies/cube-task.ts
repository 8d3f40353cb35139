/**
 * The task of the study ntk: a function on the corners of a cube with known power in each degree of
 * parities, the tangent kernel of infinite width there, and what that kernel's regression predicts for
 * the training samples of a seed, after every step.
 */
import { reluTangentKernel } from '../analysis/arc-cosine.ts';
import { choose, cubeGram, cubeSpectrum } from '../analysis/cube-kernel.ts';
import type { Mode } from '../analysis/eigenlearning.ts';
import { kernelDescent, predictionsOf } from '../analysis/kernel-regression.ts';
import { mean } from '../analysis/stats.ts';
import { madeSet } from '../programs/data.ts';
import type { MadeDataSpec } from '../programs/program.ts';
import { distinctRows, STREAMS, uniformAt } from '../random.ts';

export interface CubeTask {
  /** Dimension of the cube, training samples, share of the target's power in degree one. */
  readonly inputs: number;
  readonly samples: number;
  readonly linear: number;
}

/** Seed of the signs of the target's parities. */
const SIGNS_SEED = 21;

/** The target has unit power: `linear` of it over all parities of one input, the rest over those of two. */
export function cubeData({ inputs: d, linear }: CubeTask): MadeDataSpec {
  const sets = [
    ...Array.from({ length: d }, (_, i) => [i]),
    ...Array.from({ length: d }, (_, i) => Array.from({ length: i }, (_, j) => [j, i])).flat(),
  ];
  const terms = sets.map((on, i) => ({
    on,
    coefficient:
      (uniformAt(SIGNS_SEED, STREAMS.target, 0, i) < 0.5 ? -1 : 1) *
      Math.sqrt(on.length === 1 ? linear / d : (1 - linear) / choose(d, 2)),
  }));
  return { kind: 'cube', samples: 2 ** d, terms: terms.filter((t) => t.coefficient !== 0) };
}

/** Θ of one infinitely wide hidden ReLU layer at distances 0 … d. */
const kernelByDistance = (d: number): number[] =>
  Array.from({ length: d + 1 }, (_, h) => reluTangentKernel(1, 1, 1, 1 - (2 * h) / d));

/** Eigenvalues by degree, and the target's power there. */
export function cubeModes({ inputs: d, linear }: CubeTask): Mode[] {
  return cubeSpectrum(kernelByDistance(d)).map((eigenvalue, degree) => ({
    ...{ eigenvalue, multiplicity: choose(d, degree) },
    power: degree === 1 ? linear : degree === 2 ? 1 - linear : 0,
  }));
}

/** Kernel regression on the samples that a seed draws. */
export interface CubeRegression {
  /** Corners held out, in the order of the table. */
  readonly heldOut: readonly number[];
  /** Predictions at some corners after so many steps. */
  at(corners: readonly number[], steps: number): number[];
  /** Mean square error over all corners, after each of these numbers of steps. */
  errors(steps: readonly number[]): number[];
}

/** A few results of a pure function by key: the oldest is forgotten first. */
function remembered<T>(most: number): (key: string, make: () => T) => T {
  const known = new Map<string, T>();
  return (key, make) => {
    const found = known.get(key) ?? make();
    known.delete(key);
    known.set(key, found);
    const [oldest] = known.keys();
    if (known.size > most && oldest !== undefined) known.delete(oldest);
    return found;
  };
}

const targets = remembered<Float32Array>(16);
const regressions = remembered<CubeRegression>(64);
const means = remembered<readonly Mean[]>(256);

const targetOf = (task: CubeTask) =>
  targets(`${task.inputs} ${task.linear}`, () => madeSet(cubeData(task), task.inputs, 1).y);

/** @param rate η of ½ mean r² */
export const cubeRegression = (task: CubeTask, seed: number, rate: number): CubeRegression =>
  regressions(JSON.stringify([task, seed, rate]), () => regressionOf(task, seed, rate));

function regressionOf(task: CubeTask, seed: number, rate: number): CubeRegression {
  const target = targetOf(task);
  const rows = distinctRows(seed, task.samples, target.length);
  const trained = new Set(rows);
  const byDistance = kernelByDistance(task.inputs);
  const aims = Array.from(rows, (i) => target[i] ?? 0);
  const descent = kernelDescent(cubeGram(byDistance, rows, rows), aims, rate);
  const corners = [...target.keys()];
  const at = (where: readonly number[], steps: number) =>
    predictionsOf(cubeGram(byDistance, where, rows), descent(steps));
  return {
    heldOut: corners.filter((i) => !trained.has(i)),
    at,
    errors: (steps) => {
      const cross = cubeGram(byDistance, corners, rows);
      return steps.map((t) =>
        mean(predictionsOf(cross, descent(t)).map((f, i) => (f - (target[i] ?? 0)) ** 2)),
      );
    },
  };
}

export interface Mean {
  readonly value: number;
  /** Standard error of the value. */
  readonly error: number;
}

/** Seeds of draws that stand for all: far from those that people count from. */
const DRAW_SEEDS = 3_000_000_000;

/** Means over draws of the training samples of the regression's error, after each of these numbers of steps. */
export const meanErrors = (
  task: CubeTask,
  rate: number,
  steps: readonly number[],
  draws: number,
): readonly Mean[] =>
  means(JSON.stringify([task, rate, steps, draws]), () => {
    const all = Array.from({ length: draws }, (_, i) =>
      regressionOf(task, DRAW_SEEDS + i, rate).errors(steps),
    );
    return steps.map((_, t) => {
      const errors = all.map((own) => own[t] ?? Number.NaN);
      const value = mean(errors);
      const variance = mean(errors.map((e) => (e - value) ** 2)) / (draws - 1);
      return { value, error: Math.sqrt(variance) };
    });
  });
