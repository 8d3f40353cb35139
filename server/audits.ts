/**
 * Audits in the database: drawn with the acceptance of a result, answered by its volunteer with the
 * states that it committed, replayed, and settled. What is decided is `trust.ts`'s; here it is applied
 * to rows, each step in one transaction that a crash undoes whole.
 */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { and, asc, count, eq, inArray, isNull, lt, ne, or, sql } from 'drizzle-orm';
import { hashOf, unpackState } from '../compute/engines/state-bytes.ts';

import type { Database } from '../db/open.ts';
import { audits, investigations, runs, shards } from '../db/schema.ts';
import { createBlob } from './blob.ts';
import { groupBy } from './group.ts';
import { programOf, programText } from './interned.ts';
import {
  isLastState,
  keepLastStates,
  type LastState,
  lastStatesAsked,
  overdueLastStates,
} from './last-states.ts';
import type { Ask, RequestValue } from './protocol.ts';
import { numbered, type Tx } from './sequence.ts';
import { settleDependents } from './stages.ts';
import {
  type Committed,
  drawSegments,
  type Judgement,
  leavesWith,
  type Standing,
} from './trust.ts';
import { hashAt } from './validate.ts';
import { type AttemptOf, acceptedOf, withdraw } from './withdraw.ts';

export type Audit = typeof audits.$inferSelect;

/** The states of a drawn segment may come so long after it was asked for. */
const ANSWER_WITHIN_MS = 10 * 60_000;
/** A replay that has not ended by then is taken up by another verifier. */
const REPLAY_WITHIN_MS = 2 * 60_000;

/** A result that has just been accepted. */
export interface ToAudit extends AttemptOf {
  readonly investigation: string;
  readonly device: string;
  readonly committed: readonly Committed[];
}

/** Draws the segments of accepted results that will be replayed (V1); returns what is asked for. */
export async function drawAudits(
  tx: Tx,
  accepted: readonly ToAudit[],
  now: number,
): Promise<ReadonlyMap<string, readonly Ask[]>> {
  if (accepted.length === 0) return new Map();
  const standings = await standingsOf(
    tx,
    accepted.map((a) => a.device),
  );
  const rows = accepted.flatMap(({ investigation, shard, attempt, device, committed }) => {
    const draw = randomBytes(16).toString('hex');
    const standing = standings.get(device) ?? { valid: 0, invalid: 0 };
    return drawSegments(committed, standing, uniformOf(draw)).map(({ run, from, to }) => ({
      ...{ id: randomUUID(), investigation, shard, attempt, run, device, draw },
      ...{ fromStep: from, toStep: to, state: 'asked' as const },
      askedUntil: now + ANSWER_WITHIN_MS,
    }));
  });
  await tx.execute(sql`
    insert into audits (id, investigation, shard, attempt, run, device, draw, from_step, to_step,
      state, asked_until)
    select * from json_to_recordset(${JSON.stringify(rows)}::json)
      as v(id text, investigation text, shard text, attempt int, run text, device text, draw text,
        "fromStep" int, "toStep" int, state text, "askedUntil" bigint)`);
  return asksOf(rows);
}

/** What is still asked for of these attempts, by `shard/attempt`: the answer may have got lost. */
export async function openAsks(
  tx: Tx,
  which: readonly AttemptOf[],
): Promise<ReadonlyMap<string, readonly Ask[]>> {
  if (which.length === 0) return new Map();
  const rows = await tx
    .select()
    .from(audits)
    .where(and(eq(audits.state, 'asked'), or(...which.map(ofAttempt))));
  return asksOf(rows);
}

const ofAttempt = ({ shard, attempt }: AttemptOf) =>
  and(eq(audits.shard, shard), eq(audits.attempt, attempt));

type Asked = Pick<Audit, 'id' | 'shard' | 'attempt' | 'run' | 'fromStep' | 'toStep'>;

