/**
 * The database behind one function: PGlite in a data folder, or PostgreSQL by its URL. The same
 * schema, the same migrations, the same type. A data folder belongs to one process at a time: PGlite
 * would corrupt it in silence, so a lock file guards it (a killed process's lock goes stale).
 */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { PGlite } from '@electric-sql/pglite';
import { drizzle as drizzlePg } from 'drizzle-orm/node-postgres';
import { migrate as migratePg } from 'drizzle-orm/node-postgres/migrator';
import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core';
import { drizzle as drizzleLite } from 'drizzle-orm/pglite';
import { migrate as migrateLite } from 'drizzle-orm/pglite/migrator';
import pg from 'pg';
import { lock } from 'proper-lockfile';
import * as schema from './schema.ts';

export type Database = PgDatabase<PgQueryResultHKT, typeof schema>;

export interface OpenDatabase {
  readonly db: Database;
  readonly kind: 'pglite' | 'postgresql';
  dispose(): Promise<void>;
}

export type DatabasePlace =
  | { readonly kind: 'postgresql'; readonly url: string }
  | { readonly kind: 'folder'; readonly folder: string }
  | { readonly kind: 'memory' };

const migrationsFolder = path.join(path.dirname(fileURLToPath(import.meta.url)), 'migrations');
/** Any number, as long as every coordinator uses the same. */
const MIGRATION_LOCK = 778_2301;

/** Opens and migrates. Rejects with a sentence if the folder is in use or the server is away. */
export async function openDatabase(place: DatabasePlace): Promise<OpenDatabase> {
  return place.kind === 'postgresql' ? await openPostgres(place.url) : await openLite(place);
}

async function openPostgres(url: string): Promise<OpenDatabase> {
  const pool = new pg.Pool({ connectionString: url, max: 10 });
  // A connection that breaks while idle is replaced by the pool; unheard, it would end the process.
  pool.on('error', () => {});
  try {
    // `migrate` takes no lock: two coordinators starting at once must not run it together.
    const client = await pool.connect();
    try {
      await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
      await migratePg(drizzlePg(client, { schema }), { migrationsFolder });
    } finally {
      await client.query('select pg_advisory_unlock($1)', [MIGRATION_LOCK]);
      client.release();
    }
  } catch (error) {
    await pool.end();
    throw new Error(`The PostgreSQL database of DATABASE_URL cannot be used: ${messageOf(error)}`);
  }
  return { db: drizzlePg(pool, { schema }), kind: 'postgresql', dispose: () => pool.end() };
}

async function openLite(
  place: Exclude<DatabasePlace, { kind: 'postgresql' }>,
): Promise<OpenDatabase> {
  let unlock: () => Promise<void> = async () => {};
  if (place.kind === 'folder') {
    await mkdir(place.folder, { recursive: true });
    unlock = await lock(place.folder, {
      stale: 10_000,
      retries: { retries: 12, minTimeout: 1_000, maxTimeout: 1_000 },
    }).catch(() => {
      throw new Error(
        `The data folder ${place.folder} is in use by another Manyhands. Stop that one, or choose another folder with MANYHANDS_DATA.`,
      );
    });
  }
  const lite =
    place.kind === 'folder' ? new PGlite(path.join(place.folder, 'pglite')) : new PGlite();
  await lite.waitReady;
  const db = drizzleLite(lite, { schema });
  await migrateLite(db, { migrationsFolder });
  return {
    db,
    kind: 'pglite',
    dispose: async () => {
      await lite.close();
      await unlock();
    },
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error
    ? error.message || String(error.cause ?? error.name)
    : String(error);
}
