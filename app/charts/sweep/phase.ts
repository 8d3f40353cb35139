/**
 * A phase diagram: which regime each square of the plane of two parameters is in, by what its runs measured, and
 * the lines that theory draws between them. Without regimes of the study, what diverged is told from what trained.
 */
import type { CellRuns, Phases, PlanOptions, Study } from '../../../compute/studies/study.ts';
import type { CellView, RunView } from '../../../server/protocol.ts';
import { plural } from '../../ui/text.ts';
import type { SweepParam } from './axes.ts';
import { placeOf, planeOf, type Square } from './squares.ts';

export interface Regime {
  readonly id: string;
  readonly label: string;
}

export interface PhaseSquare extends Square {
  /** The regime of most of its cells, the first of the legend among equals; null: not known yet. */
  readonly regime: Regime | null;
  /** How many of its cells are in each regime, most first. */
  readonly counts: readonly { readonly regime: Regime; readonly cells: number }[];
}

/** A line over the plane, in columns and rows: 0 is the middle of the first. */
export interface PlaneLine {
  readonly label: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

export interface PhaseMap {
  readonly regimes: readonly Regime[];
  readonly squares: readonly PhaseSquare[];
  readonly lines: readonly PlaneLine[];
}

const DIVERGED: Regime = { id: 'diverged', label: 'every run diverged' };

/** What any study can tell: how many runs of a cell diverged. */
export const DIVERGENCE: Pick<Phases, 'classes' | 'classify'> = {
  classes: [
    { id: 'trained', label: 'every run trained to its end' },
    { id: 'some', label: 'some runs diverged' },
  ],
  classify: (cells) =>
    cells.map(({ runs }) => {
      if (runs.length === 0) return null;
      return runs.some((r) => r.outcome.kind === 'diverged') ? 'some' : 'trained';
    }),
};

/** The phase diagram over the plane of x and y. */
export function phaseMapOf(
  study: Study,
  cells: readonly CellView[],
  runs: readonly RunView[],
  x: SweepParam,
  y: SweepParam | null,
  options: PlanOptions,
): PhaseMap {
  const known = study.phases ?? DIVERGENCE;
  const regimes = [...known.classes, DIVERGED];
  const all = cellRuns(cells, runs);
  const ids = known.classify(all, options);
  const regimeOf = new Map(
    cells.map((cell, i) => {
      const own = all[i]?.runs ?? [];
      const lost = own.length > 0 && own.every((r) => r.outcome.kind === 'diverged');
      return [cell.index, lost ? DIVERGED : (regimes.find((r) => r.id === ids[i]) ?? null)];
    }),
  );
  const squares = planeOf(cells, runs, x, y).squares.map((square): PhaseSquare => {
    const counts = regimes
      .map((regime) => ({
        regime,
        cells: square.cells.filter((c) => regimeOf.get(c.index) === regime).length,
      }))
      .filter((c) => c.cells > 0)
      .sort((a, b) => b.cells - a.cells);
    return { ...square, counts, regime: counts[0]?.regime ?? null };
  });
  const drawn =
    study.phases !== undefined && x.name === study.phases.x && y?.name === study.phases.y;
  const lines = drawn && y !== null ? (study.phases?.boundary?.(all, options) ?? []) : [];
  return {
    ...{ regimes, squares },
    lines: lines.flatMap(({ label, x: xs, y: ys }): PlaneLine[] => {
      if (y === null) return [];
      const points = xs
        .map((v, i) => ({ x: placeOf(x, v), y: placeOf(y, ys[i] ?? Number.NaN) }))
        .filter((p) => Number.isFinite(p.x + p.y));
      return points.length < 2 ? [] : [{ label, points }];
    }),
  };
}

function cellRuns(cells: readonly CellView[], runs: readonly RunView[]): CellRuns[] {
  const byCell = new Map<number, RunView[]>();
  for (const run of runs) {
    const own = byCell.get(run.cell);
    if (own === undefined) byCell.set(run.cell, [run]);
    else own.push(run);
  }
  return cells.map(({ index, config }) => ({
    config,
    runs: (byCell.get(index) ?? []).map(({ seed, outcome, summary }) => ({
      ...{ config, seed, outcome, summary },
    })),
  }));
}

/** A square in words. */
export function phaseWords({ where, cells, runs, regime, counts }: PhaseSquare): string {
  if (cells.length === 0) return `${where}: no such cell in this grid.`;
  if (regime === null)
    return `${where}: ${runs.length === 0 ? 'no run is in yet' : 'its runs do not tell'}.`;
  if (cells.length === 1) return `${where}: ${regime.label} (${plural(runs.length, 'run')}).`;
  const parts = counts.map((c) => `${c.regime.label}: ${plural(c.cells, 'cell')}`);
  return `${where}, ${plural(runs.length, 'run')}: ${parts.join('; ')}.`;
}
