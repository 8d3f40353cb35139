/**
 * The kill switch: a version of a study that turned out to be wrong, or to do harm, is stopped in
 * every room at once, at every coordinator. It opens no investigation, leases nothing, renews nothing
 * and counts nothing, until it is let go on. What was counted stays.
 */
import { and, eq, inArray } from 'drizzle-orm';
import { z } from 'zod';
import { studyById } from '../compute/studies/registry.ts';
import type { Database } from '../db/open.ts';
import { investigations, stoppedStudies } from '../db/schema.ts';
import { numberedAll, type Tx } from './sequence.ts';

/** What whoever runs the coordinator orders; `reason` null lets the version go on. */
export const StopOrder = z.object({
  study: z.string().min(1).max(40),
  version: z.string().min(1).max(40),
  reason: z.string().trim().min(1).max(300).nullable(),
});
export type StopOrder = z.infer<typeof StopOrder>;

/** What comes of a message about a shard whose study is stopped. */
export interface Stopped {
  readonly kind: 'refused';
  readonly reason: 'stopped';
}

/** Carries an order out; returns the codes of the rooms that see it, or null without such a study. */
export async function carryOut(
  db: Database,
  { study, version, reason }: StopOrder,
): Promise<readonly string[] | null> {
  return await db.transaction(async (tx) => {
    const rooms = await tx
      .select({ id: investigations.id })
      .from(investigations)
      .where(and(eq(investigations.study, study), eq(investigations.studyVersion, version)));
    // An older version is known by its rooms alone.
    if (rooms.length === 0 && studyById(study)?.version !== version) return null;
    if (reason === null) {
      await tx
        .delete(stoppedStudies)
        .where(and(eq(stoppedStudies.study, study), eq(stoppedStudies.version, version)));
    } else {
      await tx
        .insert(stoppedStudies)
        .values({ study, version, reason })
        .onConflictDoUpdate({
          target: [stoppedStudies.study, stoppedStudies.version],
          set: { reason },
        });
    }
    if (rooms.length === 0) return [];
    const told = await numberedAll(
      tx,
      rooms.map(({ id }) => id),
    );
    return [...told.values()].map(({ code }) => code);
  });
}

/** Why this version of a study is stopped; null if it is not. */
export async function stopOf(db: Database, study: string, version: string): Promise<string | null> {
  const [found] = await db
    .select({ reason: stoppedStudies.reason })
    .from(stoppedStudies)
    .where(and(eq(stoppedStudies.study, study), eq(stoppedStudies.version, version)));
  return found?.reason ?? null;
}

/** Of these investigations, those whose study is stopped, with the reason. */
export async function stopsAmong(
  tx: Pick<Tx, 'select'>,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (ids.length === 0) return new Map();
  const rows = await tx
    .select({ id: investigations.id, reason: stoppedStudies.reason })
    .from(investigations)
    .innerJoin(
      stoppedStudies,
      and(
        eq(stoppedStudies.study, investigations.study),
        eq(stoppedStudies.version, investigations.studyVersion),
      ),
    )
    .where(inArray(investigations.id, [...ids]));
  return new Map(rows.map(({ id, reason }) => [id, reason]));
}
