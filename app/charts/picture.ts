/**
 * What a panel draws: theory lines, means, single runs, and the series that tell them apart. From
 * aggregates to points in data space, as the view asks for them. What has not changed since the last
 * picture of the same memory is the same object as before, so that a new result costs what it adds.
 */
import type { Panel, Study, TheoryTrace } from '../../compute/studies/study.ts';
import type { AggregateLine, CellView, RunView } from '../../server/protocol.ts';
import { DEFAULT_VIEW, type ViewState } from '../view/view-state.ts';
import { addedFrom } from './added.ts';
import { around, type Extent, extentOf } from './extent.ts';
import { type CellGroup, groupCells, pooledLines } from './pooling.ts';
import { isDrawable } from './scale.ts';
import { type SeriesOf, seriesOf } from './series-of.ts';

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
  /** The cell that it holds for; absent: all. */
  readonly cell?: number;
  /** Which of the lines that hold for all cells, for its dashes; the first elsewhere. */
  readonly dash: number;
  readonly line: string;
  /** Cells that it predicts; null: all of them. */
  readonly cells: readonly number[] | null;
  /** A mark to read against, no prediction. */
  readonly guide: boolean;
}

export interface MeanLine extends Line<MeanPoint> {
  readonly kind: 'mean';
  /** Every run of its cell has stood up to verification. */
  readonly verified: boolean;
  /** Of a mean over several cells, the one with the lowest index. */
  readonly cell: number;
  /** All the cells that it is a mean over; absent: its own alone. */
  readonly cells?: readonly number[];
  readonly line: string;
  readonly series: number;
  /** Which dashes; absent or 0: solid. */
  readonly strokes?: number;
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
  /** Series are steps of an ordered palette, so many; absent: hues without an order. */
  readonly ramp?: number;
  /** How far the single runs go; absent: to be looked up in them. */
  readonly rawExtent?: Extent;
  /** What the dashes of mean curves stand for, in their order; absent: nothing. */
  readonly strokes?: readonly string[];
}

/** What of a view a picture is made by. */
export type PictureView = Pick<
  ViewState,
  'color' | 'dash' | 'pooled' | 'runs' | 'means' | 'theory'
>;

export interface PictureInput {
  readonly study: Study;
  readonly panel: Panel;
  readonly isNull: boolean;
  readonly cells: readonly CellView[];
  readonly runs: readonly RunView[];
  /** Cell to isolate, or null for all. */
  readonly isolated: number | null;
  /** Absent: the default view. */
  readonly view?: PictureView;
  /** Keep it the same object. */
  readonly fits?: readonly DrawnFit[];
}

/** What one chart keeps from picture to picture. */
export interface PictureMemory {
  /** What all runs so far say, and the lines of those that are shown: the next picture adds to them. */
  told: Told | null;
  drawn: DrawnRuns | null;
  /** What names and series hang on; when it changes, the lines are made anew. */
  look: string;
  raw: WeakMap<RunView, Drawn>;
  means: WeakMap<CellView, { readonly verified: boolean; readonly lines: readonly MeanLine[] }>;
  pooled: Map<number, { readonly runs: readonly RunView[]; readonly lines: readonly MeanLine[] }>;
  theory: { readonly key: string; readonly traces: readonly TheoryTrace[] } | null;
}

interface Told {
  readonly runs: readonly RunView[];
  readonly lines: ReadonlySet<string>;
  /** Cells that have a run which is not verified. */
  readonly provisional: ReadonlySet<number>;
}

interface DrawnRuns {
  readonly runs: readonly RunView[];
  readonly raw: readonly RawLine[];
  readonly series: ReadonlySet<number>;
  readonly extent: Extent | null;
  readonly leftOut: number;
}

/** The lines of one run, and how many of its points are not in them. */
interface Drawn {
  readonly lines: readonly RawLine[];
  readonly leftOut: number;
}

export function pictureMemory(): PictureMemory {
  const fresh = { raw: new WeakMap(), means: new WeakMap(), pooled: new Map() };
  return { look: '', ...fresh, theory: null, told: null, drawn: null };
}

