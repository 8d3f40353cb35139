/** `deploy/nginx.conf.template` before two coordinators: both real, on one PostgreSQL and one Redis. */
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { io } from 'socket.io-client';
import { afterEach, expect, test } from 'vitest';
import { newPostgres } from '../db/postgres.testkit.ts';
import { startNginx } from '../scripts/services.ts';
import { ensureTools } from '../scripts/tools.ts';
import { addressOf, startProcess } from '../server/process.testkit.ts';
import { redisOfWorker } from '../server/redis.testkit.ts';
import { PROTOCOL_VERSION } from '../server/vocabulary.ts';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const cleanups: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function startCoordinator(env: Record<string, string>) {
  const { child, ready } = startProcess({ ...env, MANYHANDS_PROXIES: '1', LOG_LEVEL: 'fatal' });
  cleanups.push(() => child.kill('SIGKILL'));
  const { port } = addressOf(await ready);
  return { host: `127.0.0.1:${port}`, child };
}

/** Comes in by one transport, with these headers, and asks for something. */
async function ask(url: string, transport: 'polling' | 'websocket', cookie: string | null = null) {
  const socket = io(url, {
    ...{ transports: [transport], withCredentials: true, reconnection: false, forceNew: true },
    auth: { protocol: PROTOCOL_VERSION, deviceKey: randomBytes(32).toString('hex') },
    ...(cookie === null ? {} : { extraHeaders: { cookie } }),
  });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', () => resolve());
      socket.once('connect_error', reject);
    });
    return await socket.timeout(5_000).emitWithAck('room.join', { code: 'ABCDEF' });
  } finally {
    socket.disconnect();
  }
}

const connectionsOf = async (host: string) => {
  const health = await (await fetch(`http://${host}/api/health`)).json();
  return (health as { readonly connections: number }).connections;
};

test('behind nginx, long polling finds its coordinator, and another one when that is dead', async () => {
  const { url, drop } = await newPostgres();
  cleanups.push(drop);
  const env = { DATABASE_URL: url, REDIS_URL: redisOfWorker() };
  const [a, b] = await Promise.all([startCoordinator(env), startCoordinator(env)]);
  const proxy = await startNginx(ensureTools(), path.join(root, 'deploy/nginx.conf.template'), {
    ...{ BIND_ADDRESS: '127.0.0.1', COORDINATOR_A: a.host, COORDINATOR_B: b.host },
  });
  cleanups.push(proxy.dispose);
  const notFound = { ok: false, reason: 'not-found' };

  // Whichever is drawn: every request of a session after the first must find the same one.
  for (let i = 0; i < 4; i++) expect(await ask(proxy.url, 'polling')).toMatchObject(notFound);
  const [atA, atB] = [await connectionsOf(a.host), await connectionsOf(b.host)];
  expect(atA + atB).toBe(4);
  expect(await ask(proxy.url, 'polling', 'manyhands=a')).toMatchObject(notFound);
  expect(await ask(proxy.url, 'websocket', 'manyhands=b')).toMatchObject(notFound);
  expect(await connectionsOf(a.host)).toBe(atA + 1);
  expect(await connectionsOf(b.host)).toBe(atB + 1);

  for (const inside of ['/api/metrics', '/api/operator/studies'])
    expect((await fetch(proxy.url + inside)).status).toBe(403);

  a.child.kill('SIGKILL');
  expect(await ask(proxy.url, 'polling', 'manyhands=a')).toMatchObject(notFound);
  expect(await ask(proxy.url, 'websocket', 'manyhands=a')).toMatchObject(notFound);
  expect(await connectionsOf(b.host)).toBe(atB + 3);
});
