/**
 * Which cell teaches most: the one whose effect is known least, by the summaries that are in; and which
 * cell is trained next, with the reason (S2, S5), as the room is told.
 */
import { and, asc, count, eq, isNotNull, isNull, sql } from 'drizzle-orm';
import { studentT95 } from '../compute/analysis/stats.ts';
import { studyById } from '../compute/studies/registry.ts';
import type { Database } from '../db/open.ts';
import { runs } from '../db/schema.ts';
import type { Investigation } from './investigations.ts';
import type { NextCell } from './protocol.ts';

/** From this repeat on, the most informative cell goes first (S5). */
export const INFORMED_FROM = 2;

/**
 * The cell that the next lease begins with; null while no run is left to lease. It is a forecast: somebody
 * may lease between, and a device whose shape of shard differs is given others.
 */
export async function nextCell(db: Database, found: Investigation): Promise<NextCell | null> {
  const open = await db
    .select({ cell: runs.cell, repeat: sql<number>`min(${runs.repeat})::int` })
    .from(runs)
    .where(and(eq(runs.investigation, found.id), isNull(runs.shard), eq(runs.waits, false)))
    .groupBy(runs.cell)
    .orderBy(sql`min(${runs.repeat})`, asc(runs.cell));
  const [first] = open;
  if (first === undefined) return null;
  const inTurn = { cell: first.cell, why: 'turn', half: null } as const;
  const { effect } = studyById(found.study) ?? {};
  if (first.repeat < INFORMED_FROM || effect === undefined) return inTurn;
  const waits = new Set(open.map(({ cell }) => cell));
  const widest = (await widestCells(db, found.id, effect)).find(({ cell }) => waits.has(cell));
  if (widest === undefined) return inTurn;
  const half = Number.isFinite(widest.half) ? widest.half : null;
  return { cell: widest.cell, why: 'widest', half };
}

export interface Width {
  readonly cell: number;
  /** Half the 95% interval of the mean; infinite below two values. */
  readonly half: number;
}

/** Cells by the width of the 95% interval of the mean of this summary, widest first. */
export async function widestCells(
  db: Database,
  investigation: string,
  effect: string,
): Promise<readonly Width[]> {
  const value = sql`(${runs.summary}->>${effect})::float8`;
  const rows = await db
    .select({ cell: runs.cell, n: count(value), sd: sql<number | null>`stddev_samp(${value})` })
    .from(runs)
    .where(and(eq(runs.investigation, investigation), isNotNull(runs.summary)))
    .groupBy(runs.cell);
  return rows
    .map(({ cell, n, sd }) => ({ cell, half: halfWidth(n, sd) }))
    .sort((a, b) => (a.half === b.half ? 0 : b.half - a.half) || a.cell - b.cell);
}

/**
 * Half the 95% interval of a mean by Student's t. Below two values it is unbounded; but a cell in
 * which no run has the effect (all diverged) would not come to have it by more seeds.
 */
function halfWidth(n: number, sd: number | null): number {
  if (n === 0) return 0;
  return n < 2 || sd === null ? Number.POSITIVE_INFINITY : (studentT95(n - 1) * sd) / Math.sqrt(n);
}
