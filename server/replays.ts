/**
 * Replays in the database: the segments whose states are here, one after another for a verifier, and what
 * came of each, applied in one transaction as `trust.ts` decides it.
 */
import { and, asc, eq, inArray, isNull, lt, ne, or } from 'drizzle-orm';
import type { Finding } from '../db/drawn.ts';
import type { Database } from '../db/open.ts';
import { auditStates, audits, investigations, runs, shards } from '../db/schema.ts';
import { decline, forgetStates } from './audits.ts';
import { numbered, type Tx } from './sequence.ts';
import { settleDependents } from './stages.ts';
import { type Judgement, leavesWith, type Segment } from './trust.ts';
import { type AttemptOf, acceptedOf, withdraw } from './withdraw.ts';

/** A replay that has not ended by then is taken up by another verifier. */
const REPLAY_WITHIN_MS = 2 * 60_000;

/** Which segment of which result. */
export interface SegmentOf extends AttemptOf {
  /** Its place among those that were drawn. */
  readonly segment: number;
}

/** A segment to replay, with all that it takes. */
export interface Replay extends SegmentOf, Pick<Segment, 'from' | 'to'> {
  /** The states at its ends (see `state-bytes.ts`); null where none is needed. */
  readonly start: Uint8Array | null;
  readonly end: Uint8Array | null;
  readonly tolerance: number;
  readonly code: string;
  readonly run: typeof runs.$inferSelect;
}

type Audit = typeof audits.$inferSelect;

const isOf = ({ shard, attempt }: AttemptOf) =>
  and(eq(audits.shard, shard), eq(audits.attempt, attempt));

/** The next segment of the result that has waited longest, for one verifier; null if none waits. */
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
    const { shard, attempt } = waiting;
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
          eq(auditStates.segment, segment),
        ),
      );
    const { from, to } = drawn;
    return row === undefined ? null : { shard, attempt, segment, from, to, ...row };
  });
}

const isFound = ({ found }: Audit, segment: number): boolean =>
  found.some((one) => one.segment === segment);

/**
 * What came of a replay. A shard whose every segment was valid is verified. An invalid one takes
 * everything of its device with it; an inconclusive one only its own attempt (V4, V5).
 * @returns codes of the rooms that see it
 */
export async function settleReplay(
  db: Database,
  { shard, attempt, segment }: SegmentOf,
  { verdict, deviation }: Judgement,
  replayer: string,
): Promise<readonly string[]> {
  return await db.transaction(async (tx) => {
    // The shard before the audit: in the order in which results lock them.
    await tx.select({ id: shards.id }).from(shards).where(eq(shards.id, shard)).for('update');
    const [audit] = await tx.select().from(audits).where(isOf({ shard, attempt })).for('update');
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
    await forgetStates(tx, audit);
    switch (leavesWith(verdict)) {
      case 'nothing':
        return await verified(tx, audit);
      case 'attempt':
        return await withdraw(tx, [audit]);
      case 'device': {
        const others = await tx
          .select({ shard: audits.shard, attempt: audits.attempt })
          .from(audits)
          .where(and(eq(audits.device, audit.device), inArray(audits.state, ['asked', 'open'])));
        return [
          ...new Set([
            ...(await decline(tx, others)),
            ...(await withdraw(tx, await acceptedOf(tx, audit.device))),
          ]),
        ];
      }
    }
  });
}

/** Every segment that was drawn of this result has stood up to replay. */
async function verified(tx: Tx, { shard: id, attempt, investigation }: Audit) {
  const [shard] = await tx.select().from(shards).where(eq(shards.id, id));
  if (shard?.accepted !== attempt) return [];
  const { code, seq } = await numbered(tx, investigation);
  const solid = await tx
    .update(runs)
    .set({ verified: true, seq })
    .where(eq(runs.shard, id))
    .returning({ id: runs.id });
  await settleDependents(
    tx,
    solid.map((run) => run.id),
  );
  return [code];
}
