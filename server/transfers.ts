/**
 * One person in several browsers: a transfer code, shown in one browser and typed in another, makes the
 * key of the other stand for the same device. So ownership, roles, claims and credit are one, without an
 * account. A code is good for minutes and for one use; only its hash is stored.
 */
import { createHash } from 'node:crypto';
import { and, eq, gt } from 'drizzle-orm';
import type { Database } from '../db/open.ts';
import { devices, transfers } from '../db/schema.ts';
import { linkKey, unlinkKey } from './browsers.ts';
import { longCode } from './names.ts';
import type { Refusal } from './protocol.ts';
import { refuse } from './refusal.ts';

export const TRANSFER_MS = 10 * 60_000;

const hashOf = (text: string) => createHash('sha256').update(text).digest('hex');

/** Draws the device's code; one that it had before is void. */
export async function drawTransfer(db: Database, device: string, now: number): Promise<string> {
  const code = longCode();
  const drawn = { codeHash: hashOf(code), expiresAt: now + TRANSFER_MS };
  await db
    .insert(transfers)
    .values({ device, ...drawn })
    .onConflictDoUpdate({ target: transfers.device, set: drawn });
  return code;
}

/**
 * From its next connection on, the browser with this key is the device whose code this is.
 * @param keyHash SHA-256 of the browser's key, hex
 */
export async function linkBrowser(
  db: Database,
  keyHash: string,
  code: string,
  now: number,
): Promise<{ readonly nickname: string } | Refusal> {
  return await db.transaction(async (tx) => {
    // Taking the row is using the code: of two at once, one finds none.
    const [used] = await tx
      .delete(transfers)
      .where(and(eq(transfers.codeHash, hashOf(code)), gt(transfers.expiresAt, now)))
      .returning({ device: transfers.device });
    if (used === undefined) {
      return refuse(
        'not-found',
        'This code is wrong, used or older than ten minutes. Make a new one in the other browser.',
      );
    }
    const { device } = used;
    const [person] = await tx.select().from(devices).where(eq(devices.id, device));
    if (person === undefined) throw new Error(`The device ${device} is gone.`);
    await linkKey(tx, keyHash, person);
    return { nickname: person.nickname };
  });
}

/** From its next connection on, the browser with this key is itself again. */
export async function unlinkBrowser(db: Database, keyHash: string): Promise<void> {
  await db.transaction((tx) => unlinkKey(tx, keyHash));
}
