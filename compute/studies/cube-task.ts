/**
 * The task of the study ntk: a function on the corners of a cube with known power in each degree of
 * parities, the tangent kernel of infinite width there, and what that kernel's regression predicts for
 * the training samples of a seed, after every step.
 */
import { reluTangentKernel } from '../analysis/arc-cosine.ts';
import { choose, cubeGram, cubeSpectrum } from '../analysis/cube-kernel.ts';
import type { Mode } from '../analysis/eigenlearning.ts';
import { type Regression, regressionOn } from '../analysis/kernel-regression.ts';
import { remembered } from '../analysis/remembered.ts';
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

const targets = remembered<Float32Array>(16);
const means = remembered<readonly Mean[]>(256);

const targetOf = (task: CubeTask) =>
  targets(`${task.inputs} ${task.linear}`, () => madeSet(cubeData(task), task.inputs, 1).y);

/** Regression on the corners that a seed draws. @param rate η of ½ mean r² */
export function cubeRegression(task: CubeTask, seed: number, rate: number): Regression {
  const target = targetOf(task);
  const byDistance = kernelByDistance(task.inputs);
  const gram = (rows: ArrayLike<number>, columns: ArrayLike<number>) =>
    cubeGram(byDistance, rows, columns);
  return regressionOn(gram, target, distinctRows(seed, task.samples, target.length), rate);
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
      cubeRegression(task, DRAW_SEEDS + i, rate).errors(steps),
    );
    return steps.map((_, t) => {
      const errors = all.map((own) => own[t] ?? Number.NaN);
      const value = mean(errors);
      const variance = mean(errors.map((e) => (e - value) ** 2)) / (draws - 1);
      return { value, error: Math.sqrt(variance) };
    });
  });
