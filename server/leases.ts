/**
 * Leases in the database: every decision is `transition`'s, applied to rows that are
 * locked for the length of one transaction.
 */
import { and, asc, count, eq, exists, gt, inArray, isNull, sql } from 'drizzle-orm';
import type { DeviceInfo } from '../compute/engines/engine.ts';
import { studyById } from '../compute/studies/registry.ts';
import type { Database } from '../db/open.ts';
import { attempts, investigations, runs, shards } from '../db/schema.ts';
import { isForger } from './audits.ts';
import { type Seeker, shardFor } from './forming.ts';
import { findInvestigation, type Investigation } from './investigations.ts';
import { type Lease, type Refusal, runSteps, type Work } from './protocol.ts';
import { refuse } from './refusal.ts';
import type { HeldLease } from './rooms.ts';
import type { Tx } from './sequence.ts';
import { lockShards, readShards, writeShards } from './shard-rows.ts';
import { type Durations, newShard, type Outcome, type ShardEvent, transition } from './shards.ts';
import { type Stopped, stopOf, stopsAmong } from './stops.ts';

/** A device that gave this many invalid results gets no more work in the investigation. */
const MAX_INVALID = 3;
const NO_WORK_RETRY_MS = 3_000;
const FAIR_OVER_MS = 5 * 60_000;
const STOPPED_RETRY_MS = 30_000;

export interface LeaseInput extends Seeker, Durations {
  /** Null: of whichever running investigation has had least lately. */
  readonly code: string | null;
}

type Leased = { readonly lease: Lease; readonly held: HeldLease };

/** Leases the next shard to a device: what the device is told, and what the room sees. */
export async function leaseShard(db: Database, input: LeaseInput): Promise<Leased | Refusal> {
  if (input.code === null) return await leaseAnywhere(db, input);
  const found = await findInvestigation(db, input.code);
  if (found === null) return refuse('not-found', `There is no room ${input.code}.`);
  if (found.state !== 'running') {
    return refuse('not-running', `The investigation is ${found.state}.`, NO_WORK_RETRY_MS);
  }
  return await leaseOf(db, found, input);
}

/**
 * Investigations share who has no preference: the one that was leased least in the last minutes
 * first. Leases are counted, because each is about as much of a device's time (S4).
 */
async function leaseAnywhere(db: Database, input: LeaseInput): Promise<Leased | Refusal> {
  const lately = db
    .select({ investigation: shards.investigation, n: count().as('n') })
    .from(attempts)
    .innerJoin(shards, eq(shards.id, attempts.shard))
    .where(gt(attempts.createdAt, new Date(input.now - FAIR_OVER_MS)))
    .groupBy(shards.investigation)
    .as('lately');
  const waiting = db
    .select({ one: sql`1` })
    .from(runs)
    .where(and(eq(runs.investigation, investigations.id), isNull(runs.outcome)));
  const running = await db
    .select({ found: investigations })
    .from(investigations)
    .leftJoin(lately, eq(lately.investigation, investigations.id))
    .where(and(eq(investigations.state, 'running'), exists(waiting)))
    .orderBy(sql`coalesce(${lately.n}, 0)`, asc(investigations.createdAt));
  for (const { found } of running) {
    const leased = await leaseOf(db, found, input);
    if (!('ok' in leased)) return leased;
  }
  return refuse('no-work', undefined, NO_WORK_RETRY_MS);
}

async function leaseOf(
  db: Database,
  found: Investigation,
  input: LeaseInput,
): Promise<Leased | Refusal> {
  const { device, report, now, softMs, hardMs } = input;
  const { code } = found;
  const study = studyById(found.study);
  if (study === null) {
    return refuse('no-work', `The study ${found.study} is not part of this version.`);
  }
  const stopped = await stopOf(db, found.study, found.studyVersion);
  if (stopped !== null) return refuse('stopped', stopped, STOPPED_RETRY_MS);
  const [invalid] = await db
    .select({ n: count() })
    .from(attempts)
    .innerJoin(shards, eq(shards.id, attempts.shard))
    .where(
      and(
        eq(shards.investigation, found.id),
        eq(attempts.device, device),
        inArray(attempts.state, ['invalid', 'withdrawn']),
      ),
    );
  if ((invalid?.n ?? 0) >= MAX_INVALID) {
    return refuse(
      'not-allowed',
      'Three results of this device did not fit what was asked for, so it gets no more work here.',
    );
  }
  if (await isForger(db, device)) {
    return refuse(
      'not-allowed',
      'A result of this device was trained again elsewhere and came out otherwise, so it gets no more work. If nobody tampered with it, its hardware or browser computes wrongly.',
    );
  }
  return await db.transaction(async (tx) => {
    const row = await shardFor(tx, found, study, input);
    if (row === null) return refuse('no-work', undefined, NO_WORK_RETRY_MS);
    const before = (await readShards(tx, [row])).get(row.id) ?? newShard;
    const { shard, outcome } = transition(before, { kind: 'lease', device, now, softMs, hardMs });
    if (outcome.kind !== 'leased') return refuse('no-work', undefined, NO_WORK_RETRY_MS);
    const { attempt, softAt } = outcome;
    const told = new Map([[attempt, { report, seconds: null }]]);
    await writeShards(tx, [{ id: row.id, before, after: shard, told }]);
    const packed = await packOf(tx, row.id);
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
): Promise<Outcome | Stopped> {
  return await db.transaction(async (tx) => {
    const row = (await lockShards(tx, [shardId])).get(shardId);
    if (row === undefined) return { kind: 'refused', reason: 'not-found' };
    const stopped = (await stopsAmong(tx, [row.investigation])).has(row.investigation);
    if (stopped && event.kind === 'progress') return { kind: 'refused', reason: 'stopped' };
    const before = (await readShards(tx, [row])).get(shardId) ?? newShard;
    const { shard, outcome } = transition(before, event);
    if (shard !== before) await writeShards(tx, [{ id: shardId, before, after: shard }]);
    return outcome;
  });
}
