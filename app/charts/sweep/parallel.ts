/** Parallel coordinates: where each run crosses each axis, and which runs lie in every range. Pure. */
import type { Config } from '../../../compute/studies/study.ts';
import type { CellView, RunView } from '../../../server/protocol.ts';
import { type SweepParam, type SweepSummary, summaryOf, valueIn } from './axes.ts';

export type ParallelAxis = SweepParam | SweepSummary;

/** Names of parameters and summaries may be the same. */
export const keyOf = (axis: ParallelAxis): string => `${axis.kind} ${axis.name}`;

/** What is let through on an axis: numbers between two ends (null: open), or some of the choices. */
export type Brush =
  | { readonly kind: 'range'; readonly from: number | null; readonly to: number | null }
  | { readonly kind: 'choices'; readonly values: readonly string[] };

export type Brushes = Readonly<Record<string, Brush>>;

/** One run as a line over the axes. */
export interface ParallelLine {
  readonly run: RunView;
  readonly config: Config;
  /** Its value on each axis; null where it has none. */
  readonly values: readonly (number | string | null)[];
  /** 0 at the bottom of each axis to 1 at its top; null where it has no value. */
  readonly parts: readonly (number | null)[];
}

export interface ParallelScale {
  readonly axis: ParallelAxis;
  /** Ends of the axis, of numbers. */
  readonly domain: readonly [number, number];
}

/** The values of an axis of choices, from the bottom; null of one of numbers. */
export const choicesOf = (axis: ParallelAxis): readonly string[] | null =>
  axis.scale === 'choice' ? axis.values.map(String) : null;

function valueAt(axis: ParallelAxis, run: RunView, config: Config): number | string | null {
  if (axis.kind === 'summary') return summaryOf(run, axis);
  const value = valueIn(config, axis);
  return value === undefined ? null : axis.scale === 'choice' ? String(value) : Number(value);
}

/** Axes over all their values, and each run on them. Runs of unknown cells are left out. */
export function parallelOf(
  axes: readonly ParallelAxis[],
  cells: readonly CellView[],
  runs: readonly RunView[],
): { readonly scales: readonly ParallelScale[]; readonly lines: readonly ParallelLine[] } {
  const configs = new Map(cells.map((c) => [c.index, c.config]));
  const rows = runs.flatMap((run) => {
    const config = configs.get(run.cell);
    if (config === undefined) return [];
    return [{ run, config, values: axes.map((axis) => valueAt(axis, run, config)) }];
  });
  const scales = axes.map((axis, i): ParallelScale => {
    const choices = choicesOf(axis);
    if (choices !== null) return { axis, domain: [0, Math.max(1, choices.length - 1)] };
    const numbers =
      axis.kind === 'param'
        ? axis.values.map(Number)
        : rows.map((r) => r.values[i]).filter((v) => typeof v === 'number');
    if (numbers.length === 0) return { axis, domain: [0, 1] };
    const ends = [
      numbers.reduce((a, b) => Math.min(a, b)),
      numbers.reduce((a, b) => Math.max(a, b)),
    ];
    return { axis, domain: spread(ends as [number, number], axis.scale === 'log') };
  });
  const lines = rows.map((row) => ({
    ...row,
    parts: scales.map((scale, i) => partOf(scale, row.values[i] ?? null)),
  }));
  return { scales, lines };
}

/** An axis on which all are equal gets room on both sides. */
function spread([low, high]: readonly [number, number], log: boolean): [number, number] {
  if (high > low) return [low, high];
  return log ? [low / 2, high * 2] : [low - 1, high + 1];
}

/** Place of a value on its axis, 0 to 1. */
export function partOf(
  { axis, domain: [low, high] }: ParallelScale,
  value: number | string | null,
): number | null {
  if (value === null) return null;
  const choices = choicesOf(axis);
  if (choices !== null) return choices.indexOf(String(value)) / high;
  const measure = axis.scale === 'log' ? Math.log : (v: number) => v;
  return (measure(Number(value)) - measure(low)) / (measure(high) - measure(low));
}

/** The brush of a drag from one place of an axis to another, 0 to 1 each. */
export function brushOf({ axis, domain: [low, high] }: ParallelScale, a: number, b: number): Brush {
  const [from, to] = [Math.max(0, Math.min(a, b)), Math.min(1, Math.max(a, b))];
  const choices = choicesOf(axis);
  if (choices !== null) {
    const values = choices.filter((_, i) => i / high >= from && i / high <= to);
    return { kind: 'choices', values };
  }
  const at = (part: number) => {
    const value = axis.scale === 'log' ? low * (high / low) ** part : low + part * (high - low);
    return Number(value.toPrecision(4));
  };
  return { kind: 'range', from: from === 0 ? null : at(from), to: to === 1 ? null : at(to) };
}

/** Whether a brush lets a value through; a run without a value is through no brush. */
export function letsThrough(brush: Brush, value: number | string | null): boolean {
  if (value === null) return false;
  if (brush.kind === 'choices') return brush.values.includes(String(value));
  const number = Number(value);
  return (brush.from === null || number >= brush.from) && (brush.to === null || number <= brush.to);
}

/** Which lines every brush lets through; all of them without any. */
export function chosenLines(
  axes: readonly ParallelAxis[],
  lines: readonly ParallelLine[],
  brushes: Brushes,
): boolean[] {
  const active = axes.flatMap((axis, i) => {
    const brush = brushes[keyOf(axis)];
    return brush === undefined ? [] : [{ brush, i }];
  });
  return lines.map(({ values }) =>
    active.every(({ brush, i }) => letsThrough(brush, values[i] ?? null)),
  );
}
