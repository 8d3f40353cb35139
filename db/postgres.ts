/** PostgreSQL by its URL, for any number of coordinators at once. */
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import pg from 'pg';
import { causeOf } from './cause.ts';
import type { OpenDatabase } from './open.ts';
import * as schema from './schema.ts';

/** Any number, as long as every coordinator uses the same. */
const MIGRATION_LOCK = 778_2301;

/** Opens and migrates. Rejects with a sentence; it never quotes the URL, which holds a password. */
export async function openPostgres(url: string, migrationsFolder: string): Promise<OpenDatabase> {
  const pool = new pg.Pool({ connectionString: url, max: 10 });
  // A connection that breaks rejects its query and is replaced by the pool, whether idle or in a
  // transaction; unheard, the event would end the process.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  try {
    // `migrate` takes no lock: two coordinators starting at once must not run it together.
    const client = await pool.connect();
    try {
      await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
      await migrate(drizzle(client, { schema }), { migrationsFolder });
    } finally {
      // Closes the connection, and the lock ends with it: a query to unlock could fail itself, and
      // its error would hide the first.
      client.release(true);
    }
  } catch (error) {
    await pool.end();
    const sentence = `The PostgreSQL database of DATABASE_URL cannot be used: ${causeOf(error)}`;
    throw new Error(sentence, { cause: error });
  }
  return { db: drizzle(pool, { schema }), kind: 'postgresql', dispose: () => pool.end() };
}
