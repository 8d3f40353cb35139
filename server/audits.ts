/**
 * Audits in the database: drawn with the acceptance of a result or with a handover, and answered by its
 * volunteer with the states that it committed; `replays.ts` has them replayed and settles them. What is
 * decided is `trust.ts`'s; here it is applied to rows, each step in one transaction that a crash undoes
 * whole.
 */
import { createHash, randomBytes } from 'node:crypto';
import { and, asc, eq, isNull, lt, sql } from 'drizzle-orm';
import { hashOfPacked } from '../compute/engines/state-bytes.ts';
import type { DrawnSegment } from '../db/drawn.ts';
import type { Database } from '../db/open.ts';
import { audits } from '../db/schema.ts';
import { among } from './among.ts';
import {
  asksOf,
  auditKey,
  endAudits,
  keepStates,
  openAudits,
  type Shown,
  segmentOf,
} from './audit-rows.ts';
import { groupBy } from './group.ts';
import { declineHandover } from './handover-rows.ts';
import {
  isLastState,
  keepLastStates,
  type LastState,
  lastStatesAsked,
  overdueLastStates,
} from './last-states.ts';
import type { Ask, RequestValue } from './protocol.ts';
import type { Tx } from './sequence.ts';
import { type Committed, drawSegments, type Standing } from './trust.ts';
import { type AttemptOf, withdraw } from './withdraw.ts';

/** The states of a drawn segment may come so long after it was asked for. */
const ANSWER_WITHIN_MS = 10 * 60_000;

/** A run of an accepted result. */
export interface CommittedRun extends Committed {
  /** The hash (hex) that was committed of a step; null if that is no checkpoint. */
  hashAt(step: number): string | null;
}

/** A result that has just been accepted, or a handover that has just come. */
export interface ToAudit extends AttemptOf {
  readonly investigation: string;
  readonly device: string;
  readonly committed: readonly CommittedRun[];
  /** The handover that it is; left out, it is a result. */
  readonly handover?: { readonly id: string; readonly step: number };
}

/**
 * Draws the segments of accepted results, or of handovers, that will be replayed (V1, V6); returns what is
 * asked for, by `shard/attempt`.
 */
export async function drawAudits(
  tx: Tx,
  accepted: readonly ToAudit[],
  now: number,
  drawn: typeof drawSegments = drawSegments,
): Promise<ReadonlyMap<string, readonly Ask[]>> {
  if (accepted.length === 0) return new Map();
  const standings = await standingsOf(
    tx,
    accepted.map((a) => a.device),
  );
  const rows = accepted.map(({ investigation, shard, attempt, device, committed, handover }) => {
    const draw = randomBytes(16).toString('hex');
    const standing = standings.get(device) ?? { valid: 0, invalid: 0 };
    const runs = new Map(committed.map((run) => [run.run, run]));
    const segments = drawn(committed, standing, uniformOf(draw)).map(
      ({ run, from, to }): DrawnSegment => ({
        ...{ run, from, to },
        // At step 0 the state follows from the seed.
        start: from === 0 ? null : (runs.get(run)?.hashAt(from) ?? null),
        end: runs.get(run)?.hashAt(to) ?? null,
      }),
    );
    const of = { part: handover?.step ?? 0, handover: handover?.id ?? null };
    return { shard, attempt, ...of, investigation, device, draw, segments };
  });
  await tx.execute(sql`
    insert into result_audits (shard, attempt, part, handover, investigation, device, draw, segments,
      state, asked_until)
    select v.*, 'asked', ${now + ANSWER_WITHIN_MS}::bigint
    from json_to_recordset(${JSON.stringify(rows)}::json)
      as v(shard text, attempt int, part int, handover text, investigation text, device text,
        draw text, segments json)`);
  return new Map(rows.map((row) => [keyOf(row), asksOf(row)]));
}

const keyOf = ({ shard, attempt }: AttemptOf): string => `${shard}/${attempt}`;

