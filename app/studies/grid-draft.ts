/**
 * The form that opens an investigation, as text a person typed, and the grid it means. Pure: typed
 * lists are read here, bounds and choices are the study's own check.
 */
import { cellCount, cellsOf, checkGrid } from '../../compute/studies/grid.ts';
import type { Grid, ParamSpec, ParamValue, Study } from '../../compute/studies/study.ts';
import { LIMITS, runSteps, tooLarge } from '../../server/vocabulary.ts';
import { formatNumber } from '../ui/text.ts';

/** Typed text by number parameter, ticked choices by choice parameter, and the seeds as text. */
export interface GridDraft {
  readonly texts: Readonly<Record<string, string>>;
  readonly ticked: Readonly<Record<string, readonly string[]>>;
  readonly seeds: string;
}

export type GridReading =
  | {
      readonly kind: 'ready';
      readonly grid: Grid;
      readonly cells: number;
      readonly runs: number;
      /** Optimizer updates over all runs. */
      readonly runSteps: number;
    }
  | {
      readonly kind: 'wrong';
      /** By parameter name, `seeds` for the seeds. */
      readonly fields: Readonly<Record<string, string>>;
      /** What is wrong with the grid as a whole, or null. */
      readonly message: string | null;
    };

/** The draft that shows this grid. */
export function draftOf(study: Study, grid: Grid): GridDraft {
  const texts: Record<string, string> = {};
  const ticked: Record<string, readonly string[]> = {};
  for (const param of study.params) {
    const values = grid.params[param.name] ?? [];
    if (param.kind === 'number') texts[param.name] = values.join(', ');
    else ticked[param.name] = values.map(String);
  }
  return { texts, ticked, seeds: showSeeds(grid.seeds) };
}

/** What the draft means for this study: a grid and its cost, or what is wrong where. */
export function readDraft(study: Study, draft: GridDraft, isNull: boolean): GridReading {
  const fields: Record<string, string> = {};
  const params: Record<string, readonly ParamValue[]> = {};
  for (const param of study.params) {
    const read = readParam(param, draft);
    if (typeof read === 'string') fields[param.name] = read;
    else params[param.name] = read;
  }
  const seeds = readIntegers(draft.seeds, LIMITS.seeds);
  if (typeof seeds === 'string') fields.seeds = seeds;
  if (typeof seeds === 'string' || Object.keys(fields).length > 0) {
    return { kind: 'wrong', fields, message: null };
  }
  const checked = checkGrid(study, { params, seeds });
  if (!checked.ok) return { kind: 'wrong', fields, message: checked.message };
  const message = tooLarge(cellCount(study, checked.grid), checked.grid.seeds.length);
  if (message !== null) return { kind: 'wrong', fields, message };
  const cells = cellsOf(study, checked.grid);
  const runs = cells.length * checked.grid.seeds.length;
  const steps = cells.reduce(
    (sum, config) =>
      sum + runSteps(study.plan(config, { null: isNull }).program, checked.grid.seeds.length),
    0,
  );
  return { kind: 'ready', grid: checked.grid, cells: cells.length, runs, runSteps: steps };
}

/** The values typed or ticked for a parameter; or the sentence that says what is wrong. */
export function readParam(param: ParamSpec, draft: GridDraft): readonly ParamValue[] | string {
  if (param.kind === 'choice') {
    const ticked = draft.ticked[param.name] ?? [];
    return ticked.length === 0 ? 'Choose at least one.' : ticked;
  }
  const values = readNumbers(draft.texts[param.name] ?? '');
  if (typeof values === 'string') return values;
  if (values.length > LIMITS.valuesPerParam) {
    return `At most ${LIMITS.valuesPerParam} values.`;
  }
  const whole = param.integer ? values.find((v) => !Number.isInteger(v)) : undefined;
  if (whole !== undefined) return `${formatNumber(whole, 8)} is not a whole number.`;
  const outside = values.find((v) => v < param.min || v > param.max);
  if (outside !== undefined) {
    return `${formatNumber(outside, 8)} is outside ${formatNumber(param.min, 8)} … ${formatNumber(param.max, 8)}.`;
  }
  return values;
}

/** Numbers between commas, semicolons or spaces; or the sentence that says what is wrong. */
export function readNumbers(text: string): number[] | string {
  const parts = text.split(/[\s,;]+/).filter((p) => p !== '');
  if (parts.length === 0) return 'Give at least one value.';
  const values: number[] = [];
  for (const part of parts) {
    const value = Number(part.replace('−', '-'));
    if (!Number.isFinite(value)) return `“${part}” is not a number. Separate values by commas.`;
    if (values.includes(value)) return `${part} stands twice.`;
    values.push(value);
  }
  return values;
}

/** Whole numbers from 0, single or as `from..to`; or the sentence that says what is wrong. */
export function readIntegers(text: string, most: number): number[] | string {
  const parts = text
    .replace(/\s*(?:\.\.\.?|…|–)\s*/g, '..')
    .split(/[\s,;]+/)
    .filter((p) => p !== '');
  if (parts.length === 0) return 'Give at least one seed.';
  const values = new Set<number>();
  for (const part of parts) {
    const match = /^(\d{1,10})(?:\.\.(\d{1,10}))?$/.exec(part);
    if (match === null) return `“${part}” is not a seed. Write 1, 2, 3 or 1..5.`;
    const from = Number(match[1]);
    const to = match[2] === undefined ? from : Number(match[2]);
    if (to < from) return `“${part}” runs backwards.`;
    if (to > 2 ** 32 - 1) return 'A seed is below 2³².';
    if (to - from >= most) return `At most ${most} seeds.`;
    for (let seed = from; seed <= to; seed++) {
      if (values.has(seed)) return `Seed ${seed} stands twice.`;
      values.add(seed);
    }
  }
  return values.size > most ? `At most ${most} seeds.` : [...values];
}

/** Seeds as a person would type them: "1..5" where they are consecutive. */
export function showSeeds(seeds: readonly number[]): string {
  const first = seeds[0];
  const last = seeds.at(-1);
  const consecutive = seeds.every((s, i) => i === 0 || s === (seeds[i - 1] ?? 0) + 1);
  return consecutive && seeds.length > 2 ? `${first}..${last}` : seeds.join(', ');
}
