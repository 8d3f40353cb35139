/** Which picture of a panel is drawn: the data, what is left without the theory, or the collapse; and which there are. */
import type { Config, Panel, PlanOptions } from '../../../compute/studies/study.ts';
import type { FigureMode } from '../../view/view-state.ts';
import type { Picture } from '../picture.ts';
import { type Collapsed, collapsed } from './collapsed.ts';
import type { Derived } from './derived.ts';
import { hasPrediction, residuals } from './residuals.ts';

export interface Shown extends Derived {
  /** What is drawn: what was asked for, or the data where that is not to be had. */
  readonly mode: FigureMode;
  /** What can be asked for. */
  readonly modes: readonly FigureMode[];
  /** How well the curves collapse; null in other modes. */
  readonly collapse: Pick<Collapsed, 'before' | 'after'> | null;
}

/**
 * The picture that is asked for.
 * @param picture of the data, with its theory
 * @param configOf the config of a cell by its index
 */
export function shownOf(
  panel: Panel,
  picture: Picture,
  configOf: (cell: number) => Config | undefined,
  options: PlanOptions,
  asked: FigureMode,
): Shown {
  const modes: FigureMode[] = ['data'];
  if (hasPrediction(picture)) modes.push('residuals');
  if (canCollapse(panel, picture, configOf, options)) modes.push('collapsed');
  if (asked === 'residuals' && modes.includes(asked))
    return { ...residuals(panel, picture), modes, mode: asked, collapse: null };
  const made = asked === 'collapsed' ? collapsed(panel, picture, configOf, options) : null;
  if (made !== null) return { ...made, modes, mode: 'collapsed', collapse: made };
  return { panel, picture, omitted: [], modes, mode: 'data', collapse: null };
}

/** Whether the prediction speaks of anything that is drawn; asked at every result, so one point has to do. */
function canCollapse(
  { collapse }: Panel,
  { means, raw }: Picture,
  configOf: (cell: number) => Config | undefined,
  options: PlanOptions,
): boolean {
  return [...means, ...raw].some(({ cell, line, points: [first] }) => {
    const config = configOf(cell);
    if (collapse === undefined || config === undefined || first === undefined) return false;
    return collapse.rescale(config, { line, x: [first.x], y: [first.y] }, options) !== null;
  });
}

/** "0.4%": a relative spread. */
export const spreadWords = (spread: number): string => `${Number((100 * spread).toPrecision(2))}%`;

/** What is left out and why, one sentence a reason. */
export function omittedWords(omitted: Shown['omitted']): string[] {
  return [...new Set(omitted.map((o) => o.why))].map((why) => {
    const points = omitted.filter((o) => o.why === why).reduce((n, o) => n + o.points, 0);
    return `${points} ${points === 1 ? 'point is' : 'points are'} left out: ${why}.`;
  });
}
