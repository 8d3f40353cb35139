/**
 * Shards and their attempts as rows: locked, read as `transition` sees them, and written back. Many at
 * a time, in a fixed number of statements, because results come in batches.
 */
import { asc, inArray, sql } from 'drizzle-orm';
import type { DeviceInfo } from '../compute/engines/engine.ts';
import { attempts, shards } from '../db/schema.ts';
import type { Tx } from './sequence.ts';
import { heldUntil, newShard, type Shard } from './shards.ts';
import { classOf } from './speeds.ts';

export type ShardRow = typeof shards.$inferSelect;

/** What became of a shard. */
export interface ShardChange {
  readonly id: string;
  readonly before: Shard;
  readonly after: Shard;
  /** What was said with the attempts that changed, by their number. */
  readonly told?: ReadonlyMap<number, Told>;
}

/** What a volunteer says of itself with a lease or a result. */
export interface Told {
  readonly report: DeviceInfo;
  /** How long it computed; null until the result is accepted. */
  readonly seconds: number | null;
}

/**
 * The rows of those shards that there are, locked until the transaction ends. Always in one order:
 * batches with shards in common wait for one another, and never in a circle.
 */
export async function lockShards(tx: Tx, ids: readonly string[]): Promise<Map<string, ShardRow>> {
  const rows = await tx
    .select()
    .from(shards)
    .where(inArray(shards.id, [...ids]))
    .orderBy(asc(shards.id))
    .for('update');
  return new Map(rows.map((row) => [row.id, row]));
}

/** The shards of these rows as `transition` sees them. Lock the rows first. */
export async function readShards(
  tx: Tx,
  rows: readonly Pick<ShardRow, 'id' | 'accepted'>[],
): Promise<Map<string, Shard>> {
  const found = new Map(
    rows.map(({ id, accepted }): [string, Shard] => [id, { ...newShard, accepted }]),
  );
  if (rows.length === 0) return found;
  const all = await tx
    .select()
    .from(attempts)
    .where(inArray(attempts.shard, [...found.keys()]))
    .orderBy(asc(attempts.shard), asc(attempts.number));
  for (const { shard: id, number, device, state, softAt, hardAt, done } of all) {
    const shard = found.get(id) ?? newShard;
    const attempt = { number, device, state, softAt, hardAt, done };
    found.set(id, { ...shard, attempts: [...shard.attempts, attempt] });
  }
  return found;
}

/** Stores what `transition` made of shards. */
export async function writeShards(tx: Tx, changes: readonly ShardChange[]): Promise<void> {
  const changed = changes.flatMap(({ id, before, after, told }) =>
    after.attempts
      .filter((attempt) => !before.attempts.includes(attempt))
      .map((attempt) => {
        const { report = null, seconds = null } = told?.get(attempt.number) ?? {};
        const deviceClass = report === null ? null : classOf(report);
        return { shard: id, ...attempt, report, deviceClass, seconds };
      }),
  );
  if (changed.length > 0) {
    await tx
      .insert(attempts)
      .values(changed)
      .onConflictDoUpdate({
        target: [attempts.shard, attempts.number],
        set: {
          state: sql`excluded.state`,
          softAt: sql`excluded.soft_at`,
          hardAt: sql`excluded.hard_at`,
          done: sql`excluded.done`,
          report: sql`coalesce(excluded.report, ${attempts.report})`,
          deviceClass: sql`coalesce(excluded.device_class, ${attempts.deviceClass})`,
          seconds: sql`coalesce(excluded.seconds, ${attempts.seconds})`,
        },
      });
  }
  if (changes.length === 0) return;
  const rows = changes.map(({ id, after }) => ({
    ...{ id, accepted: after.accepted, tries: after.attempts.length },
    held_until: heldUntil(after),
  }));
  await tx.execute(sql`
    update shards set accepted = v.accepted, tries = v.tries, held_until = v.held_until
    from json_to_recordset(${JSON.stringify(rows)}::json)
      as v(id text, accepted int, tries int, held_until bigint)
    where shards.id = v.id`);
}
