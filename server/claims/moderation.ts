/** Moderation: what waits is approved, what should not stand is hidden, and every act is on record. */
import { randomUUID } from 'node:crypto';
import { and, eq } from 'drizzle-orm';
import type { Database } from '../../db/open.ts';
import { claims, claimVersions, investigations, moderation, replies } from '../../db/schema.ts';
import { inSnapshot, type Snapshot } from '../deltas.ts';
import { findInvestigation, type Investigation } from '../investigations.ts';
import { neutralNamesIn, queueWithoutNames } from '../neutral-names.ts';
import type {
  ClaimQueue,
  ClaimVersion,
  ModerationEntry,
  Refusal,
  RequestValue,
  Written,
} from '../protocol.ts';
import { refuse } from '../refusal.ts';
import { numbered, type Tx } from '../sequence.ts';
import { type Changed, type Claim, change, isOwn, mayIn, notThere, targetOf } from './change.ts';
import { moderationOf, queueOf, versionsOf, withheld } from './read.ts';

export async function moderate(
  db: Database,
  device: string,
  input: RequestValue<'claims.moderate'>,
): Promise<Changed | Refusal> {
  if (input.action === 'policy') return await setPolicy(db, device, input);
  const { action, what } = input;
  const reason = input.action === 'hide' ? input.reason : null;
  return await change(db, device, what, (target) => {
    const { found } = target;
    const row = target.reply ?? target.claim;
    // What its author took back is not for others to act on.
    if (row.withdrawn) return notThere(what);
    const isSo = {
      approve: row.approved,
      hide: row.hidden === reason,
      unhide: row.hidden === null,
    };
    if (isSo[action]) return null;
    return async (tx) => {
      const table = what.kind === 'claim' ? claims : replies;
      const set = action === 'approve' ? { approved: true } : { hidden: reason };
      await tx.update(table).set(set).where(eq(table.id, what.id));
      if (target.reply === null) await showVersions(tx, { ...target.claim, ...set });
      await keepAct(tx, found, device, { action, what, reason });
    };
  });
}

/** What is hidden takes its versions with it; what comes back brings only the words that were looked at. */
async function showVersions(tx: Tx, claim: Claim): Promise<void> {
  const { id, version } = claim;
  const all = eq(claimVersions.claim, id);
  if (claim.hidden !== null) await tx.update(claimVersions).set({ shown: false }).where(all);
  else if (claim.approved) {
    const present = and(all, eq(claimVersions.version, version));
    await tx.update(claimVersions).set({ shown: true }).where(present);
  }
}

async function setPolicy(
  db: Database,
  device: string,
  { code, wait }: Extract<RequestValue<'claims.moderate'>, { action: 'policy' }>,
): Promise<Changed | Refusal> {
  const found = await findInvestigation(db, code);
  if (found === null) return refuse('not-found', `There is no room ${code}.`);
  await db.transaction(async (tx) => {
    const room = await numbered(tx, found.id);
    if (room.claimsWait === wait) return;
    await tx.update(investigations).set({ claimsWait: wait }).where(eq(investigations.id, room.id));
    await keepAct(tx, room, device, { action: wait ? 'wait' : 'free', what: null, reason: null });
  });
  return { code: found.code, id: found.id };
}

async function keepAct(
  tx: Tx,
  { id: investigation }: Investigation,
  moderator: string,
  act: {
    readonly action: ModerationEntry['action'];
    readonly what: Written | null;
    readonly reason: string | null;
  },
): Promise<void> {
  const { action, what, reason } = act;
  const claim = what?.kind === 'claim' ? what.id : null;
  const reply = what?.kind === 'reply' ? what.id : null;
  await tx
    .insert(moderation)
    .values({ id: randomUUID(), investigation, moderator, action, claim, reply, reason });
}

/** What this device may read of what the room is not shown. */
export async function queueFor(
  db: Database,
  device: string,
  code: string,
): Promise<ClaimQueue | Refusal> {
  const read = async ({ tx, found, checked, names }: Snapshot) => {
    const moderates = await mayIn(tx, found, device, 'moderate');
    const queue = await queueOf(tx, found, await checked(), { device, moderates });
    // Moderators see names.
    const nameOf = moderates ? null : await names();
    return nameOf === null ? queue : queueWithoutNames(queue, nameOf);
  };
  const queue = await inSnapshot(db, code, read, { verdict: 'last' });
  return queue ?? refuse('not-found', `There is no room ${code}.`);
}

export async function logFor(
  db: Database,
  code: string,
): Promise<readonly ModerationEntry[] | Refusal> {
  const found = await findInvestigation(db, code);
  if (found === null) return refuse('not-found', `There is no room ${code}.`);
  return await moderationOf(db, found);
}

/** All versions of a claim, to whoever may read it. */
export async function historyFor(
  db: Database,
  device: string,
  id: string,
): Promise<readonly ClaimVersion[] | Refusal> {
  const what = { kind: 'claim', id } as const;
  const target = await targetOf(db, what);
  if (target === null) return notThere(what);
  const why = withheld(target.claim);
  const moderates = await mayIn(db, target.found, device, 'moderate');
  const mayReadAll = isOwn(target, device) || (moderates && why !== 'withdrawn');
  if (why !== null && !mayReadAll) return notThere(what);
  const nameOf = moderates ? null : await neutralNamesIn(db, target.found);
  return (await versionsOf(db, [id], mayReadAll, nameOf)).get(id) ?? [];
}
