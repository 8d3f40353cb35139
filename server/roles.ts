/**
 * Who may do what in a room. Roles are ranked, and each act names the least of them, so that what a role
 * may is read from one table and checked in one place; pages read the same table to hide what would be
 * refused. The owner is `investigations.owner`, whoever opened it or was handed it; everybody else's role
 * is that of her membership, which the door, an invitation or the owner gave.
 */
import type { Investigation } from './investigations.ts';
import type { MemberRole, Refusal } from './protocol.ts';
import { refuse } from './refusal.ts';
import { type Act, leastRole, mayAct, type Role } from './vocabulary.ts';

/**
 * The role of a device in a room; null if it has none.
 * @param given of its membership; null or undefined: it never came in
 */
export function roleIn(
  found: Pick<Investigation, 'owner'>,
  device: string,
  given: MemberRole | null | undefined,
): Role | null {
  return found.owner === device ? 'owner' : (given ?? null);
}

/** What a newcomer without an invitation would be; null while the door is closed. */
export function roleAtDoor({
  doorOpen,
  doorRole,
}: Pick<Investigation, 'doorOpen' | 'doorRole'>): Role | null {
  return doorOpen ? doorRole : null;
}

const NEEDS: Readonly<Record<Role, string>> = {
  viewer: 'You are not in this room. Open its link first.',
  guest: 'Only those who joined by the room’s code may do that.',
  volunteer: 'Your role in this room does not train. Ask its owner for another role.',
  annotator: 'Your role in this room does not write claims. Ask its owner for another role.',
  instructor: 'Only instructors and the owner of the investigation may do that.',
  owner: 'Only the owner of the investigation may do that.',
};

/** The refusal of an act that this role, or none, may not do; null if it may. */
export function refuseAct(role: Role | null, act: Act): Refusal | null {
  if (role === null) return refuse('not-allowed', NEEDS.viewer);
  return mayAct(role, act) ? null : refuse('not-allowed', NEEDS[leastRole(act)]);
}
