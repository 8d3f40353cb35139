/**
 * Everybody who came into a room, present or away, under the names that the asker sees: for naming them
 * in a text. Asked for when somebody begins to write, not told with presence: a room keeps its members
 * for good.
 */
import { and, desc, eq, isNotNull } from 'drizzle-orm';
import type { Database } from '../db/open.ts';
import { devices, members } from '../db/schema.ts';
import { findInvestigation } from './investigations.ts';
import { memberRole } from './members.ts';
import { neutralNamesIn, seesNames, shownName } from './neutral-names.ts';
import type { Refusal, RoomPerson } from './protocol.ts';
import { refuse } from './refusal.ts';
import { LIMITS } from './vocabulary.ts';

/**
 * The members of a room, those who came last first.
 * @param device who asks: in a room that hides names, the neutral ones unless she sees names
 * @returns at most `LIMITS.peopleTold` of them, or a refusal where there is no such room
 */
export async function peopleIn(
  db: Database,
  device: string,
  code: string,
): Promise<readonly RoomPerson[] | Refusal> {
  const found = await findInvestigation(db, code);
  if (found === null) return refuse('not-found', `There is no room ${code}.`);
  const role = await memberRole(db, found, device);
  const names = role !== null && seesNames(role) ? null : await neutralNamesIn(db, found);
  const rows = await db
    .select({ id: devices.id, nickname: devices.nickname })
    .from(members)
    .innerJoin(devices, eq(devices.id, members.device))
    // Who trained without having come in has not agreed to be shown.
    .where(and(eq(members.investigation, found.id), isNotNull(members.role)))
    .orderBy(desc(members.number))
    .limit(LIMITS.peopleTold);
  return rows.map(({ id, nickname }) => ({ id, nickname: shownName(names, id, nickname) }));
}
