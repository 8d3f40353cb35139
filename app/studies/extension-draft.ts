/** The form that extends an investigation, as text a person typed, and what it adds. Pure. */
import { cellCount, cellsOf, extendGrid } from '../../compute/studies/grid.ts';
import type { Grid, ParamSpec, ParamValue, Study } from '../../compute/studies/study.ts';
import { LIMITS, runSteps, tooLarge } from '../../server/vocabulary.ts';

import { type GridDraft, readIntegers, readParam } from './grid-draft.ts';

export type ExtensionReading =
  | { readonly kind: 'empty' }
  | {
      readonly kind: 'ready';
      /** What was typed: the values and seeds to add. */
      readonly more: Grid;
      /** What is new. */
      readonly cells: number;
      readonly runs: number;
      readonly runSteps: number;
    }
  | {
      readonly kind: 'wrong';
      /** By parameter name, `seeds` for the seeds. */
      readonly fields: Readonly<Record<string, string>>;
      readonly message: string | null;
    };

export const emptyExtension: GridDraft = { texts: {}, ticked: {}, seeds: '' };

/** The parameters to which a value can be added, choices without those that are in the grid. */
export function extensible(study: Study, grid: Grid): readonly ParamSpec[] {
  return study.params.flatMap((param): ParamSpec[] => {
    if (param.kind === 'number') return [param];
    const choices = param.choices.filter((c) => !grid.params[param.name]?.includes(c.value));
    return choices.length === 0 ? [] : [{ ...param, choices }];
  });
}

/** What the draft adds to this grid, and its cost; or what is wrong where. */
export function readExtension(
  study: Study,
  grid: Grid,
  draft: GridDraft,
  isNull: boolean,
): ExtensionReading {
  const fields: Record<string, string> = {};
  const params: Record<string, readonly ParamValue[]> = {};
  for (const param of extensible(study, grid)) {
    const text = draft.texts[param.name]?.trim() ?? '';
    if (text === '' && (draft.ticked[param.name] ?? []).length === 0) continue;
    const read = readParam(param, draft);
    if (typeof read === 'string') fields[param.name] = read;
    else params[param.name] = read;
  }
  const seeds = draft.seeds.trim() === '' ? [] : readIntegers(draft.seeds, LIMITS.seeds);
  if (typeof seeds === 'string') fields.seeds = seeds;
  if (typeof seeds === 'string' || Object.keys(fields).length > 0) {
    return { kind: 'wrong', fields, message: null };
  }
  if (seeds.length === 0 && Object.keys(params).length === 0) return { kind: 'empty' };
  const extended = extendGrid(study, grid, { params, seeds });
  if (!extended.ok) return { kind: 'wrong', fields, message: extended.message };
  const message = tooLarge(cellCount(study, extended.grid), extended.grid.seeds.length);
  if (message !== null) return { kind: 'wrong', fields, message };
  const [before, after] = [sizeOf(study, grid, isNull), sizeOf(study, extended.grid, isNull)];
  return {
    kind: 'ready',
    more: { params, seeds },
    cells: after.cells - before.cells,
    runs: after.runs - before.runs,
    runSteps: after.runSteps - before.runSteps,
  };
}

function sizeOf(study: Study, grid: Grid, isNull: boolean) {
  const cells = cellsOf(study, grid);
  const repeats = grid.seeds.length;
  const steps = cells.map((c) => runSteps(study.plan(c, { null: isNull }).program, repeats));
  return {
    cells: cells.length,
    runs: cells.length * repeats,
    runSteps: steps.reduce((sum, s) => sum + s, 0),
  };
}
