/**
 * Replays in the database: the segments whose states are here, one after another for a verifier, and what
 * came of each, applied in one transaction as `trust.ts` decides it.
 */
import { and, asc, count, eq, isNull, lt, ne, or } from 'drizzle-orm';
import type { Finding } from '../db/drawn.ts';
import type { Database } from '../db/open.ts';
import { auditStates, audits, investigations, runs, shards } from '../db/schema.ts';
import { type AuditOf, endAudits, forgetStates, type SegmentOf } from './audit-rows.ts';
import { declineResults } from './audits.ts';
import {
  declineHandover,
  dropLegsOf,
  forgetHandovers,
  handedRuns,
  verifyHandover,
} from './handover-rows.ts';
import { numbered, type Tx } from './sequence.ts';
import { settleDependents } from './stages.ts';
import { type Judgement, leavesWith, type Segment } from './trust.ts';
import { acceptedOf, withdraw } from './withdraw.ts';

/** A replay that has not ended by then is taken up by another verifier. */
const REPLAY_WITHIN_MS = 2 * 60_000;

/** A segment to replay, with all that it takes. */
export interface Replay extends SegmentOf, Pick<Segment, 'from' | 'to'> {
  /** The states at its ends (see `state-bytes.ts`); null where none is needed. */
  readonly start: Uint8Array | null;
  readonly end: Uint8Array | null;
  readonly tolerance: number;
  readonly code: string;
  /** As it was submitted, or handed over. */
  readonly run: typeof runs.$inferSelect;
}

type Audit = typeof audits.$inferSelect;

const isOf = ({ shard, attempt, part }: AuditOf) =>
  and(eq(audits.shard, shard), eq(audits.attempt, attempt), eq(audits.part, part));

/** The next segment of the result or handover that has waited longest, for one verifier; null if none waits. */
export async function takeReplay(
  db: Database,
  replayer: string,
  now: number,
): Promise<Replay | null> {
  return await db.transaction(async (tx) => {
    const [waiting] = await tx
      .select()
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
    await tx
      .update(audits)
      .set({ leasedUntil: now + REPLAY_WITHIN_MS })
      .where(isOf(waiting));
    const segment = waiting.segments.findIndex((_, i) => !isFound(waiting, i));
    const drawn = waiting.segments[segment];
    if (drawn === undefined) throw new Error(`Nothing is left to replay of ${waiting.shard}.`);
    const { shard, attempt, part, handover } = waiting;
    const [row] = await tx
      .select({
        ...{ start: auditStates.start, end: auditStates.end, run: runs },
        ...{ tolerance: investigations.tolerance, code: investigations.code },
      })
      .from(auditStates)
      .innerJoin(runs, eq(runs.id, drawn.run))
      .innerJoin(investigations, eq(investigations.id, runs.investigation))
      .where(
        and(
          ...[eq(auditStates.shard, shard), eq(auditStates.attempt, attempt)],
          ...[eq(auditStates.part, part), eq(auditStates.segment, segment)],
        ),
      );
    if (row === undefined) return null;
    const handed =
      handover === null
        ? undefined
        : (await handedRuns(tx, [handover])).get(`${handover} ${drawn.run}`);
    const { from, to } = drawn;
    const run = { ...row.run, ...handed };
    return { shard, attempt, part, segment, from, to, ...row, run };
  });
}

const isFound = ({ found }: Audit, segment: number): boolean =>
  found.some((one) => one.segment === segment);

/**
 * What came of a replay. A shard whose every segment was valid is verified, and a handover of it can be
 * gone on from. An invalid one takes everything of its device with it; an inconclusive one only its own
 * attempt, or handover (V4, V5, V6).
 * @returns codes of the rooms that see it
 */
export async function settleReplay(
  db: Database,
  { shard, attempt, part, segment }: SegmentOf,
  { verdict, deviation }: Judgement,
  replayer: string,
): Promise<readonly string[]> {
  return await db.transaction(async (tx) => {
    // The shard before the audit: in the order in which results lock them.
    await tx.select({ id: shards.id }).from(shards).where(eq(shards.id, shard)).for('update');
    const [audit] = await tx
      .select()
      .from(audits)
      .where(isOf({ shard, attempt, part }))
      .for('update');
    // Settled by another verifier, or withdrawn meanwhile.
    if (audit === undefined || audit.state !== 'open' || isFound(audit, segment)) return [];
    const finite = Number.isFinite(deviation) ? deviation : null;
    const found: Finding[] = [...audit.found, { segment, verdict, deviation: finite, replayer }];
    const goesOn = verdict === 'valid' && found.length < audit.segments.length;
    const of = (which: Finding['verdict']) => found.filter((one) => one.verdict === which).length;
    await tx
      .update(audits)
      .set({
        ...{ found, valid: of('valid'), invalid: of('invalid'), leasedUntil: null },
        state: goesOn ? 'open' : verdict,
      })
      .where(isOf(audit));
    if (goesOn) return [];
    await forgetStates(tx, [audit]);
    switch (leavesWith(verdict)) {
      case 'nothing':
        if (audit.handover === null) return await verified(tx, audit);
        await verifyHandover(tx, audit.handover);
        return [];
      case 'attempt':
        if (audit.handover === null) return await declineResults(tx, [audit]);
        await declineHandover(tx, audit.handover);
        return [];
      case 'device': {
        await endAudits(tx, eq(audits.device, audit.device));
        const results = await withdraw(tx, await acceptedOf(tx, audit.device));
        return [...new Set([...results, ...(await dropLegsOf(tx, audit.device))])];
      }
    }
  });
}

/**
 * What was drawn of this result has stood up to replay: with it, or of what its attempt had handed over and
 * nobody had verified by then. With the last of them, its shard is verified.
 */
async function verified(tx: Tx, { shard: id, attempt, investigation }: Audit) {
  const [left] = await tx
    .select({ n: count() })
    .from(audits)
    .where(
      and(
        ...[eq(audits.shard, id), eq(audits.attempt, attempt)],
        ...[isNull(audits.handover), ne(audits.state, 'valid')],
      ),
    );
  if ((left?.n ?? 0) > 0) return [];
  const [shard] = await tx.select().from(shards).where(eq(shards.id, id));
  if (shard?.accepted !== attempt) return [];
  const { code, seq } = await numbered(tx, investigation);
  const solid = await tx
    .update(runs)
    .set({ verified: true, seq })
    .where(eq(runs.shard, id))
    .returning({ id: runs.id });
  await forgetHandovers(tx, id);
  await settleDependents(
    tx,
    solid.map((run) => run.id),
  );
  return [code];
}
