/**
 * Members of rooms: who came in, by which role, as the how-manyeth. A crowd that comes at once is let in
 * in one transaction. Numbers are given under a lock of their room, so that two never bear one, and
 * stay: a member is called by hers while the room hides names.
 */
import { and, eq, inArray, sql } from 'drizzle-orm';
import type { Database } from '../db/open.ts';
import { investigations, invitations, members } from '../db/schema.ts';
import { among } from './among.ts';
import type { Investigation } from './investigations.ts';
import { type Invitation, whyNotValid } from './invitations.ts';
import type { InvitedRole, MemberRole, Refusal } from './protocol.ts';
import { refuse } from './refusal.ts';
import { roleAtDoor, roleIn } from './roles.ts';
import type { Tx } from './sequence.ts';
import type { Role } from './vocabulary.ts';
import { ROLES } from './vocabulary.ts';

/** Any number: it keeps these locks apart from others. */
const MEMBER_LOCKS = 7_782_303;

/** Somebody who wants to come into a room. */
export interface Entrant {
  readonly code: string;
  readonly device: string;
  /** Code of an invitation, or null. */
  readonly invitation: string | null;
  readonly now: number;
}

/** The role of a membership by investigation and device. */
type Given = (investigation: string, device: string) => MemberRole | null | undefined;

const keyOf = (investigation: string, device: string) => `${investigation} ${device}`;
const rank = (role: Role) => ROLES.indexOf(role);

/** The memberships of these devices in these rooms. */
async function givenTo(
  db: Database | Tx,
  rooms: readonly string[],
  devices: readonly string[],
): Promise<Given> {
  if (rooms.length === 0) return () => undefined;
  const rows = await db
    .select()
    .from(members)
    .where(
      and(inArray(members.investigation, [...new Set(rooms)]), among(members.device, devices)),
    );
  const roles = new Map(rows.map((r) => [keyOf(r.investigation, r.device), r.role]));
  return (investigation, device) => roles.get(keyOf(investigation, device));
}

/** The role of a device in a room; null if it has none. */
export async function memberRole(
  db: Database | Tx,
  found: Investigation,
  device: string,
): Promise<Role | null> {
  return roleIn(found, device, (await givenTo(db, [found.id], [device]))(found.id, device));
}

/** Says whether a device may train for a room: its members of that role, and who might become one. */
export async function trainersAmong(
  db: Database | Tx,
  rooms: readonly Investigation[],
  devices: readonly string[],
): Promise<(found: Investigation, device: string) => Role | null> {
  const ids = rooms.map(({ id }) => id);
  const given = await givenTo(db, ids, devices);
  return (found, device) => roleIn(found, device, given(found.id, device)) ?? roleAtDoor(found);
}

/**
 * Lets these in, in their order: the role of each, or why she stays outside. A member stays what she is,
 * unless her invitation gives more. Viewers become no members: each visit of theirs needs the link again,
 * so that it ends when the link does.
 */
export async function admit(
  db: Database,
  entrants: readonly Entrant[],
): Promise<readonly (Role | Refusal)[]> {
  return await db.transaction(async (tx) => {
    const codes = [...new Set(entrants.map(({ code }) => code))];
    const found = await tx.select().from(investigations).where(inArray(investigations.code, codes));
    const rooms = new Map(found.map((room) => [room.code, room]));
    const invited = await invitationsOf(tx, entrants);
    await lockRooms(
      tx,
      found.map(({ id }) => id),
    );
    const ids = entrants.map(({ device }) => device);
    const before = await givenTo(
      tx,
      [...rooms.values()].map(({ id }) => id),
      ids,
    );
    const changes = new Map<string, Change>();
    const uses: string[] = [];
    const answers = entrants.map(({ code, device, invitation, now }): Role | Refusal => {
      const room = rooms.get(code);
      if (room === undefined) {
        return refuse(
          'not-found',
          `There is no room ${code}. Check the code with whoever gave it to you.`,
        );
      }
      const key = keyOf(room.id, device);
      const mine = roleIn(room, device, changes.get(key)?.role ?? before(room.id, device));
      const card = invitation === null ? null : (invited.get(invitation) ?? null);
      const problem = invitation === null ? null : whyNotValid(card, room.id, now);
      const byCard = problem === null ? (card?.role ?? null) : null;
      const role = bestRole(mine, byCard, invitation === null ? roleAtDoor(room) : null);
      if (role === null) return refuse('not-allowed', problem ?? CLOSED);
      if (role === mine || role === 'viewer' || role === 'owner') return role;
      changes.set(key, { investigation: room.id, device, role });
      if (byCard === role && card !== null) uses.push(card.code);
      return role;
    });
    await store(tx, [...changes.values()]);
    await countUses(tx, uses);
    return answers;
  });
}