/** What is still asked for of these attempts, by `shard/attempt`: the answer may have got lost. */
export async function openAsks(
  tx: Tx,
  which: readonly AttemptOf[],
): Promise<ReadonlyMap<string, readonly Ask[]>> {
  if (which.length === 0) return new Map();
  const keys = new Set(which.map(keyOf));
  const shards = which.map(({ shard }) => shard);
  const rows = await tx
    .select()
    .from(audits)
    .where(and(among(audits.shard, shards), eq(audits.state, 'asked')));
  const own = groupBy(
    rows.filter((row) => keys.has(keyOf(row))),
    keyOf,
  );
  return new Map([...own].map(([key, parts]) => [key, parts.flatMap(asksOf)]));
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
    .select({
      device: audits.device,
      valid: sql`sum(${audits.valid})`.mapWith(Number),
      invalid: sql`sum(${audits.invalid})`.mapWith(Number),
    })
    .from(audits)
    .where(among(audits.device, [...new Set(devices)]))
    .groupBy(audits.device);
  return new Map(rows.map(({ device, ...standing }) => [device, standing]));
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

/** Answers with the hashes of their states; null where the bytes are none of a state. */
const hashed = ({ start, end, ...answer }: AuditAnswer) => ({
  ...{ ...answer, at: segmentOf(answer.audit), start, end },
  startHash: start === null ? null : hashOfPacked(start, createHash('sha256')),
  endHash: end === null ? null : hashOfPacked(end, createHash('sha256')),
});

/**
 * The states at the ends of segments, as their volunteers send them; null where there is none. They must
 * be those that were committed. Who cannot show them has no result: the attempt leaves, which is no
 * verdict on the device (V5). Many in one transaction; answers are in their order.
 */
export async function answerAudits(
  db: Database,
  answers: readonly AuditAnswer[],
): Promise<readonly { readonly outcome: Answered; readonly rooms: readonly string[] }[]> {
  const all = answers.map(hashed);
  return await db.transaction(async (tx) => {
    const asked = await lockAsked(
      tx,
      all.flatMap(({ at }) => at?.shard ?? []),
    );
    const last = await lastStatesAsked(
      tx,
      all.flatMap(({ audit, at }) => (at === null ? audit : [])),
    );
    const shown: Shown[] = [];
    const wrong = new Map<string, Declined>();
    const come = new Map<string, { readonly row: LastState; readonly bytes: Uint8Array }>();
    const lastCame = (row: LastState | undefined, { device, end }: AuditAnswer): Answered => {
      if (row === undefined || row.device !== device) return 'not-found';
      if (row.bytes !== null || come.has(row.id)) return 'taken';
      if (end === null || !isLastState(row, end)) {
        wrong.set(keyOf(row), row);
        return 'wrong';
      }
      come.set(row.id, { row, bytes: end });
      return 'taken';
    };
    const outcomes = all.map((answer): Answered => {
      const { device, at, start, end, startHash, endHash } = answer;
      if (at === null) return lastCame(last.get(answer.audit), answer);
      const row = asked.get(auditKey(at));
      const segment = row?.segments[at.segment];
      if (row?.device !== device || segment === undefined) return 'not-found';
      // Answered before: the acknowledgement got lost.
      if (row.state !== 'asked' || row.here.has(at.segment)) return 'taken';
      const isStart = segment.start === null || segment.start === startHash;
      const isEnd = segment.end === null || segment.end === endHash;
      if (!isStart || !isEnd) {
        wrong.set(auditKey(at), row);
        return 'wrong';
      }
      row.here.add(at.segment);
      // What is not needed is not kept.
      const needed = {
        start: segment.start === null ? null : start,
        end: segment.end === null ? null : end,
      };
      shown.push({ ...at, ...needed });
      return 'taken';
    });
    await keepStates(
      tx,
      shown.filter((one) => !wrong.has(auditKey(one))),
    );
    const whole = [...asked.values()].filter(
      (row) =>
        row.state === 'asked' && !wrong.has(auditKey(row)) && row.here.size === row.segments.length,
    );
    await openAudits(tx, whole);
    await keepLastStates(tx, [...come.values()]);
    const left = new Map<string, readonly string[]>();
    for (const [key, row] of wrong) left.set(key, await decline(tx, [row]));
    return outcomes.map((outcome, i) => {
      const at = all[i]?.at ?? null;
      const state = last.get(answers[i]?.audit ?? '');
      const key = at !== null ? auditKey(at) : state === undefined ? '' : keyOf(state);
      const rooms = outcome === 'wrong' ? left.get(key) : undefined;
      return { outcome, rooms: rooms ?? [] };
    });
  });
}

type Awaiting = Pick<
  typeof audits.$inferSelect,
  'shard' | 'attempt' | 'part' | 'handover' | 'device' | 'state' | 'segments'
> & {
  /** Places of the segments whose states are here. */
  readonly here: Set<number>;
};

/** What is asked of attempts at these shards, by `auditKey`, locked until the transaction ends. */
async function lockAsked(tx: Tx, shards: readonly string[]): Promise<Map<string, Awaiting>> {
  const { shard, attempt, part, handover, device, state, segments } = audits;
  const rows = await tx
    .select({
      ...{ shard, attempt, part, handover, device, state, segments },
      // Named in full: drizzle leaves the names of tables out where a query has one.
      here: sql<number[]>`array(select s.segment from audit_states as s
        where s.shard = result_audits.shard and s.attempt = result_audits.attempt
          and s.part = result_audits.part)`,
    })
    .from(audits)
    .where(among(shard, [...new Set(shards)]))
    .orderBy(asc(shard), asc(attempt), asc(part))
    .for('update', { of: audits });
  return new Map(rows.map((row) => [auditKey(row), { ...row, here: new Set(row.here) }]));
}

/** An attempt at a shard, or a handover of it. */
type Declined = AttemptOf & { readonly handover?: string | null };

/**
 * These end without a verdict: an attempt leaves, and a handover is not gone on from. Returns the codes of
 * the rooms that see it.
 */
async function decline(tx: Tx, which: readonly Declined[]): Promise<readonly string[]> {
  const results: AttemptOf[] = [];
  for (const one of which) {
    const { shard, attempt, handover = null } = one;
    if (handover !== null) await declineHandover(tx, handover);
    else results.push({ shard, attempt });
  }
  return await declineResults(tx, results);
}

/** The audits of these attempts' results end without a verdict, and the attempts leave. */
export async function declineResults(
  tx: Tx,
  which: readonly AttemptOf[],
): Promise<readonly string[]> {
  for (const { shard, attempt } of which)
    await endAudits(
      tx,
      and(eq(audits.shard, shard), eq(audits.attempt, attempt), isNull(audits.handover)),
    );
  return await withdraw(tx, which);
}

/** Attempts whose states did not come in time leave. Returns the codes of the rooms that see it. */
export async function declineOverdue(db: Database, now: number): Promise<readonly string[]> {
  return await db.transaction(async (tx) => {
    const overdue = await tx
      .select({ shard: audits.shard, attempt: audits.attempt, handover: audits.handover })
      .from(audits)
      .where(and(eq(audits.state, 'asked'), lt(audits.askedUntil, now)))
      .orderBy(asc(audits.shard), asc(audits.attempt), asc(audits.part))
      .limit(64)
      .for('update', { skipLocked: true });
    return await decline(tx, [...overdue, ...(await overdueLastStates(tx, now))]);
  });
}
