/**
 * The browsers of a person: the one that she began in, whose key her device was made with, and those whose
 * keys were linked to it, by a transfer code or by signing in. Who has one of these keys is that person, so
 * a browser is signed in to no account but hers.
 */

import { randomUUID } from 'node:crypto';
import { and, asc, eq } from 'drizzle-orm';
import type { Database } from '../db/open.ts';
import { devices, linkedKeys, sessions } from '../db/schema.ts';
import type { Tx } from './sequence.ts';

/**
 * From its next connection on, the browser with this key is this person; what it was signed in to, it is no
 * more. @param keyHash SHA-256 of the browser's key, hex
 */
export async function linkKey(
  tx: Tx,
  keyHash: string,
  person: { readonly id: string; readonly keyHash: string },
): Promise<void> {
  await tx.delete(sessions).where(eq(sessions.keyHash, keyHash));
  // Its own first key needs no link: it comes home.
  await tx.delete(linkedKeys).where(eq(linkedKeys.keyHash, keyHash));
  if (person.keyHash !== keyHash)
    await tx.insert(linkedKeys).values({ keyHash, device: person.id });
}

/** From its next connection on, the browser with this key is itself again, and signed in to nothing. */
export async function unlinkKey(tx: Tx, keyHash: string): Promise<void> {
  await tx.delete(sessions).where(eq(sessions.keyHash, keyHash));
  await tx.delete(linkedKeys).where(eq(linkedKeys.keyHash, keyHash));
}

export interface Browser {
  /** SHA-256 of its key, hex. */
  readonly keyHash: string;
  readonly since: Date;
  /** The one that the person began in. */
  readonly isFirst: boolean;
}

/** All browsers that are this person, the first of them first. */
export async function browsersOf(db: Database, device: string): Promise<readonly Browser[]> {
  const [person] = await db.select().from(devices).where(eq(devices.id, device));
  if (person === undefined) return [];
  const linked = await db
    .select()
    .from(linkedKeys)
    .where(eq(linkedKeys.device, device))
    .orderBy(asc(linkedKeys.createdAt), asc(linkedKeys.keyHash));
  const first = { keyHash: person.keyHash, since: person.createdAt, isFirst: true };
  return [
    ...(isKey(person.keyHash) ? [first] : []),
    ...linked.map((l) => ({ keyHash: l.keyHash, since: l.createdAt, isFirst: false })),
  ];
}

/** What stands in the place of the hash of a first key that was parted is the hash of none. */
const isKey = (keyHash: string) => /^[0-9a-f]{64}$/.test(keyHash);

/**
 * Parts a browser from a person: from its next connection on, it is whoever it was before it was linked, or
 * somebody new. The person stays what she is, in her other browsers.
 * @returns whether it was one of hers
 */
export async function partKey(tx: Tx, keyHash: string, device: string): Promise<boolean> {
  const parted = await tx
    .delete(linkedKeys)
    .where(and(eq(linkedKeys.keyHash, keyHash), eq(linkedKeys.device, device)))
    .returning({ keyHash: linkedKeys.keyHash });
  const voided =
    parted.length > 0
      ? parted
      : await tx
          .update(devices)
          .set({ keyHash: `parted ${randomUUID()}` })
          .where(and(eq(devices.id, device), eq(devices.keyHash, keyHash)))
          .returning({ keyHash: devices.keyHash });
  if (voided.length === 0) return false;
  await tx.delete(sessions).where(eq(sessions.keyHash, keyHash));
  return true;
}