const CLOSED =
  'The door of this room is closed: its code admits nobody new. Ask its owner for an invitation.';

/** A member's role unless an invitation gives more; the door is for newcomers alone. */
function bestRole(mine: Role | null, byCard: InvitedRole | null, byDoor: Role | null): Role | null {
  if (mine !== null) return byCard !== null && rank(byCard) > rank(mine) ? byCard : mine;
  return byCard ?? byDoor;
}

/** Those who train for rooms without having come in: they have a number, and no role. */
export async function enlist(
  db: Database,
  trainers: readonly Pick<Change, 'investigation' | 'device'>[],
): Promise<void> {
  const rooms = trainers.map(({ investigation }) => investigation);
  const devices = trainers.map(({ device }) => device);
  const given = await givenTo(db, rooms, devices);
  const fresh = trainers.filter((t) => given(t.investigation, t.device) === undefined);
  if (fresh.length === 0) return;
  await db.transaction(async (tx) => {
    await lockRooms(tx, rooms);
    await store(
      tx,
      fresh.map((trainer) => ({ ...trainer, role: null })),
    );
  });
}

interface Change {
  readonly investigation: string;
  readonly device: string;
  readonly role: MemberRole | null;
}

/**
 * Stores members; newcomers get the next numbers of their rooms, under the rooms' locks. One parameter
 * for all, as in `among`. A role once given is not taken by null.
 */
export async function store(tx: Tx, changes: readonly Change[]): Promise<void> {
  if (changes.length === 0) return;
  const rows = JSON.stringify(changes.map((change, place) => ({ ...change, place })));
  await tx.execute(sql`
    insert into members (investigation, device, role, number)
    select v.investigation, v.device, v.role,
      coalesce((select max(m.number) from members m where m.investigation = v.investigation), 0)
        + row_number() over (partition by v.investigation order by v.place)
    from json_to_recordset(${rows}::json)
      as v(investigation text, device text, role text, place int)
    on conflict (investigation, device) do update set role = coalesce(excluded.role, members.role)`);
}

/** Until the transaction ends, nobody else numbers members of these rooms. Always in one order. */
export async function lockRooms(tx: Tx, rooms: readonly string[]): Promise<void> {
  const all = JSON.stringify([...new Set(rooms)]);
  await tx.execute(sql`
    select pg_advisory_xact_lock(${MEMBER_LOCKS}, h) from (
      select distinct hashtext(id) as h from json_array_elements_text(${all}::json) as r(id)
      order by h) as hashes`);
}

async function invitationsOf(
  tx: Tx,
  entrants: readonly Entrant[],
): Promise<ReadonlyMap<string, Invitation>> {
  const codes = entrants.flatMap(({ invitation }) => invitation ?? []);
  if (codes.length === 0) return new Map();
  const rows = await tx.select().from(invitations).where(among(invitations.code, codes));
  return new Map(rows.map((row) => [row.code, row]));
}

async function countUses(tx: Tx, codes: readonly string[]): Promise<void> {
  // Sorted: two transactions with several in common never wait in a circle.
  for (const code of [...new Set(codes)].sort()) {
    const n = codes.filter((c) => c === code).length;
    await tx
      .update(invitations)
      .set({ uses: sql`${invitations.uses} + ${n}` })
      .where(eq(invitations.code, code));
  }
}
