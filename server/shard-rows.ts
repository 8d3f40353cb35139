/**
 * Shards and their attempts as rows: locked, read as `transition` sees them, and written back. Many at
 * a time, in a fixed number of statements, because results come in batches.
 */
import { and, asc, eq, getTableColumns, inArray, isNotNull, or, sql } from 'drizzle-orm';
import type { DeviceInfo } from '../compute/engines/engine.ts';
import { attempts, shards } from '../db/schema.ts';
import { among } from './among.ts';
import { programOf, programText } from './interned.ts';
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
  /** The handover that it goes on from. */
  readonly base?: { readonly id: string; readonly step: number } | null;
}

/**
 * The rows of those shards that there are, locked until the transaction ends. Always in one order:
 * batches with shards in common wait for one another, and never in a circle.
 */
export async function lockShards(tx: Tx, ids: readonly string[]): Promise<Map<string, ShardRow>> {
  const rows = await tx
    .select({ ...getTableColumns(shards), program: programText(shards.program) })
    .from(shards)
    .where(among(shards.id, ids))
    .orderBy(asc(shards.id))
    .for('update');
  return new Map(rows.map((row) => [row.id, { ...row, program: programOf(row.program) }]));
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
    .where(among(attempts.shard, [...found.keys()]))
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
  await writeAttempts(tx, changes);
  await updateShards(tx, changes);
}

/** Stores the attempts that changed, of shards that are stored. */
export async function writeAttempts(tx: Tx, changes: readonly ShardChange[]): Promise<void> {
  const changed = changes.flatMap(({ id, before, after, told }) =>
    after.attempts
      .filter((attempt) => !before.attempts.includes(attempt))
      .map((attempt) => {
        const { report = null, seconds = null, base = null } = told?.get(attempt.number) ?? {};
        const deviceClass = report === null ? null : classOf(report);
        const from = { base: base?.id ?? null, baseStep: base?.step ?? 0 };
        return { shard: id, ...attempt, report, deviceClass, seconds, ...from };
      }),
  );
  if (changed.length > 0) {
    await tx.execute(sql`
      insert into attempts (shard, number, device, state, soft_at, hard_at, done, report,
        device_class, seconds, base, base_step)
      select * from json_to_recordset(${JSON.stringify(changed)}::json)
        as v(shard text, number int, device text, state text, "softAt" bigint, "hardAt" bigint,
          done int, report jsonb, "deviceClass" text, seconds float8, base text, "baseStep" int)
      on conflict (shard, number) do update set state = excluded.state, soft_at = excluded.soft_at,
        hard_at = excluded.hard_at, done = excluded.done,
        report = coalesce(excluded.report, attempts.report),
        device_class = coalesce(excluded.device_class, attempts.device_class),
        seconds = coalesce(excluded.seconds, attempts.seconds)`);
  }
}

/** What the row of a shard says of its attempts. */
export const columnsOf = (shard: Shard) => ({
  ...{ accepted: shard.accepted, tries: shard.attempts.length, heldUntil: heldUntil(shard) },
});

/** Stores what follows from the attempts. */
export async function updateShards(tx: Tx, changes: readonly ShardChange[]): Promise<void> {
  if (changes.length === 0) return;
  const rows = changes.map(({ id, after }) => ({ id, ...columnsOf(after) }));
  await tx.execute(sql`
    update shards set accepted = v.accepted, tries = v.tries, held_until = v."heldUntil"
    from json_to_recordset(${JSON.stringify(rows)}::json)
      as v(id text, accepted int, tries int, "heldUntil" bigint)
    where shards.id = v.id`);
}

/** Attempts whose result counted once and does not any more: withdrawn, or gone with what it stood on. */
export const hadResult = or(
  inArray(attempts.state, ['withdrawn', 'recalled']),
  and(eq(attempts.state, 'undone'), isNotNull(attempts.seconds)),
);
