/** A picture made from another one, on axes of its own. */
import type { Panel } from '../../../compute/studies/study.ts';
import type { MeanLine, Picture, Point, RawLine, Series } from '../picture.ts';

/** What an axis is called, and what is drawn on it. */
export type Axes = Pick<Panel, 'x' | 'y'>;

export interface Derived {
  /** The panel with the axes, title and caption of this picture; its id stays. */
  readonly panel: Panel;
  readonly picture: Picture;
  /** What has no place here and why, by line. */
  readonly omitted: readonly Omitted[];
}

export interface Omitted {
  readonly key: string;
  readonly name: string;
  readonly points: number;
  /** A part of a sentence: "no theory". */
  readonly why: string;
}

/** The cells that a measured line stands for: one, but for a mean over several. */
export const cellsOf = (line: MeanLine | RawLine): readonly number[] =>
  line.kind === 'mean' ? (line.cells ?? [line.cell]) : [line.cell];

/** Those series that some line still belongs to, in their order. */
export function seriesLeft(
  series: readonly Series[],
  lines: readonly { readonly series: number | null; readonly points: readonly Point[] }[],
): Series[] {
  const drawn = new Set(lines.map((l) => l.series));
  return series.filter((s) => drawn.has(s.index));
}
