/** What the verdict and the means would be without the runs that one device trained. Pure. */
import { mean, tInterval } from '../../compute/analysis/stats.ts';
import type { Analysis, RunSummary, Study } from '../../compute/studies/study.ts';
import type { CellView, RunView } from '../../server/protocol.ts';

export interface CellMean {
  readonly cell: number;
  readonly before: Mean;
  readonly after: Mean;
}

export interface Mean {
  /** NaN of no run. */
  readonly mean: number;
  readonly interval: readonly [number, number] | null;
  readonly runs: number;
}

export interface Share {
  /** Runs of this device, and all. */
  readonly mine: number;
  readonly all: number;
  readonly before: Analysis;
  readonly after: Analysis;
  /** Of the cells that this device trained in: what the study is about, where it names that. */
  readonly means: readonly CellMean[];
}

/** Null where this device has trained none of these runs. */
export function shareOf(
  study: Study,
  room: {
    readonly isNull: boolean;
    readonly cells: readonly CellView[];
    readonly runs: readonly RunView[];
    readonly expected: number;
  },
  device: string,
): Share | null {
  const { isNull, cells, runs, expected } = room;
  const theirs = runs.filter((r) => r.device !== device);
  if (theirs.length === runs.length) return null;
  const configs = new Map(cells.map((c) => [c.index, c.config]));
  // In the order of the coordinator's: a sum of floats hangs on it.
  const inOrder = (list: readonly RunView[]) =>
    [...list].sort((a, b) => a.cell - b.cell || a.seed - b.seed);
  const analyse = (list: readonly RunView[]) => {
    const summaries = inOrder(list).flatMap(({ cell, seed, outcome, summary }): RunSummary[] => {
      const config = configs.get(cell);
      return config === undefined ? [] : [{ config, seed, outcome, summary }];
    });
    return study.analyse(summaries, { null: isNull, expected });
  };
  const mine = runs.filter((r) => r.device === device);
  const meanOf = (list: readonly RunView[], cell: number): Mean => {
    const values = list.flatMap((r) =>
      r.cell === cell && r.outcome.kind === 'completed'
        ? (r.summary[study.effect ?? ''] ?? [])
        : [],
    );
    return { mean: mean(values), interval: tInterval(values), runs: values.length };
  };
  return {
    ...{ mine: mine.length, all: runs.length, before: analyse(theirs), after: analyse(runs) },
    means: [...new Set(mine.map((r) => r.cell))]
      .sort((a, b) => a - b)
      .map((cell) => ({ cell, before: meanOf(theirs, cell), after: meanOf(runs, cell) }))
      .filter(({ after }) => after.runs > 0),
  };
}
