import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PERMISSIONS } from './permissions.ts';
import { Requests } from './protocol.ts';
import { refuseAct, roleAtDoor, roleIn } from './roles.ts';
import { type Act, leastRole, mayAct, ROLES, type Role } from './vocabulary.ts';

const ACTS: readonly Act[] = [
  ...['watch', 'appear', 'train', 'annotate', 'present', 'moderate', 'steer', 'own'],
] as Act[];
const role = fc.constantFrom<Role>(...ROLES);
const act = fc.constantFrom<Act>(...ACTS);
const SEED = { seed: 7 };

test('[R6] roles are ranked: what one may, every role above it may', () => {
  fc.assert(
    fc.property(role, role, act, (a, b, what) => {
      const [lower, higher] = ROLES.indexOf(a) <= ROLES.indexOf(b) ? [a, b] : [b, a];
      expect(mayAct(higher, what) || !mayAct(lower, what)).toBe(true);
    }),
    SEED,
  );
});

test('[R6] an act is refused below its least role, with a sentence, and never from it on', () => {
  fc.assert(
    fc.property(role, act, (who, what) => {
      const may = ROLES.indexOf(who) >= ROLES.indexOf(leastRole(what));
      const refused = refuseAct(who, what);
      expect(refused === null).toBe(may);
      if (refused !== null) expect(refused).toMatchObject({ reason: 'not-allowed' });
      expect(refuseAct(null, what)).toMatchObject({ reason: 'not-allowed' });
    }),
    SEED,
  );
});

test('[R6] every request says what it needs', () => {
  expect(Object.keys(PERMISSIONS).sort()).toEqual(Object.keys(Requests).sort());
});

test('[R6] the owner is who the room says, whatever else was given; others are what they were given', () => {
  const found = { owner: 'a', doorOpen: true, doorRole: 'guest' } as const;
  expect(roleIn(found, 'a', 'guest')).toBe('owner');
  expect(roleIn(found, 'b', 'volunteer')).toBe('volunteer');
  expect([roleIn(found, 'b', null), roleIn(found, 'b', undefined)]).toEqual([null, null]);
  expect([roleAtDoor(found), roleAtDoor({ ...found, doorOpen: false })]).toEqual(['guest', null]);
});
