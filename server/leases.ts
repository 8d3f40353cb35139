/**
 * Leases in the database: every decision is `transition`'s, applied to rows that are
 * locked for the length of one transaction.
 */
import { and, asc, count, eq, exists, isNull, lt, not, or, sql } from 'drizzle-orm';
import type { DeviceInfo } from '../compute/engines/engine.ts';
import type { Database } from '../db/open.ts';
import { attempts, investigations, runs, shards } from '../db/schema.ts';
import { findInvestigation } from './investigations.ts';
import { type Lease, type Refusal, runSteps, type Work } from './protocol.ts';
import { refuse } from './refusal.ts';
import type { HeldLease } from './rooms.ts';
import type { Tx } from './sequence.ts';
import {
  type Durations,
  heldUntil,
  type Outcome,
  type Shard,
  type ShardEvent,
  transition,
} from './shards.ts';

/** A device that gave this many invalid results gets no more work in the investigation. */
const MAX_INVALID = 3;
const NO_WORK_RETRY_MS = 3_000;

/** Leases the next shard of a room to a device: what the device is told, and what the room sees. */
export async function leaseShard(
  db: Database,
  input: {
    readonly code: string;
    readonly device: string;
    readonly report: DeviceInfo;
    readonly now: number;
  } & Durations,
): Promise<{ readonly lease: Lease; readonly held: HeldLease } | Refusal> {
  const { code, device, report, now, softMs, hardMs } = input;
  const found = await findInvestigation(db, code);
  if (found === null) return refuse('not-found', `There is no room ${code}.`);
  if (found.state !== 'running') {
    return refuse('not-running', `The investigation is ${found.state}.`, NO_WORK_RETRY_MS);
  }
  const invalidHere = db
    .select({ one: sql`1` })
    .from(attempts)
    .where(
      and(
        eq(attempts.shard, shards.id),
        eq(attempts.device, device),
        eq(attempts.state, 'invalid'),
      ),
    );
  const [invalid] = await db
    .select({ n: count() })
    .from(attempts)
    .innerJoin(shards, eq(shards.id, attempts.shard))
    .where(
      and(
        eq(shards.investigation, found.id),
        eq(attempts.device, device),
        eq(attempts.state, 'invalid'),
      ),
    );
  if ((invalid?.n ?? 0) >= MAX_INVALID) {
    return refuse(
      'not-allowed',
      'Three results of this device did not fit what was asked for, so it gets no more work here.',
    );
  }
  return await db.transaction(async (tx) => {
    const [row] = await tx
      .select()
      .from(shards)
      .where(
        and(
          eq(shards.investigation, found.id),
          isNull(shards.accepted),
          or(isNull(shards.heldUntil), lt(shards.heldUntil, now)),
          not(exists(invalidHere)),
        ),
      )
      .orderBy(asc(shards.tries), asc(shards.position))
      .limit(1)
      .for('update', { skipLocked: true });
    if (row === undefined) return refuse('no-work', undefined, NO_WORK_RETRY_MS);
    const before = await readShard(tx, row.id, row.accepted);
    const { shard, outcome } = transition(before, { kind: 'lease', device, now, softMs, hardMs });
    if (outcome.kind !== 'leased') return refuse('no-work', undefined, NO_WORK_RETRY_MS);
    await writeShard(tx, row.id, before, shard, report);
    const packed = await packOf(tx, row.id);
    const { attempt, softAt } = outcome;
    const at = { code, shard: row.id, attempt };
    return {
      lease: {
        ...{ ...at, study: found.study, deadlines: { softMs, hardMs } },
        pack: {
          program: row.program,
          runs: packed.map(({ id, seed, hyper }) => ({ id, seed, hyper })),
        },
      },
      held: { ...at, startedAt: now, softAt, work: workOf(row, packed, report, 0) },
    };
  });
}

/** The lease of an attempt as its room sees it: for a socket that takes it up again. */
export async function heldLease(
  db: Database,
  shard: string,
  attempt: number,
): Promise<HeldLease | null> {
  const [row] = await db
    .select({ attempt: attempts, shard: shards, code: investigations.code })
    .from(attempts)
    .innerJoin(shards, eq(shards.id, attempts.shard))
    .innerJoin(investigations, eq(investigations.id, shards.investigation))
    .where(and(eq(attempts.shard, shard), eq(attempts.number, attempt)));
  if (row === undefined || row.attempt.report === null) return null;
  const { createdAt, softAt, done, report } = row.attempt;
  const work = workOf(row.shard, await packOf(db, shard), report, done);
  return { code: row.code, shard, attempt, startedAt: createdAt.getTime(), softAt, work };
}

function workOf(
  { id, program }: Pick<typeof shards.$inferSelect, 'id' | 'program'>,
  pack: Awaited<ReturnType<typeof packOf>>,
  { backend, adapter }: DeviceInfo,
  done: number,
): Work {
  const total = runSteps(program, pack.length);
  return {
    ...{ shard: id, backend, adapter, done: Math.min(done, total), total },
    runs: pack.map((run) => run.id),
    cells: pack.map((run) => run.cell),
    seeds: pack.map((run) => run.seed),
  };
}

async function packOf(db: Database | Tx, shard: string) {
  return await db
    .select({ id: runs.id, cell: runs.cell, seed: runs.seed, hyper: runs.hyper })
    .from(runs)
    .where(eq(runs.shard, shard))
    .orderBy(asc(runs.cell), asc(runs.seed));
}

/** Applies progress or a release. */
export async function applyEvent(
  db: Database,
  shardId: string,
  event: Extract<ShardEvent, { kind: 'progress' | 'release' }>,
): Promise<Outcome> {
  return await db.transaction(async (tx) => {
    const row = await lockShard(tx, shardId);
    if (row === null) return { kind: 'refused', reason: 'not-found' };
    const before = await readShard(tx, shardId, row.accepted);
    const { shard, outcome } = transition(before, event);
    if (shard !== before) await writeShard(tx, shardId, before, shard);
    return outcome;
  });
}

/** The shard's row, locked until the transaction ends; null without such a shard. */
export async function lockShard(tx: Tx, id: string) {
  const [row] = await tx.select().from(shards).where(eq(shards.id, id)).for('update');
  return row ?? null;
}

/** The shard and its attempts as `transition` sees them. Lock the row first. */
export async function readShard(tx: Tx, id: string, accepted: number | null): Promise<Shard> {
  const rows = await tx
    .select()
    .from(attempts)
    .where(eq(attempts.shard, id))
    .orderBy(asc(attempts.number));
  return {
    accepted,
    attempts: rows.map(({ number, device, state, softAt, hardAt, done }) => ({
      ...{ number, device, state, softAt, hardAt, done },
    })),
  };
}

/** Stores what `transition` made of a shard; `report` is the device of the attempts it changed. */
export async function writeShard(
  tx: Tx,
  id: string,
  before: Shard,
  after: Shard,
  report?: DeviceInfo,
): Promise<void> {
  for (const attempt of after.attempts) {
    if (before.attempts.includes(attempt)) continue;
    const told = report === undefined ? {} : { report };
    await tx
      .insert(attempts)
      .values({ shard: id, ...attempt, ...told })
      .onConflictDoUpdate({
        target: [attempts.shard, attempts.number],
        set: { ...attempt, ...told },
      });
  }
  await tx
    .update(shards)
    .set({ accepted: after.accepted, tries: after.attempts.length, heldUntil: heldUntil(after) })
    .where(eq(shards.id, id));
}
