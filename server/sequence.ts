/** The sequence number of an investigation: every change that its room sees takes the next one. */
import { eq, sql } from 'drizzle-orm';
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
