/** Small makers of traces that several studies share. Nothing that is not finite is drawn. */
import type { Config, RunRecord, Trace } from './study.ts';

/** A column at a record, the last one by default; NaN where there is none. */
export const valueAt = (run: RunRecord, column: string, row = -1): number =>
  run.series.columns[column]?.at(row) ?? Number.NaN;

/** A trace of the finite points, in their order; none where there is none. `positive`: for a log axis. */
export function traceOf(
  line: string,
  points: readonly (readonly [x: number, y: number])[],
  positive = false,
): Trace[] {
  const drawn = points.filter(([, y]) => Number.isFinite(y) && (y > 0 || !positive));
  return drawn.length === 0 ? [] : [{ line, x: drawn.map(([x]) => x), y: drawn.map(([, y]) => y) }];
}

/** A column, or what is read off each record, over steps. */
export const curveOf = (
  line: string,
  run: RunRecord,
  of: (row: number) => number,
  positive = false,
): Trace[] =>
  traceOf(
    line,
    [...run.series.steps].map((step, row) => [step, of(row)]),
    positive,
  );

/** When a column first crosses a level, upwards or downwards, between two records by a straight line; null if never. */
export function crossing(
  { series }: RunRecord,
  column: string,
  level: number,
  way: 'up' | 'down',
): number | null {
  const values = series.columns[column] ?? [];
  const beyond = (v: number) => (way === 'up' ? v >= level : v <= level);
  for (const [i, value] of values.entries()) {
    if (!beyond(value)) continue;
    const [before, from, to] = [values[i - 1], series.steps[i - 1], series.steps[i]];
    if (before === undefined || from === undefined || to === undefined)
      return series.steps[i] ?? null;
    return from + ((level - before) / (value - before)) * (to - from);
  }
  return null;
}

/** One point of a run that ended. */
export const pointOf = (line: string, run: RunRecord, x: number, y: number): Trace[] =>
  run.outcome.kind === 'completed' ? traceOf(line, [[x, y]], true) : [];

/** Cells that are alike in what is asked. */
export interface Task {
  /** The first of them. */
  readonly config: Config;
  /** Their indices. */
  readonly cells: readonly number[];
}

/** Cells grouped by these values, in order of first appearance; null: in no group. */
export const tasksOf = (
  cells: readonly Config[],
  of: (config: Config) => readonly unknown[] | null,
): Task[] => {
  const known = new Map<string, { config: Config; cells: number[] }>();
  for (const [i, config] of cells.entries()) {
    const values = of(config);
    if (values === null) continue;
    const key = JSON.stringify(values);
    const task = known.get(key);
    if (task === undefined) known.set(key, { config, cells: [i] });
    else task.cells.push(i);
  }
  return [...known.values()];
};

/** The first config of each that differs in these values. */
export const distinctBy = (
  cells: readonly Config[],
  of: (config: Config) => readonly unknown[],
): Config[] => tasksOf(cells, of).map(({ config }) => config);

/** A trace point by point: where each goes, and the curve that it should lie on. */
export const moved = (
  line: string,
  { x, y }: Trace,
  to: (x: number, y: number) => readonly [x: number, y: number],
): Trace => {
  const points = x.map((v, i) => to(v, y[i] ?? Number.NaN));
  return { line, x: points.map(([v]) => v), y: points.map(([, v]) => v) };
};

/** Values from the least to the largest of these, in equal ratios, for a line over a plane. */
export const between = (values: readonly number[], points = 33): number[] => {
  const [from, to] = [Math.min(...values), Math.max(...values)];
  return Array.from({ length: points }, (_, i) => from * (to / from) ** (i / (points - 1)));
};

/** The ends of a line over all these values, with some room on a log axis. */
export const spanOf = (values: readonly number[]): [number, number] => [
  Math.min(...values) / 1.5,
  Math.max(...values) * 1.5,
];
