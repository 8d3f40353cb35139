/**
 * The coordinator over real sockets, on PGlite and on PostgreSQL. Volunteers here send made-up series
 * of the right shape: what is tested is leases, results and what the room sees, not the training.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import pg from 'pg';
import { io, type Socket } from 'socket.io-client';
import { afterEach, describe, expect, test } from 'vitest';
import { type DatabasePlace, type OpenDatabase, openDatabase } from '../db/open.ts';
import { createCoordinator } from './coordinator.ts';
import { newCounters } from './counters.ts';
import { handleApi } from './http.ts';
import type {
  ClientToServer,
  Delta,
  Lease,
  Replies,
  Reply,
  RequestInput,
  RequestName,
  ServerToClient,
} from './protocol.ts';
import { scheduledSteps } from './validate.ts';

const cleanups: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function databaseUrl(): string {
  const url = process.env.TEST_DATABASE_URL;
  if (url === undefined)
    throw new Error('TEST_DATABASE_URL is not set: run `npm test`, which starts a PostgreSQL.');
  return url;
}

const kinds = {
  PGlite: async (): Promise<DatabasePlace> => ({ kind: 'memory' }),
  PostgreSQL: async (): Promise<DatabasePlace> => {
    const name = `test_${randomUUID().replaceAll('-', '')}`;
    const admin = async (statement: string) => {
      const client = new pg.Client({ connectionString: databaseUrl() });
      await client.connect();
      await client.query(statement);
      await client.end();
    };
    await admin(`create database ${name}`);
    cleanups.push(() => admin(`drop database ${name} with (force)`));
    const url = new URL(databaseUrl());
    url.pathname = `/${name}`;
    return { kind: 'postgresql', url: url.href };
  },
};

interface World {
  readonly url: string;
  readonly counters: ReturnType<typeof newCounters>;
  stop(): Promise<void>;
}

async function start(
  database: OpenDatabase,
  options: { softMs?: number; hardMs?: number; redisUrl?: string } = {},
): Promise<World> {
  const counters = newCounters();
  const server: Server = createServer((request, response) => {
    void handleApi(database, counters, request, response).then((handled) => {
      if (!handled) response.writeHead(404).end();
    });
  });
  const errors: unknown[] = [];
  const coordinator = createCoordinator({
    ...{ database, server, counters, redisUrl: options.redisUrl ?? null },
    ...{ softMs: options.softMs ?? 60_000, hardMs: options.hardMs ?? 600_000 },
    onError: (e) => errors.push(e),
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  let stopped = false;
  const stop = async () => {
    if (stopped) return;
    stopped = true;
    await coordinator.dispose();
    expect(errors).toEqual([]);
  };
  cleanups.push(stop);
  return { url: `http://127.0.0.1:${port}`, counters, stop };
}

type Raw = Socket<ServerToClient, ClientToServer>;

async function person(world: World, deviceKey = randomBytes(32).toString('hex')) {
  const socket: Raw = io(world.url, {
    transports: ['websocket'],
    reconnection: false,
    auth: { protocol: 1, deviceKey },
  });
  const deltas: Delta[] = [];
  socket.on('room.delta', (d) => deltas.push(d));
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', () => resolve());
    socket.once('connect_error', reject);
  });
  cleanups.push(() => socket.disconnect());
  const ask = <N extends RequestName>(
    name: N,
    input: RequestInput<N>,
  ): Promise<Reply<Replies[N]>> =>
    socket.timeout(10_000).emitWithAck(name as RequestName, input as never) as Promise<
      Reply<Replies[N]>
    >;
  const must = async <N extends RequestName>(
    name: N,
    input: RequestInput<N>,
  ): Promise<Replies[N]> => {
    const reply = await ask(name, input);
    if (!reply.ok) throw new Error(`${name} was refused: ${reply.message}`);
    return reply.value;
  };
  return { socket, ask, must, deltas, deviceKey };
}

const device = { backend: 'cpu' as const, adapter: null, fallbacks: [], build: 'test' };

/** A result of the right shape: sharpness climbing to the edge, by arithmetic. */
function resultOf(lease: Lease): RequestInput<'result.submit'> {
  const steps = scheduledSteps(lease.pack.program);
  const values = lease.pack.runs.flatMap((run) => [
    ...steps,
    ...steps.map((s) => 1 / (1 + s)),
    ...steps.map((s) => (2 / run.hyper.learningRate) * Math.min(1, 0.2 + s / 10)),
  ]);
  return {
    ...{ shard: lease.shard, attempt: lease.attempt, device },
    runs: lease.pack.runs.map((run) => ({
      ...{ run: run.id, rows: steps.length, columns: ['loss', 'sharpness'] },
      outcome: { kind: 'completed' as const },
      hashes: [{ step: 30, sha256: 'a'.repeat(64) }],
    })),
    values: new Uint8Array(Float32Array.from(values).buffer),
  };
}

