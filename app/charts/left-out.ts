/** What a panel cannot show: points that have no place on its axes, and runs that diverged. Pure. */
import type { RunView } from '../../server/protocol.ts';
import type { PictureInput } from './picture.ts';
import { isDrawable } from './scale.ts';
import { namesOf } from './series-of.ts';

export interface LeftOut {
  readonly key: string;
  readonly run: string;
  readonly seed: number;
  /** The cell by what differs between cells; '' where there is but one. */
  readonly cell: string;
  /** What there was: x and y of a point, or the step of a divergence. */
  readonly what:
    | { readonly kind: 'point'; readonly line: string; readonly x: number; readonly y: number }
    | { readonly kind: 'diverged'; readonly step: number };
}

/** All of it, runs in their order; a run that diverged before the points that it has none the less. */
export function leftOutOf(input: PictureInput): LeftOut[] {
  const { panel } = input;
  const names = namesOf(input);
  return shownRuns(input).flatMap(({ id, cell, seed, outcome, traces }) => {
    const who = { run: id, seed, cell: names.get(cell) ?? '' };
    const found: LeftOut[] = [];
    if (outcome.kind === 'diverged')
      found.push({ ...who, key: id, what: { kind: 'diverged', step: outcome.step } });
    for (const { line, x: xs, y: ys } of traces[panel.id] ?? []) {
      for (const [i, x] of xs.entries()) {
        const y = ys[i] ?? Number.NaN;
        if (isDrawable(panel.x, x) && isDrawable(panel.y, y)) continue;
        found.push({ ...who, key: `${id}/${line}/${i}`, what: { kind: 'point', line, x, y } });
      }
    }
    return found;
  });
}

/** How many runs of those shown diverged. */
export function divergedIn(input: Pick<PictureInput, 'runs' | 'isolated'>): number {
  return shownRuns(input).reduce((n, r) => n + (r.outcome.kind === 'diverged' ? 1 : 0), 0);
}

function shownRuns({ runs, isolated }: Pick<PictureInput, 'runs' | 'isolated'>) {
  return isolated === null ? runs : runs.filter((r: RunView) => r.cell === isolated);
}
