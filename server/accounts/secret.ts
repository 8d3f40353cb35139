/** The secret that sessions are signed with: given, or drawn once and kept in the database, for every coordinator on it. */
import { randomBytes } from 'node:crypto';
import { eq } from 'drizzle-orm';
import type { Database } from '../../db/open.ts';
import { secrets } from '../../db/schema.ts';

const NAME = 'sessions';

/** @param given of the settings; null: the one in the database, drawn if there is none */
export async function sessionSecret(db: Database, given: string | null): Promise<string> {
  if (given !== null) return given;
  const value = randomBytes(32).toString('hex');
  // Of coordinators that start at once, one draws it, and all of them read it.
  await db.insert(secrets).values({ name: NAME, value }).onConflictDoNothing();
  const [kept] = await db.select().from(secrets).where(eq(secrets.name, NAME));
  if (kept === undefined)
    throw new Error('The secret of the sessions was stored and is not there.');
  return kept.value;
}
