/** The sequence number of an investigation: every change that its room sees takes the next one. */
import { asc, eq, inArray, sql } from 'drizzle-orm';
import type { Database } from '../db/open.ts';
import { investigations } from '../db/schema.ts';

/** A transaction of the database. */
export type Tx = Parameters<Parameters<Database['transaction']>[0]>[0];

/**
 * Numbers a change: returns the investigation with its new number. The row stays locked until the
 * transaction ends, so that numbers become visible in their order, one transaction at a time.
 */
export async function numbered(
  tx: Tx,
  investigation: string,
): Promise<typeof investigations.$inferSelect> {
  const [row] = await tx
    .update(investigations)
    .set({ seq: sql`${investigations.seq} + 1` })
    .where(eq(investigations.id, investigation))
    .returning();
  if (row === undefined) throw new Error(`The investigation ${investigation} is gone.`);
  return row;
}

/**
 * Numbers a change of several investigations: each with its new number, by id. Their rows are locked
 * in one order first, so that transactions with several in common never wait in a circle.
 */
export async function numberedAll(
  tx: Tx,
  ids: readonly string[],
): Promise<Map<string, typeof investigations.$inferSelect>> {
  const all = inArray(investigations.id, [...ids]);
  if (ids.length > 1) {
    const id = { id: investigations.id };
    await tx
      .select(id)
      .from(investigations)
      .where(all)
      .orderBy(asc(investigations.id))
      // As strong as the update below, and no stronger: a lease may refer to the row meanwhile.
      .for('no key update');
  }
  const rows = await tx
    .update(investigations)
    .set({ seq: sql`${investigations.seq} + 1` })
    .where(all)
    .returning();
  return new Map(rows.map((row) => [row.id, row]));
}
