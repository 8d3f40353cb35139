/** Changing what people wrote: found with its room, checked against who asks, and numbered with it. */
import { eq } from 'drizzle-orm';
import type { Database } from '../../db/open.ts';
import { claims, investigations, replies } from '../../db/schema.ts';
import type { Investigation } from '../investigations.ts';
import { memberRole } from '../members.ts';
import type { Refusal, Written } from '../protocol.ts';
import { refuse } from '../refusal.ts';
import { numbered, type Tx } from '../sequence.ts';
import { type Act, mayAct } from '../vocabulary.ts';

/** What was changed, in which room. */
export interface Changed {
  readonly code: string;
  readonly id: string;
}

export type Claim = typeof claims.$inferSelect;
export type ReplyRow = typeof replies.$inferSelect;

export interface Target {
  readonly found: Investigation;
  readonly claim: Claim;
  /** The reply that was named; null where it was a claim. */
  readonly reply: ReplyRow | null;
}

/** It, as whoever asks to change it stands to it. */
export interface Seen extends Target {
  readonly moderates: boolean;
}

/** A claim or a reply with its room; null without one. */
export async function targetOf(db: Database | Tx, { kind, id }: Written): Promise<Target | null> {
  const [row] =
    kind === 'claim'
      ? await db
          .select({ claim: claims, found: investigations })
          .from(claims)
          .innerJoin(investigations, eq(investigations.id, claims.investigation))
          .where(eq(claims.id, id))
      : await db
          .select({ claim: claims, found: investigations, reply: replies })
          .from(replies)
          .innerJoin(claims, eq(claims.id, replies.claim))
          .innerJoin(investigations, eq(investigations.id, claims.investigation))
          .where(eq(replies.id, id));
  if (row === undefined) return null;
  return { reply: null, ...row };
}

/** Whether this device's role in the room may do that. */
export async function mayIn(
  db: Database | Tx,
  found: Investigation,
  device: string,
  act: Act,
): Promise<boolean> {
  const role = await memberRole(db, found, device);
  return role !== null && mayAct(role, act);
}

/** That this device wrote it. */
export const isOwn = ({ claim, reply }: Target, device: string): boolean =>
  (reply ?? claim).author === device;

export const refuseForeign = (): Refusal =>
  refuse('not-allowed', 'Only whoever wrote it can change it or take it back.');

/** To who may not know that something is withheld, it is not there. */
export const notThere = ({ kind }: Pick<Written, 'kind'>): Refusal =>
  refuse('not-found', `That ${kind} does not exist.`);

/**
 * Changes something that somebody wrote, in one transaction, and numbers its room and its claim.
 * @param decide refuses, says that it is so already (null: nothing is numbered), or changes
 */
export async function change(
  db: Database,
  device: string,
  what: Written,
  decide: (target: Seen) => Refusal | null | ((tx: Tx, seq: number) => Promise<void>),
): Promise<Changed | Refusal> {
  const before = await targetOf(db, what);
  if (before === null) return notThere(what);
  const { code, id: room } = before.found;
  return await db.transaction(async (tx) => {
    // The room's row first: nobody else changes what is in it until we have.
    await tx
      .select({ id: investigations.id })
      .from(investigations)
      .where(eq(investigations.id, room))
      .for('no key update');
    const target = await targetOf(tx, what);
    if (target === null) return notThere(what);
    const moderates = await mayIn(tx, target.found, device, 'moderate');
    const act = decide({ ...target, moderates });
    if (act === null) return { code, id: what.id };
    if (typeof act !== 'function') return act;
    const { seq } = await numbered(tx, room);
    await act(tx, seq);
    await tx.update(claims).set({ seq }).where(eq(claims.id, target.claim.id));
    return { code, id: what.id };
  });
}

/** Whether what somebody writes in this room now is shown at once. */
export const approvedAtOnce = (found: Investigation, moderates: boolean): boolean =>
  !found.claimsWait || moderates;
