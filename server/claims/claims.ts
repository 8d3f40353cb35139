/** Claims: made about an anchor, edited, reaffirmed, resolved; every version stays with its evidence. */

import { randomUUID } from 'node:crypto';
import { count, eq } from 'drizzle-orm';
import type { Database } from '../../db/open.ts';
import { claims, claimVersions } from '../../db/schema.ts';
import type { Standing } from '../../db/standing.ts';
import { inSnapshot, type Snapshot } from '../deltas.ts';
import type { Anchor, Refusal, RequestValue } from '../protocol.ts';
import { refuse } from '../refusal.ts';
import { numbered, type Tx } from '../sequence.ts';
import { LIMITS } from '../vocabulary.ts';
import { mentionsIn } from './author.ts';
import {
  approvedAtOnce,
  type Changed,
  type Claim,
  change,
  isOwn,
  mayIn,
  notThere,
  refuseForeign,
  targetOf,
} from './change.ts';
import { panelOf, runPoint, standingAt } from './evidence.ts';

/** Makes a claim on what its author's page showed. */
export async function addClaim(
  db: Database,
  author: string,
  input: RequestValue<'claim.add'>,
): Promise<Changed | Refusal> {
  const seen = await inSnapshot(db, input.code, async (snapshot) => {
    const { tx, found } = snapshot;
    const [made] = await tx
      .select({ n: count() })
      .from(claims)
      .where(eq(claims.investigation, found.id));
    if ((made?.n ?? 0) >= LIMITS.claimsPerRoom) {
      return refuse('not-allowed', `A room takes ${LIMITS.claimsPerRoom} claims, and has them.`);
    }
    const ground = await groundOf(snapshot, input.anchor, input.evidence);
    return 'ok' in ground ? ground : { found, ground };
  });
  if (seen === null) return refuse('not-found', `There is no room ${input.code}.`);
  if ('ok' in seen) return seen;
  const { found, ground } = seen;
  const { text } = input;
  const id = randomUUID();
  await db.transaction(async (tx) => {
    const room = await numbered(tx, found.id);
    const mentions = await mentionsIn(tx, room, text, input.mentions);
    const approved = approvedAtOnce(room, await mayIn(tx, room, author, 'moderate'));
    await tx.insert(claims).values({
      ...{ id, investigation: found.id, author, text, mentions, approved, seq: room.seq },
      ...ground,
    });
    const words = { text, mentions, shown: approved };
    await keepVersion(tx, id, { ...ground, version: 1, what: 'made', ...words });
  });
  return { code: found.code, id };
}

/** What a claim stands on, in the columns of its row. */
interface Ground extends Pick<Claim, 'anchor' | 'evidence' | 'stood' | 'present' | 'checked'> {}

/** What an anchor stands on, to who saw the room up to number `seen`; a refusal if it is nowhere. */
async function groundOf(
  { tx, found, folded }: Snapshot,
  wanted: Anchor,
  seen: number,
): Promise<Ground | Refusal> {
  const folds = await folded();
  const panel = wanted.kind === 'fit' ? null : wanted.panel;
  if (panel !== null && panelOf(found, panel) === undefined) {
    return refuse('not-found', `The study has no panel “${panel}”.`);
  }
  const evidence = Math.min(seen, found.seq);
  const present = await standingAt(tx, found, folds, wanted, found.seq);
  const stood =
    evidence === found.seq ? present : await standingAt(tx, found, folds, wanted, evidence);
  const anchor = await settled(wanted, present, (at, run) => runPoint(tx, found, folds, at, run));
  if (anchor === null) {
    return refuse('not-found', 'There is nothing there now that a claim could stand on.');
  }
  return { anchor, evidence, stood, present, checked: found.seq };
}

/** The anchor with the coordinator's own y of a point; null where the point or the number is not. */
async function settled(
  anchor: Anchor,
  present: Standing,
  runY: (at: Extract<Anchor, { kind: 'point' }>, run: string) => Promise<number | null>,
): Promise<Anchor | null> {
  if (anchor.kind === 'fit') return present.kind === 'fit' && present.fit !== null ? anchor : null;
  if (anchor.kind !== 'point') return anchor;
  const mean = present.kind === 'mean' ? (present.mean?.value ?? null) : null;
  const y = anchor.of.kind === 'run' ? await runY(anchor, anchor.of.run) : mean;
  return y === null ? null : { ...anchor, y };
}

type ClaimVersionRow = typeof claimVersions.$inferSelect;

