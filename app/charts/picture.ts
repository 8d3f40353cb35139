/**
 * What a panel draws: theory lines, the means of the cells, single runs, and the series that tell
 * them apart. Pure: from aggregates to points in data space; it computes no statistics.
 */
import type { Config, Panel, Study } from '../../compute/studies/study.ts';
import type { AggregateLine, CellView, RunView } from '../../server/protocol.ts';
import { formatCell } from '../ui/text.ts';
import { isDrawable } from './scale.ts';

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface MeanPoint extends Point {
  /** Ends of the 95% interval; null where one run is no interval. */
  readonly interval: readonly [number, number] | null;
  readonly n: number;
}

interface Line<P extends Point> {
  /** Unique among all lines of the picture. */
  readonly key: string;
  /** What a person reads: the cell, the line, the seed. */
  readonly name: string;
  /** Which series it belongs to, that is its hue and shape; null: to all of them. */
  readonly series: number | null;
  /** x ascends. */
  readonly points: readonly P[];
}

export interface TheoryLine extends Line<Point> {
  readonly kind: 'theory';
  /** Which of the lines that hold for all cells, for its dashes; the first elsewhere. */
  readonly dash: number;
}

export interface MeanLine extends Line<MeanPoint> {
  readonly kind: 'mean';
  /** Every run of its cell has stood up to verification. */
  readonly verified: boolean;
  readonly cell: number;
  readonly line: string;
  readonly series: number;
}

export interface RawLine extends Line<Point> {
  readonly kind: 'raw';
  readonly verified: boolean;
  readonly cell: number;
  readonly line: string;
  readonly run: string;
  readonly series: number;
}

/** What a law gives: a curve with its band, the same before some runs came, or a predicted interval. */
export interface DrawnFit {
  readonly key: string;
  readonly name: string;
  readonly panel: string;
  readonly tone: 'now' | 'before' | 'predicted';
  readonly x: readonly number[];
  readonly y: readonly number[];
  /** Ends of its band; empty where there is none. */
  readonly lo: readonly number[];
  readonly hi: readonly number[];
}

export interface FitLine extends Omit<Line<MeanPoint>, 'series'> {
  readonly tone: DrawnFit['tone'];
}

export type AnyLine = TheoryLine | MeanLine | RawLine;

/** A hue and a shape, and what they stand for. */
export interface Series {
  readonly index: number;
  readonly name: string;
}

export interface Picture {
  readonly theory: readonly TheoryLine[];
  readonly means: readonly MeanLine[];
  readonly raw: readonly RawLine[];
  readonly fits: readonly FitLine[];
  /** Those that are drawn, in the order of their index. */
  readonly series: readonly Series[];
  /** Points of runs that cannot stand on these axes. */
  readonly leftOut: number;
}

export interface PictureInput {
  readonly study: Study;
  readonly panel: Panel;
  readonly isNull: boolean;
  readonly cells: readonly CellView[];
  readonly runs: readonly RunView[];
  /** Cell to isolate, or null for all. */
  readonly isolated: number | null;
  /** Keep it the same object. */
  readonly fits?: readonly DrawnFit[];
}

