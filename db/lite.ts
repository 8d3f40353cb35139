/** PGlite, PostgreSQL inside this process: in a data folder, or in memory for a test. */
import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { PGlite, types } from '@electric-sql/pglite';
import { drizzle } from 'drizzle-orm/pglite';
import { migrate } from 'drizzle-orm/pglite/migrator';
import { causeOf } from './cause.ts';
import { folderProblem, holdFolder } from './folder.ts';
import type { OpenDatabase } from './open.ts';
import * as schema from './schema.ts';

/**
 * By itself PGlite writes bytes as hex digits and reads them again, one by one: states of 100 kB take it
 * longer so than all else that comes of their result.
 */
const OPTIONS = {
  serializers: {
    // Its types want text; what is bytes it sends in the protocol's binary format (`lite.test.ts`).
    [types.BYTEA]: (bytes: Uint8Array) => bytes as unknown as string,
  },
  parsers: { [types.BYTEA]: (hex: string) => Buffer.from(hex.slice(2), 'hex') },
};

/** Opens the database of a data folder, and makes it there the first time. */
export async function openFolder(
  folder: string,
  migrationsFolder: string,
  onLost: (error: Error) => void,
): Promise<OpenDatabase> {
  const release = await holdFolder(folder, onLost);
  try {
    const files = path.join(folder, 'pglite');
    // A process that is killed while it makes the database leaves half of one, which PGlite would
    // take for a whole. The mark is there for as long as the database was never ready.
    const mark = path.join(folder, 'unfinished');
    if (existsSync(mark)) await rm(files, { recursive: true, force: true });
    if (!existsSync(files)) await writeFile(mark, '');
    const opened = await openLite(new PGlite(files, OPTIONS), migrationsFolder);
    await rm(mark, { force: true });
    return { ...opened, dispose: () => opened.dispose().finally(release) };
  } catch (error) {
    await release();
    throw folderProblem(folder, error);
  }
}

/** The files of a database with all its tables and nothing in them: they load in a fifth of the time that making them takes. */
let empty: Promise<Blob> | undefined;

/** Opens an empty database that ends with this process. */
export async function openMemory(migrationsFolder: string): Promise<OpenDatabase> {
  empty ??= filesOfEmpty(migrationsFolder);
  return await openLite(new PGlite({ ...OPTIONS, loadDataDir: await empty }), migrationsFolder);
}

async function filesOfEmpty(migrationsFolder: string): Promise<Blob> {
  const lite = new PGlite(OPTIONS);
  const { dispose } = await openLite(lite, migrationsFolder);
  const files = await lite.dumpDataDir('none');
  await dispose();
  return files;
}

async function openLite(lite: PGlite, migrationsFolder: string): Promise<OpenDatabase> {
  await lite.waitReady;
  const db = drizzle(lite, { schema });
  try {
    await migrate(db, { migrationsFolder });
  } catch (error) {
    await lite.close();
    throw new Error(`its tables could not be made: ${causeOf(error)}`, { cause: error });
  }
  return { db, kind: 'pglite', dispose: () => lite.close() };
}
