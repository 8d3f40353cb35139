/**
 * Claims as they leave the server. The room is told one thing, all the same: what everybody may read,
 * and of the rest its id and why it is not shown. What is waiting or hidden goes only to whoever asks and
 * may: its author and the moderators.
 */
import { and, asc, desc, eq, gt, inArray, or, sql } from 'drizzle-orm';
import type { Database } from '../../db/open.ts';
import { claims, claimVersions, moderation, replies } from '../../db/schema.ts';
import type { Investigation } from '../investigations.ts';
import { type NeutralName, textWithoutNames } from '../neutral-names.ts';
import type {
  ClaimQueue,
  ClaimVersion,
  ClaimView,
  Delta,
  ModerationEntry,
  QueuedClaim,
  QueuedReply,
  ReplyView,
  Withheld,
} from '../protocol.ts';
import type { Tx } from '../sequence.ts';
import { authorName } from './author.ts';
import type { CheckedClaims } from './evidence.ts';
import { changesOf, stoodOn } from './words.ts';

/** Claims with their replies, in the order in which they were made. */
async function read(tx: Tx, where: ReturnType<typeof and>) {
  return await tx.query.claims.findMany({
    where,
    with: {
      ...{ by: true, resolver: true },
      replies: { with: { by: true }, orderBy: [asc(replies.createdAt), asc(replies.id)] },
    },
    orderBy: [asc(claims.createdAt), asc(claims.id)],
  });
}
type ClaimRow = Awaited<ReturnType<typeof read>>[number];
type ReplyRow = ClaimRow['replies'][number];

/** Why the room is not shown this; null if it is. */
export function withheld(row: {
  readonly withdrawn: boolean;
  readonly hidden: string | null;
  readonly approved: boolean;
}): Withheld | null {
  if (row.withdrawn) return 'withdrawn';
  if (row.hidden !== null) return 'hidden';
  return row.approved ? null : 'waiting';
}

const isAboutFit = sql`${claims.anchor}->>'kind' = 'fit'`;

/**
 * What the room is told of claims that changed, or whose evidence did, after this number.
 * @param fits tells those about the verdict and the fits in any case
 */
export async function claimsSince(
  tx: Tx,
  found: Investigation,
  checked: CheckedClaims,
  { after, fits }: { readonly after: number; readonly fits: boolean },
): Promise<Pick<Delta, 'claims' | 'withheld'>> {
  const moved = [...checked.claims].flatMap(([id, { moved }]) => (moved > after ? [id] : []));
  const changed = or(
    gt(claims.seq, after),
    moved.length === 0 ? undefined : inArray(claims.id, moved),
    fits ? isAboutFit : undefined,
  );
  const rows = await read(tx, and(eq(claims.investigation, found.id), changed));
  return {
    claims: shownOf(rows, checked),
    // Whoever is told everything has nothing to take away, but must hear what waits.
    withheld: rows.flatMap((row) => {
      const why = withheld(row);
      return why === null ? [] : [{ id: row.id, why, seq: row.seq }];
    }),
  };
}

/** Claims about the verdict and the fits, as the room is shown them. */
export async function claimsAboutFits(
  tx: Tx,
  found: Investigation,
  checked: CheckedClaims,
): Promise<readonly ClaimView[]> {
  return shownOf(await read(tx, and(eq(claims.investigation, found.id), isAboutFit)), checked);
}

const shownOf = (rows: readonly ClaimRow[], checked: CheckedClaims): ClaimView[] =>
  rows.flatMap((row) => (withheld(row) === null ? viewOf(row, checked) : []));

function viewOf(row: ClaimRow, checked: CheckedClaims): ClaimView {
  const { id, anchor, stood, resolver, resolvedAt } = row;
  const present = checked.claims.get(id)?.present ?? stood;
  return {
    ...{ id, author: row.author, authorName: authorName(row.by), anchor, text: row.text },
    ...{ mentions: row.mentions, at: row.createdAt.toISOString() },
    ...{ version: row.version, versionAt: row.versionAt.toISOString(), evidence: row.evidence },
    runs: stood.kind === 'runs' ? Object.keys(stood.runs) : [],
    stoodOn: stoodOn(anchor, stood),
    changed: changesOf(anchor, stood, present),
    resolved:
      resolver === null || resolvedAt === null
        ? null
        : { by: resolver.id, byName: authorName(resolver), at: resolvedAt.toISOString() },
    replies: row.replies.flatMap((reply) => (withheld(reply) === null ? replyOf(reply) : [])),
    waiting: row.replies.filter((reply) => withheld(reply) === 'waiting').length,
    hidden: row.replies.filter((reply) => withheld(reply) === 'hidden').length,
  };
}

