/** The grid of a study: checked against its parameters, crossed into cells, planned into runs. */
import { type PlannedRun, packRuns } from '../engines/pack.ts';
import { stageOf, stagesOf } from './stages.ts';
import type {
  Config,
  Grid,
  ParamSpec,
  ParamValue,
  PlanOptions,
  RunAt,
  Stage,
  Study,
} from './study.ts';

export type GridCheck =
  | { readonly ok: true; readonly grid: Grid }
  | { readonly ok: false; readonly message: string };

/**
 * A grid as the study can run it: parameters that are left out get the default grid's values,
 * repeated values are merged. Refuses what the study does not know, with a sentence.
 */
export function checkGrid(study: Study, input: Grid): GridCheck {
  const known = new Set(study.params.map((p) => p.name));
  const unknown = Object.keys(input.params).find((name) => !known.has(name));
  if (unknown !== undefined) {
    const names = [...known].join(', ');
    return refuse(`The study ${study.id} has no parameter “${unknown}”. It has: ${names}.`);
  }
  const params: Record<string, readonly ParamValue[]> = {};
  for (const spec of study.params) {
    const values = [
      ...new Set(input.params[spec.name] ?? study.grids.default.params[spec.name] ?? []),
    ];
    if (values.length === 0) return refuse(`Give at least one value for ${spec.label}.`);
    for (const value of values) {
      const problem = problemOf(spec, value);
      if (problem !== null) return refuse(problem);
    }
    params[spec.name] = values;
  }
  if (input.seeds.length === 0) return refuse('Give at least one seed.');
  const badSeed = input.seeds.find((s) => !Number.isInteger(s) || s < 0 || s > 2 ** 32 - 1);
  if (badSeed !== undefined)
    return refuse(`The seed ${badSeed} is not a whole number from 0 to 4294967295.`);
  return { ok: true, grid: { params, seeds: [...new Set(input.seeds)] } };
}

function refuse(message: string): GridCheck {
  return { ok: false, message };
}

function problemOf(spec: ParamSpec, value: ParamValue): string | null {
  if (spec.kind === 'choice') {
    const choices = spec.choices.map((c) => c.value);
    return choices.includes(String(value))
      ? null
      : `${spec.label} cannot be “${value}”. Choose from: ${choices.join(', ')}.`;
  }
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    return `${spec.label} must be a number, not “${value}”.`;
  }
  if (spec.integer && !Number.isInteger(value))
    return `${spec.label} must be a whole number, not ${value}.`;
  return value < spec.min || value > spec.max
    ? `${spec.label} must lie between ${spec.min} and ${spec.max}; ${value} does not.`
    : null;
}

/** How many cells a grid has: a stranger's may have more than anybody can write down. */
export const cellCount = (study: Study, grid: Grid): number =>
  stagesOf(study).reduce(
    (all, { fixed }) =>
      all +
      study.params.reduce(
        (n, { name }) => n * (fixed[name] === undefined ? (grid.params[name] ?? []).length : 1),
        1,
      ),
    0,
  );

/** Stage by stage every combination of the values that mean something to it, first parameter slowest. */
export function cellsOf(study: Study, grid: Grid): readonly Config[] {
  return stagesOf(study).flatMap((stage) => crossed(study, stage, grid));
}

const crossed = (study: Study, { fixed }: Stage, grid: Grid): readonly Config[] =>
  study.params.reduce<readonly Config[]>(
    (cells, { name }) => {
      const own = fixed[name];
      const values = own === undefined ? (grid.params[name] ?? []) : [own];
      return cells.flatMap((cell) => values.map((value) => ({ ...cell, [name]: value })));
    },
    [{}],
  );

/** The grid with more values and seeds, behind those that it has. Refused if nothing is new. */
export function extendGrid(study: Study, grid: Grid, more: Grid): GridCheck {
  const names = new Set([...Object.keys(grid.params), ...Object.keys(more.params)]);
  const params = Object.fromEntries(
    [...names].map((n) => [n, [...(grid.params[n] ?? []), ...(more.params[n] ?? [])]]),
  );
  const checked = checkGrid(study, { params, seeds: [...grid.seeds, ...more.seeds] });
  if (!checked.ok) return checked;
  const size = (g: Grid) =>
    Object.values(g.params).reduce((n, values) => n + values.length, g.seeds.length);
  return size(checked.grid) > size(grid)
    ? checked
    : refuse('All of that is in the grid already: give a value or a seed that is new.');
}

/** The cells of an extended grid: those that there are keep their places, the new ones follow. */
export function extendedCells(
  study: Study,
  cells: readonly Config[],
  grid: Grid,
): readonly Config[] {
  const key = (config: Config) => JSON.stringify(study.params.map(({ name }) => config[name]));
  const known = new Set(cells.map(key));
  return [...cells, ...cellsOf(study, grid).filter((config) => !known.has(key(config)))];
}

/** Every run of these cells, with the runs that it stands on. Throws if one of those is not among them. */
export function plannedRuns(
  study: Study,
  cells: readonly Config[],
  seeds: readonly number[],
  options: PlanOptions,
): readonly PlannedRun[] {
  const key = (config: Config) => JSON.stringify(study.params.map(({ name }) => config[name]));
  const places = new Map(cells.map((config, cell) => [key(config), cell]));
  const among = new Set(seeds);
  const placeOf = ({ config, seed }: RunAt) => {
    const cell = places.get(key(config));
    if (cell === undefined || !among.has(seed))
      throw new Error(`A run of ${study.id} stands on one that is not in the grid.`);
    return { cell, seed };
  };
  return cells.flatMap((config, cell) => {
    const plan = study.plan(config, options);
    const stage = stageOf(study, config);
    return seeds.map((seed, repeat): PlannedRun => {
      const run = { cell, seed, repeat, plan };
      return stage.inputs === undefined
        ? run
        : { ...run, inputs: stage.inputs(config, seed).map(placeOf) };
    });
  });
}

/** Every run of a grid, stage by stage, in packs of one shape of at most the study's size. */
export function plannedPacks(
  study: Study,
  grid: Grid,
  options: PlanOptions,
): readonly (readonly PlannedRun[])[] {
  const cells = cellsOf(study, grid);
  const planned = plannedRuns(study, cells, grid.seeds, options);
  const stages = cells.map((config) => stageOf(study, config));
  return stagesOf(study).flatMap((stage) =>
    packRuns(
      planned.filter(({ cell }) => stages[cell] === stage),
      study.packSize,
    ),
  );
}
