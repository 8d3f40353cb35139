/** The verdict of an investigation, or what it was to somebody who had seen less: a pure function of the stored summaries. */
import { and, asc, count, eq, isNotNull, lte, max } from 'drizzle-orm';
import type { Analysis, RunSummary } from '../compute/studies/study.ts';
import { cells, runs } from '../db/schema.ts';
import { studyOf } from './fold.ts';
import type { Investigation } from './investigations.ts';
import type { Tx } from './sequence.ts';

/** What is stored of a run for its verdict, and the number under which it came. */
export type StoredSummary = RunSummary & { readonly acceptedSeq: number };

/** Summaries of the runs that are in, and came under this number at the latest. */
export async function summariesOf(
  db: Tx,
  found: Investigation,
  upTo = found.seq,
): Promise<StoredSummary[]> {
  const rows = await db
    .select({
      ...{ config: cells.config, seed: runs.seed, outcome: runs.outcome, summary: runs.summary },
      acceptedSeq: runs.acceptedSeq,
    })
    .from(runs)
    .innerJoin(cells, and(eq(cells.investigation, runs.investigation), eq(cells.index, runs.cell)))
    .where(
      and(eq(runs.investigation, found.id), isNotNull(runs.outcome), lte(runs.acceptedSeq, upTo)),
    )
    .orderBy(asc(runs.cell), asc(runs.seed));
  return rows.flatMap(({ outcome, summary, ...run }) =>
    outcome === null || summary === null ? [] : [{ ...run, outcome, summary }],
  );
}

/** The verdict is a pure function of the stored summaries: nothing to keep, nothing to lose. */
export function analysisOf(
  found: Investigation,
  summaries: readonly RunSummary[],
  expected: number,
): Analysis {
  return studyOf(found).analyse(summaries, { null: found.isNull, expected });
}

/** Some analyses take tenths of a second, and rooms are told of more than results. */
const kept = new Map<string, { readonly state: string; readonly analysis: Analysis }>();
const MOST_KEPT = 256;

/** What there is to say now, and of how many runs. It is worked out again only when a run has changed. */
export async function analysisNow(db: Tx, found: Investigation) {
  const [now] = await db
    .select({ total: count(), last: max(runs.seq) })
    .from(runs)
    .where(eq(runs.investigation, found.id));
  const total = now?.total ?? 0;
  const summaries = await summariesOf(db, found);
  const state = `${total} ${now?.last} ${summaries.length}`;
  const known = kept.get(found.id);
  const analysis = known?.state === state ? known.analysis : analysisOf(found, summaries, total);
  // Those that were asked for last stay.
  kept.delete(found.id);
  kept.set(found.id, { state, analysis });
  const [oldest] = kept.keys();
  if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest);
  return { analysis, summaries, total };
}
