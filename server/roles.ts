/**
 * Who may do what in a room. Roles are ranked, and each act names the least of them, so that what a role
 * may is read from one table and checked in one place; pages read the same table to hide what would be
 * refused. The owner is whoever opened the investigation.
 */
import type { Investigation } from './investigations.ts';
import { type Act, leastRole, mayAct, type Refusal, type Role } from './protocol.ts';
import { refuse } from './refusal.ts';

/** The role of a device in a room. */
export function roleIn(found: Pick<Investigation, 'owner'>, device: string): Role {
  return found.owner === device ? 'owner' : 'annotator';
}

const NEEDS: Readonly<Record<Role, string>> = {
  viewer: 'You are not in this room.',
  guest: 'Only those who joined by the room’s code may do that.',
  volunteer: 'Your role in this room does not train. Ask its owner for the code of volunteers.',
  annotator: 'Your role in this room does not write claims. Ask its owner for another role.',
  instructor: 'Only instructors and the owner of the investigation may do that.',
  owner: 'Only the owner of the investigation may do that.',
};

/** The refusal of an act that this role may not do; null if it may. */
export function refuseAct(role: Role, act: Act): Refusal | null {
  return mayAct(role, act) ? null : refuse('not-allowed', NEEDS[leastRole(act)]);
}
