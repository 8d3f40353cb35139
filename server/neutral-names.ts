/**
 * What leaves the coordinator while a room hides names: numbers of members in the place of nicknames,
 * the same for one person for as long as the room is. Instructors and the owner see the real ones. What
 * people write in their claims is theirs, and goes as it is but for the names of those whom they name by an @.
 */
import { eq } from 'drizzle-orm';
import type { Database } from '../db/open.ts';
import { members } from '../db/schema.ts';
import type { Investigation } from './investigations.ts';
import type {
  ClaimQueue,
  ClaimView,
  Delta,
  Member,
  Mention,
  Presence,
  ReplyView,
  RunView,
} from './protocol.ts';
import { roleIn } from './roles.ts';
import type { Tx } from './sequence.ts';
import { mayAct, type Role } from './vocabulary.ts';

/** One thing for two kinds of eyes; the same object while no name is hidden. */
export interface Seen<T> {
  /** For instructors and the owner. */
  readonly named: T;
  /** For everybody else. */
  readonly shown: T;
}

/** The name of a device in a room that hides names. */
export type NeutralName = (device: string) => string;

/** For whoever has trained or written without being a member. */
export const SOMEBODY = 'Somebody';

export function neutralName(role: Role | null, number: number): string {
  return `${role !== null && mayAct(role, 'present') ? 'Instructor' : 'Student'} ${number}`;
}

/** The neutral names of everybody in the room; null if it hides none. */
export async function neutralNamesIn(
  tx: Database | Tx,
  found: Investigation,
): Promise<NeutralName | null> {
  if (!found.anonymous) return null;
  const rows = await tx.select().from(members).where(eq(members.investigation, found.id));
  const names = new Map(
    rows.map(({ device, role, number }) => [
      device,
      neutralName(roleIn(found, device, role), number),
    ]),
  );
  return (device) => names.get(device) ?? SOMEBODY;
}

/** A device's name as the room shows it: its nickname, unless names are hidden. */
export const shownName = (nameOf: NeutralName | null, device: string, nickname: string): string =>
  nameOf === null ? nickname : nameOf(device);

/** Whether this role sees real names in a room that hides them. */
export const seesNames = (role: Role): boolean => mayAct(role, 'present');

/** The delta with neutral names. @param owner id of the room's owner */
export function withoutNames(delta: Delta, owner: string, nameOf: NeutralName): Delta {
  const { investigation } = delta;
  const { presenter } = investigation.room;
  return {
    ...delta,
    investigation: {
      ...investigation,
      openedBy: nameOf(owner),
      room: {
        ...investigation.room,
        presenter: presenter && { ...presenter, nickname: nameOf(presenter.id) },
      },
    },
    runs: runsWithoutNames(delta.runs, nameOf),
    claims: delta.claims.map((claim) => claimWithoutNames(claim, nameOf)),
  };
}

/** Runs with the neutral names of who trained them. */
export const runsWithoutNames = (runs: readonly RunView[], nameOf: NeutralName): RunView[] =>
  runs.map((run) => ({ ...run, by: nameOf(run.device) }));

/** A claim with neutral names: its authors', and those of whom it names by an @. */
export function claimWithoutNames<T extends ClaimView>(claim: T, nameOf: NeutralName): T {
  const { resolved } = claim;
  return {
    ...writtenWithoutNames(claim, nameOf),
    replies: claim.replies.map((reply) => writtenWithoutNames(reply, nameOf)),
    resolved: resolved && { ...resolved, byName: nameOf(resolved.by) },
  };
}

/** Somebody's words: whoever they name by an @ is named as she is shown. */
function writtenWithoutNames<T extends Pick<ReplyView, 'author' | 'text' | 'mentions'>>(
  written: T,
  nameOf: NeutralName,
): T {
  const { author, text, mentions } = written;
  return {
    ...written,
    authorName: nameOf(author),
    text: textWithoutNames(text, mentions, nameOf),
    mentions: mentions.map(({ id }) => ({ id, name: nameOf(id) })),
  };
}

/** A text in which these people are named by an @, as they are shown; the longer name first, if it begins with another. */
export function textWithoutNames(
  text: string,
  mentions: readonly Mention[],
  nameOf: NeutralName,
): string {
  return mentions
    .toSorted((a, b) => b.name.length - a.name.length)
    .reduce((t, { id, name }) => t.replaceAll(`@${name}`, `@${nameOf(id)}`), text);
}

/** What is withheld, for somebody who does not see names. */
export function queueWithoutNames(queue: ClaimQueue, nameOf: NeutralName): ClaimQueue {
  return {
    claims: queue.claims.map((claim) => claimWithoutNames(claim, nameOf)),
    replies: queue.replies.map((reply) => writtenWithoutNames(reply, nameOf)),
  };
}

/** The presence with neutral names, in their order: that of nicknames would tell of them. */
export function presenceWithoutNames(presence: Presence, nameOf: NeutralName): Presence {
  const inOrder = new Intl.Collator('en', { numeric: true });
  const members = presence.members
    .map((m): Member => ({ ...m, nickname: nameOf(m.id) }))
    .sort((a, b) => inOrder.compare(a.nickname, b.nickname));
  return { ...presence, members };
}
