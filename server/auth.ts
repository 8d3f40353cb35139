/** Devices: the SHA-256 of a key that the browser made is who it is. No account, no password. */
import { createHash, randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import type { Database } from '../db/open.ts';
import { devices } from '../db/schema.ts';
import { nickname } from './names.ts';

export interface Device {
  readonly id: string;
  readonly nickname: string;
}

/** The device of a key, made with a nickname at its first visit. */
export async function deviceOfKey(db: Database, key: string): Promise<Device> {
  const keyHash = createHash('sha256').update(key).digest('hex');
  await db
    .insert(devices)
    .values({ id: randomUUID(), keyHash, nickname: nickname() })
    .onConflictDoNothing({ target: devices.keyHash });
  const [device] = await db.select().from(devices).where(eq(devices.keyHash, keyHash));
  if (device === undefined) throw new Error('A device that was just stored is not there.');
  return { id: device.id, nickname: device.nickname };
}
