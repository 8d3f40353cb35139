/** What a room's charts show, as it changed after a number, and how much of it there is. */
import { and, asc, count, eq, gt, sql } from 'drizzle-orm';
import { attempts, cells, runs, shards } from '../db/schema.ts';
import type { Folds } from './fold.ts';
import type { Investigation } from './investigations.ts';
import type { Delta } from './protocol.ts';
import { changedRuns } from './run-views.ts';
import type { Tx } from './sequence.ts';
import { hadResult } from './shard-rows.ts';

/** What of a room's runs a verdict depends on, and how many there are. */
export interface Evidence {
  /** Number of the last change of a cell: a run that came in or left, or that there is one more to come. */
  readonly evidence: number;
  readonly runs: number;
  readonly ofRuns: number;
  readonly verified: number;
}

/** How much evidence there is in this snapshot. */
export async function evidenceOf(tx: Tx, { id }: Investigation): Promise<Evidence> {
  const [counted] = await tx
    .select({
      evidence: sql<number>`coalesce(max(${cells.seq}), 0)`,
      runs: sql<number>`coalesce(sum(${cells.done}), 0)::int`,
      ofRuns: sql<number>`coalesce(sum(${cells.of}), 0)::int`,
    })
    .from(cells)
    .where(eq(cells.investigation, id));
  const [verified] = await tx
    .select({ n: count() })
    .from(runs)
    .where(and(eq(runs.investigation, id), eq(runs.verified, true)));
  return { ...{ evidence: 0, runs: 0, ofRuns: 0 }, ...counted, verified: verified?.n ?? 0 };
}

interface Known {
  /** What is stale in the database, folded. */
  readonly folds: Folds;
  readonly evidence: Evidence;
}

/**
 * The evidence of a room, statement by statement: within one snapshot, or under the lock of its number.
 * @param from 0 is everything; @param aside without any run
 */
export async function evidenceSince(
  db: Tx,
  found: Investigation,
  { folds, evidence: { evidence, runs: done, ofRuns, verified } }: Known,
  { from, aside = false }: { readonly from: number; readonly aside?: boolean },
): Promise<Pick<Delta, 'cells' | 'runs' | 'gone' | 'evidence' | 'progress'>> {
  const { id } = found;
  const changedCells = await db
    .select()
    .from(cells)
    .where(and(eq(cells.investigation, id), gt(cells.seq, from)))
    .orderBy(asc(cells.index));
  const changed = aside
    ? { runs: [], gone: [] }
    : await changedRuns(db, folds, and(eq(runs.investigation, id), gt(runs.seq, from)));
  const [withdrawn] = await db
    .select({ n: count() })
    .from(attempts)
    .innerJoin(shards, eq(shards.id, attempts.shard))
    .where(and(eq(shards.investigation, id), hadResult));
  return {
    cells: changedCells.map(({ index, config, done, of, diverged, lines }) => ({
      index,
      config,
      done,
      of,
      diverged,
      lines: folds.cells.get(index) ?? lines,
    })),
    runs: changed.runs,
    // A snapshot has nothing to take away. What was never in is not missed.
    gone: from === 0 ? [] : changed.gone,
    evidence,
    progress: { runs: done, ofRuns, verified, withdrawn: withdrawn?.n ?? 0 },
  };
}
