/**
 * Nicknames, one bearer each within a room. Whoever takes a name, or comes into a room with one, first
 * takes the lock of that name, and then looks who bears it: two at the same moment are told apart by
 * the database. A lock for each name and not for each room: those who are called otherwise do not
 * wait for one another. A crowd that comes at once is settled in one transaction.
 */
import { eq, inArray, sql } from 'drizzle-orm';
import type { Database } from '../db/open.ts';
import { devices } from '../db/schema.ts';
import { among } from './among.ts';
import { groupBy } from './group.ts';
import { nameKey, nickname } from './names.ts';
import type { Refusal } from './protocol.ts';
import { refuse } from './refusal.ts';
import type { Tx } from './sequence.ts';

/** Any number: it keeps these locks apart from others. */
const NAME_LOCKS = 7_782_302;

/** Gives the device this nickname unless one of `others` (those in a room with it) bears it. */
export async function renameDevice(
  db: Database,
  device: string,
  name: string,
  others: readonly string[],
): Promise<Refusal | { readonly nickname: string }> {
  const chosen = name.trim();
  return await db.transaction(async (tx) => {
    await lockNames(tx, [nameKey(chosen)]);
    const bearers = await bearersOf(tx, [nameKey(chosen)]);
    const foreign = new Set(others.filter((id) => id !== device));
    if (bearers.some(({ id }) => foreign.has(id))) {
      return refuse(
        'not-allowed',
        `Somebody in this room is called “${chosen}” already. Choose another name.`,
      );
    }
    await give(tx, device, chosen);
    return { nickname: chosen };
  });
}

/** Somebody who comes into a room. */
export interface Joiner {
  readonly device: string;
  readonly room: string;
  /** Those in the room with it. */
  readonly others: readonly string[];
}

/**
 * The nicknames of these, in their order: a new one, kept, for whoever finds her name borne by somebody
 * in the room, or by somebody who joins it just before her.
 */
export async function settleNicknames(
  db: Database,
  joiners: readonly Joiner[],
  makeName: () => string = nickname,
): Promise<readonly string[]> {
  return await db.transaction(async (tx) => {
    const ids = joiners.map(({ device }) => device);
    const before = await namesOf(tx, ids);
    await lockNames(tx, [...before.values()].map(nameKey));
    // Under the locks: a name may have been taken, and another socket of a device renamed, meanwhile.
    const names = await namesOf(tx, ids);
    const keys = [...new Set([...names.values()].map(nameKey))];
    const bearers = groupBy(await bearersOf(tx, keys), ({ key }) => key);
    const settled: string[] = [];
    for (const [i, { device, room, others }] of joiners.entries()) {
      const own = names.get(device);
      if (own === undefined) throw new Error(`The device ${device} is gone.`);
      const before = joiners.slice(0, i).filter((j) => j.room === room);
      const present = new Set([...others, ...before.map((j) => j.device)]);
      present.delete(device);
      const isTaken = (bearers.get(nameKey(own)) ?? []).some(({ id }) => present.has(id));
      const mine = isTaken ? await freshName(tx, device, present, makeName) : own;
      if (isTaken) {
        names.set(device, mine);
        const left = (bearers.get(nameKey(own)) ?? []).filter(({ id }) => id !== device);
        bearers.set(nameKey(own), left);
        bearers.set(nameKey(mine), [{ id: device, key: nameKey(mine) }]);
      }
      settled.push(mine);
    }
    return settled;
  });
}

/** A name that nobody of these bears, given to the device. */
async function freshName(
  tx: Tx,
  device: string,
  present: ReadonlySet<string>,
  makeName: () => string,
): Promise<string> {
  for (let tries = 1; ; tries++) {
    const name = tries <= 10 ? makeName() : `${makeName()} ${tries}`;
    if (!(await tryLockName(tx, nameKey(name)))) continue;
    if ((await bearersOf(tx, [nameKey(name)])).some(({ id }) => present.has(id))) continue;
    await give(tx, device, name);
    return name;
  }
}

async function give(tx: Tx, device: string, name: string): Promise<void> {
  const named = { nickname: name, nameKey: nameKey(name) };
  await tx.update(devices).set(named).where(eq(devices.id, device));
}

/**
 * Waits until nobody else decides on these names; until the transaction ends, nobody else will. Always
 * in one order, so that two with several in common never wait in a circle.
 */
async function lockNames(tx: Tx, keys: readonly string[]): Promise<void> {
  const all = JSON.stringify([...new Set(keys)]);
  await tx.execute(sql`
    select pg_advisory_xact_lock(${NAME_LOCKS}, h) from (
      select distinct hashtext(key) as h from json_array_elements_text(${all}::json) as k(key)
      order by h) as hashes`);
}

/** Does not wait: who has one name's lock and waits for another's could wait in a circle. */
async function tryLockName(tx: Tx, key: string): Promise<boolean> {
  const locked = sql<boolean>`pg_try_advisory_xact_lock(${NAME_LOCKS}, hashtext(${key}))`;
  const [row] = await tx.select({ locked }).from(sql`(select 1) as one`);
  return row?.locked === true;
}

async function namesOf(tx: Tx, ids: readonly string[]): Promise<Map<string, string>> {
  const rows = await tx
    .select({ id: devices.id, nickname: devices.nickname })
    .from(devices)
    .where(among(devices.id, ids));
  return new Map(rows.map((row) => [row.id, row.nickname]));
}

/** Who is called by these names, anywhere. */
async function bearersOf(tx: Tx, keys: readonly string[]) {
  return await tx
    .select({ id: devices.id, key: devices.nameKey })
    .from(devices)
    .where(inArray(devices.nameKey, [...keys]));
}
