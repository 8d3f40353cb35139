/**
 * What is left when the theory is taken away: measured minus theory, or, on a logarithmic axis, measured over
 * theory. The theory is read at the measured x, straight on the axes' own scales; it is never drawn
 * on beyond its ends, and what has no theory is listed.
 */
import type { Panel } from '../../../compute/studies/study.ts';
import {
  hasPoints,
  type MeanLine,
  type MeanPoint,
  type Picture,
  type Point,
  type RawLine,
  type TheoryLine,
} from '../picture.ts';
import { cellsOf, type Derived, type Omitted, seriesLeft } from './derived.ts';
import { readAt } from './interpolate.ts';

/** Whether the panel predicts values of anything that is drawn: else there is nothing to take away. */
export function hasPrediction({ theory }: Picture): boolean {
  return theory.some((line) => !line.guide);
}

/** The residuals of a picture. Means keep their intervals: the theory has none of its own. */
export function residuals(panel: Panel, picture: Picture): Derived {
  const ratio = panel.y.scale === 'log';
  const off = (y: number, theory: number) => (ratio ? y / theory : y - theory);
  const theoryOf = predictions(picture);
  const omitted: Omitted[] = [];

  /** The points that have a theory, and what it is there; counts the others. */
  function against<P extends Point>(
    line: (MeanLine | RawLine) & { readonly points: readonly P[] },
  ) {
    const theory = theoryOf(line);
    const pairs = line.points.flatMap((point) => {
      const expected = theory === null ? Number.NaN : readAt(theory.points, point.x, panel);
      return Number.isFinite(expected) ? [{ point, expected }] : [];
    });
    const missing = line.points.length - pairs.length;
    const why = theory === null ? 'no theory' : 'beyond the ends of the theory';
    if (missing > 0) omitted.push({ key: line.key, name: line.name, points: missing, why });
    return pairs;
  }
  const mean = (line: MeanLine): MeanLine => ({
    ...line,
    points: against<MeanPoint>(line).map(({ point, expected }) => ({
      ...point,
      y: off(point.y, expected),
      interval:
        point.interval === null
          ? null
          : [off(point.interval[0], expected), off(point.interval[1], expected)],
    })),
  });
  const raw = (line: RawLine): RawLine => ({
    ...line,
    points: against(line).map(({ point, expected }) => ({
      x: point.x,
      y: off(point.y, expected),
    })),
  });
  const means = picture.means.map(mean).filter(hasPoints);
  const runs = picture.raw.map(raw).filter(hasPoints);
  const zero = zeroLine([...means, ...runs], ratio ? 1 : 0);
  return {
    panel: {
      ...panel,
      title: `${panel.title}: ${ratio ? 'measured over theory' : 'measured minus theory'}`,
      caption: ratio
        ? 'On the theory a point is at 1; twice the theory is at 2.'
        : 'On the theory a point is at 0; above it, more was measured than predicted.',
      y: ratio
        ? { label: 'measured / theory', scale: 'log', include: [1] }
        : { label: `${panel.y.label}: measured − theory`, scale: 'linear', include: [0] },
    },
    picture: {
      ...picture,
      // A law is fitted to the data, on their axes.
      fits: [],
      theory: zero === null ? [] : [zero],
      means,
      raw: runs,
      series: seriesLeft(picture.series, [...means, ...runs]),
    },
    omitted,
  };
}

/**
 * Which line predicts a measured one: its cell's own, of its name; else one drawn for several cells, of
 * its name; else the only one that is no other line's.
 */
function predictions({ theory, means, raw }: Picture) {
  const measured = new Set([...means, ...raw].map((l) => l.line));
  const lines = theory.filter((l) => !l.guide);
  const shared = lines.filter((l) => l.series === null);
  const own = new Map(
    lines.filter((l) => l.series !== null).map((l) => [`${l.cells?.[0]} ${l.line}`, l]),
  );
  return (line: MeanLine | RawLine): TheoryLine | null => {
    const cells = cellsOf(line);
    // What is averaged over several cells stands against no single one's prediction.
    const its = cells.length === 1 ? own.get(`${line.cell} ${line.line}`) : undefined;
    if (its !== undefined) return its;
    const of = shared.filter((l) => cells.every((cell) => l.cells?.includes(cell) ?? true));
    const named = of.filter((l) => l.line === line.line);
    const candidates = named.length > 0 ? named : of.filter((l) => !measured.has(l.line));
    return candidates.length === 1 ? (candidates[0] ?? null) : null;
  };
}

/** The theory itself, along everything measured. */
function zeroLine(
  lines: readonly { readonly points: readonly Point[] }[],
  y: number,
): TheoryLine | null {
  const ends = lines.flatMap(({ points }) => [points[0]?.x ?? [], points.at(-1)?.x ?? []]).flat();
  if (ends.length === 0) return null;
  const [from, to] = [ends.reduce((a, b) => Math.min(a, b)), ends.reduce((a, b) => Math.max(a, b))];
  return {
    ...{ kind: 'theory', key: 'theory/zero', name: 'measured = theory', line: 'theory', dash: 0 },
    ...{ series: null, cells: null, guide: false },
    points: [
      { x: from, y },
      { x: to, y },
    ],
  };
}
