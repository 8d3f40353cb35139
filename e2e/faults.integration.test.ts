/**
 * Two coordinators behind HAProxy, on one PostgreSQL and one Redis, all real processes that are
 * really killed while volunteers work. What talks to them is what a page and a lab's machine run: the
 * client, the room's store, the volunteer's loop and its courier. Only the training is arithmetic.
 */
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { io } from 'socket.io-client';
import { afterEach, expect, test } from 'vitest';
import { createRoomStore, type RoomStore } from '../app/net/room-store.ts';
import { memoryOutbox } from '../app/volunteer/outbox.ts';
import { type Client, createClient } from '../client/client.ts';
import { createCourier } from '../client/courier.ts';
import type { RunResult } from '../compute/engines/engine.ts';
import type { Pack } from '../compute/programs/program.ts';
import type { Courier } from '../compute/volunteer/parts.ts';
import { sleep } from '../compute/volunteer/sleep.ts';
import { createVolunteer } from '../compute/volunteer/volunteer.ts';
import { startHaproxy, startPostgres, startRedis } from '../scripts/services.ts';
import { ensureTools } from '../scripts/tools.ts';
import { addressOf, startProcess } from '../server/process.testkit.ts';
import { checkpointSteps, scheduledSteps } from '../server/validate.ts';
import { PROTOCOL_VERSION } from '../server/vocabulary.ts';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const cleanups: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function until<T>(read: () => T | Promise<T>, ok: (value: T) => boolean): Promise<T> {
  for (;;) {
    const value = await read();
    if (ok(value)) return value;
    await new Promise((r) => setTimeout(r, 50));
  }
}

const newKey = () => randomBytes(32).toString('hex');

function newClient(url: string): Client {
  const key = newKey();
  const client = createClient({ url, deviceKey: () => key });
  cleanups.push(() => client.dispose());
  return client;
}

/** A result of the right shape, by arithmetic. */
function resultsOf({ program, runs }: Pack): RunResult[] {
  const steps = Float32Array.from(scheduledSteps(program));
  const outcome = { kind: 'completed' as const };
  const sha256 = 'a'.repeat(64);
  return runs.map(({ id, hyper }) => ({
    ...{ id, outcome },
    hashes: checkpointSteps(program, outcome).map((step) => ({ step, sha256 })),
    series: {
      steps,
      columns: {
        loss: steps.map((s) => 1 / (1 + s)),
        sharpness: steps.map((s) => (2 / hyper.learningRate) * Math.min(1, 0.2 + s / 10)),
      },
    },
  }));
}

/** Lets so many runs be finished: counted, or trained and not yet answered for. */
function createGate() {
  /** `shard/attempt` of every result that its volunteer was told is counted. */
  const acknowledged = new Set<string>();
  let [counted, unanswered, least] = [0, 0, 0];
  let waiting: (() => void)[] = [];
  const wakeAll = () => {
    const woken = waiting;
    waiting = [];
    for (const wake of woken) wake();
  };
  return {
    acknowledged,
    answered(kind: 'counted' | 'not-counted', key: string, runs: number) {
      unanswered -= runs;
      if (kind === 'counted') {
        acknowledged.add(key);
        counted += runs;
      }
      wakeAll();
    },
    openUntil(runs: number) {
      least = runs;
      wakeAll();
    },
    async pass(runs: number, signal: AbortSignal): Promise<void> {
      signal.addEventListener('abort', wakeAll, { once: true });
      while (counted + unanswered >= least && !signal.aborted)
        await new Promise<void>((resolve) => waiting.push(resolve));
      signal.removeEventListener('abort', wakeAll);
      if (!signal.aborted) unanswered += runs;
    },
  };
}

/** A headless volunteer that trains through the gate. */
function work(url: string, gate: ReturnType<typeof createGate>) {
  const client = newClient(url);
  const real = createCourier(client, null);
  const courier: Courier = {
    ...real,
    async submit(result) {
      const answer = await real.submit(result);
      if (answer.kind !== 'offline')
        gate.answered(answer.kind, `${result.shard}/${result.attempt}`, result.runs.length);
      return answer;
    },
  };
  const device = { backend: 'cpu' as const, adapter: null, fallbacks: [], build: 'test' };
  const volunteer = createVolunteer({
    ...{ courier, outbox: memoryOutbox(), sleep, now: () => performance.now(), onState() {} },
    openTrainer: async () => ({
      device,
      async train({ pack, signal }) {
        await gate.pass(pack.runs.length, signal);
        return signal.aborted
          ? { kind: 'stopped', states: [] }
          : { kind: 'finished', runs: resultsOf(pack) };
      },
      replay: () => Promise.reject(new Error('Nothing is asked for here.')),
      limit() {},
      dispose() {},
    }),
  });
  volunteer.start();
  cleanups.push(() => {
    volunteer.stop();
    return volunteer.settled;
  });
}

async function startCoordinator(databaseUrl: string, redisUrl: string, port = '0') {
  const { child, ready } = startProcess({
    ...{ PORT: port, DATABASE_URL: databaseUrl, REDIS_URL: redisUrl, LOG_LEVEL: 'fatal' },
    ...{ MANYHANDS_PROXIES: '1', MANYHANDS_LEASE_SOFT_MS: '3000' },
    // What is trained here is arithmetic, and would not stand up to replay.
    MANYHANDS_VERIFY: 'off',
  });
  cleanups.push(() => child.kill('SIGKILL'));
  const { host, port: listens } = addressOf(await ready);
  return { host: host.replace('localhost', '127.0.0.1'), port: listens, child };
}

