/**
 * Devices: the SHA-256 of a key that the browser made is who it is. No account, no password. A browser
 * that was linked (transfers.ts) is the device that it was linked to.
 */
import { createHash, randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import type { Database } from '../db/open.ts';
import { devices, linkedKeys } from '../db/schema.ts';
import { among } from './among.ts';
import { nameKey, nickname } from './names.ts';

export interface Device {
  readonly id: string;
  readonly nickname: string;
}

/** What is stored of a key: SHA-256, hex. */
export const keyHashOf = (key: string): string => createHash('sha256').update(key).digest('hex');

/** The devices of these keys, in their order, each made with a nickname at its first visit. */
export async function devicesOfKeys(
  db: Database,
  keys: readonly string[],
): Promise<readonly Device[]> {
  const hashes = keys.map(keyHashOf);
  const known = await storedOf(db, hashes);
  const missing = [...new Set(hashes)].filter((hash) => !known.has(hash));
  if (missing.length > 0) {
    const fresh = missing.map((keyHash) => {
      const name = nickname();
      return { id: randomUUID(), keyHash, nickname: name, nameKey: nameKey(name) };
    });
    await db.insert(devices).values(fresh).onConflictDoNothing({ target: devices.keyHash });
    for (const [hash, device] of await storedOf(db, missing)) known.set(hash, device);
  }
  return hashes.map((hash) => {
    const device = known.get(hash);
    if (device === undefined) throw new Error('A device that was just stored is not there.');
    return device;
  });
}

async function storedOf(db: Database, hashes: readonly string[]): Promise<Map<string, Device>> {
  const { id, keyHash, nickname } = devices;
  const rows = await db
    .select({ id, keyHash, nickname })
    .from(devices)
    .where(among(devices.keyHash, hashes));
  const linked = await db
    .select({ id, keyHash: linkedKeys.keyHash, nickname })
    .from(linkedKeys)
    .innerJoin(devices, eq(devices.id, linkedKeys.device))
    .where(among(linkedKeys.keyHash, hashes));
  // A link comes after the key's own device, and in its place.
  return new Map(
    [...rows, ...linked].map((row) => [row.keyHash, { id: row.id, nickname: row.nickname }]),
  );
}
