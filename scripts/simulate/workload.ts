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
/** A comparison takes a device as long as so many steps, and is one segment. */
const COMPARING_STEPS = 240;

export interface Planned {
  /** What trains from its seed; cells of comparisons follow. */
  readonly cells: readonly Config[];
  readonly comparisons: readonly Config[];
  /** First seeds of all cells before second ones. */
  readonly runs: readonly SimulatedRun[];
}

/**
 * Investigations with `count` runs altogether; the last may be cut short.
 * @param staged with a second stage, which compares networks of neighbouring starts
 */
export function planWork(count: number, chance: Chance, staged: boolean): readonly Planned[] {
  const grid: Grid = { params: PARAMS, seeds: Array.from({ length: SEEDS }, (_, i) => i + 1) };
  const cells = cellsOf(STUDY, grid);
  const plans = cells.map((config) => {
    const { program, hyper } = STUDY.plan(config, { null: false });
    if (program.kind !== 'linear') throw new Error('The simulated study trains linear networks.');
    return { config, hyper, program: thinned(program) };
  });
  const pairs = staged ? neighbours(cells) : [];
  const each = (cells.length + pairs.length) * SEEDS;
  return Array.from({ length: Math.ceil(count / each) }, (_, investigation) => {
    const planned = grid.seeds.flatMap((seed, repeat) => {
      const at = { investigation, repeat, seed };
      const networks = plans.map((plan, cell): SimulatedRun => {
        const steps = scheduledSteps(plan.program);
        const diverges = chance.happens(DIVERGING);
        const which = 1 + Math.floor(chance.uniform() * (steps.length - 1));
        const id = `${investigation}/${cell}/${seed}`;
        const divergesAt = diverges ? (steps[which] ?? null) : null;
        return { ...plan, ...at, id, cell, divergesAt, standsOn: [] };
      });
      const comparisons = pairs.flatMap((pair, i): SimulatedRun[] => {
        const standsOn = pair.flatMap((one) => networks[one] ?? []);
        const [first] = standsOn;
        if (first === undefined) return [];
        const cell = cells.length + i;
        const { config, hyper, program } = { ...first, program: comparing(first.program) };
        const id = `${investigation}/${cell}/${seed}`;
        return [{ ...at, id, cell, config, hyper, program, divergesAt: null, standsOn }];
      });
      return [...networks, ...comparisons];
    });
    return {
      ...{ cells, comparisons: pairs.map(([one]) => cells[one] ?? {}) },
      runs: planned.slice(0, count - investigation * each),
    };
  });
}

/** Cells side by side in their initial scale, of one learning rate. */
const neighbours = (cells: readonly Config[]): readonly (readonly [number, number])[] =>
  cells.flatMap(({ learningRate }, i) =>
    cells[i + 1]?.learningRate === learningRate ? [[i, i + 1] as const] : [],
  );

const comparing = (program: LinearSpec): LinearSpec => {
  const all = COMPARING_STEPS;
  return shapeOf({ ...program, steps: all, recordEvery: all, checkpointEvery: all });
};

const thinned = (program: LinearSpec): LinearSpec =>
  shapeOf({ ...program, recordEvery: program.checkpointEvery });

/** Programs of one shape are one object, so that they can be told apart by it. */
const shapes = new Map<string, LinearSpec>();

function shapeOf(program: LinearSpec): LinearSpec {
  const key = JSON.stringify(program);
  const known = shapes.get(key) ?? program;
  shapes.set(key, known);
  return known;
}
