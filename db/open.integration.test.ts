/** Opening a database when something goes wrong while it opens. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { sql } from 'drizzle-orm';
import { afterEach, describe, expect, test } from 'vitest';
import { openDatabase } from './open.ts';
import { newPostgres } from './postgres.testkit.ts';
import { devices } from './schema.ts';

const here = path.dirname(fileURLToPath(import.meta.url));
const cleanups: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function temporary(): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'manyhands-'));
  cleanups.push(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

describe('PGlite', () => {
  test('a process that is killed while it makes the database leaves a folder that opens', async () => {
    const folder = await temporary();
    const program = `
      import { openDatabase } from ${JSON.stringify(path.join(here, 'open.ts'))};
      await openDatabase({ kind: 'folder', folder: ${JSON.stringify(folder)} });
    `;
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '--eval', program],
      { cwd: path.dirname(here), stdio: 'inherit' },
    );
    const gone = once(child, 'exit');
    // PG_VERSION is what PGlite takes for a whole database; the last files come after it.
    const version = path.join(folder, 'pglite', 'PG_VERSION');
    while (!existsSync(version) && child.exitCode === null) await new Promise(setImmediate);
    child.kill('SIGKILL');
    expect(await gone).toEqual([null, 'SIGKILL']);
    expect(await readdir(folder)).toContain('unfinished');

    const { db, dispose } = await openDatabase({ kind: 'folder', folder });
    expect(await db.select().from(devices)).toEqual([]);
    await dispose();
    expect(await readdir(folder)).toEqual(['pglite']);
  });

  test('a broken database is told in a sentence, kept, and its folder let go', async () => {
    const folder = await temporary();
    await mkdir(path.join(folder, 'pglite'));
    await writeFile(path.join(folder, 'pglite', 'PG_VERSION'), '3\n');
    await expect(openDatabase({ kind: 'folder', folder })).rejects.toThrow(
      `The data folder ${folder} cannot be used: `,
    );
    expect(await readdir(folder)).toEqual(['pglite']);
  });
});

async function newDatabase(): Promise<string> {
  const { url, drop } = await newPostgres();
  cleanups.push(drop);
  return url;
}

/** The same database through a wire that is cut when the client first sends these words. */
async function cutAt(url: string, words: string): Promise<string> {
  const to = new URL(url);
  const [host, behind] = [to.hostname, Number(to.port || 5432)];
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(behind, host);
    for (const socket of [client, upstream]) sockets.add(socket.on('error', () => {}));
    client.on('data', (bytes) => {
      if (bytes.includes(words)) for (const socket of [client, upstream]) socket.destroy();
      else upstream.write(bytes);
    });
    upstream.on('data', (bytes) => client.write(bytes));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  to.host = `127.0.0.1:${port}`;
  return to.href;
}

describe('PostgreSQL', () => {
  test('the first error of a migration is told, not one of cleaning up after it', async () => {
    const url = await cutAt(await newDatabase(), '__drizzle_migrations');
    await expect(openDatabase({ kind: 'postgresql', url })).rejects.toThrow(
      'The PostgreSQL database of DATABASE_URL cannot be used: Connection terminated unexpectedly',
    );
  });

  test('a migration that fails leaves no lock: the next opens', async () => {
    const url = await newDatabase();
    const broken = { kind: 'postgresql', url: await cutAt(url, '__drizzle_migrations') } as const;
    await expect(openDatabase(broken)).rejects.toThrow('Connection terminated');
    const { dispose } = await openDatabase({ kind: 'postgresql', url });
    await dispose();
  });

  test('coordinators that start at once migrate once', async () => {
    const url = await newDatabase();
    const all = await Promise.all([1, 2, 3].map(() => openDatabase({ kind: 'postgresql', url })));
    for (const { dispose } of all) await dispose();
  });

  test('a connection that breaks in a transaction rejects it, and the next works', async () => {
    const { db, dispose } = await openDatabase({ kind: 'postgresql', url: await newDatabase() });
    cleanups.push(dispose);
    const suicide = db.transaction((tx) =>
      tx.execute(sql`select pg_terminate_backend(pg_backend_pid())`),
    );
    await expect(suicide).rejects.toThrow();
    expect(await db.select().from(devices)).toEqual([]);
  });

  test('a server that is away, or a wrong address, is one sentence without the password', async () => {
    const open = (url: string) => openDatabase({ kind: 'postgresql', url });
    await expect(open('postgres://me:secret@127.0.0.1:1/d')).rejects.toThrow(
      /^The PostgreSQL database of DATABASE_URL cannot be used: connect ECONNREFUSED 127\.0\.0\.1:1$/,
    );
    await expect(open('postgres://me:secret@[/d')).rejects.toThrow(
      /^The PostgreSQL database of DATABASE_URL cannot be used: (?!.*secret).+$/,
    );
  });
});
