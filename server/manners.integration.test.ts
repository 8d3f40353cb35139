/** What strangers may do to a coordinator, and what whoever runs it can do, over real sockets. */
import { once } from 'node:events';
import { io } from 'socket.io-client';
import { describe, expect, test } from 'vitest';
import { studyById } from '../compute/studies/registry.ts';
import {
  device,
  kinds,
  oneRun,
  opening,
  openTestDatabase,
  person,
  resultOf,
  start,
  until,
} from './coordinator.testkit.ts';
import { HandshakeRetry, PROTOCOL_VERSION } from './vocabulary.ts';

const TOKEN = 'a token for the tests';
const study = 'edge-of-stability';
const version = studyById(study)?.version ?? '';

/** An order to the coordinator at this address. */
const order = async (url: string, body: object, token = TOKEN) => {
  const response = await fetch(`${url}/api/operator/studies`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}` },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};

/** How a handshake ends. */
async function knock(url: string, deviceKey: string) {
  const socket = io(url, {
    ...{ transports: ['websocket'], reconnection: false, forceNew: true },
    auth: { protocol: PROTOCOL_VERSION, deviceKey },
  });
  const refusal = await new Promise<(Error & { data?: unknown }) | null>((resolve) => {
    socket.once('connect', () => resolve(null));
    socket.once('connect_error', resolve);
  });
  return { socket, refusal };
}

describe.each(Object.keys(kinds) as (keyof typeof kinds)[])('on %s', (kind) => {
  const open = () => openTestDatabase(kind);

  test('[A1] a device that floods is told how long to wait, over all its sockets, and nobody else is', async () => {
    const world = await start(await open(), { limits: { messagesPerDevice: 5 } });
    const flooder = await person(world);
    const twin = await person(world, flooder.deviceKey);
    const other = await person(world);
    const code = 'ABCDEF';
    const replies = await Promise.all(
      Array.from({ length: 40 }, () => flooder.ask('room.leave', { code })),
    );
    expect(replies.filter((r) => r.ok).length).toBeLessThanOrEqual(25);
    const refused = await twin.ask('room.leave', { code });
    expect(refused).toMatchObject({ ok: false, reason: 'too-many' });
    expect(!refused.ok && refused.retryInMs).toBeGreaterThan(0);
    expect(await other.ask('room.leave', { code })).toEqual({ ok: true, value: null });
    await until(
      () => flooder.ask('room.leave', { code }),
      (r) => r.ok,
    );
    expect(world.counters.refused['room.leave']?.['too-many']).toBeGreaterThan(14);
  });

  test('[A1] a socket that goes on flooding is cut off', async () => {
    const world = await start(await open(), { limits: { messagesPerDevice: 1 } });
    const { socket } = await person(world);
    const gone = new Promise((resolve) => socket.once('disconnect', resolve));
    for (let i = 0; i < 300; i++) socket.emit('room.leave', { code: 'ABCDEF' }, () => {});
    expect(await gone).toBe('io server disconnect');
  });

  test('[A1] an address that connects too often is told when to try again', async () => {
    const world = await start(await open(), {
      limits: { connectsPerAddress: 1, socketsPerAddress: 3 },
    });
    const [a, b] = [await person(world), await person(world)];
    await person(world);
    const fourth = await knock(world.url, 'f'.repeat(64));
    expect(fourth.refusal?.message).toMatch(/Wait a moment/);
    expect(HandshakeRetry.parse(fourth.refusal?.data).retryInMs).toBeGreaterThan(0);
    for (const { socket } of [a, b]) socket.disconnect();
    const { socket } = await until(
      () => knock(world.url, 'f'.repeat(64)),
      ({ refusal }) => refusal === null,
    );
    socket.disconnect();
  });

  test('[A3] a message above the size limit costs its sender the connection, and nobody else', async () => {
    const world = await start(await open());
    const [a, b] = [await person(world), await person(world)];
    const { code } = await b.must('investigation.open', oneRun);
    const lease = await a.must('lease.request', { code, device });
    const gone = once(a.socket as never, 'disconnect');
    void a.socket.emit(
      'result.submit',
      { ...resultOf(lease), values: new Uint8Array(17_000_000) },
      () => {},
    );
    await gone;
    const next = await until(
      () => b.ask('lease.request', { code, device }),
      (r) => r.ok,
    );
    expect(next).toMatchObject({ value: { shard: lease.shard } });
  });

  test('[A4] a socket is in so many rooms at most', async () => {
    const world = await start(await open(), { limits: { messagesPerDevice: 1_000 } });
    const a = await person(world);
    const codes: string[] = [];
    for (let i = 0; i < 17; i++) codes.push((await a.must('investigation.open', oneRun)).code);
    for (const code of codes.slice(0, 16)) await a.must('room.join', { code });
    const last = codes.at(-1) ?? '';
    expect(await a.ask('room.join', { code: last })).toMatchObject({ reason: 'not-allowed' });
    await a.must('room.leave', { code: codes[0] ?? '' });
    await a.must('room.join', { code: last });
  });

  test('[K1] a stopped version opens, leases, renews and counts nothing, and goes on when let', async () => {
    const world = await start(await open(), { operatorToken: TOKEN });
    const a = await person(world);
    const { code } = await a.must('investigation.open', opening());
    await a.must('room.join', { code });
    const lease = await a.must('lease.request', { code, device });
    const stop = { study, version, reason: 'Its data are wrong.' };
    expect(await order(world.url, stop, 'not the token 123')).toMatchObject({ status: 401 });
    expect(await order(world.url, { ...stop, version: '9' })).toMatchObject({ status: 404 });
    expect(await order(world.url, { study: 5 })).toMatchObject({ status: 400 });
    expect(await order(world.url, stop)).toMatchObject({ status: 200, body: { rooms: 1 } });

    const refused = { ok: false, reason: 'stopped', message: 'Its data are wrong.' };
    await until(
      () => a.deltas.at(-1)?.investigation.stopped,
      (s) => s === refused.message,
    );
    expect(await a.ask('investigation.open', oneRun)).toMatchObject(refused);
    expect(await a.ask('lease.request', { code, device })).toMatchObject(refused);
    const { shard, attempt } = lease;
    expect(await a.ask('lease.progress', { shard, attempt, done: 1 })).toMatchObject({
      reason: 'stopped',
    });
    expect(await a.ask('result.submit', resultOf(lease))).toMatchObject(refused);
    expect((await a.must('room.sync', { code, from: 0 })).progress.runs).toBe(0);

    await order(world.url, { ...stop, reason: null });
    expect(await a.must('result.submit', resultOf(lease))).toMatchObject({ outcome: 'accepted' });
    const sync = await a.must('room.sync', { code, from: 0 });
    expect(sync.investigation.stopped).toBe(null);
    expect(sync.progress.runs).toBe(lease.pack.runs.length);
  });

  test('[K1] nobody gives orders where no token is set', async () => {
    const world = await start(await open());
    const stop = { study, version, reason: 'x' };
    expect(await order(world.url, stop)).toMatchObject({ status: 403 });
  });

  test('[O2] stopping answers what is under way, sends newcomers elsewhere, and hands leases back', async () => {
    const database = await open();
    const world = await start(database);
    const a = await person(world);
    const { code } = await a.must('investigation.open', opening());
    const [held, done] = [
      await a.must('lease.request', { code, device }),
      await (await person(world)).must('lease.request', { code, device }),
    ];
    const b = await person(world);
    const seeds = Array.from({ length: 50 }, (_, i) => i);
    const underWay = b.must('investigation.open', opening([0.1, 0.2, 0.3], seeds));
    // Messages of a socket come in their order: when this is answered, that one is under way.
    await b.must('room.leave', { code });
    await world.stop();
    expect(await underWay).toMatchObject({ code: expect.any(String) });

    const again = await start(database);
    const c = await person(again);
    const shards: string[] = [];
    for (;;) {
      const next = await c.ask('lease.request', { code, device });
      if (!next.ok) break;
      shards.push(next.value.shard);
    }
    expect(shards).toEqual(expect.arrayContaining([held.shard, done.shard]));
  });

  test('[O3] [O4] health says that work may come; metrics are for the operator where there is one', async () => {
    const world = await start(await open(), { operatorToken: TOKEN });
    const a = await person(world);
    const { code } = await a.must('investigation.open', oneRun);
    await a.must('result.submit', resultOf(await a.must('lease.request', { code, device })));
    const health = await fetch(`${world.url}/api/health`);
    expect(health.status).toBe(200);
    expect(await health.json()).toMatchObject({ status: 'ok', redis: 'none', accepted: 1 });
    expect((await fetch(`${world.url}/api/health/live`)).status).toBe(200);
    expect((await fetch(`${world.url}/api/metrics`)).status).toBe(401);
    const metrics = await fetch(`${world.url}/api/metrics`, {
      headers: { Authorization: `Bearer ${TOKEN}` },
    });
    const lines = (await metrics.text()).split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        'manyhands_sockets 1',
        'manyhands_results_accepted_total 1',
        'manyhands_request_seconds_count{event="result.submit",outcome="ok"} 1',
        'manyhands_results_batch_sum 1',
      ]),
    );
  });

  test('[A1] files over HTTP have a limit too', async () => {
    const world = await start(await open(), { limits: { messagesPerAddress: 20 } });
    const url = `${world.url}/api/investigations/ABCDEF/results.json`;
    const all = await Promise.all(Array.from({ length: 9 }, () => fetch(url)));
    const refused = all.filter((r) => r.status === 429);
    expect(all.filter((r) => r.status === 404).length).toBeGreaterThanOrEqual(4);
    expect(refused.length).toBeGreaterThan(0);
    expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThan(0);
  });
});
