/**
 * A spot is one point of one line, named by the line and its x, so that it stays the same point
 * while results arrive. What it reads, in words, and which run lies there. Pure.
 */
import type { Panel } from '../../compute/studies/study.ts';
import { formatNumber, plural } from '../ui/text.ts';
import type { AnyLine, MeanPoint, Picture, Point, RawLine } from './picture.ts';

export interface Spot {
  readonly key: string;
  readonly x: number;
}

/** The line of a spot, or undefined when it is drawn no longer. */
export function lineAt(picture: Picture, spot: Spot): AnyLine | undefined {
  const lines: readonly AnyLine[] = [...picture.means, ...picture.raw, ...picture.theory];
  return lines.find((l) => l.key === spot.key);
}

/** The point of a line nearest in x; x ascends. */
export function pointAt<P extends Point>(points: readonly P[], x: number): P | undefined {
  let [low, high] = [0, points.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((points[middle]?.x ?? Number.POSITIVE_INFINITY) < x) low = middle + 1;
    else high = middle;
  }
  const [before, after] = [points[low - 1], points[low]];
  if (before === undefined || after === undefined) return before ?? after;
  return x - before.x < after.x - x ? before : after;
}

/** A spot in words: who, then y, then x; '' when it is drawn no longer. */
export function wordsOf(picture: Picture, panel: Panel, spot: Spot): string {
  const line = lineAt(picture, spot);
  const point = line && pointAt<Point | MeanPoint>(line.points, spot.x);
  if (line === undefined || point === undefined) return '';
  const who = {
    theory: `Theory, ${line.name}`,
    mean: `${line.name}, mean of ${plural('n' in point ? point.n : 0, 'run')}`,
    raw: line.name,
  }[line.kind];
  const interval = 'interval' in point ? point.interval : null;
  const spread =
    interval === null
      ? ''
      : ` (95% interval ${formatNumber(interval[0])} to ${formatNumber(interval[1])})`;
  return `${who}; ${panel.y.label}: ${formatNumber(point.y)}${spread}; ${panel.x.label}: ${formatNumber(point.x)}`;
}

/** The run at a spot: a run's own, or of a mean's runs the one nearest to it there; of theory none. */
export function runAt(picture: Picture, spot: Spot): RawLine | null {
  const line = lineAt(picture, spot);
  if (line === undefined || line.kind === 'theory') return null;
  if (line.kind === 'raw') return line;
  const y = pointAt(line.points, spot.x)?.y ?? 0;
  const cells = line.cells ?? [line.cell];
  const near = picture.raw
    .filter((r) => cells.includes(r.cell) && r.line === line.line)
    .map((raw) => ({ raw, distance: Math.abs((pointAt(raw.points, spot.x)?.y ?? y) - y) }))
    .sort((a, b) => a.distance - b.distance);
  return near[0]?.raw ?? null;
}