/** The picture of one panel. The memory must have seen no other panel and study. */
export function pictureOf(input: PictureInput, memory = pictureMemory()): Picture {
  const { panel, isNull, cells, isolated, view = DEFAULT_VIEW } = input;
  const shown = (cell: number) => isolated === null || cell === isolated;
  const configs = JSON.stringify(cells.map((c) => [c.index, c.config]));
  const predicted = predictedBy(panel, cells, isNull, configs, memory);
  // Of a panel that shows runs together, a single run's trace is not what its mean is made of.
  const pooled = panel.observeTogether === undefined ? view.pooled : [];
  const groups = groupCells(cells, pooled);
  const told = toldBy(panel, input.runs, memory);
  const lineNames = lineNamesOf(input, predicted, told);
  const look = JSON.stringify([configs, lineNames, view.color, view.dash, pooled]);
  if (look !== memory.look)
    Object.assign(memory, pictureMemory(), { look, theory: memory.theory, told });
  const by = seriesOf(input, { ...view, pooled }, groups, lineNames);

  const runs = isolated === null ? input.runs : input.runs.filter((r) => shown(r.cell));
  const own = drawnRuns(panel, runs, by, memory);
  const visible = groups
    .map((g) => ({ ...g, cells: g.cells.filter((c) => shown(c.index)) }))
    .filter((g) => g.cells.length > 0);
  const drawn = {
    theory: view.theory ? theoryLines(panel, cells, predicted, by, shown) : [],
    means: view.means ? meanLines(panel, visible, input.runs, told, by, memory) : [],
    raw: view.runs ? own.raw : [],
  };
  const seen = new Set(view.runs ? own.series : []);
  for (const lines of [drawn.theory, drawn.means])
    for (const { series } of lines) if (series !== null) seen.add(series);
  const series = [...seen].sort((a, b) => a - b).map((index) => ({ index, name: by.name(index) }));
  return {
    ...drawn,
    fits: fitLines(panel, input.fits ?? []),
    series,
    leftOut: own.leftOut,
    ...(view.runs && own.extent !== null ? { rawExtent: own.extent } : {}),
    ...(by.ramp === null ? {} : { ramp: by.ramp }),
    ...(by.strokes.length > 1 && panel.draw === 'curves' ? { strokes: by.strokes } : {}),
  };
}

/** Fitted laws, which nobody takes from a picture but who lets go of their tick. */
function fitLines(panel: Panel, drawn: readonly DrawnFit[]): FitLine[] {
  return drawn
    .map(({ key, name, tone, ...fit }): FitLine => {
      const line = { line: key, x: fit.x, mean: fit.y, lo: fit.lo, hi: fit.hi, n: [] };
      return { key: `fit/${tone}/${key}`, name, tone, points: meanPointsOf(panel, line) };
    })
    .filter(hasPoints);
}

/** The theory of all cells; asked for again only when the cells are others. */
function predictedBy(
  panel: Panel,
  cells: readonly CellView[],
  isNull: boolean,
  configs: string,
  memory: PictureMemory,
): readonly TheoryTrace[] {
  const key = `${isNull} ${configs}`;
  if (memory.theory?.key !== key) {
    const traces = panel.theory(
      cells.map((c) => c.config),
      { null: isNull },
    );
    memory.theory = { key, traces };
  }
  return memory.theory.traces;
}

/** Names of lines, those of the theory first: hues stay while results arrive. */
function lineNamesOf(
  { panel, cells }: PictureInput,
  predicted: readonly TheoryTrace[],
  told: Told,
): string[] {
  const names = new Set<string>();
  for (const t of predicted) if (t.cell !== null) names.add(t.line);
  for (const c of cells) for (const l of c.lines[panel.id] ?? []) names.add(l.line);
  return [...new Set([...names, ...told.lines])];
}

/** What the runs say: of those that were there before, it is known already. */
function toldBy(panel: Panel, runs: readonly RunView[], memory: PictureMemory): Told {
  const before = memory.told;
  if (before?.runs === runs) return before;
  const from = before === null ? null : addedFrom(before.runs, runs);
  const known = from === null ? null : before;
  const lines = new Set(known?.lines);
  const provisional = new Set(known?.provisional);
  for (let i = from ?? 0; i < runs.length; i++) {
    const run = runs[i];
    if (run === undefined) continue;
    for (const { line } of run.traces[panel.id] ?? []) lines.add(line);
    if (!run.verified) provisional.add(run.cell);
  }
  memory.told = { runs, lines, provisional };
  return memory.told;
}

function theoryLines(
  panel: Panel,
  cells: readonly CellView[],
  predicted: readonly TheoryTrace[],
  by: SeriesOf,
  shown: (cell: number) => boolean,
): TheoryLine[] {
  let shared = 0;
  return predicted
    .map((t) => ({
      ...t,
      cell: t.cell === null ? null : cells[t.cell],
      cells: t.cells?.flatMap((i) => cells[i]?.index ?? []) ?? null,
    }))
    .filter((t) => t.cell === null || (t.cell !== undefined && shown(t.cell.index)))
    .map(({ cell, cells: predicts, line, guide = false, x, y }): TheoryLine => {
      const points = pointsOf(panel, x, y);
      if (!cell) {
        const all = { name: line, series: null, dash: shared++, cells: predicts };
        // Two tasks may have a line of one name each.
        const key = ['theory', line, ...(predicts === null ? [] : [predicts[0]])].join('/');
        return { kind: 'theory', key, line, guide, ...all, points };
      }
      const { index } = cell;
      const one = {
        ...{ name: by.nameOf(index, line), series: by.series(index, line), dash: 0 },
        ...{ cell: index, cells: [index] },
      };
      return { kind: 'theory', key: `theory/${index}/${line}`, line, guide, ...one, points };
    })
    .filter(hasPoints);
}

