/**
 * How a room is led: its door, who presents, whether names are hidden, and who has which role (whether its
 * charts stand still: freezing.ts). All of it is in the investigation's row and numbered like everything the room sees, so
 * that it survives a coordinator and reaches everybody by the deltas.
 */
import { and, eq, isNotNull } from 'drizzle-orm';
import type { Database } from '../db/open.ts';
import { investigations, members } from '../db/schema.ts';
import type { Investigation } from './investigations.ts';
import { store } from './members.ts';
import type { Refusal, RequestValue } from './protocol.ts';
import { refuse } from './refusal.ts';
import { numbered } from './sequence.ts';
import { mayAct } from './vocabulary.ts';

type Settings = Partial<
  Pick<Investigation, 'doorOpen' | 'doorRole' | 'presenter' | 'anonymous' | 'owner'>
>;

/** Changes settings, and numbers the change. */
async function change(db: Database, { id }: Investigation, settings: Settings): Promise<void> {
  await db.transaction(async (tx) => {
    await numbered(tx, id);
    await tx.update(investigations).set(settings).where(eq(investigations.id, id));
  });
}

export async function setDoor(
  db: Database,
  found: Investigation,
  { open, role }: Pick<RequestValue<'room.door'>, 'open' | 'role'>,
): Promise<void> {
  await change(db, found, { doorOpen: open, doorRole: role });
}

/** Presents this device, in the place of whoever did; off: nobody presents. */
export async function setPresenter(
  db: Database,
  found: Investigation,
  device: string | null,
): Promise<void> {
  await change(db, found, { presenter: device });
}

export async function setAnonymous(db: Database, found: Investigation, on: boolean): Promise<void> {
  await change(db, found, { anonymous: on });
}

/**
 * Gives a member a role, or hands the room over to her: its owner is an instructor then. Only the owner
 * comes here, and cannot give herself less: a room has an owner.
 * @param owner who asks
 */
export async function giveRole(
  db: Database,
  found: Investigation,
  owner: string,
  { member, role }: Pick<RequestValue<'member.role'>, 'member' | 'role'>,
): Promise<Refusal | null> {
  if (member === owner) {
    return role === 'owner'
      ? null
      : refuse('not-allowed', 'A room has an owner. Make somebody else the owner first.');
  }
  return await db.transaction(async (tx) => {
    const now = await numbered(tx, found.id);
    // Two orders at once: the room may have been handed over meanwhile.
    if (now.owner !== owner) {
      return refuse('not-allowed', 'This room has another owner now.');
    }
    const investigation = found.id;
    const given = await tx
      .update(members)
      .set({ role: role === 'owner' ? 'instructor' : role })
      .where(
        and(
          eq(members.investigation, investigation),
          eq(members.device, member),
          isNotNull(members.role),
        ),
      )
      .returning({ device: members.device });
    if (given.length === 0) return refuse('not-found', 'That person has not joined this room.');
    if (role === 'owner') {
      await store(tx, [{ investigation, device: owner, role: 'instructor' }]);
      await tx
        .update(investigations)
        .set({ owner: member })
        .where(eq(investigations.id, investigation));
    } else if (now.presenter === member && !mayAct(role, 'present')) {
      await tx
        .update(investigations)
        .set({ presenter: null })
        .where(eq(investigations.id, investigation));
    }
    return null;
  });
}
