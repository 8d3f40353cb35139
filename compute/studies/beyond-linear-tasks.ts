/**
 * The tasks of the study beyond-linear, and what theory says of each before any run: order parameters of committee
 * machines over α = steps/d, and the overlap of a single-index model over steps.
 */
import { generalizationError, orderParametersAt, startOf } from '../analysis/committee.ts';
import {
  type DriftCurve,
  driftCurve,
  driftTime,
  type SingleIndexDrift,
} from '../analysis/escape.ts';
import { remembered } from '../analysis/remembered.ts';
import { orderColumn } from '../programs/program.ts';
import { number } from './criteria.ts';
import type { Config } from './study.ts';

/** K teachers and M students with sigmoids. */
export interface CommitteeTask {
  readonly kind: 'committee';
  readonly label: string;
  readonly students: number;
  readonly teachers: number;
  /** η, of J ← J + (η/d) δ x. */
  readonly rate: number;
}

/** One direction u, and h_k(u·x) of it. */
export interface IndexTask {
  readonly kind: 'single-index';
  readonly label: string;
  readonly degree: number;
  /** η d^power is this. */
  readonly rate: number;
  readonly power: number;
  /** Runs of length 1 last so many times what the drift alone takes: long where that costs little. */
  readonly patience: number;
  /** What the escape time goes as, in words. */
  readonly scale: string;
}

export type Task = CommitteeTask | IndexTask;

/**
 * Step sizes: of committees so large that the plateau and the way out of it fit into α = 60, and so small that the
 * teacher is a fixed point that attracts; of single-index models as in the paper, with a prefactor at which noise is
 * a tenth of the signal or so (`escape.ts`).
 */
export const TASKS: Readonly<Record<string, Task>> = {
  committee: {
    ...{ kind: 'committee', label: 'committee, K = M = 2', students: 2, teachers: 2, rate: 1.5 },
  },
  wide: {
    ...{ kind: 'committee', label: 'committee, K = 2, M = 3', students: 3, teachers: 2, rate: 1 },
  },
  linear: {
    ...{ kind: 'single-index', label: 'single index, k = 1', degree: 1, rate: 0.2, power: 1 },
    ...{ patience: 4, scale: 'd' },
  },
  quadratic: {
    ...{ kind: 'single-index', label: 'single index, k = 2', degree: 2, rate: 0.3, power: 1 },
    ...{ patience: 4, scale: 'd log d' },
  },
  cubic: {
    ...{ kind: 'single-index', label: 'single index, k = 3', degree: 3, rate: 0.05, power: 1.5 },
    ...{ patience: 1.5, scale: 'd²' },
  },
};

export function taskOf(config: Config): Task {
  const task = TASKS[String(config.task)];
  if (task === undefined) throw new RangeError(`There is no task “${config.task}”.`);
  return task;
}

export const dimensionOf = (config: Config) => number(config, 'dimension');

/** η of the task's own update. */
export function rateOf(config: Config): number {
  const task = taskOf(config);
  const factor = number(config, 'rate');
  return task.kind === 'committee'
    ? factor * task.rate
    : (factor * task.rate) / dimensionOf(config) ** task.power;
}

/** Length of students, and cosine with their teacher, at the start of a committee. */
export const START = { norm: 0.5, overlap: 0.4 } as const;
/** α between two records, and α at the end of a run of length 1. */
const [ALPHA_STEP, ALPHA_END] = [2, 60];
/** A single-index model has found its direction when it has so much of it. */
export const FOUND = 0.7;
/** Records of a single-index model in the time that the drift alone takes. */
const RECORDS = 40;
/**
 * Trainings that make one run: its numbers are their mean, or median. Times to find a direction scatter by a third,
 * and with eleven of them five may be missing before the median is.
 */
export const REPLICAS = { committee: 8, 'single-index': 11 } as const;
/** No run is longer. */
const MOST_STEPS = 1_000_000;

/**
 * Overlap of a single-index model at the start: two standard deviations of a random direction's. It goes as d^−½ like
 * the typical one, and what chance adds in the first steps is half as much beside it.
 */
export const firstOverlap = (config: Config) => 2 / Math.sqrt(dimensionOf(config));

/** Steps, and between records. */
export function scheduleOf(config: Config): { steps: number; recordEvery: number } {
  const length = number(config, 'length');
  const task = taskOf(config);
  if (task.kind === 'committee') {
    const recordEvery = ALPHA_STEP * dimensionOf(config);
    return {
      recordEvery,
      steps: Math.max(1, Math.round((length * ALPHA_END) / ALPHA_STEP)) * recordEvery,
    };
  }
  const time = escapeTime(config);
  return {
    recordEvery: Math.max(1, Math.round(time / RECORDS)),
    steps: Math.max(1, Math.min(MOST_STEPS, Math.ceil(length * task.patience * time))),
  };
}

/** α of the records of a committee. */
export function alphasOf(config: Config): number[] {
  const { steps, recordEvery } = scheduleOf(config);
  return Array.from({ length: steps / recordEvery + 1 }, (_, i) => i * ALPHA_STEP);
}

const trajectories = remembered<Readonly<Record<string, number>>[]>(16);

/** Order parameters in infinite dimension at these α, and the loss that follows from them, by column name. */
export function orderTheory(
  config: Config,
  task: CommitteeTask,
  alphas: readonly number[],
): Readonly<Record<string, number>>[] {
  const { students, teachers } = task;
  const rate = rateOf(config);
  const key = JSON.stringify([students, teachers, rate, alphas.length, alphas.at(-1)]);
  return trajectories(key, () => {
    const start = startOf(students, teachers, START.norm, START.overlap);
    return orderParametersAt(start, rate, alphas).map(({ r, q }) =>
      Object.fromEntries([
        ['loss', generalizationError({ r, q })] as const,
        ...r.flatMap((row, i) => row.map((v, n) => [orderColumn('R', i, n), v] as const)),
        ...q.flatMap((row, i) =>
          row.slice(0, i + 1).map((v, k) => [orderColumn('Q', i, k), v] as const),
        ),
      ]),
    );
  });
}

const driftOf = (config: Config): SingleIndexDrift => {
  const task = taskOf(config);
  if (task.kind === 'committee') throw new RangeError('A committee has more than one direction.');
  return { degree: task.degree, dimension: dimensionOf(config), rate: rateOf(config) };
};

/** Steps until a single-index model has found its direction, by drift alone. */
export const escapeTime = (config: Config): number =>
  driftTime(driftOf(config), firstOverlap(config), FOUND);

/** The overlap on its way there, at as many points as a picture shows. */
export const escapeCurve = (config: Config): DriftCurve =>
  driftCurve(driftOf(config), firstOverlap(config), FOUND, 24);
