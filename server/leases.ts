/**
 * Leases and results in the database: every decision is `transition`'s, applied to rows that are
 * locked for the length of one transaction.
 */
import { and, asc, count, eq, exists, isNull, lt, not, or, sql } from 'drizzle-orm';
import type { DeviceInfo } from '../compute/engines/engine.ts';
import { studyById } from '../compute/studies/registry.ts';
import type { RunRecord } from '../compute/studies/study.ts';
import type { Database } from '../db/open.ts';
import { attempts, cells, investigations, runs, shards } from '../db/schema.ts';
import { cellLines, tracesOf } from './aggregate.ts';
import { findInvestigation } from './investigations.ts';
import type { Lease, Refusal, RequestValue } from './protocol.ts';
import { refuse } from './refusal.ts';
import {
  type Durations,
  heldUntil,
  type Outcome,
  type Shard,
  type ShardEvent,
  transition,
} from './shards.ts';
import { bytesOf, floatsOf, problemOf, runsOf, type SubmittedRun } from './validate.ts';

/** A device that gave this many invalid results gets no more work in the investigation. */
const MAX_INVALID = 3;
const NO_WORK_RETRY_MS = 3_000;

type Tx = Parameters<Parameters<Database['transaction']>[0]>[0];

export interface Held {
  readonly shard: string;
  readonly attempt: number;
}

/** Leases the next shard of a room to a device. */
export async function leaseShard(
  db: Database,
  input: {
    readonly code: string;
    readonly device: string;
    readonly report: DeviceInfo;
    readonly now: number;
  } & Durations,
): Promise<(Lease & { readonly runIds: readonly string[] }) | Refusal> {
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
    const packed = await tx
      .select()
      .from(runs)
      .where(eq(runs.shard, row.id))
      .orderBy(asc(runs.cell), asc(runs.seed));
    return {
      ...{ shard: row.id, attempt: outcome.attempt, code, study: found.study },
      pack: {
        program: row.program,
        runs: packed.map(({ id, seed, hyper }) => ({ id, seed, hyper })),
      },
      deadlines: { softMs, hardMs },
      runIds: packed.map((r) => r.id),
    };
  });
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

/**
 * A result: checked, decided, and if it is the one that counts, stored with its runs, folded into
 * the aggregates of its cells and numbered, all in one transaction. Acknowledge only after this.
 */
export async function submitResult(
  db: Database,
  device: string,
  input: RequestValue<'result.submit'>,
  now: number,
): Promise<{
  readonly outcome: Outcome;
  readonly code: string | null;
  readonly problem: string | null;
}> {
  return await db.transaction(async (tx) => {
    const row = await lockShard(tx, input.shard);
    if (row === null) {
      return { outcome: { kind: 'refused', reason: 'not-found' }, code: null, problem: null };
    }
    const planned = await tx
      .select({ id: runs.id, cell: runs.cell, seed: runs.seed })
      .from(runs)
      .where(eq(runs.shard, row.id));
    const submitted = runsOf(input);
    const ids = planned.map((r) => r.id);
    const problem = problemOf(row.program, ids, submitted);
    const before = await readShard(tx, row.id, row.accepted);
    const { shard, outcome } = transition(before, {
      ...{ kind: 'submit', attempt: input.attempt, device, now, valid: problem === null },
    });
    if (shard !== before) await writeShard(tx, row.id, before, shard, input.device);
    const code =
      outcome.kind === 'accepted' && submitted !== null
        ? await store(tx, row.investigation, device, input.device, planned, submitted)
        : null;
    return { outcome, code, problem };
  });
}

async function store(
  tx: Tx,
  investigation: string,
  device: string,
  report: DeviceInfo,
  planned: readonly { readonly id: string; readonly cell: number; readonly seed: number }[],
  submitted: readonly SubmittedRun[],
): Promise<string> {
  // Locks the investigation's row: sequence numbers are handed out one transaction at a time.
  const [numbered] = await tx
    .update(investigations)
    .set({ seq: sql`${investigations.seq} + 1` })
    .where(eq(investigations.id, investigation))
    .returning();
  if (numbered === undefined) throw new Error(`The investigation ${investigation} is gone.`);
  const study = studyById(numbered.study);
  if (study === null) throw new Error(`The study ${numbered.study} is not part of this version.`);
  const { seq, isNull: isNullCase, code } = numbered;
  const configs = new Map(
    (await tx.select().from(cells).where(eq(cells.investigation, investigation))).map((c) => [
      c.index,
      c,
    ]),
  );
  const touched = new Set<number>();
  for (const submission of submitted) {
    const run = planned.find((r) => r.id === submission.run);
    const cell = run === undefined ? undefined : configs.get(run.cell);
    if (run === undefined || cell === undefined)
      throw new Error(`The run ${submission.run} is gone.`);
    const record: RunRecord = {
      ...{ config: cell.config, seed: run.seed, outcome: submission.outcome },
      series: submission.series,
    };
    const { steps, columns } = submission.series;
    await tx
      .update(runs)
      .set({
        ...{
          outcome: submission.outcome,
          hashes: submission.hashes,
          device,
          report,
          seq,
        },
        summary: study.summarise(record, { null: isNullCase }),
        traces: tracesOf(study, record, isNullCase),
        steps: bytesOf(steps),
        columnNames: Object.keys(columns),
        columns: Buffer.concat(Object.values(columns).map(bytesOf)),
      })
      .where(eq(runs.id, submission.run));
    touched.add(run.cell);
  }
  for (const index of touched) {
    const cell = configs.get(index);
    if (cell === undefined) continue;
    const done = await tx
      .select()
      .from(runs)
      .where(and(eq(runs.investigation, investigation), eq(runs.cell, index)));
    const records = done.flatMap((r) => recordOf(r, cell.config) ?? []);
    await tx
      .update(cells)
      .set({
        seq,
        done: records.length,
        diverged: records.filter((r) => r.outcome.kind === 'diverged').length,
        lines: cellLines(study, records, isNullCase),
      })
      .where(and(eq(cells.investigation, investigation), eq(cells.index, index)));
  }
  return code;
}

/** The stored run as the study sees it; null while it has no result. */
export function recordOf(
  run: typeof runs.$inferSelect,
  config: RunRecord['config'],
): RunRecord | null {
  const { outcome, steps, columns, columnNames, seed } = run;
  if (outcome === null || steps === null || columns === null || columnNames === null) return null;
  const width = steps.byteLength;
  const named = columnNames.map(
    (name, i) => [name, floatsOf(columns.slice(i * width, (i + 1) * width))] as const,
  );
  return {
    config,
    seed,
    outcome,
    series: { steps: floatsOf(steps), columns: Object.fromEntries(named) },
  };
}

async function lockShard(tx: Tx, id: string) {
  const [row] = await tx.select().from(shards).where(eq(shards.id, id)).for('update');
  return row ?? null;
}

async function readShard(tx: Tx, id: string, accepted: number | null): Promise<Shard> {
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

async function writeShard(
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