/** Somebody without WebSockets: every request is one of its own, and must find its session. */
async function poll(url: string): Promise<void> {
  const socket = io(url, {
    ...{ transports: ['polling'], withCredentials: true, reconnection: false, forceNew: true },
    auth: { protocol: PROTOCOL_VERSION, deviceKey: newKey() },
  });
  cleanups.push(() => socket.disconnect());
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', () => resolve());
    socket.once('connect_error', reject);
  });
  expect(await socket.timeout(5_000).emitWithAck('room.join', { code: 'ABCDEF' })).toMatchObject({
    reason: 'not-found',
  });
}

test('[O1] a coordinator, PostgreSQL and Redis are killed in mid-investigation: nothing is lost or counted twice, and all go on by themselves', {
  timeout: 120_000,
}, async () => {
  const tools = ensureTools();
  const [postgres, redis] = [await startPostgres(tools, 'durable'), await startRedis(tools)];
  cleanups.push(postgres.dispose, redis.dispose);
  const a = await startCoordinator(postgres.url, redis.url);
  const b = await startCoordinator(postgres.url, redis.url);
  const proxy = await startHaproxy(tools, path.join(root, 'deploy/haproxy.cfg'), {
    ...{ BIND_ADDRESS: '127.0.0.1', COORDINATOR_A: a.host, COORDINATOR_B: b.host },
  });
  cleanups.push(proxy.dispose);
  for (let i = 0; i < 4; i++) await poll(proxy.url);

  const owner = newClient(proxy.url);
  const opened = await owner.request('investigation.open', {
    ...{ study: 'edge-of-stability', title: 'Faults', null: false },
    grid: {
      params: {
        ...{ optimizer: ['gd'], data: ['chebyshev'], activation: ['tanh'], depth: [2] },
        ...{ learningRate: [0.1, 0.2], momentum: [0], steps: [30, 31, 32, 33] },
        width: Array.from({ length: 15 }, (_, i) => 4 + i),
      },
      seeds: [1, 2, 3, 4],
    },
  });
  if (!opened.ok) throw new Error(opened.message);
  const { code } = opened.value;
  const runs = 480;
  const viewers = [owner, newClient(proxy.url), newClient(`http://${b.host}`)].map((client) => {
    const store = createRoomStore(client, code);
    cleanups.push(store.dispose);
    return store;
  });
  const done = (store: RoomStore) => {
    const room = store.current();
    return room.kind === 'in' ? room.state.progress.runs : -1;
  };
  const allSee = (least: number) =>
    until(
      () => viewers.map(done),
      (all) => all.every((n) => n >= least),
    );

  const gate = createGate();
  for (let i = 0; i < 6; i++) work(proxy.url, gate);
  for (let i = 0; i < 2; i++) work(`http://${b.host}`, gate);
  /** Kills while results are on their way, some acknowledged and some not. */
  const killAmid = async (least: number, kill: () => unknown) => {
    const before = gate.acknowledged.size;
    gate.openUntil(least);
    await until(
      () => gate.acknowledged.size,
      (n) => n > before + 2,
    );
    await kill();
  };

  await killAmid(96, () => a.child.kill('SIGKILL'));
  await allSee(96);
  const again = await startCoordinator(postgres.url, redis.url, a.port);
  await killAmid(192, postgres.kill);
  await until(
    () => fetch(`http://${b.host}/api/health`),
    (health) => health.status === 503,
  );
  await postgres.restart();
  await allSee(192);
  await killAmid(288, redis.kill);
  // Redis is not the truth: while it is away everybody is told all the same.
  await allSee(288);
  await redis.restart();
  await killAmid(runs, () => again.child.kill('SIGTERM'));
  await allSee(runs);

  const client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  cleanups.push(() => client.end());
  const rows = async (query: string) => (await client.query(query)).rows;
  const counted = await rows(`select shard, number from attempts where state = 'accepted'`);
  const keys = counted.map(({ shard, number }) => `${shard}/${number}`);
  expect(new Set(keys)).toEqual(gate.acknowledged);
  expect(new Set(counted.map(({ shard }) => shard)).size).toBe(counted.length);
  expect(await rows('select count(*)::int as n from runs where outcome is not null')).toEqual([
    { n: runs },
  ]);
  expect(await rows('select distinct done, "of" from cells')).toEqual([{ done: 4, of: 4 }]);
  // The verdict comes after the points, and says of which.
  const states = await until(
    () =>
      viewers.map((store) => {
        const room = store.current();
        return room.kind === 'in' ? room.state : null;
      }),
    (all) => all.every((state) => state?.verdict.evidence === state?.evidence),
  );
  expect(states[0]?.verdict.analysis.verdict).toMatchObject({ state: 'holds', runs });
  for (const state of states) {
    expect(state?.runs).toHaveLength(runs);
    expect(state?.cells).toEqual(states[0]?.cells);
    expect(state?.verdict).toEqual(states[0]?.verdict);
  }
});
