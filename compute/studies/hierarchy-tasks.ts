/**
 * The random hierarchies of the study universal-data: which there are, how much data their law says that it takes to
 * learn one, and how networks are trained on one.
 *
 * There are as many classes as symbols, and at most half of the tuples stand for something. Where there were half as many
 * classes (n_c = 4 of v = 8, m = 4, L = 3) it took 4.7 n_c m^L strings, and where every tuple stands for something
 * (v = m = 4, L = 3) 4.3, against 2.5 to 3.5: the law's prefactor hangs on both, and is not what is judged here. Trials on seeds 1 and 101 chose the network and
 * its training. A fully connected one (three layers of 128 ReLU, Adam) errs two thirds as often as guessing with the data
 * that suffice the convolutional one of the paper (n_c = 8, m = 4, L = 3), and from m = 2 to 4 needs thirty times the
 * data where the law says eight. Of 64 channels: 32 do not fit the training data in time, 128 err alike; and so do
 * twice as many passes over the data.
 */
import { type HierarchyTask, stringsOf } from '../programs/hierarchy.ts';
import { HYPER } from '../programs/program.ts';
import type { Config, PlanOptions, RunPlan } from './study.ts';

/** Numbers of symbols v, which are those of classes n_c too, of synonyms m, and of levels L. */
const SIZES = [
  [4, 2, 3],
  [8, 2, 3],
  [4, 2, 4],
  [8, 2, 4],
  [6, 3, 3],
  [6, 3, 4],
  [8, 4, 3],
] as const;

export interface Hierarchy {
  readonly id: string;
  readonly label: string;
  readonly task: HierarchyTask;
}

export const HIERARCHIES: readonly Hierarchy[] = SIZES.map(([symbols, synonyms, levels]) => ({
  id: `hierarchy-${symbols}-${synonyms}-${levels}`,
  label: `hierarchy, n_c = ${symbols}, m = ${synonyms}, L = ${levels}`,
  task: { classes: symbols, symbols, synonyms, levels, tuple: 2, labels: 'own' },
}));

/** The hierarchy that a cell is of; null where it is of something else. */
export const hierarchyOf = ({ source }: Config): Hierarchy | null =>
  HIERARCHIES.find(({ id }) => id === source) ?? null;

/** n_c m^L: how the data that a deep network needs should grow. */
export const lawOf = ({ classes, synonyms, levels }: HierarchyTask): number =>
  classes * synonyms ** levels;

/** Amounts of data of a learning curve in units of that: each half as much again, the last below all strings. */
const AMOUNTS = [1, 1.5, 2.25, 3.375, 5.0625];
/** Held-out strings that an error is of, where there are so many: 0.1 is then known to 0.01. */
const PROBE = 1024;
const [WIDTH, BATCH, RATE] = [64, 64, 0.01];
/** Passes over the largest amount of data, and updates at least. */
const [PASSES, LEAST_STEPS] = [16, 150];
/** Records of a run after its start. */
const RECORDS = 4;

/** P of each network of a learning curve. */
export const samplesOf = (task: HierarchyTask): number[] =>
  AMOUNTS.map((amount) => Math.round(amount * lawOf(task)));

/** Share that guessing errs. */
export const chanceOf = ({ classes }: HierarchyTask): number => 1 - 1 / classes;

/** @param amount factor on the length of the training, and so on what is drawn from the data */
export function hierarchyPlan({ task }: Hierarchy, amount: number, options: PlanOptions): RunPlan {
  const samples = samplesOf(task);
  const most = Math.max(...samples);
  const steps = Math.ceil(amount * Math.max(LEAST_STEPS, (PASSES * most) / BATCH));
  const every = Math.ceil(steps / RECORDS);
  return {
    program: {
      kind: 'hierarchy',
      task: { ...task, labels: options.null ? 'shuffled' : 'own' },
      ...{ width: WIDTH, samples, batch: BATCH },
      probe: Math.min(PROBE, stringsOf(task) - most),
      ...{ steps, recordEvery: every, checkpointEvery: every },
    },
    hyper: { ...HYPER, learningRate: RATE, momentum: 0.9 },
  };
}