const opening = (rates = [0.1, 0.2], seeds = [1, 2, 3]): RequestInput<'investigation.open'> => ({
  ...{ study: 'edge-of-stability', title: 'Test', null: false },
  grid: { params: { learningRate: rates, momentum: [0], width: [4, 5, 6], steps: [30] }, seeds },
});

async function until<T>(read: () => Promise<T> | T, ok: (value: T) => boolean): Promise<T> {
  for (;;) {
    const value = await read();
    if (ok(value)) return value;
    await new Promise((r) => setTimeout(r, 20));
  }
}

const foldAll = (deltas: readonly Delta[]) => {
  const [cells, runs] = [new Map<number, unknown>(), new Map<string, unknown>()];
  for (const d of deltas) {
    for (const c of d.cells) cells.set(c.index, c);
    for (const r of d.runs) runs.set(r.id, r);
  }
  return {
    cells: [...cells].sort(([a], [b]) => a - b),
    runs: [...runs].sort(([a], [b]) => (a < b ? -1 : 1)),
  };
};

describe.each(Object.keys(kinds) as (keyof typeof kinds)[])('on %s', (kind) => {
  const open = async () => {
    const database = await openDatabase(await kinds[kind]());
    cleanups.push(() => database.dispose());
    return database;
  };

  test('[L1] [D1] many volunteers finish an investigation: every run once, deltas fold to the snapshot', async () => {
    const world = await start(await open());
    const owner = await person(world);
    const { code } = await owner.must('investigation.open', opening());
    const joined = await owner.must('room.join', { code });
    expect(joined.self.role).toBe('owner');
    expect(joined.delta.progress).toEqual({ runs: 0, ofRuns: 18 });
    const volunteers = await Promise.all(Array.from({ length: 6 }, () => person(world)));
    const taken: string[] = [];
    await Promise.all(
      volunteers.map(async (v) => {
        for (;;) {
          const reply = await v.ask('lease.request', { code, device });
          if (!reply.ok) return;
          taken.push(reply.value.shard);
          await v.must('lease.progress', {
            shard: reply.value.shard,
            attempt: reply.value.attempt,
            done: 5,
          });
          expect(await v.must('result.submit', resultOf(reply.value))).toEqual({
            outcome: 'accepted',
          });
        }
      }),
    );
    expect(new Set(taken).size).toBe(taken.length);
    const last = await until(
      () => owner.deltas.at(-1),
      (d) => d?.progress.runs === 18,
    );
    expect(last?.analysis.verdict.state).toBe('holds');
    const all = [joined.delta, ...owner.deltas];
    for (const [i, d] of all.entries()) if (i > 0) expect(d.from).toBe(all[i - 1]?.to);
    const snapshot = await owner.must('room.sync', { code, from: 0 });
    expect(foldAll([snapshot])).toEqual(foldAll(all));
    expect(snapshot.cells.map((c) => [c.done, c.of])).toEqual(Array(6).fill([3, 3]));
    expect(world.counters.accepted).toBe(taken.length);
  });

  test('[L4] [L5] [L6] a vanished holder is replaced at once, and late or double results count once', async () => {
    const world = await start(await open());
    const a = await person(world);
    const { code } = await a.must('investigation.open', {
      ...opening([0.1], [1]),
      grid: { params: { learningRate: [0.1], momentum: [0], width: [4], steps: [30] }, seeds: [1] },
    });
    const first = await a.must('lease.request', { code, device });
    const b = await person(world);
    expect(await b.ask('lease.request', { code, device })).toMatchObject({
      ok: false,
      reason: 'no-work',
    });
    a.socket.disconnect();
    const second = await until(
      () => b.ask('lease.request', { code, device }),
      (r) => r.ok,
    );
    if (!second.ok) throw new Error('unreachable');
    expect(second.value.shard).toBe(first.shard);
    const back = await person(world, a.deviceKey);
    expect(
      await back.ask('lease.progress', { shard: first.shard, attempt: first.attempt, done: 9 }),
    ).toMatchObject({ reason: 'lease-lost' });
    expect(await back.must('result.submit', resultOf(first))).toEqual({ outcome: 'accepted' });
    expect(await back.must('result.submit', resultOf(first))).toEqual({
      outcome: 'already-accepted',
    });
    expect(await b.must('result.submit', resultOf(second.value))).toEqual({
      outcome: 'superseded',
    });
    const { delta } = await b.must('room.join', { code });
    expect(delta.progress).toEqual({ runs: 1, ofRuns: 1 });
    expect(delta.runs).toHaveLength(1);
  });

  test('[L2] [L4] a soft deadline reissues, a hard one rejects', async () => {
    const world = await start(await open(), { softMs: 100, hardMs: 300 });
    const [a, b] = [await person(world), await person(world)];
    const { code } = await a.must('investigation.open', {
      ...opening(),
      grid: { params: { learningRate: [0.1], momentum: [0], width: [4], steps: [30] }, seeds: [1] },
    });
    const first = await a.must('lease.request', { code, device });
    expect(first.deadlines).toEqual({ softMs: 100, hardMs: 300 });
    const second = await until(
      () => b.ask('lease.request', { code, device }),
      (r) => r.ok,
    );
    expect(second.ok && second.value.shard).toBe(first.shard);
    // A stays silent: asking for progress would renew its attempt once B's soft deadline passes.
    const hardAt = Date.now() + 350;
    await until(
      () => Date.now(),
      (now) => now > hardAt,
    );
    expect(await a.ask('result.submit', resultOf(first))).toMatchObject({
      ok: false,
      reason: 'lease-expired',
    });
  });

  test('[L7] an invalid result is refused with the reason, and after three the device gets no more work', async () => {
    const world = await start(await open());
    const a = await person(world);
    const { code } = await a.must('investigation.open', opening());
    for (let i = 0; i < 3; i++) {
      const lease = await a.must('lease.request', { code, device });
      const result = resultOf(lease);
      const broken = {
        ...result,
        runs: result.runs.map((r) => ({ ...r, columns: ['loss', 'nonsense'] })),
      };
      const reply = await a.ask('result.submit', broken);
      expect(reply).toMatchObject({
        ok: false,
        reason: 'invalid-result',
        message: expect.stringContaining('columns'),
      });
    }
    expect(await a.ask('lease.request', { code, device })).toMatchObject({ reason: 'not-allowed' });
    const b = await person(world);
    expect((await b.ask('lease.request', { code, device })).ok).toBe(true);
  });

  test('[P2] [P3] bad messages of every kind are answered by a sentence, counted, and hurt nobody', async () => {
    const world = await start(await open());
    const a = await person(world);
    const raw = a.socket as unknown as {
      emitWithAck(name: string, ...args: unknown[]): Promise<Reply<unknown>>;
      emit(name: string, ...args: unknown[]): void;
    };
    for (const input of [
      undefined,
      null,
      7,
      'x',
      [],
      { code: 5 },
      { code: 'O0O0O0' },
      { code: { toString: 1 } },
    ]) {
      expect(await raw.emitWithAck('room.join', input)).toMatchObject({
        ok: false,
        reason: 'bad-message',
      });
    }
    expect(await raw.emitWithAck('no.such.request', {})).toMatchObject({
      ok: false,
      reason: 'bad-message',
    });
    expect(await raw.emitWithAck('__proto__', {})).toMatchObject({
      ok: false,
      reason: 'bad-message',
    });
    raw.emit('room.join', { code: 'ABCDEF' });
    raw.emit('room.join');
    expect(await a.ask('room.join', { code: 'ABCDEF' })).toMatchObject({ reason: 'not-found' });
    expect(
      await a.ask('investigation.open', {
        ...opening(),
        grid: { params: { width: [1e9] }, seeds: [1] },
      }),
    ).toMatchObject({ reason: 'bad-grid' });
    const health = (await (await fetch(`${world.url}/api/health`)).json()) as {
      refused: Record<string, Record<string, number>>;
    };
    expect(health.refused['room.join']?.['bad-message']).toBeGreaterThanOrEqual(8);
    expect(health.refused.unknown?.['bad-message']).toBe(2);
    const wrong = io(world.url, {
      transports: ['websocket'],
      reconnection: false,
      auth: { protocol: 99, deviceKey: 'f'.repeat(64) },
    });
    const refusal = await new Promise<Error>((resolve) => wrong.once('connect_error', resolve));
    wrong.disconnect();
    expect(refusal.message).toMatch(/Reload/);
  });

  test('[R1] [R2] claims and replies reach the others, only the owner steers, and a new coordinator finds everything', async () => {
    const database = await open();
    const world = await start(database);
    const [owner, other] = [await person(world), await person(world)];
    const { code } = await owner.must('investigation.open', opening());
    await owner.must('room.join', { code });
    await other.must('room.join', { code });
    const lease = await other.must('lease.request', { code, device });
    await other.must('result.submit', resultOf(lease));
    const region = { x: [0, 30] as [number, number], y: [0, 2] as [number, number] };
    const { claim } = await other.must('claim.add', {
      code,
      panel: 'ratio',
      region,
      text: '=It climbs',
      evidence: 2,
    });
    await owner.must('claim.reply', { claim, text: 'It does.' });
    const seen = await until(
      () => other.deltas.flatMap((d) => d.claims).at(-1),
      (c) => c?.replies.length === 1,
    );
    expect(seen).toMatchObject({ text: '=It climbs', replies: [{ text: 'It does.' }] });
    expect(seen?.runs.length).toBe(lease.pack.runs.length);
    expect(await owner.ask('claim.withdraw', { claim })).toMatchObject({ reason: 'not-allowed' });
    expect(await other.ask('investigation.control', { code, action: 'pause' })).toMatchObject({
      reason: 'not-allowed',
    });
    await owner.must('investigation.control', { code, action: 'pause' });
    expect(await other.ask('lease.request', { code, device })).toMatchObject({
      reason: 'not-running',
    });
    const before = await owner.must('room.sync', { code, from: 0 });
    await world.stop();

    const again = await start(database);
    const back = await person(again, owner.deviceKey);
    const joined = await back.must('room.join', { code: code.toLowerCase() });
    expect(joined.self.role).toBe('owner');
    expect(joined.delta).toEqual(before);
    const csv = await (await fetch(`${again.url}/api/investigations/${code}/results.csv`)).text();
    expect(csv.trim().split('\r\n')).toHaveLength(1 + 18);
    const json = (await (
      await fetch(`${again.url}/api/investigations/${code}/results.json`)
    ).json()) as { runs: unknown[] };
    expect(json.runs).toHaveLength(18);
    const run = lease.pack.runs[0];
    const point = (await (
      await fetch(`${again.url}/api/runs/${run?.id}/point.json`)
    ).json()) as Record<string, unknown>;
    expect(point).toMatchObject({
      manyhands: 'point',
      seed: run?.seed,
      study: 'edge-of-stability',
      plan: { hyper: run?.hyper },
    });
    expect((await fetch(`${again.url}/api/runs/none/point.json`)).status).toBe(404);
  });
});

test('[R3] two coordinators on one PostgreSQL and Redis show one room', async () => {
  const redisUrl = process.env.TEST_REDIS_URL;
  if (redisUrl === undefined)
    throw new Error('TEST_REDIS_URL is not set: run `npm test`, which starts a Redis.');
  const place = await kinds.PostgreSQL();
  const databases = [await openDatabase(place), await openDatabase(place)] as const;
  cleanups.push(() => Promise.all(databases.map((d) => d.dispose())));
  const one = await start(databases[0], { redisUrl });
  const two = await start(databases[1], { redisUrl });
  const [a, b] = [await person(one), await person(two)];
  const { code } = await a.must('investigation.open', opening());
  await a.must('room.join', { code });
  await b.must('room.join', { code });
  const presences: number[] = [];
  a.socket.on('room.presence', (p) => presences.push(p.members.length));
  const lease = await b.must('lease.request', { code, device });
  await b.must('result.submit', resultOf(lease));
  await until(
    () => a.deltas.at(-1)?.progress.runs,
    (n) => n === lease.pack.runs.length,
  );
  await until(
    () => presences.at(-1),
    (n) => n === 2,
  );
});
