/**
 * Which shard a device gets: formed when it is leased, of runs that are in none, as many of one shape
 * as the device trains in about 30 s (S1); else one that was leased before and that nobody
 * holds. A shard that no attempt can deliver any more is cut to the device (S3). Rows are locked for
 * the length of the transaction, and what another transaction has locked is passed over.
 */
import { randomUUID } from 'node:crypto';
import {
  and,
  asc,
  eq,
  exists,
  gt,
  inArray,
  isNull,
  lt,
  min,
  not,
  or,
  type SQL,
  sql,
} from 'drizzle-orm';
import type { DeviceInfo } from '../compute/engines/engine.ts';
import type { ProgramSpec } from '../compute/programs/program.ts';
import type { Study } from '../compute/studies/study.ts';
import { attempts, runs, shards } from '../db/schema.ts';
import { widestCells } from './informative.ts';
import type { Investigation } from './investigations.ts';
import { LIMITS, runSteps } from './protocol.ts';
import type { Tx } from './sequence.ts';
import { type Observation, runsPerSecond, shardSize } from './sizing.ts';

/** A shard so many times what the device trains in 30 s is left to a faster one while it lives. */
const MUCH_TOO_LARGE = 4;
/** Returned shards looked at in one request. */
const LOOKED_AT = 16;
/** The speed of late, of the device and of its class. */
const OBSERVED = { own: 4, class: 16 };
/** From this repeat on, the most informative cell goes first. */
const INFORMED_FROM = 2;

export interface Seeker {
  readonly device: string;
  readonly report: DeviceInfo;
  readonly now: number;
}

export type ShardRow = typeof shards.$inferSelect;

/** Devices that may be expected to be equally fast. */
export const classOf = ({ backend, adapter }: DeviceInfo): string =>
  adapter === null ? backend : `${backend} ${adapter}`;

/** A locked shard for the device, or null if there is none. */
export async function shardFor(
  tx: Tx,
  found: Investigation,
  study: Study,
  seeker: Seeker,
): Promise<ShardRow | null> {
  const observed = await observationsOf(tx, seeker);
  const sizeOf = (program: ProgramSpec) =>
    shardSize(program, runsPerSecond(program, observed), study.packSize);
  const formed = await formShard(tx, found, study, sizeOf);
  if (formed !== null) return formed;
  return await returnedShard(tx, found, seeker, observed.length > 0 ? sizeOf : null);
}

/** What is known of the device's speed, or of its class while it has trained nothing. */
async function observationsOf(tx: Tx, { device, report }: Seeker): Promise<Observation[]> {
  const read = async (whose: SQL, most: number) => {
    const rows = await tx
      .select({ program: shards.program, work: shards.work, seconds: attempts.seconds })
      .from(attempts)
      .innerJoin(shards, eq(shards.id, attempts.shard))
      .where(and(whose, eq(attempts.deviceClass, classOf(report)), gt(attempts.seconds, 0)))
      .orderBy(sql`${attempts.createdAt} desc`)
      .limit(most);
    return rows.map(({ program, work, seconds }) => ({
      ...{ program, runs: work / program.steps, seconds: seconds ?? 0 },
    }));
  };
  const own = await read(eq(attempts.device, device), OBSERVED.own);
  return own.length > 0 ? own : await read(sql`true`, OBSERVED.class);
}

/** A new shard of runs that are in none, the first seed of every cell before any second (S2). */
async function formShard(
  tx: Tx,
  found: Investigation,
  study: Study,
  sizeOf: (program: ProgramSpec) => number,
): Promise<ShardRow | null> {
  const open = and(eq(runs.investigation, found.id), isNull(runs.shard));
  const order = await orderOf(tx, found, study, open);
  const lock = { skipLocked: true } as const;
  const [first] = await tx
    .select()
    .from(runs)
    .where(open)
    .orderBy(...order)
    .limit(1)
    .for('update', lock);
  if (first === undefined) return null;
  const { program, repeat, cell } = first;
  const same = and(open, eq(runs.program, program));
  // Cells of other shapes wait for their first seed: no second seeds yet, even if they would fit.
  const [waiting] = await tx
    .select({ repeat: min(runs.repeat) })
    .from(runs)
    .where(and(open, not(eq(runs.program, program))));
  const firstsOnly = repeat === 0 && waiting?.repeat === 0;
  const others = await tx
    .select({ id: runs.id })
    .from(runs)
    .where(and(same, not(eq(runs.id, first.id)), firstsOnly ? eq(runs.repeat, 0) : undefined))
    .orderBy(...order)
    .limit(sizeOf(program) - 1)
    .for('update', lock);
  const ids = [first.id, ...others.map((r) => r.id)];
  const [shard] = await tx
    .insert(shards)
    .values({
      ...{ id: randomUUID(), investigation: found.id, program },
      position: repeat * LIMITS.runsPerInvestigation + cell,
      work: runSteps(program, ids.length),
    })
    .returning();
  if (shard === undefined) throw new Error('The new shard was not stored.');
  await tx.update(runs).set({ shard: shard.id }).where(inArray(runs.id, ids));
  return shard;
}

/** Repeats before cells; past the second repeat the cell with the widest interval first (S5). */
async function orderOf(
  tx: Tx,
  found: Investigation,
  study: Study,
  open: SQL | undefined,
): Promise<SQL[]> {
  const inTurn = [asc(runs.repeat), asc(runs.cell)];
  if (study.effect === undefined) return inTurn;
  const [next] = await tx
    .select({ repeat: min(runs.repeat) })
    .from(runs)
    .where(open);
  if ((next?.repeat ?? 0) < INFORMED_FROM) return inTurn;
  const ranked = await widestCells(tx, found.id, study.effect);
  if (ranked.length === 0) return inTurn;
  const list = sql.join(
    ranked.map((cell) => sql`${cell}::int`),
    sql`, `,
  );
  return [sql`array_position(array[${list}], ${runs.cell}) nulls last`, ...inTurn];
}

/** A shard that was leased before and that nobody holds; tried least, and needed first, goes first. */
async function returnedShard(
  tx: Tx,
  found: Investigation,
  { device, now }: Seeker,
  sizeOf: ((program: ProgramSpec) => number) | null,
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
    const size = sizeOf?.(shard.program) ?? Number.POSITIVE_INFINITY;
    const runsIn = shard.work / shard.program.steps;
    if (mayCome && runsIn > MUCH_TOO_LARGE * size) continue;
    const [locked] = await tx
      .select()
      .from(shards)
      .where(and(free, eq(shards.id, shard.id)))
      .for('update', { skipLocked: true });
    if (locked === undefined) continue;
    return mayCome || runsIn <= size ? locked : await cut(tx, locked, size);
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