/** The picture of one panel. */
export function pictureOf(input: PictureInput): Picture {
  const { panel, isNull, cells, isolated } = input;
  const shown = (cell: number) => isolated === null || cell === isolated;
  const predicted = panel
    .theory(
      cells.map((c) => c.config),
      { null: isNull },
    )
    .map((t) => ({ ...t, cell: t.cell === null ? null : cells[t.cell] }));
  const runs = input.runs.filter((r) => shown(r.cell));
  const names = namesOf(input);
  // Names of lines, those of the theory first: hues stay while results arrive.
  const lineNames = [
    ...new Set([
      ...predicted.flatMap((t) => (t.cell === null ? [] : t.line)),
      ...cells.flatMap((c) => (c.lines[panel.id] ?? []).map((l) => l.line)),
      ...input.runs.flatMap((r) => (r.traces[panel.id] ?? []).map((t) => t.line)),
    ]),
  ];
  const seriesOf = (cell: number, line: string) =>
    panel.colorBy === 'cell' ? cell : lineNames.indexOf(line);
  const nameOf = (cell: number, line: string) =>
    [names.get(cell), lineNames.length > 1 ? line : ''].filter(Boolean).join(', ') || line;

  let shared = 0;
  const theory = predicted
    .filter((t) => t.cell === null || (t.cell !== undefined && shown(t.cell.index)))
    .map(({ cell, line, x, y }): TheoryLine => {
      const points = pointsOf(panel, x, y);
      if (!cell) {
        const all = { name: line, series: null, dash: shared++ };
        return { kind: 'theory', key: `theory/${line}`, ...all, points };
      }
      const { index } = cell;
      const one = { name: nameOf(index, line), series: seriesOf(index, line), dash: 0 };
      return { kind: 'theory', key: `theory/${index}/${line}`, ...one, points };
    })
    .filter(hasPoints);
  const provisional = new Set(input.runs.flatMap((r) => (r.verified ? [] : r.cell)));
  const means = cells
    .filter((c) => shown(c.index))
    .flatMap(({ index, lines }) =>
      (lines[panel.id] ?? []).map((l): MeanLine => {
        const points = meanPointsOf(panel, l);
        const who = {
          ...{ cell: index, line: l.line, series: seriesOf(index, l.line) },
          verified: !provisional.has(index),
        };
        const key = `mean/${index}/${l.line}`;
        return { kind: 'mean', key, name: nameOf(index, l.line), ...who, points };
      }),
    )
    .filter(hasPoints);
  const traces = runs.flatMap((run) => (run.traces[panel.id] ?? []).map((t) => ({ run, ...t })));
  const raw = traces
    .map(({ run, line, x, y }): RawLine => {
      const points = pointsOf(panel, x, y);
      const { cell, id, verified } = run;
      const who = { cell, line, run: id, verified, series: seriesOf(cell, line) };
      const name = `${nameOf(run.cell, line)}, seed ${run.seed}`;
      return { kind: 'raw', key: `raw/${run.id}/${line}`, name, ...who, points };
    })
    .filter(hasPoints);

  const seen = new Set([...theory, ...means, ...raw].flatMap((l) => l.series ?? []));
  const series = [...seen]
    .sort((a, b) => a - b)
    .map((index) => {
      const name = panel.colorBy === 'cell' ? names.get(index) : lineNames[index];
      return { index, name: name ?? 'the one cell' };
    });
  const points = (list: readonly { readonly x: readonly number[] }[]) =>
    list.reduce((n, t) => n + t.x.length, 0);
  const drawn = raw.reduce((n, l) => n + l.points.length, 0);
  const fits = (input.fits ?? [])
    .map(({ key, name, tone, ...fit }): FitLine => {
      const line = { line: key, x: fit.x, mean: fit.y, lo: fit.lo, hi: fit.hi, n: [] };
      return { key: `fit/${tone}/${key}`, name, tone, points: meanPointsOf(panel, line) };
    })
    .filter(hasPoints);
  return { theory, means, raw, fits, series, leftOut: points(traces) - drawn };
}

const hasPoints = (line: { readonly points: readonly Point[] }) => line.points.length > 0;

/** Cells by what differs between them; nothing where there is but one. */
function namesOf({ study, cells }: PictureInput): ReadonlyMap<number, string> {
  if (cells.length < 2) return new Map();
  const differs = (values: readonly (Config[string] | undefined)[]) => new Set(values).size > 1;
  const varied = study.params
    .map((p) => p.name)
    .filter((p) => differs(cells.map((c) => c.config[p])));
  return new Map(cells.map((c) => [c.index, formatCell(study.params, varied, c.config)]));
}

function pointsOf(panel: Panel, xs: readonly number[], ys: readonly number[]): Point[] {
  return xs.flatMap((x, i) => {
    const y = ys[i] ?? Number.NaN;
    return isDrawable(panel.x, x) && isDrawable(panel.y, y) ? [{ x, y }] : [];
  });
}

function meanPointsOf(panel: Panel, line: AggregateLine): MeanPoint[] {
  return line.x.flatMap((x, i) => {
    const y = line.mean[i] ?? Number.NaN;
    if (!isDrawable(panel.x, x) || !isDrawable(panel.y, y)) return [];
    const [lo, hi] = [line.lo[i] ?? null, line.hi[i] ?? null];
    const interval = lo === null || hi === null ? null : ([lo, hi] as const);
    return [{ x, y, interval, n: line.n[i] ?? 0 }];
  });
}
