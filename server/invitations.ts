/** Invitations: codes with a role, for a while or until they are revoked, that admit beside the door. */
import { and, asc, count, eq } from 'drizzle-orm';
import type { Database } from '../db/open.ts';
import { invitations } from '../db/schema.ts';
import type { Investigation } from './investigations.ts';
import { longCode } from './names.ts';
import type { InvitationView, Refusal, RequestValue } from './protocol.ts';
import { refuse } from './refusal.ts';
import { LIMITS } from './vocabulary.ts';

export type Invitation = typeof invitations.$inferSelect;

const HOUR_MS = 3_600_000;

const stateOf = (card: Invitation, now: number): InvitationView['state'] => {
  if (card.revoked) return 'revoked';
  return card.expiresAt !== null && card.expiresAt <= now ? 'expired' : 'valid';
};

/** Why this invitation admits nobody to the room, in a sentence; null if it does. */
export function whyNotValid(card: Invitation | null, room: string, now: number): string | null {
  if (card === null || card.investigation !== room) {
    return 'This invitation is not one of this room. Check the link with whoever sent it.';
  }
  switch (stateOf(card, now)) {
    case 'expired':
      return 'This invitation has expired. Ask whoever sent it for a new one.';
    case 'revoked':
      return 'This invitation was revoked. Ask whoever sent it for a new one.';
    case 'valid':
      return null;
  }
}

/** Draws an invitation to the room. */
export async function addInvitation(
  db: Database,
  found: Investigation,
  { role, hours }: Pick<RequestValue<'invitation.add'>, 'role' | 'hours'>,
  now: number,
): Promise<InvitationView | Refusal> {
  const here = eq(invitations.investigation, found.id);
  const [there] = await db.select({ n: count() }).from(invitations).where(here);
  if ((there?.n ?? 0) >= LIMITS.invitationsPerRoom) {
    return refuse('not-allowed', `A room has at most ${LIMITS.invitationsPerRoom} invitations.`);
  }
  const expiresAt = hours === null ? null : Math.round(now + hours * HOUR_MS);
  const [card] = await db
    .insert(invitations)
    // About 5·10¹⁷ codes: one that is taken is refused by the database, and nobody will see it.
    .values({ code: longCode(), investigation: found.id, role, expiresAt })
    .returning();
  if (card === undefined) throw new Error('An invitation was not stored.');
  return viewOf(card, now);
}

/** All invitations to the room, oldest first. */
export async function listInvitations(
  db: Database,
  found: Investigation,
  now: number,
): Promise<readonly InvitationView[]> {
  const cards = await db
    .select()
    .from(invitations)
    .where(eq(invitations.investigation, found.id))
    .orderBy(asc(invitations.createdAt), asc(invitations.code));
  return cards.map((card) => viewOf(card, now));
}

/** From now on it admits nobody; whom it admitted stays. */
export async function revokeInvitation(
  db: Database,
  found: Investigation,
  code: string,
): Promise<Refusal | null> {
  const revoked = await db
    .update(invitations)
    .set({ revoked: true })
    .where(and(eq(invitations.investigation, found.id), eq(invitations.code, code)))
    .returning({ code: invitations.code });
  return revoked.length > 0 ? null : refuse('not-found', 'This room has no such invitation.');
}

const viewOf = (card: Invitation, now: number): InvitationView => ({
  ...{ invitation: card.code, role: card.role, uses: card.uses, state: stateOf(card, now) },
  expiresAt: card.expiresAt === null ? null : new Date(card.expiresAt).toISOString(),
});
