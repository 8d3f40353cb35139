/** The runs of an investigation as verdicts and predictions read them. */
import { and, asc, eq, isNotNull } from 'drizzle-orm';
import type { RunSummary } from '../compute/studies/study.ts';
import { cells, runs } from '../db/schema.ts';
import type { Investigation } from './investigations.ts';
import type { Tx } from './sequence.ts';

/** Every accepted run, by cell and seed. */
export async function summariesOf(
  tx: Pick<Tx, 'select'>,
  { id }: Pick<Investigation, 'id'>,
): Promise<RunSummary[]> {
  const rows = await tx
    .select({ config: cells.config, seed: runs.seed, outcome: runs.outcome, summary: runs.summary })
    .from(runs)
    .innerJoin(cells, and(eq(cells.investigation, runs.investigation), eq(cells.index, runs.cell)))
    .where(and(eq(runs.investigation, id), isNotNull(runs.outcome)))
    .orderBy(asc(runs.cell), asc(runs.seed));
  return rows.flatMap(({ config, seed, outcome, summary }) =>
    outcome === null || summary === null ? [] : [{ config, seed, outcome, summary }],
  );
}
