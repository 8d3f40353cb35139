/**
 * Nicknames, one bearer each within a room. Two who take a name at the same moment are told apart by
 * the database: the rows of everybody concerned are locked in one order before names are compared.
 */
import { asc, eq, inArray } from 'drizzle-orm';
import type { Database } from '../db/open.ts';
import { devices } from '../db/schema.ts';
import { nickname } from './names.ts';
import type { Refusal } from './protocol.ts';
import { refuse } from './refusal.ts';
import type { Tx } from './sequence.ts';

/** What makes two nicknames one to a reader: not case, not outer space, not the way it is encoded. */
export const nameKey = (name: string): string => name.normalize('NFKC').trim().toLowerCase();

/** Gives the device this nickname unless one of `others` (those in a room with it) bears it. */
export async function renameDevice(
  db: Database,
  device: string,
  name: string,
  others: readonly string[],
): Promise<Refusal | { readonly nickname: string }> {
  const chosen = name.trim();
  return await db.transaction(async (tx) => {
    const names = await lockNames(tx, [device, ...others]);
    const taken = [...names].some(([id, n]) => id !== device && nameKey(n) === nameKey(chosen));
    if (taken) {
      return refuse(
        'not-allowed',
        `Somebody in this room is called “${chosen}” already. Choose another name.`,
      );
    }
    await tx.update(devices).set({ nickname: chosen }).where(eq(devices.id, device));
    return { nickname: chosen };
  });
}

/** The device's nickname; a new one, kept, if one of `others` (those in the room it joins) bears it. */
export async function settleNickname(
  db: Database,
  device: string,
  others: readonly string[],
  makeName: () => string = nickname,
): Promise<string> {
  return await db.transaction(async (tx) => {
    const names = await lockNames(tx, [device, ...others]);
    const own = names.get(device);
    if (own === undefined) throw new Error(`The device ${device} is gone.`);
    const taken = new Set([...names].flatMap(([id, n]) => (id === device ? [] : [nameKey(n)])));
    if (!taken.has(nameKey(own))) return own;
    const fresh = freshName(taken, makeName);
    await tx.update(devices).set({ nickname: fresh }).where(eq(devices.id, device));
    return fresh;
  });
}

/** A name that is not taken; after some tries, one with a number. */
function freshName(taken: ReadonlySet<string>, makeName: () => string): string {
  for (let tries = 1; ; tries++) {
    const name = tries <= 10 ? makeName() : `${makeName()} ${tries}`;
    if (!taken.has(nameKey(name))) return name;
  }
}

async function lockNames(tx: Tx, ids: readonly string[]): Promise<Map<string, string>> {
  const rows = await tx
    .select({ id: devices.id, nickname: devices.nickname })
    .from(devices)
    .where(inArray(devices.id, [...new Set(ids)]))
    .orderBy(asc(devices.id))
    .for('no key update');
  return new Map(rows.map((row) => [row.id, row.nickname]));
}
