/** Replies to claims, and taking back (or bringing back) what one wrote, claim or reply. */
import { randomUUID } from 'node:crypto';
import { count, eq } from 'drizzle-orm';
import type { Database } from '../../db/open.ts';
import { claims, replies } from '../../db/schema.ts';
import type { Refusal, RequestValue, Written } from '../protocol.ts';
import { refuse } from '../refusal.ts';
import { LIMITS } from '../vocabulary.ts';
import { mentionsIn } from './author.ts';
import { approvedAtOnce, type Changed, change, isOwn, notThere, refuseForeign } from './change.ts';
import { withheld } from './read.ts';

export async function replyToClaim(
  db: Database,
  author: string,
  input: RequestValue<'claim.reply'>,
): Promise<Changed | Refusal> {
  const { claim, text } = input;
  const id = randomUUID();
  const [made] = await db.select({ n: count() }).from(replies).where(eq(replies.claim, claim));
  if ((made?.n ?? 0) >= LIMITS.repliesPerClaim) {
    return refuse('not-allowed', `A claim takes ${LIMITS.repliesPerClaim} replies, and has them.`);
  }
  const what = { kind: 'claim', id: claim } as const;
  const done = await change(db, author, what, (target) => {
    const { found, moderates } = target;
    const why = withheld(target.claim);
    const mayRead = isOwn(target, author) || moderates;
    if (why === 'withdrawn' || (why !== null && !mayRead)) return notThere(what);
    return async (tx) => {
      const mentions = await mentionsIn(tx, found, text, input.mentions);
      const approved = approvedAtOnce(found, moderates);
      await tx.insert(replies).values({ id, claim, author, text, mentions, approved });
    };
  });
  return 'ok' in done ? done : { code: done.code, id };
}

export async function editReply(
  db: Database,
  device: string,
  { reply: id, text, mentions: named }: RequestValue<'reply.edit'>,
): Promise<Changed | Refusal> {
  return await change(db, device, { kind: 'reply', id }, (target) => {
    const { found, reply } = target;
    if (!isOwn(target, device)) return refuseForeign();
    if (reply?.text === text) return null;
    return async (tx) => {
      const mentions = await mentionsIn(tx, found, text, named);
      const approved = approvedAtOnce(found, target.moderates);
      const editedAt = new Date();
      await tx
        .update(replies)
        .set({ text, mentions, approved, editedAt })
        .where(eq(replies.id, id));
    };
  });
}

/** Takes back what one wrote, or brings it back; it stays on record either way. */
export async function setWithdrawn(
  db: Database,
  device: string,
  what: Written,
  withdrawn: boolean,
): Promise<Changed | Refusal> {
  return await change(db, device, what, (target) => {
    if (!isOwn(target, device)) return refuseForeign();
    if ((target.reply ?? target.claim).withdrawn === withdrawn) return null;
    return async (tx) => {
      const table = what.kind === 'claim' ? claims : replies;
      await tx.update(table).set({ withdrawn }).where(eq(table.id, what.id));
    };
  });
}