function asksOf(rows: readonly Asked[]): Map<string, Ask[]> {
  const byAttempt = groupBy(rows, ({ shard, attempt }) => `${shard}/${attempt}`);
  const askOf = ({ id, run, fromStep, toStep }: Asked): Ask => ({
    ...{ audit: id, run, from: fromStep, to: toStep },
  });
  return new Map([...byAttempt].map(([key, group]) => [key, group.map(askOf)]));
}

/** Bytes used of a digest: five numbers of 48 bits. */
const USED = 30;

/** Numbers in [0, 1) that follow from the recorded bytes: who doubts a drawing can repeat it. */
export function uniformOf(draw: string): () => number {
  let [i, at] = [0, USED];
  let digest = Buffer.alloc(0);
  return () => {
    if (at === USED) {
      digest = createHash('sha256').update(`${draw}/${i++}`).digest();
      at = 0;
    }
    at += 6;
    return digest.readUIntBE(at - 6, 6) / 2 ** 48;
  };
}

async function standingsOf(tx: Tx, devices: readonly string[]): Promise<Map<string, Standing>> {
  const rows = await tx
    .select({ device: audits.device, state: audits.state, n: count() })
    .from(audits)
    .where(
      and(
        inArray(audits.device, [...new Set(devices)]),
        inArray(audits.state, ['valid', 'invalid']),
      ),
    )
    .groupBy(audits.device, audits.state);
  const standings = new Map<string, Standing>();
  for (const { device, state, n } of rows) {
    const before = standings.get(device) ?? { valid: 0, invalid: 0 };
    standings.set(device, { ...before, [state]: n });
  }
  return standings;
}

export type Answered = 'taken' | 'not-found' | 'wrong';

export interface AuditAnswer {
  readonly device: string;
  readonly audit: string;
  /** As `state-bytes.ts` packs them; null where none was sent. */
  readonly start: Uint8Array | null;
  readonly end: Uint8Array | null;
}

/** The answers of a message; null if its states are shorter or longer than it says. */
export function answersOf(
  device: string,
  { answers, states }: RequestValue<'audit.answer'>,
): readonly AuditAnswer[] | null {
  let at = 0;
  const take = (bytes: number | null) => {
    at += bytes ?? 0;
    return bytes === null ? null : states.subarray(at - bytes, at);
  };
  const all = answers.map(({ audit, start, end }) => ({
    ...{ device, audit, start: take(start), end: take(end) },
  }));
  return at === states.byteLength ? all : null;
}

/**
 * The states at the ends of segments, as their volunteers send them; null where there is none. They must
 * be those that were committed. Who cannot show them has no result: the attempt leaves, which is no
 * verdict on the device (V5). Many in one transaction; answers are in their order.
 */