/** The coordinator's mean of a cell alone; of several cells, the mean of their runs. */
function meanLines(
  panel: Panel,
  groups: readonly CellGroup[],
  runs: readonly RunView[],
  { provisional }: Told,
  by: SeriesOf,
  memory: PictureMemory,
): MeanLine[] {
  const byCell = new Map<number, RunView[]>();
  if (groups.some((g) => g.cells.length > 1)) {
    for (const r of runs) {
      const same = byCell.get(r.cell);
      if (same === undefined) byCell.set(r.cell, [r]);
      else same.push(r);
    }
  }
  return groups.flatMap(({ index, cells }) => {
    const verified = cells.every((c) => !provisional.has(c.index));
    const [only] = cells;
    const linesFrom = (lines: readonly AggregateLine[]) =>
      lines
        .map((l): MeanLine => {
          const name = cells.length > 1 ? by.groupNameOf(index, l.line) : by.nameOf(index, l.line);
          const strokes = by.dash(index);
          return {
            ...{ kind: 'mean', key: `mean/${index}/${l.line}`, name, verified },
            ...{ cell: index, line: l.line, series: by.series(index, l.line) },
            ...(cells.length > 1 ? { cells: cells.map((c) => c.index) } : {}),
            ...(strokes > 0 ? { strokes } : {}),
            points: meanPointsOf(panel, l),
          };
        })
        .filter(hasPoints);
    if (cells.length === 1 && only !== undefined) {
      const known = memory.means.get(only);
      if (known?.verified === verified) return known.lines;
      const lines = linesFrom(only.lines[panel.id] ?? []);
      memory.means.set(only, { verified, lines });
      return lines;
    }
    const mine = cells.flatMap((c) => byCell.get(c.index) ?? []);
    const known = memory.pooled.get(index);
    if (known?.runs.length === mine.length && known.runs.every((r, i) => r === mine[i]))
      return known.lines;
    const lines = linesFrom(pooledLines(mine.flatMap((r) => r.traces[panel.id] ?? [])));
    memory.pooled.set(index, { runs: mine, lines });
    return lines;
  });
}

/** The lines of the runs: those of before, and what came after them. */
function drawnRuns(
  panel: Panel,
  runs: readonly RunView[],
  by: SeriesOf,
  memory: PictureMemory,
): DrawnRuns {
  const before = memory.drawn;
  const from = before === null ? null : addedFrom(before.runs, runs);
  if (before !== null && from === runs.length) return before;
  const known = from === null ? null : before;
  const raw = [...(known?.raw ?? [])];
  const series = new Set(known?.series);
  let [extent, leftOut] = [known?.extent ?? null, known?.leftOut ?? 0];
  for (let i = from ?? 0; i < runs.length; i++) {
    const run = runs[i];
    if (run === undefined) continue;
    let drawn = memory.raw.get(run);
    if (drawn === undefined) {
      drawn = drawnOf(panel, run, by);
      memory.raw.set(run, drawn);
    }
    for (const line of drawn.lines) {
      raw.push(line);
      series.add(line.series);
      extent = around(extent, extentOf(line.points));
    }
    leftOut += drawn.leftOut;
  }
  memory.drawn = { runs, raw, series, extent, leftOut };
  return memory.drawn;
}

function drawnOf(panel: Panel, { id, cell, seed, verified, traces }: RunView, by: SeriesOf): Drawn {
  let leftOut = 0;
  const lines = (traces[panel.id] ?? []).map(({ line, x, y }): RawLine => {
    const points = pointsOf(panel, x, y);
    leftOut += x.length - points.length;
    const who = { cell, line, run: id, verified, series: by.series(cell, line) };
    const name = `${by.nameOf(cell, line)}, seed ${seed}`;
    return { kind: 'raw', key: `raw/${id}/${line}`, name, ...who, points };
  });
  return { lines: lines.filter(hasPoints), leftOut };
}

/** Whether there is anything of a line to draw. */
export const hasPoints = (line: { readonly points: readonly Point[] }) => line.points.length > 0;

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