async function keepVersion(
  tx: Tx,
  claim: string,
  kept: Ground & Pick<ClaimVersionRow, 'version' | 'what' | 'text' | 'mentions' | 'shown'>,
): Promise<void> {
  const { anchor, evidence, stood, text, mentions, what, version, shown } = kept;
  await tx
    .insert(claimVersions)
    .values({ claim, version, what, text, mentions, anchor, evidence, stood, shown });
}

/** A new version of one's own claim; where its anchor is new, it stands on what is there now. */
export async function editClaim(
  db: Database,
  device: string,
  input: RequestValue<'claim.edit'>,
): Promise<Changed | Refusal> {
  const { claim: id, anchor, evidence, text } = input;
  const ground = anchor === undefined ? null : await groundFor(db, device, id, anchor, evidence);
  if (ground !== null && 'ok' in ground) return ground;
  return await newVersion(db, device, id, 'edited', (claim) => {
    if (ground === null && text === claim.text) return null;
    return { ground: ground ?? claim, text, named: input.mentions };
  });
}

/** A new version, of the same words about the same anchor, that stands on what is there now. */
export async function reaffirmClaim(
  db: Database,
  device: string,
  { claim: id, evidence }: RequestValue<'claim.reaffirm'>,
): Promise<Changed | Refusal> {
  const ground = await groundFor(db, device, id, null, evidence);
  if ('ok' in ground) return ground;
  return await newVersion(db, device, id, 'reaffirmed', (claim) => ({
    ...{ ground, text: claim.text, named: null },
  }));
}

/** What an anchor (null: the claim's own) stands on in the claim's room, for its author. */
async function groundFor(
  db: Database,
  device: string,
  id: string,
  anchor: Anchor | null,
  evidence: number,
): Promise<Ground | Refusal> {
  const what = { kind: 'claim', id } as const;
  const target = await targetOf(db, what);
  if (target === null) return notThere(what);
  if (!isOwn(target, device)) return refuseForeign();
  const wanted = anchor ?? target.claim.anchor;
  const ground = await inSnapshot(db, target.found.code, (s) => groundOf(s, wanted, evidence));
  return ground ?? notThere(what);
}

/** Keeps a new version of a claim, if its author may make one; null changes nothing. */
async function newVersion(
  db: Database,
  device: string,
  id: string,
  what: 'edited' | 'reaffirmed',
  next: (claim: Claim) => {
    readonly ground: Ground;
    readonly text: string;
    /** Whom the new text may name; null keeps whom it names. */
    readonly named: readonly string[] | null;
  } | null,
): Promise<Changed | Refusal> {
  return await change(db, device, { kind: 'claim', id }, (target) => {
    const { claim, found } = target;
    if (!isOwn(target, device)) return refuseForeign();
    if (claim.version >= LIMITS.versionsPerClaim) {
      return refuse('not-allowed', 'This claim was changed too often. Make a new one.');
    }
    const to = next(claim);
    if (to === null) return null;
    return async (tx) => {
      const version = claim.version + 1;
      const { anchor, evidence, stood, present, checked } = to.ground;
      const mentions =
        to.named === null ? claim.mentions : await mentionsIn(tx, found, to.text, to.named);
      // Words that nobody has approved are not shown under an approval of others.
      const sameWords = to.text === claim.text && claim.approved;
      const approved = sameWords || approvedAtOnce(found, target.moderates);
      const shown = approved && claim.hidden === null;
      await tx
        .update(claims)
        .set({
          ...{ anchor, evidence, stood, present, checked, version, mentions, text: to.text },
          ...{ versionAt: new Date(), approved },
        })
        .where(eq(claims.id, id));
      await keepVersion(tx, id, { ...to.ground, version, what, text: to.text, mentions, shown });
    };
  });
}

/** Resolves or reopens: its author, and who moderates. */
export async function resolveClaim(
  db: Database,
  device: string,
  { claim: id, resolved }: RequestValue<'claim.resolve'>,
): Promise<Changed | Refusal> {
  return await change(db, device, { kind: 'claim', id }, (target) => {
    const { claim, moderates } = target;
    if (!isOwn(target, device) && !moderates) {
      return refuse(
        'not-allowed',
        'Only its author, instructors and the owner of the investigation resolve a claim.',
      );
    }
    if (resolved === (claim.resolvedAt !== null)) return null;
    const by = resolved ? { resolvedBy: device, resolvedAt: new Date() } : null;
    return async (tx) => {
      await tx
        .update(claims)
        .set(by ?? { resolvedBy: null, resolvedAt: null })
        .where(eq(claims.id, id));
    };
  });
}
