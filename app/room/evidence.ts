/** What a verdict stands on, counted, and what an undecided one lacks. Pure. */
import type { Study, Verdict } from '../../compute/studies/study.ts';
import type { CellView, RunView } from '../../server/protocol.ts';
import { LIMITS } from '../../server/vocabulary.ts';
import { formatCell, plural, variedParams } from '../ui/text.ts';

export interface Evidence {
  readonly runs: number;
  readonly expected: number;
  readonly seeds: number;
  /** Cells with a run, and all. */
  readonly cells: number;
  readonly ofCells: number;
  /** Share of the runs that stood up to verification; null without a run. */
  readonly verified: number | null;
}

export function evidenceOf(
  cells: readonly CellView[],
  runs: readonly RunView[],
  progress: { readonly runs: number; readonly ofRuns: number; readonly verified: number },
): Evidence {
  return {
    // Of a large room, single runs come in one after another; how many there are is known at once.
    ...{ runs: progress.runs, expected: progress.ofRuns },
    seeds: new Set(runs.map((r) => r.seed)).size,
    ...{ cells: cells.filter((c) => c.done > 0).length, ofCells: cells.length },
    verified: progress.runs === 0 ? null : progress.verified / progress.runs,
  };
}

/** Cells that are named; of others it is said how many there are. */
const NAMED = 3;
/** An interval needs two. */
const FEWEST = 2;

/** What would decide an undecided verdict, as sentences; nothing where that cannot be known. */
export function missingOf(
  study: Study,
  cells: readonly CellView[],
  verdict: Verdict,
): readonly string[] {
  if (verdict.state !== 'undecided' || cells.length === 0) return [];
  const wanted = (need: (cell: CellView) => number) =>
    cells.flatMap((cell) => (need(cell) > 0 ? [{ cell, need: need(cell) }] : []));
  const alone = wanted(({ done, diverged, of }) => Math.min(of - done, FEWEST - (done - diverged)));
  if (alone.length > 0) return [`Needs ${named(study, cells, alone)} for an interval.`];
  const open = wanted(({ done, of }) => of - done);
  if (open.length > 0) return [`Still to come: ${named(study, cells, open)}.`];
  const seeds = Math.max(...cells.map((c) => c.done - c.diverged));
  const enough = seedsNeeded(verdict, seeds);
  if (enough === null) return [];
  return enough > LIMITS.seeds
    ? [`The number lies so near the end of its band that ${LIMITS.seeds} seeds would not tell.`]
    : [`About ${enough} seeds in each cell instead of ${seeds} would tell, if the number stays.`];
}

function named(
  study: Study,
  all: readonly CellView[],
  needs: readonly { readonly cell: CellView; readonly need: number }[],
): string {
  const values = (name: string) => all.flatMap((c) => c.config[name] ?? []);
  const varied = variedParams(
    Object.fromEntries(study.params.map(({ name }) => [name, [...new Set(values(name))]])),
  );
  const words = needs
    .slice(0, NAMED)
    .map(
      ({ cell, need }) =>
        `${plural(need, 'more seed')} at ${formatCell(study.params, varied, cell.config)}`,
    );
  const rest = needs.slice(NAMED);
  if (rest.length === 0) return words.join('; ');
  const runs = rest.reduce((n, { need }) => n + need, 0);
  return `${words.join('; ')}; and ${plural(runs, 'run')} in ${plural(rest.length, 'other cell')}`;
}

/**
 * Seeds a cell after which the interval would lie on one side of the nearest end of its band, if the number
 * stays where it is: an interval narrows as one over the root of the seeds. Null if it crosses none.
 */
export function seedsNeeded(
  { value, interval, threshold }: Pick<Verdict, 'value' | 'interval' | 'threshold'>,
  seeds: number,
): number | null {
  if (value === null || interval === null) return null;
  const shares = threshold.flatMap((end) => {
    if (end === null || interval[0] >= end || interval[1] <= end) return [];
    const half = end < value ? value - interval[0] : interval[1] - value;
    return [(half / Math.abs(end - value)) ** 2];
  });
  const most = Math.max(...shares);
  return shares.length === 0 ? null : Math.ceil(seeds * most);
}
