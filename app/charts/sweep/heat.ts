/** A heat map: the mean of one summary over the plane of two parameters. Pure. */
import { mean, tInterval } from '../../../compute/analysis/stats.ts';
import type { CellView, RunView } from '../../../server/protocol.ts';
import { formatNumber, plural } from '../../ui/text.ts';
import { type SweepParam, type SweepSummary, summaryOf } from './axes.ts';
import { planeOf, type Square } from './squares.ts';

export interface HeatSquare extends Square {
  /** Runs that have the summary. */
  readonly n: number;
  readonly mean: number | null;
  /** 95% interval of the mean over these runs; null below two. */
  readonly interval: readonly [number, number] | null;
  readonly diverged: number;
  /** Place of the mean between the least and the largest of all, 0 to 1, on the summary's scale. */
  readonly part: number | null;
}

export interface HeatMap {
  readonly squares: readonly HeatSquare[];
  /** Least and largest mean; null while there is none. */
  readonly range: readonly [number, number] | null;
}

/** Means over all runs of each square: seeds, and cells that differ in another parameter. */
export function heatOf(
  cells: readonly CellView[],
  runs: readonly RunView[],
  x: SweepParam,
  y: SweepParam | null,
  summary: SweepSummary,
): HeatMap {
  const squares = planeOf(cells, runs, x, y).squares.map((square) => {
    const values = square.runs.flatMap((run) => summaryOf(run, summary) ?? []);
    return {
      ...{ ...square, n: values.length, mean: values.length === 0 ? null : mean(values) },
      interval: tInterval(values),
      diverged: square.runs.filter((r) => r.outcome.kind === 'diverged').length,
    };
  });
  const means = squares.flatMap((s) => s.mean ?? []);
  if (means.length === 0)
    return { squares: squares.map((s) => ({ ...s, part: null })), range: null };
  const range = [Math.min(...means), Math.max(...means)] as const;
  const measure = summary.scale === 'log' ? Math.log : (v: number) => v;
  const [low, high] = range.map(measure) as [number, number];
  const part = (value: number | null) =>
    value === null ? null : high > low ? (measure(value) - low) / (high - low) : 0.5;
  return { squares: squares.map((s) => ({ ...s, part: part(s.mean) })), range };
}

/** A square in words. */
export function heatWords(square: HeatSquare, { label }: SweepSummary): string {
  const { where, n, mean: value, interval, diverged } = square;
  const lost = diverged === 0 ? '' : `; ${plural(diverged, 'run')} diverged`;
  if (square.cells.length === 0) return `${where}: no such cell in this grid.`;
  if (value === null) return `${where}: no run has this yet${lost}.`;
  const spread =
    interval === null
      ? 'one run, no interval'
      : `95% interval ${formatNumber(interval[0])} to ${formatNumber(interval[1])}, ${plural(n, 'run')}`;
  const pooled = square.cells.length > 1 ? ` of ${plural(square.cells.length, 'cell')}` : '';
  return `${where}: ${label} ${formatNumber(value)} (${spread}${pooled})${lost}.`;
}
