/** Who is signed in: what a session stands for, and the account as its owner sees it. */
import { eq, inArray } from 'drizzle-orm';
import type { Database } from '../../db/open.ts';
import { devices, sessions, users } from '../../db/schema.ts';
import { browsersOf } from '../browsers.ts';
import type { AccountView } from '../protocol.ts';
import { browserName } from './browser-name.ts';

/** A session that is good: of an account, a person, and the browser that it was made in. */
export interface Here {
  readonly token: string;
  readonly username: string;
  readonly device: string;
  readonly nickname: string;
  /** SHA-256 of the browser's key, hex. */
  readonly keyHash: string;
}

/** What the session of this token stands for; null if it is none, or was not told its browser. */
export async function hereOf(db: Database, token: string): Promise<Here | null> {
  const [row] = await db
    .select({
      ...{ username: users.displayUsername, device: devices.id, nickname: devices.nickname },
      keyHash: sessions.keyHash,
    })
    .from(sessions)
    .innerJoin(users, eq(users.id, sessions.userId))
    .innerJoin(devices, eq(devices.id, users.device))
    .where(eq(sessions.token, token));
  if (row === undefined || row.keyHash === null) return null;
  const { device, nickname, keyHash } = row;
  return { token, username: row.username ?? '', device, nickname, keyHash };
}

/** The account, with all browsers that are its person. */
export async function accountView(db: Database, here: Here): Promise<AccountView> {
  const browsers = await browsersOf(db, here.device);
  const keys = browsers.map(({ keyHash }) => keyHash);
  const { keyHash, userAgent } = sessions;
  const signedIn = await db
    .select({ keyHash, userAgent })
    .from(sessions)
    .where(inArray(keyHash, keys));
  const agents = new Map(signedIn.map((s) => [s.keyHash, s.userAgent]));
  return {
    ...{ username: here.username, nickname: here.nickname },
    browsers: browsers.map((b) => ({
      ...{ id: b.keyHash, isFirst: b.isFirst, since: b.since.toISOString() },
      name: agents.has(b.keyHash) ? browserName(agents.get(b.keyHash) ?? null) : null,
      here: b.keyHash === here.keyHash,
    })),
  };
}
