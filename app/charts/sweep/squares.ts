/** The plane of two parameters: which cells and runs stand in each square. The other parameters are pooled. Pure. */
import type { ParamValue } from '../../../compute/studies/study.ts';
import type { CellView, RunView } from '../../../server/protocol.ts';
import { paramWords, type SweepParam, valueIn } from './axes.ts';

export interface Square {
  readonly column: number;
  /** From the bottom. */
  readonly row: number;
  readonly cells: readonly CellView[];
  readonly runs: readonly RunView[];
  /** "η 0.1, N 128". */
  readonly where: string;
}

export interface Plane {
  readonly x: SweepParam;
  /** Null where one parameter varies only: there is a single row. */
  readonly y: SweepParam | null;
  /** Row by row from the bottom, each from the left; a square without a cell is there too. */
  readonly squares: readonly Square[];
}

/** All squares of the plane, those without any cell too. */
export function planeOf(
  cells: readonly CellView[],
  runs: readonly RunView[],
  x: SweepParam,
  y: SweepParam | null,
): Plane {
  const columns = new Map(x.values.map((value, i) => [value, i]));
  const rows: ReadonlyMap<ParamValue | undefined, number> =
    y === null ? new Map() : new Map(y.values.map((value, i) => [value, i]));
  const height = y?.values.length ?? 1;
  const at = (cell: CellView) => {
    const column = columns.get(valueIn(cell.config, x) ?? '');
    const row = y === null ? 0 : rows.get(valueIn(cell.config, y));
    return column === undefined || row === undefined ? null : row * x.values.length + column;
  };
  const places = new Map(cells.map((cell) => [cell.index, at(cell)]));
  const within = Array.from({ length: x.values.length * height }, () => ({
    cells: [] as CellView[],
    runs: [] as RunView[],
  }));
  for (const cell of cells) within[places.get(cell.index) ?? -1]?.cells.push(cell);
  for (const run of runs) within[places.get(run.cell) ?? -1]?.runs.push(run);
  return {
    ...{ x, y },
    squares: within.map((square, i) => {
      const [column, row] = [i % x.values.length, Math.floor(i / x.values.length)];
      const where = [
        paramWords(x, x.values[column] ?? ''),
        ...(y === null ? [] : [paramWords(y, y.values[row] ?? '')]),
      ].join(', ');
      return { ...square, column, row, where };
    }),
  };
}

/**
 * Where a value lies among the columns or rows, which are evenly spaced: 0 is the first's middle. Between two
 * it is placed by the parameter's own scale; up to half a square beyond the outermost; else NaN.
 */
export function placeOf({ values, scale }: SweepParam, value: number): number {
  const measure = scale === 'log' ? Math.log : (v: number) => v;
  const at = values.map((v) => measure(Number(v)));
  const [v, last] = [measure(value), at.length - 1];
  const next = at.findIndex((a) => a >= v);
  const high = Math.min(last, Math.max(1, next < 0 ? last : next));
  const [a = Number.NaN, b = Number.NaN] = [at[high - 1], at[high]];
  const place = high - 1 + (v - a) / (b - a);
  return place >= -0.5 && place <= last + 0.5 ? place : Number.NaN;
}
