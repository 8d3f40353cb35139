/** The few numbers of each run that verdicts and predictions stand on. */
import { and, asc, eq, isNotNull, lte, sql } from 'drizzle-orm';
import type { RunSummary } from '../compute/studies/study.ts';
import { cells, runs } from '../db/schema.ts';
import type { Investigation } from './investigations.ts';
import type { Tx } from './sequence.ts';

const isIn = (found: Investigation, upTo: number) =>
  and(eq(runs.investigation, found.id), isNotNull(runs.outcome), lte(runs.acceptedSeq, upTo));
const ofItsCell = and(eq(cells.investigation, runs.investigation), eq(cells.index, runs.cell));

/** Summaries of the runs that are in, and came under this number at the latest. */
export async function summariesOf(
  tx: Tx,
  found: Investigation,
  upTo = found.seq,
): Promise<RunSummary[]> {
  const rows = await tx
    .select({ config: cells.config, seed: runs.seed, outcome: runs.outcome, summary: runs.summary })
    .from(runs)
    .innerJoin(cells, ofItsCell)
    .where(isIn(found, upTo))
    .orderBy(asc(runs.cell), asc(runs.seed));
  return rows.flatMap(({ config, seed, outcome, summary }) =>
    outcome === null || summary === null ? [] : [{ config, seed, outcome, summary }],
  );
}

/**
 * The same as the database writes it, for a thread: JSON of `[config, seed, outcome, summary, number]` each. The
 * coordinator's own thread does not take it apart.
 */
export async function summariesAsText(tx: Tx, found: Investigation, upTo: number): Promise<string> {
  const [row] = await tx
    .select({
      text: sql<string | null>`json_agg(
        json_build_array(${cells.config}, ${runs.seed}, ${runs.outcome}, ${runs.summary}, ${runs.acceptedSeq})
        order by ${runs.cell}, ${runs.seed})::text`,
    })
    .from(runs)
    .innerJoin(cells, ofItsCell)
    .where(and(isIn(found, upTo), isNotNull(runs.summary)));
  return row?.text ?? '[]';
}