function replyOf(row: ReplyRow): ReplyView {
  return {
    ...{ id: row.id, author: row.author, authorName: authorName(row.by), text: row.text },
    ...{ mentions: row.mentions, at: row.createdAt.toISOString() },
    editedAt: row.editedAt?.toISOString() ?? null,
  };
}

/**
 * What the room is not shown: all that waits or is hidden to moderators, to others what is their own.
 * What somebody withdrew is nobody else's.
 */
export async function queueOf(
  tx: Tx,
  found: Investigation,
  checked: CheckedClaims,
  reader: { readonly device: string; readonly moderates: boolean },
): Promise<ClaimQueue> {
  const mayRead = (row: { readonly author: string }, why: Withheld) =>
    row.author === reader.device || (reader.moderates && why !== 'withdrawn');
  const rows = await read(tx, eq(claims.investigation, found.id));
  return {
    claims: rows.flatMap((row): QueuedClaim[] => {
      const why = withheld(row);
      if (why === null || !mayRead(row, why)) return [];
      return [{ ...viewOf(row, checked), why, reason: row.hidden }];
    }),
    replies: rows.flatMap(({ id: claim, replies }) =>
      replies.flatMap((row): QueuedReply[] => {
        const why = withheld(row);
        if (why === null || !mayRead(row, why)) return [];
        return [{ ...replyOf(row), claim, why, reason: row.hidden }];
      }),
    ),
  };
}

/**
 * Versions of these claims, the first first; to readers (`all` false), not those whose words nobody
 * approved, or somebody hid. @param nameOf names in the place of those that the words name; null leaves them
 */
export async function versionsOf(
  db: Database | Tx,
  ids: readonly string[],
  all: boolean,
  nameOf: NeutralName | null,
): Promise<ReadonlyMap<string, readonly ClaimVersion[]>> {
  const versions = new Map<string, ClaimVersion[]>(ids.map((id) => [id, []]));
  if (ids.length === 0) return versions;
  const rows = await db
    .select()
    .from(claimVersions)
    .where(
      and(inArray(claimVersions.claim, [...ids]), all ? undefined : eq(claimVersions.shown, true)),
    )
    .orderBy(asc(claimVersions.version));
  for (const { claim, version, what, anchor, evidence, stood, createdAt, ...words } of rows) {
    const text =
      nameOf === null ? words.text : textWithoutNames(words.text, words.mentions, nameOf);
    versions.get(claim)?.push({
      ...{ version, what, text, anchor, evidence },
      ...{ stoodOn: stoodOn(anchor, stood), at: createdAt.toISOString() },
    });
  }
  return versions;
}

/** What moderators did in a room, the last first. */
export async function moderationOf(
  db: Database,
  found: Pick<Investigation, 'id'>,
): Promise<readonly ModerationEntry[]> {
  const rows = await db.query.moderation.findMany({
    where: eq(moderation.investigation, found.id),
    with: { by: true, ofClaim: { with: { by: true } }, ofReply: { with: { by: true } } },
    orderBy: [desc(moderation.createdAt), asc(moderation.id)],
    limit: LOG_ENTRIES,
  });
  return rows.map(({ id, action, reason, createdAt, by, ofClaim, ofReply }) => {
    const what = ofReply ?? ofClaim;
    const kind = ofReply === null ? ('claim' as const) : ('reply' as const);
    return {
      ...{ id, action, reason, at: createdAt.toISOString(), byName: authorName(by) },
      what: what === null ? null : { kind, id: what.id },
      authorName: what === null ? null : authorName(what.by),
      // What its author took back is hers alone.
      text: what === null || what.withdrawn ? null : what.text,
    };
  });
}

/** The last acts: a page shows no more. */
const LOG_ENTRIES = 500;
