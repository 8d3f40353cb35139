/**
 * The database behind one function: PGlite in a data folder, or PostgreSQL by its URL. The same
 * schema, the same migrations, the same type; only the driver that is used is loaded.
 */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core';
import type * as schema from './schema.ts';

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

/**
 * Opens and migrates. Rejects with a sentence if the folder cannot be had or the server is away.
 * `onLost` hears that another process took the folder over: this one must end, and write nothing.
 */
export async function openDatabase(
  place: DatabasePlace,
  onLost: (error: Error) => void = (error) => {
    throw error;
  },
): Promise<OpenDatabase> {
  if (place.kind === 'postgresql') {
    const { openPostgres } = await import('./postgres.ts');
    return await openPostgres(place.url, migrationsFolder);
  }
  const { openFolder, openMemory } = await import('./lite.ts');
  return place.kind === 'folder'
    ? await openFolder(place.folder, migrationsFolder, onLost)
    : await openMemory(migrationsFolder);
}
