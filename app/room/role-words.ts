/** Roles as people read them. */
import type { Role } from '../../server/vocabulary.ts';

export const ROLE_NAMES: Readonly<Record<Role, string>> = {
  viewer: 'viewer',
  guest: 'guest',
  volunteer: 'volunteer',
  annotator: 'annotator',
  instructor: 'instructor',
  owner: 'owner',
};

/** What each may, the roles before it included. */
export const ROLE_MEANINGS: Readonly<Record<Role, string>> = {
  viewer: 'watches',
  guest: 'is seen, with a pointer',
  volunteer: 'trains runs too',
  annotator: 'writes claims too',
  instructor: 'presents, pauses and adds runs too',
  owner: 'concludes, invites and gives roles too',
};
