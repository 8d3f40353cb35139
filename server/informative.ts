/** Which cell teaches most: the one whose effect is known least, by the summaries that are in. */
import { and, count, eq, isNotNull, sql } from 'drizzle-orm';
import { studentT95 } from '../compute/analysis/stats.ts';
import type { Database } from '../db/open.ts';
import { runs } from '../db/schema.ts';

/** Cells by the width of the 95% interval of the mean of this summary, widest first. */
export async function widestCells(
  db: Database,
  investigation: string,
  effect: string,
): Promise<readonly number[]> {
  const value = sql`(${runs.summary}->>${effect})::float8`;
  const rows = await db
    .select({ cell: runs.cell, n: count(value), sd: sql<number | null>`stddev_samp(${value})` })
    .from(runs)
    .where(and(eq(runs.investigation, investigation), isNotNull(runs.summary)))
    .groupBy(runs.cell);
  return rows
    .map(({ cell, n, sd }) => ({ cell, half: halfWidth(n, sd) }))
    .sort((a, b) => b.half - a.half || a.cell - b.cell)
    .map(({ cell }) => cell);
}

/**
 * Half the 95% interval of a mean by Student's t. Below two values it is unbounded; but a cell in
 * which no run has the effect (all diverged) would not come to have it by more seeds.
 */
function halfWidth(n: number, sd: number | null): number {
  if (n === 0) return 0;
  return n < 2 || sd === null ? Number.POSITIVE_INFINITY : (studentT95(n - 1) * sd) / Math.sqrt(n);
}
