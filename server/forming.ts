/**
 * Which shard a device gets: formed when it is leased, of runs that are in none, as many of one shape
 * as the device trains in about 30 s (S1); else one that was leased before and that nobody
 * holds. A shard that no attempt can deliver any more is cut to the device (S3). Rows are locked for
 * the length of the transaction, and what another transaction has locked is passed over.
 */
import { randomUUID } from 'node:crypto';
import { and, asc, eq, exists, gt, inArray, isNull, lt, not, or, type SQL, sql } from 'drizzle-orm';
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
  const lock = { skipLocked: true } as const;
  const firstBy = async (order: readonly SQL[]) => {
    const [row] = await tx
      .select()
      .from(runs)
      .where(open)
      .orderBy(...order)
      .limit(1)
      .for('update', lock);
    return row;
  };
  const inTurn = await firstBy(IN_TURN);
  if (inTurn === undefined) return null;
  const order = await orderOf(tx, found, study, inTurn.repeat);
  const first = order === IN_TURN ? inTurn : await firstBy(order);
  if (first === undefined) return null;
  const { program, repeat, cell } = first;
  const same = and(open, eq(runs.program, program), not(eq(runs.id, first.id)));
  const size = sizeOf(program);
  const take = async (which: SQL | undefined, most: number) => {
    if (most <= 0) return [];
    const taken = await tx
      .select({ id: runs.id })
      .from(runs)
      .where(and(same, which))
      .orderBy(...order)
      .limit(most)
      .for('update', lock);
    return taken.map((r) => r.id);
  };
  const firsts = repeat === 0;
  const ids = [first.id, ...(await take(firsts ? eq(runs.repeat, 0) : undefined, size - 1))];
  // Cells of other shapes wait for their first seed: no second seeds yet, even if they would fit.
  if (firsts && ids.length < size && !(await firstsWait(tx, open, program))) {
    ids.push(...(await take(gt(runs.repeat, 0), size - ids.length)));
  }
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

/** Whether a cell of another shape has no run in a shard yet. */
async function firstsWait(tx: Tx, open: SQL | undefined, program: ProgramSpec): Promise<boolean> {
  const [waiting] = await tx
    .select({ id: runs.id })
    .from(runs)
    .where(and(open, eq(runs.repeat, 0), not(eq(runs.program, program))))
    .limit(1);
  return waiting !== undefined;
}

/**
 * Repeats before cells. Open runs have no shard, so that this column orders nothing: it is there for
 * the index `runs_open`, which PostgreSQL reads in its order only if every column of it is named.
 */
const IN_TURN: readonly SQL[] = [asc(runs.shard), asc(runs.repeat), asc(runs.cell)];

/** Past the second repeat the cell with the widest interval first (S5). */
async function orderOf(
  tx: Tx,
  found: Investigation,
  study: Study,
  repeat: number,
): Promise<readonly SQL[]> {
  if (study.effect === undefined || repeat < INFORMED_FROM) return IN_TURN;
  const ranked = await widestCells(tx, found.id, study.effect);
  if (ranked.length === 0) return IN_TURN;
  const list = sql.join(
    ranked.map((cell) => sql`${cell}::int`),
    sql`, `,
  );
  return [sql`array_position(array[${list}], ${runs.cell}) nulls last`, ...IN_TURN];
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
