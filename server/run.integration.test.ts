/** The life of the process: real processes, on real ports, with real signals. */
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { io } from 'socket.io-client';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { addressOf, type Started, startProcess } from './process.testkit.ts';
import { PROTOCOL_VERSION } from './vocabulary.ts';

const cleanups: (() => Promise<unknown> | unknown)[] = [];
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'manyhands-'));
  cleanups.push(() => rm(folder, { recursive: true, force: true }));
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function start(env: Record<string, string>, closePages?: string): Started {
  const started = startProcess({ MANYHANDS_DATA: folder, ...env }, closePages);
  cleanups.push(() => started.child.kill('SIGKILL'));
  return started;
}

test('a wrong setting is one line and exit code 1, before anything is opened', async () => {
  expect(await start({ PORT: 'abc' }).ended).toEqual({
    code: 1,
    said: 'PORT must be a whole number from 0 to 65535, not “abc”. Left out, it is 3000.',
  });
  expect(await readdir(folder)).toEqual([]);
});

test('a data folder that is a file is one line and exit code 1', async () => {
  const file = path.join(folder, 'file');
  await writeFile(file, '');
  expect(await start({ MANYHANDS_DATA: file }).ended).toEqual({
    code: 1,
    said: `The data folder ${file} is not a folder. Choose another folder with MANYHANDS_DATA.`,
  });
});

test('a port in use is one line that says what to do and exit code 1, and the folder is let go', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => other.close());
  const { port } = other.address() as AddressInfo;
  expect(await start({ PORT: String(port) }).ended).toEqual({
    code: 1,
    said: `Port ${port} is in use by another process. Stop that one, or choose another port: PORT=${port + 1} npm start`,
  });
  expect(await readdir(folder)).toEqual(['pglite']);
});

test.each(['SIGTERM', 'SIGINT'] as const)(
  '%s closes everything, whatever is connected, and exits with 0',
  async (signal) => {
    const { child, ready, ended } = start({});
    const { origin, port } = addressOf(await ready);
    const socket = io(origin, {
      transports: ['websocket'],
      reconnection: false,
      auth: { protocol: PROTOCOL_VERSION, deviceKey: 'a'.repeat(64) },
    });
    cleanups.push(() => socket.disconnect());
    await once(socket as never, 'connect');
    const idle = connect(Number(port), '127.0.0.1').on('error', () => {});
    await once(idle, 'connect');
    const page = await fetch(`${origin}/unfinished`);
    const cut = page.text().catch(() => 'cut off');

    child.kill(signal);
    expect(await ended).toEqual({ code: 0, said: '' });
    expect(await cut).toBe('cut off');
    expect(await readdir(folder)).toEqual(['pglite']);
  },
);

test('a signal while it starts ends it too, with nothing held', async () => {
  const { child, ended } = start({});
  while (!(await readdir(folder)).includes('lock')) await new Promise(setImmediate);
  child.kill('SIGTERM');
  expect(await ended).toEqual({ code: 0, said: '' });
  expect(await readdir(folder)).not.toContain('lock');
});

test('a second signal exits at once when something does not close', async () => {
  const hang = `() => new Promise(() => console.log('closing'))`;
  const { child, ready, ended } = start({}, hang);
  await ready;
  const closing = once(child.stdout as never, 'data');
  child.kill('SIGINT');
  await closing;
  child.kill('SIGINT');
  expect((await ended).code).toBe(130);
});
