/**
 * The collapse of curves that a panel's theory predicts: every line on the rescaled axes, and how far the curves
 * lie apart before and after. If the theory is right they become one; if it is not, the number says so.
 */
import type { Axis, Config, Panel, PlanOptions, Trace } from '../../../compute/studies/study.ts';
import type { MeanLine, MeanPoint, Picture, Point, RawLine, TheoryLine } from '../picture.ts';
import { isDrawable } from '../scale.ts';
import { type Axes, cellsOf, type Derived, type Omitted, seriesLeft } from './derived.ts';
import { relativeSpread, type Strand } from './spread.ts';

export interface Collapsed extends Derived {
  /** Relative spread between the curves; null where fewer than two can be compared. See `relativeSpread`. */
  readonly before: number | null;
  readonly after: number | null;
}

/**
 * The picture on the axes of its panel's collapse; null where the theory predicts none of these cells.
 * @param configOf the config of a cell by its index
 */
export function collapsed(
  panel: Panel,
  picture: Picture,
  configOf: (cell: number) => Config | undefined,
  options: PlanOptions,
): Collapsed | null {
  const { collapse } = panel;
  if (collapse === undefined) return null;
  const omitted: Omitted[] = [];
  const rescale = (cell: number, trace: Trace) => {
    const config = configOf(cell);
    return config === undefined ? null : collapse.rescale(config, trace, options);
  };
  /** A mean over several cells has a place where all of them would put it there. */
  const rescaleMean = (line: MeanLine, trace: Trace) => {
    const [made = null, ...others] = cellsOf(line).map((cell) => rescale(cell, trace));
    return others.every((o) => sameTrace(o, made)) ? made : null;
  };
  const leave = ({ key, name }: MeanLine | RawLine, points: number, why: string) => {
    if (points > 0) omitted.push({ key, name, points, why });
  };

  const means = picture.means.flatMap((line) => {
    const { points } = line;
    const made = rescaleMean(line, traceOf(line.line, points));
    if (made === null) leave(line, points.length, UNPREDICTED);
    if (made === null) return [];
    const [low, high] = [0, 1].map((end) =>
      rescaleMean(
        line,
        traceOf(line.line, points, (p) => p.interval?.[end] ?? Number.NaN),
      ),
    );
    const moved = points.flatMap((point, i): MeanPoint[] => {
      const at = placed(collapse, made, i);
      const [lo, hi] = [low?.y[i] ?? Number.NaN, high?.y[i] ?? Number.NaN];
      const interval = Number.isFinite(lo) && Number.isFinite(hi) ? ([lo, hi] as const) : null;
      return at === null ? [] : [{ ...at, interval, n: point.n }];
    });
    leave(line, points.length - moved.length, UNPLACED);
    return moved.length === 0
      ? []
      : [{ from: line, onto: made.line, to: { ...line, points: moved } }];
  });
  const raw = picture.raw.flatMap((line): RawLine[] => {
    const made = rescale(line.cell, traceOf(line.line, line.points));
    if (made === null) leave(line, line.points.length, UNPREDICTED);
    const points = made === null ? [] : pointsOf(collapse, made);
    if (made !== null) leave(line, line.points.length - points.length, UNPLACED);
    return points.length === 0 ? [] : [{ ...line, points }];
  });
  if (means.length + raw.length === 0) return null;

  const strands = (end: 'from' | 'to') =>
    means.map((m) => strandOf(m, end, collapse.along, configOf));
  const { x, y, onto } = collapse;
  const lines = means.map((m) => m.to);
  return {
    panel: { ...panel, x, y, title: `${panel.title}: collapsed`, caption: collapse.caption },
    picture: {
      ...picture,
      // A law is fitted to the data, on their axes.
      fits: [],
      theory: picture.theory.flatMap((line) => theoryOf(line, picture, collapse, rescale)),
      ...{ means: lines, raw, series: seriesLeft(picture.series, [...lines, ...raw]) },
    },
    omitted,
    before: relativeSpread(joined(strands('from')), panel, onto),
    after: relativeSpread(joined(strands('to')), { x, y }, onto),
  };
}

const sameTrace = (a: Trace | null, b: Trace | null): boolean =>
  a !== null &&
  b !== null &&
  a.line === b.line &&
  a.x.every((x, i) => Object.is(x, b.x[i])) &&
  a.y.every((y, i) => Object.is(y, b.y[i]));

const UNPREDICTED = 'the prediction does not speak of it';
const UNPLACED = 'no place on the rescaled axes';

const traceOf = <P extends Point>(
  line: string,
  points: readonly P[],
  y: (point: P) => number = (p) => p.y,
): Trace => ({ line, x: points.map((p) => p.x), y: points.map(y) });

function placed(axes: Axes, { x, y }: Trace, i: number): Point | null {
  const [a = Number.NaN, b = Number.NaN] = [x[i], y[i]];
  const stands = (axis: Axis, v: number) => isDrawable(axis, v);
  return stands(axes.x, a) && stands(axes.y, b) ? { x: a, y: b } : null;
}

const pointsOf = (axes: Axes, trace: Trace): Point[] =>
  trace.x.flatMap((_, i) => placed(axes, trace, i) ?? []);

/** A line that holds for several cells is rescaled as that of the first which the prediction speaks of. */
function theoryOf(
  line: TheoryLine,
  { means, raw }: Picture,
  axes: Axes,
  rescale: (cell: number, trace: Trace) => Trace | null,
): TheoryLine[] {
  if (line.guide) return [];
  const trace = traceOf(line.line, line.points);
  const cells = line.cells ?? [...new Set([...means, ...raw].map((l) => l.cell))];
  for (const cell of cells) {
    const made = rescale(cell, trace);
    const points = made === null ? [] : pointsOf(axes, made);
    if (points.length > 0) return [{ ...line, points }];
  }
  return [];
}

interface Moved {
  readonly from: MeanLine;
  readonly to: MeanLine;
  /** The curve that it should lie on. */
  readonly onto: string;
}

/** A mean as a piece of a curve; cells that differ in nothing but what runs along a curve are of one. */
function strandOf(
  moved: Moved,
  end: 'from' | 'to',
  along: readonly string[] | undefined,
  configOf: (cell: number) => Config | undefined,
): Strand {
  const { cell, line, points } = moved[end];
  const others = Object.entries(configOf(cell) ?? {}).filter(([name]) => !along?.includes(name));
  const curve = along === undefined ? `${cell} ${line}` : JSON.stringify([others, line]);
  return { onto: moved.onto, curve, points };
}

/** Pieces of one curve joined, in the order of x. */
function joined(strands: readonly Strand[]): Strand[] {
  const curves = new Map<string, Strand>();
  for (const strand of strands) {
    const key = JSON.stringify([strand.onto, strand.curve]);
    const points = [...(curves.get(key)?.points ?? []), ...strand.points];
    curves.set(key, { ...strand, points });
  }
  return [...curves.values()].map((c) => ({
    ...c,
    points: [...c.points].sort((a, b) => a.x - b.x),
  }));
}
