/** The grid of a study: checked against its parameters, crossed into cells, planned into runs. */
import { type PlannedRun, packRuns } from '../engines/pack.ts';
import type { Config, Grid, ParamSpec, ParamValue, PlanOptions, Study } from './study.ts';

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

/** Every combination of the values, first parameter slowest. */
export function cellsOf(study: Study, grid: Grid): readonly Config[] {
  return study.params.reduce<readonly Config[]>(
    (cells, { name }) =>
      cells.flatMap((cell) =>
        (grid.params[name] ?? []).map((value) => ({ ...cell, [name]: value })),
      ),
    [{}],
  );
}

/** Every run of a grid, in packs of one shape of at most the study's size. */
export function plannedPacks(
  study: Study,
  grid: Grid,
  options: PlanOptions,
): readonly (readonly PlannedRun[])[] {
  const runs = cellsOf(study, grid).flatMap((config, cell) => {
    const plan = study.plan(config, options);
    return grid.seeds.map((seed, repeat): PlannedRun => ({ cell, seed, repeat, plan }));
  });
  return packRuns(runs, study.packSize);
}
