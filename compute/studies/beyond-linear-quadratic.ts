/**
 * Networks of quadratic units in the study beyond-linear. A teacher of r units is a quadratic form of rank r. A student
 * with as many units as inputs can be any positive form, and is trained on n samples at once; its loss has no bad
 * minimum (Sarao Mannelli, Vanden-Eijnden & Zdeborová 2020, arXiv:2006.15459), so it recovers the teacher as soon as no
 * other positive form fits the samples. For forms of any sign that takes as many samples as they have numbers,
 * d(d + 1)/2. Positive ones of rank one are recovered from a number in proportion to d (Candès & Li 2014,
 * arXiv:1208.6247). We know no theorem that says how many exactly at finite d. The unit here is the number of free
 * numbers of a form of rank r + 1, n₀ = (r + 1)d − r(r + 1)/2: on fewer samples there are as many equations as a teacher
 * and one more unit beside it can meet. It is a count, not a bound: other positive forms may be there above it, of
 * higher rank, and none below it, as squares must be positive. Of given samples it can be decided without training
 * whether the teacher is the only form: the tests do (`only-form.testkit.ts`), and no run recovers it where it is not.
 */
import { HYPER, MLP } from '../programs/program.ts';
import { averageScales } from '../programs/scales.ts';
import { number } from './criteria.ts';
import type { Config, PlanOptions, RunPlan, RunRecord, Stage, Summary } from './study.ts';
import { valueAt } from './traces.ts';

/** What the two kinds of trainings do not share: each has values there that no grid may give it. */
export const STAGES: readonly Stage[] = [
  {
    ...{ id: 'online', label: 'trainings that see every input once', after: [] },
    fixed: { inputs: 0, rank: 0, samples: 0 },
  },
  {
    ...{ id: 'quadratic', label: 'quadratic networks on fixed samples', after: [] },
    fixed: { task: 'none', dimension: 0 },
  },
];

export const isQuadratic = ({ inputs }: Config): boolean => Number(inputs) > 0;

export const inputsOf = (config: Config) => number(config, 'inputs');
export const rankOf = (config: Config) => number(config, 'rank');
/** n over n₀. */
export const multipleOf = (config: Config) => number(config, 'samples');

/** n₀: free numbers of a symmetric d × d matrix of rank r + 1. */
export const countOf = (d: number, r: number) => (r + 1) * d - (r * (r + 1)) / 2;

/** The samples of a run. */
export const samplesOf = (config: Config) =>
  Math.round(multipleOf(config) * countOf(inputsOf(config), rankOf(config)));

/** A teacher is recovered when what is left of the variance of held-out targets is less. */
export const RECOVERED = 0.01;

/** Samples of the table; each run trains on its own of them, and the others are held out. */
const TABLE = 2048;
const DATA_SEED = 20;
/** Of f, not of single weights; times 1/(1 − momentum) it is 0.25, where steepest directions still go down smoothly. */
const [RATE, MOMENTUM] = [0.025, 0.9];
/** Updates an input. What is left of an error that will vanish goes as steps^−2, since r of d directions are to stay. */
const STEPS_AN_INPUT = 300;
const RECORDS = 24;

export function quadraticPlan(config: Config, options: PlanOptions): RunPlan {
  const d = inputsOf(config);
  const layers = [d, d, 1];
  const recordEvery = Math.ceil((number(config, 'length') * STEPS_AN_INPUT * d) / RECORDS);
  return {
    program: {
      ...{ ...MLP, layers, scales: averageScales(layers), activation: 'square' },
      data: {
        ...{ kind: 'quadratic-teacher', seed: DATA_SEED, samples: TABLE, rank: rankOf(config) },
        ...(options.null ? { labels: 'shuffled' } : {}),
      },
      train: { count: samplesOf(config), draw: 'run' },
      observe: ['loss', 'testLoss'],
      ...{ steps: RECORDS * recordEvery, recordEvery, checkpointEvery: 2 * recordEvery },
    },
    hyper: { ...HYPER, learningRate: number(config, 'rate') * RATE, momentum: MOMENTUM },
  };
}

/**
 * What a run leaves of the variance of targets, held out or trained on, at a record, the last one by default: the mean
 * of r squares has variance 2/r, and the loss is half of the mean square.
 */
export const leftAt = (run: RunRecord, column: 'loss' | 'testLoss', row = -1): number =>
  rankOf(run.config) * valueAt(run, column, row);

export function quadraticSummary(run: RunRecord): Summary {
  const left = run.outcome.kind === 'completed' ? leftAt(run, 'testLoss') : Number.NaN;
  const known = Number.isFinite(left);
  return { unexplained: known ? left : null, recovered: known ? Number(left < RECOVERED) : null };
}
