/**
 * Shards that were leased before and that nobody holds. One that is far too large for a device is left
 * to a faster one while an attempt of it can still count; after that it is cut to the device (S3).
 */
import { and, asc, eq, exists, gt, inArray, isNull, lt, not, or, type SQL, sql } from 'drizzle-orm';
import type { Study } from '../compute/studies/study.ts';
import { attempts, runs, shards } from '../db/schema.ts';
import { startOf } from './handover-rows.ts';
import type { Investigation } from './investigations.ts';
import type { Tx } from './sequence.ts';
import type { ShardRow } from './shard-rows.ts';
import type { Seeker } from './speeds.ts';
import { runSteps } from './vocabulary.ts';

/** A shard so many times what the device trains in 30 s is left to a faster one while it lives. */
const MUCH_TOO_LARGE = 4;
/** Returned shards looked at in one request. */
const LOOKED_AT = 16;

/** Locks one for the device, passing over what another transaction has locked; null if there is none. */
export async function returnedShard(
  tx: Tx,
  { found, study }: { readonly found: Investigation; readonly study: Study },
  { device, now, isObserved, sizeOf }: Seeker,
): Promise<ShardRow | null> {
  const attemptsOf = (which: SQL | undefined) =>
    tx
      .select({ one: sql`1` })
      .from(attempts)
      .where(and(eq(attempts.shard, shards.id), which));
  const free = and(
    eq(shards.investigation, found.id),
    isNull(shards.accepted),
    or(isNull(shards.heldUntil), lt(shards.heldUntil, now)),
    not(exists(attemptsOf(and(eq(attempts.device, device), eq(attempts.state, 'invalid'))))),
    // One whose runs wait for others again is empty (T3).
    exists(tx.select({ one: sql`1` }).from(runs).where(eq(runs.shard, shards.id))),
  );
  const alive = exists(
    attemptsOf(and(inArray(attempts.state, ['active', 'away']), gt(attempts.hardAt, now))),
  );
  const candidates = await tx
    .select({ shard: shards, alive: sql<boolean>`${alive}` })
    .from(shards)
    .where(free)
    .orderBy(asc(shards.tries), asc(shards.position))
    .limit(LOOKED_AT);
  for (const { shard, alive: mayCome } of candidates) {
    const size = isObserved ? sizeOf(shard.program, study) : Number.POSITIVE_INFINITY;
    const runsIn = shard.work / shard.program.steps;
    if (mayCome && runsIn > MUCH_TOO_LARGE * size) continue;
    const [locked] = await tx
      .select()
      .from(shards)
      .where(and(free, eq(shards.id, shard.id)))
      .for('update', { skipLocked: true });
    if (locked === undefined) continue;
    // Its runs go on together where somebody got to.
    const whole = mayCome || runsIn <= size || (await startOf(tx, shard.id)) !== null;
    return whole ? locked : await cut(tx, locked, size);
  }
  return null;
}

/** Leaves a shard its first runs; the others are in no shard again. */
async function cut(tx: Tx, shard: ShardRow, size: number): Promise<ShardRow> {
  const all = await tx
    .select({ id: runs.id })
    .from(runs)
    .where(eq(runs.shard, shard.id))
    .orderBy(asc(runs.repeat), asc(runs.cell));
  const surplus = all.slice(size).map((r) => r.id);
  await tx.update(runs).set({ shard: null }).where(inArray(runs.id, surplus));
  const work = runSteps(shard.program, size);
  await tx.update(shards).set({ work }).where(eq(shards.id, shard.id));
  return { ...shard, work };
}
