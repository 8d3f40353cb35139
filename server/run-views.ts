/** Runs as a room is shown them. */
import { and, asc, eq, isNotNull, type SQL, sql } from 'drizzle-orm';
import { runs } from '../db/schema.ts';
import type { Folds } from './fold.ts';
import type { Investigation } from './investigations.ts';
import type { RunPlace, RunView } from './protocol.ts';
import type { Tx } from './sequence.ts';
import { LIMITS } from './vocabulary.ts';

/** What is shown of runs, in an order. */
async function read(
  tx: Tx,
  where: SQL | undefined,
  orderBy: SQL[],
  limit: number = LIMITS.runsPerInvestigation,
) {
  return await tx.query.runs.findMany({
    ...{ where, orderBy, limit },
    columns: {
      ...{ id: true, cell: true, seed: true, outcome: true, traces: true, report: true },
      ...{ verified: true, summary: true, device: true },
    },
    with: { by: { columns: { nickname: true } } },
  });
}
type Row = Awaited<ReturnType<typeof read>>[number];

/** Runs that changed, as they are shown; and of those that have no result (any more), the ids. */
export async function changedRuns(
  tx: Tx,
  folds: Folds,
  where: SQL | undefined,
): Promise<{ readonly runs: readonly RunView[]; readonly gone: readonly string[] }> {
  const rows = await read(tx, where, [asc(runs.seq), asc(runs.id)]);
  return {
    runs: rows.flatMap((row) => viewOf(row, folds)),
    gone: rows.flatMap((row) => (row.outcome === null ? row.id : [])),
  };
}

/** The next runs of a room that have a result, by cell and seed. @param after null begins */
export async function runsAfter(
  tx: Tx,
  found: Investigation,
  folds: Folds,
  after: RunPlace | null,
  most: number,
): Promise<readonly RunView[]> {
  const rest =
    after === null ? undefined : sql`(${runs.cell}, ${runs.seed}) > (${after.cell}, ${after.seed})`;
  const where = and(eq(runs.investigation, found.id), isNotNull(runs.outcome), rest);
  const rows = await read(tx, where, [asc(runs.cell), asc(runs.seed)], most);
  return rows.flatMap((row) => viewOf(row, folds));
}

function viewOf(run: Row, folds: Folds): RunView[] {
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
}