export async function answerAudits(
  db: Database,
  answers: readonly AuditAnswer[],
): Promise<readonly { readonly outcome: Answered; readonly rooms: readonly string[] }[]> {
  return await db.transaction(async (tx) => {
    const rows = await tx
      .select({
        audit: audits,
        outcome: runs.outcome,
        hashes: runs.hashes,
        program: programText(runs.program),
      })
      .from(audits)
      .innerJoin(runs, eq(runs.id, audits.run))
      .where(
        inArray(
          audits.id,
          answers.map(({ audit }) => audit),
        ),
      )
      .orderBy(asc(audits.id))
      .for('update', { of: audits });
    const asked = new Map(
      rows.map(({ program, ...row }) => [row.audit.id, { ...row, program: programOf(program) }]),
    );
    const last = await lastStatesAsked(
      tx,
      answers.map(({ audit }) => audit).filter((id) => !asked.has(id)),
    );
    const answered = new Set<string>();
    const shown: Shown[] = [];
    const come: { readonly row: LastState; readonly bytes: Uint8Array }[] = [];
    const lastCame = (row: LastState | undefined, { device, end }: AuditAnswer) => {
      if (row === undefined || row.device !== device) {
        return { outcome: 'not-found' as const, wrong: null };
      }
      if (row.bytes !== null || answered.has(row.id))
        return { outcome: 'taken' as const, wrong: null };
      answered.add(row.id);
      if (end === null || !isLastState(row, end)) return { outcome: 'wrong' as const, wrong: row };
      come.push({ row, bytes: end });
      return { outcome: 'taken' as const, wrong: null };
    };
    const decided = answers.map((answer) => {
      const row = asked.get(answer.audit);
      if (row === undefined) return lastCame(last.get(answer.audit), answer);
      if (row.audit.device !== answer.device) {
        return { outcome: 'not-found' as const, wrong: null };
      }
      // Answered before: the acknowledgement got lost.
      if (row.audit.state !== 'asked' || answered.has(row.audit.id)) {
        return { outcome: 'taken' as const, wrong: null };
      }
      answered.add(row.audit.id);
      const states = statesOf(row, answer);
      if (states === null) return { outcome: 'wrong' as const, wrong: row.audit };
      shown.push({ id: row.audit.id, ...states });
      return { outcome: 'taken' as const, wrong: null };
    });
    await openAudits(tx, shown);
    await keepLastStates(tx, come);
    const all: { outcome: Answered; rooms: readonly string[] }[] = [];
    for (const { outcome, wrong } of decided) {
      all.push({ outcome, rooms: wrong === null ? [] : await decline(tx, wrong) });
    }
    return all;
  });
}

interface Shown {
  readonly id: string;
  /** Null where it follows from the seed, or where a run diverged. */
  readonly start: Uint8Array | null;
  readonly end: Uint8Array | null;
}

/** The states that a replay needs; null if they are not those that were committed. */
function statesOf(
  { audit, ...run }: { readonly audit: Audit } & Parameters<typeof hashAt>[0],
  { start, end }: AuditAnswer,
): Omit<Shown, 'id'> | null {
  const { fromStep, toStep } = audit;
  const fits = (step: number, bytes: Uint8Array | null) => {
    const state = bytes === null ? null : unpackState(bytes);
    return state !== null && hashOf(state, createHash('sha256')) === hashAt(run, step);
  };
  const [needsStart, needsEnd] = [fromStep !== 0, hashAt(run, toStep) !== null];
  if ((needsStart && !fits(fromStep, start)) || (needsEnd && !fits(toStep, end))) return null;
  return { start: needsStart ? start : null, end: needsEnd ? end : null };
}

async function openAudits(tx: Tx, shown: readonly Shown[]): Promise<void> {
  if (shown.length === 0) return;
  const blob = createBlob();
  const rows = shown.map(({ id, start, end }) => {
    const [s, e] = [start && blob.put(start), end && blob.put(end)];
    return { id, sa: s?.at, sl: s?.length, ea: e?.at, el: e?.length };
  });
  await tx.execute(sql`
    with blob as materialized (select ${blob.bytes()}::bytea as b)
    update audits set state = 'open', start = substring(b from v.sa for v.sl),
      "end" = substring(b from v.ea for v.el)
    from blob, json_to_recordset(${JSON.stringify(rows)}::json)
      as v(id text, sa int, sl int, ea int, el int)
    where audits.id = v.id`);
}

async function decline(tx: Tx, audit: AttemptOf): Promise<readonly string[]> {
  await tx
    .update(audits)
    .set({ state: 'declined', start: null, end: null })
    .where(and(ofAttempt(audit), inArray(audits.state, ['asked', 'open'])));
  return await withdraw(tx, [audit]);
}

/** Attempts whose states did not come in time leave. Returns the codes of the rooms that see it. */
export async function declineOverdue(db: Database, now: number): Promise<readonly string[]> {
  return await db.transaction(async (tx) => {
    const overdue = await tx
      .select()
      .from(audits)
      .where(and(eq(audits.state, 'asked'), lt(audits.askedUntil, now)))
      .orderBy(asc(audits.id))
      .limit(64)
      .for('update', { skipLocked: true });
    const late = [...overdue, ...(await overdueLastStates(tx, now))];
    const rooms = new Set<string>();
    for (const audit of late) for (const room of await decline(tx, audit)) rooms.add(room);
    return [...rooms];
  });
}

