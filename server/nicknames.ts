/**
 * Nicknames, one bearer each within a room. Whoever takes a name, or comes into a room with one, first
 * takes the lock of that name, and then looks who bears it: two at the same moment are told apart by
 * the database. A lock for each name and not for each person: a thousand who come at once wait only for
 * those who are called the same.
 */
import { eq, sql } from 'drizzle-orm';
import type { Database } from '../db/open.ts';
import { devices } from '../db/schema.ts';
import { among } from './among.ts';
import { nickname } from './names.ts';
import type { Refusal } from './protocol.ts';
import { refuse } from './refusal.ts';
import type { Tx } from './sequence.ts';

/** Any number: it keeps these locks apart from others. */
const NAME_LOCKS = 7_782_302;

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
    await lockName(tx, chosen);
    if ((await namesOf(tx, device, others)).taken.has(nameKey(chosen))) {
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
    await lockName(tx, (await namesOf(tx, device, [])).own);
    // Under the lock: the name may have been taken, and another socket of the device renamed, meanwhile.
    const { own, taken } = await namesOf(tx, device, others);
    if (!taken.has(nameKey(own))) return own;
    for (let tries = 1; ; tries++) {
      const fresh = tries <= 10 ? makeName() : `${makeName()} ${tries}`;
      if (taken.has(nameKey(fresh)) || !(await tryLockName(tx, fresh))) continue;
      if ((await namesOf(tx, device, others)).taken.has(nameKey(fresh))) continue;
      await tx.update(devices).set({ nickname: fresh }).where(eq(devices.id, device));
      return fresh;
    }
  });
}

/** Waits until nobody else decides on this name; until the transaction ends, nobody else will. */
async function lockName(tx: Tx, name: string): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(${NAME_LOCKS}, hashtext(${nameKey(name)}))`);
}

/** As `lockName`, but does not wait: who has one name's lock and waits for another's could wait in a circle. */
async function tryLockName(tx: Tx, name: string): Promise<boolean> {
  const locked = sql<boolean>`pg_try_advisory_xact_lock(${NAME_LOCKS}, hashtext(${nameKey(name)}))`;
  const [row] = await tx.select({ locked }).from(sql`(select 1) as one`);
  return row?.locked === true;
}

/** The device's own nickname, and the keys of those that the others bear. */
async function namesOf(tx: Tx, device: string, others: readonly string[]) {
  const rows = await tx
    .select({ id: devices.id, nickname: devices.nickname })
    .from(devices)
    .where(among(devices.id, [device, ...others]));
  const own = rows.find(({ id }) => id === device)?.nickname;
  if (own === undefined) throw new Error(`The device ${device} is gone.`);
  const foreign = rows.filter(({ id }) => id !== device);
  return { own, taken: new Set(foreign.map(({ nickname: name }) => nameKey(name))) };
}
