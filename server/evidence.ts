/** What a room's charts show, as it changed after a number: cells, runs, fits, predictions and the verdict. */
import { and, asc, count, eq, gt, inArray } from 'drizzle-orm';
import { attempts, cells, runs, shards } from '../db/schema.ts';
import type { Folds } from './fold.ts';
import type { Investigation } from './investigations.ts';
import { predictionsOf } from './predictions.ts';
import type { Delta, RunView } from './protocol.ts';
import type { Tx } from './sequence.ts';
import { analysisNow } from './verdict.ts';

type Evidence = Pick<Delta, 'cells' | 'runs' | 'gone' | 'analysis' | 'predictions' | 'progress'>;

/**
 * The evidence of a room, statement by statement: within one snapshot, or under the lock of its number.
 * @param folds what is stale in the database, folded @param from 0 is everything
 */
export async function evidenceSince(
  db: Tx,
  found: Investigation,
  folds: Folds,
  from: number,
): Promise<Evidence> {
  const { id } = found;
  const changedCells = await db
    .select()
    .from(cells)
    .where(and(eq(cells.investigation, id), gt(cells.seq, from)))
    .orderBy(asc(cells.index));
  const changedRuns = await db.query.runs.findMany({
    where: and(eq(runs.investigation, id), gt(runs.seq, from)),
    columns: {
      ...{ id: true, cell: true, seed: true, outcome: true, traces: true, report: true },
      ...{ verified: true, summary: true, device: true },
    },
    with: { by: { columns: { nickname: true } } },
    orderBy: [asc(runs.seq), asc(runs.id)],
  });
  const [verified] = await db
    .select({ n: count() })
    .from(runs)
    .where(and(eq(runs.investigation, id), eq(runs.verified, true)));
  const [withdrawn] = await db
    .select({ n: count() })
    .from(attempts)
    .innerJoin(shards, eq(shards.id, attempts.shard))
    .where(and(eq(shards.investigation, id), inArray(attempts.state, ['withdrawn', 'recalled'])));
  const { analysis, summaries, total } = await analysisNow(db, found);
  return {
    cells: changedCells.map(({ index, config, done, of, diverged, lines }) => ({
      index,
      config,
      done,
      of,
      diverged,
      lines: folds.cells.get(index) ?? lines,
    })),
    runs: changedRuns.flatMap((run): RunView[] => {
      const { outcome, report, by, verified } = run;
      const traces = folds.runs.get(run.id)?.traces ?? run.traces;
      if (outcome === null || traces === null) return [];
      return [
        {
          ...{ id: run.id, cell: run.cell, seed: run.seed, outcome, traces },
          by: by?.nickname ?? '',
          device: run.device ?? '',
          backend: report?.backend ?? '',
          ...{ verified, summary: run.summary ?? {} },
        },
      ];
    }),
    // A snapshot has nothing to take away. What was never in is not missed.
    gone: from === 0 ? [] : changedRuns.flatMap((r) => (r.outcome === null ? r.id : [])),
    analysis,
    predictions: await predictionsOf(db, found, summaries, (withdrawn?.n ?? 0) > 0),
    progress: {
      ...{ runs: summaries.length, ofRuns: total },
      ...{ verified: verified?.n ?? 0, withdrawn: withdrawn?.n ?? 0 },
    },
  };
}
