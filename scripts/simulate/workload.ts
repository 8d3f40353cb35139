/**
 * The work: as many investigations of a real study as it takes, with the runs of each in the order in
 * which they are wanted (S2). The schedule is thinned to a row a checkpoint, which leaves the panels
 * and the analysis as they are.
 */
import type { LinearSpec } from '../../compute/programs/program.ts';
import { deepLinear } from '../../compute/studies/deep-linear.ts';
import { cellsOf } from '../../compute/studies/registry.ts';
import type { Config, Grid, Study } from '../../compute/studies/study.ts';
import { scheduledSteps } from '../../server/validate.ts';
import type { Chance } from './chance.ts';
import type { SimulatedRun } from './training.ts';

export const STUDY: Study = deepLinear;

/** Such runs diverge, of whoever trains them. */
const DIVERGING = 0.02;
/** Eight shapes (the rate sets the number of steps), ten cells each. */
const PARAMS: Grid['params'] = {
  depth: [2],
  learningRate: [0.003, 0.0035, 0.004, 0.005, 0.006, 0.007, 0.0085, 0.01],
  initScale: [0.01, 0.012, 0.014, 0.017, 0.02, 0.024, 0.028, 0.034, 0.04, 0.05],
  ...{ init: ['aligned'], width: [16], horizon: [7] },
};
const SEEDS = 25;

export interface Planned {
  readonly cells: readonly Config[];
  /** First seeds of all cells before second ones. */
  readonly runs: readonly SimulatedRun[];
}

/** Investigations with `count` runs altogether; the last may be cut short. */
export function planWork(count: number, chance: Chance): readonly Planned[] {
  const grid: Grid = { params: PARAMS, seeds: Array.from({ length: SEEDS }, (_, i) => i + 1) };
  const cells = cellsOf(STUDY, grid);
  const plans = cells.map((config) => {
    const { program, hyper } = STUDY.plan(config, { null: false });
    if (program.kind !== 'linear') throw new Error('The simulated study trains linear networks.');
    return { config, hyper, program: thinned(program) };
  });
  const each = cells.length * SEEDS;
  return Array.from({ length: Math.ceil(count / each) }, (_, investigation) => {
    const planned = grid.seeds.flatMap((seed, repeat) =>
      plans.map((plan, cell): SimulatedRun => {
        const steps = scheduledSteps(plan.program);
        const diverges = chance.happens(DIVERGING);
        const at = 1 + Math.floor(chance.uniform() * (steps.length - 1));
        const id = `${investigation}/${cell}/${seed}`;
        const divergesAt = diverges ? (steps[at] ?? null) : null;
        return { ...plan, id, investigation, cell, repeat, seed, divergesAt };
      }),
    );
    return { cells, runs: planned.slice(0, count - investigation * each) };
  });
}

/** Programs of one shape are one object, so that they can be told apart by it. */
const shapes = new Map<string, LinearSpec>();

function thinned(program: LinearSpec): LinearSpec {
  const thin = { ...program, recordEvery: program.checkpointEvery };
  const key = JSON.stringify(thin);
  const known = shapes.get(key) ?? thin;
  shapes.set(key, known);
  return known;
}