/** A segment to replay, with all that it takes. */
export interface Replay {
  readonly audit: Audit;
  readonly tolerance: number;
  readonly code: string;
  readonly run: typeof runs.$inferSelect;
}

/** The segment that has waited longest, for one verifier; null if none waits. */
export async function takeReplay(
  db: Database,
  replayer: string,
  now: number,
): Promise<Replay | null> {
  return await db.transaction(async (tx) => {
    const [waiting] = await tx
      .select({ id: audits.id })
      .from(audits)
      .where(
        and(
          eq(audits.state, 'open'),
          or(isNull(audits.leasedUntil), lt(audits.leasedUntil, now)),
          ne(audits.device, replayer),
        ),
      )
      .orderBy(asc(audits.createdAt))
      .limit(1)
      .for('update', { skipLocked: true });
    if (waiting === undefined) return null;
    const leased = { replayer, leasedUntil: now + REPLAY_WITHIN_MS };
    await tx.update(audits).set(leased).where(eq(audits.id, waiting.id));
    const [row] = await tx
      .select({
        audit: audits,
        run: runs,
        tolerance: investigations.tolerance,
        code: investigations.code,
      })
      .from(audits)
      .innerJoin(runs, eq(runs.id, audits.run))
      .innerJoin(investigations, eq(investigations.id, audits.investigation))
      .where(eq(audits.id, waiting.id));
    return row ?? null;
  });
}

/**
 * What came of a replay. A shard whose every segment was valid is verified. An invalid one takes
 * everything of its device with it; an inconclusive one only its own attempt (V4, V5).
 * @returns codes of the rooms that see it
 */
export async function settleAudit(
  db: Database,
  id: string,
  { verdict, deviation }: Judgement,
): Promise<readonly string[]> {
  return await db.transaction(async (tx) => {
    // The shard before the audit: in the order in which results lock them.
    const [known] = await tx.select({ shard: audits.shard }).from(audits).where(eq(audits.id, id));
    if (known === undefined) return [];
    await tx.select({ id: shards.id }).from(shards).where(eq(shards.id, known.shard)).for('update');
    const [audit] = await tx.select().from(audits).where(eq(audits.id, id)).for('update');
    // Settled by another verifier, or withdrawn meanwhile.
    if (audit === undefined || audit.state !== 'open') return [];
    await tx
      .update(audits)
      .set({
        ...{ state: verdict, start: null, end: null, leasedUntil: null },
        deviation: Number.isFinite(deviation) ? deviation : null,
      })
      .where(eq(audits.id, id));
    switch (leavesWith(verdict)) {
      case 'nothing':
        return await verifyIfWhole(tx, audit);
      case 'attempt':
        return await decline(tx, audit);
      case 'device':
        await tx
          .update(audits)
          .set({ state: 'declined', start: null, end: null })
          .where(and(eq(audits.device, audit.device), inArray(audits.state, ['asked', 'open'])));
        return await withdraw(tx, await acceptedOf(tx, audit.device));
    }
  });
}

async function verifyIfWhole(tx: Tx, audit: Audit): Promise<readonly string[]> {
  const [left] = await tx
    .select({ n: count() })
    .from(audits)
    .where(and(ofAttempt(audit), ne(audits.state, 'valid')));
  if ((left?.n ?? 0) > 0) return [];
  const [shard] = await tx.select().from(shards).where(eq(shards.id, audit.shard));
  if (shard?.accepted !== audit.attempt) return [];
  const { code, seq } = await numbered(tx, audit.investigation);
  const verified = await tx
    .update(runs)
    .set({ verified: true, seq })
    .where(eq(runs.shard, audit.shard))
    .returning({ id: runs.id });
  await settleDependents(
    tx,
    verified.map(({ id }) => id),
  );
  return [code];
}
