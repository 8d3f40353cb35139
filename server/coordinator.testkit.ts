/**
 * A coordinator over real sockets for tests, on PGlite or PostgreSQL, and people who talk to it.
 * Volunteers here send made-up series of the right shape: what is tested is leases, results and what
 * the room sees, not the training.
 */
import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import pino from 'pino';
import { io, type Socket } from 'socket.io-client';
import { afterEach, expect } from 'vitest';
import { packResults } from '../compute/engines/result-bytes.ts';
import { columnsOf } from '../compute/programs/program.ts';
import { normals, STREAMS } from '../compute/random.ts';
import { type DatabasePlace, type OpenDatabase, openDatabase } from '../db/open.ts';
import { newPostgres } from '../db/postgres.testkit.ts';
import { createAccounts } from './accounts/routes.ts';
import { createCoordinator } from './coordinator.ts';
import { newCounters } from './counters.ts';
import { createGallery } from './gallery.ts';
import { handleApi } from './http.ts';
import { DEFAULT_LIMITS, type Limits } from './limits.ts';
import type {
  ClientToServer,
  Delta,
  Lease,
  Presence,
  Replies,
  Reply,
  RequestInput,
  RequestName,
  ServerToClient,
  VerdictPush,
} from './protocol.ts';
import { redisOfWorker } from './redis.testkit.ts';
import { checkpointSteps, scheduledSteps } from './validate.ts';
import { createVerifier } from './verifier.ts';
import { PROTOCOL_VERSION } from './vocabulary.ts';

/** What a test leaves behind, ended after it, last first. */
export const cleanups: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

export const kinds = {
  PGlite: async (): Promise<DatabasePlace> => ({ kind: 'memory' }),
  PostgreSQL: async (): Promise<DatabasePlace> => {
    const { url, drop } = await newPostgres();
    cleanups.push(drop);
    return { kind: 'postgresql', url };
  },
};

export interface World {
  readonly url: string;
  readonly counters: ReturnType<typeof newCounters>;
  stop(): Promise<void>;
}

/** A coordinator on a free port. Its `stop` has let all its work end. */
export async function start(
  database: OpenDatabase,
  options: {
    softMs?: number;
    hardMs?: number;
    handoverMs?: number;
    redisUrl?: string;
    limits?: Partial<Limits>;
    operatorToken?: string;
    verify?: boolean;
    proxies?: number;
  } = {},
): Promise<World> {
  const counters = newCounters();
  const server: Server = createServer((request, response) => {
    handleApi(api, request, response)
      .then((handled) => {
        if (!handled) response.writeHead(404).end();
      })
      .catch((error: unknown) => {
        errors.push(error);
        response.writeHead(500).end('{}');
      });
  });
  const errors: unknown[] = [];
  const common = {
    ...{ database, server, counters, proxies: options.proxies ?? 0 },
    log: pino({ enabled: false }),
  };
  const coordinator = createCoordinator({
    ...common,
    redisUrl: options.redisUrl ?? null,
    ...{ softMs: options.softMs ?? 60_000, hardMs: options.hardMs ?? 600_000 },
    handoverMs: options.handoverMs ?? 60_000,
    limits: { ...DEFAULT_LIMITS, ...options.limits },
    verify: options.verify ?? false,
    onError: (e) => errors.push(e),
  });
  if (options.verify === true) {
    const verifier = createVerifier({
      ...{ db: database.db, name: 'coordinator', onError: (e: unknown) => errors.push(e) },
      onSettled: coordinator.changed,
    });
    cleanups.push(verifier.dispose);
  }
  const api = {
    ...{ ...common, coordinator, operatorToken: options.operatorToken ?? null },
    gallery: createGallery(database.db),
    accounts: createAccounts({
      ...{ db: database.db, gate: coordinator.gate, reconnect: coordinator.reconnect },
      ...{ secret: null, log: common.log },
    }),
  };
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

/** Two coordinators on one PostgreSQL and one Redis, as behind a proxy. */
export async function twoCoordinators(): Promise<readonly [World, World]> {
  const place = await kinds.PostgreSQL();
  const databases = [await openDatabase(place), await openDatabase(place)] as const;
  cleanups.push(() => Promise.all(databases.map((d) => d.dispose())));
  const redisUrl = redisOfWorker();
  // At once: what one of them is to draw, one of them draws.
  return await Promise.all([start(databases[0], { redisUrl }), start(databases[1], { redisUrl })]);
}

type Raw = Socket<ServerToClient, ClientToServer>;

/** Somebody connected: a new device unless a key is given. */
export async function person(world: World, deviceKey = randomBytes(32).toString('hex')) {
  const socket: Raw = io(world.url, {
    transports: ['websocket'],
    reconnection: false,
    auth: { protocol: PROTOCOL_VERSION, deviceKey },
  });
  const deltas: Delta[] = [];
  const verdicts: VerdictPush[] = [];
  const presences: Presence[] = [];
  socket.on('room.delta', (d) => deltas.push(d));
  socket.on('room.verdict', (v) => verdicts.push(v));
  socket.on('room.presence', (p) => presences.push(p));
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
  return { socket, ask, must, deltas, verdicts, presences, deviceKey };
}

export const device = { backend: 'cpu' as const, adapter: null, fallbacks: [], build: 'test' };

/** A result of the right shape: sharpness climbing to the edge, by arithmetic. */
export function resultOf(lease: Lease): RequestInput<'result.submit'> {
  const steps = Float32Array.from(scheduledSteps(lease.pack.program));
  const completed = { kind: 'completed' as const };
  const sha256 = 'a'.repeat(64);
  const hashes = checkpointSteps(lease.pack.program, completed).map((step) => ({ step, sha256 }));
  const results = lease.pack.runs.map(({ id, hyper }) => {
    const columns = {
      loss: steps.map((s) => 1 / (1 + s)),
      sharpness: steps.map((s) => (2 / hyper.learningRate) * Math.min(1, 0.2 + s / 10)),
    };
    return { id, outcome: completed, hashes, series: { steps, columns } };
  });
  return { ...{ shard: lease.shard, attempt: lease.attempt, device }, ...packResults(results) };
}

/** A result of the study infinite-width: outputs that differ between seeds by 1/√N. */
export function wideResultOf(lease: Lease): RequestInput<'result.submit'> {
  const { program, runs } = lease.pack;
  const steps = Float32Array.from(scheduledSteps(program));
  const completed = { kind: 'completed' as const };
  const hashes = checkpointSteps(program, completed).map((step) => ({
    ...{ step, sha256: 'b'.repeat(64) },
  }));
  const width = program.kind === 'mlp' ? (program.layers[1] ?? 1) : 1;
  const results = runs.map(({ id, seed }) => {
    const values = normals(seed, STREAMS.probe, width, columnsOf(program).length);
    const columns = columnsOf(program).map((name, i) => {
      const value = (values[i] ?? 0) / Math.sqrt(width);
      return [name, steps.map(() => (/loss/i.test(name) ? 1 + Math.abs(value) : value))] as const;
    });
    const series = { steps, columns: Object.fromEntries(columns) };
    return { id, outcome: completed, hashes, series };
  });
  return { ...{ shard: lease.shard, attempt: lease.attempt, device }, ...packResults(results) };
}

/** The setting that tests train: gradient descent on the Chebyshev task. */
export const PLAIN = {
  ...{ optimizer: ['gd'], data: ['chebyshev'], activation: ['tanh'], depth: [2], momentum: [0] },
};

export const opening = (
  rates = [0.1, 0.2],
  seeds = [1, 2, 3],
): RequestInput<'investigation.open'> => ({
  ...{ study: 'edge-of-stability', title: 'Test', null: false },
  grid: { params: { ...PLAIN, learningRate: rates, width: [4, 5, 6], steps: [30] }, seeds },
});

/** Asks again until it is so; the test's time limit is the only clock. */
export async function until<T>(read: () => Promise<T> | T, ok: (value: T) => boolean): Promise<T> {
  for (;;) {
    const value = await read();
    if (ok(value)) return value;
    await new Promise((r) => setTimeout(r, 20));
  }
}

/** The room when its verdict is that of the runs that are in, as somebody in it asks for it. */
export async function verdictNow(
  { must }: Pick<Awaited<ReturnType<typeof person>>, 'must'>,
  code: string,
) {
  const { verdict, ...room } = await until(
    () => must('room.sync', { code, from: 0 }),
    (r) => r.verdict?.evidence === r.evidence,
  );
  if (verdict === null) throw new Error('There is no verdict.');
  return { ...room, ...verdict };
}

/** Cells and runs after these deltas, in order. */
export const foldAll = (deltas: readonly Delta[]) => {
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

/** An investigation of one run. */
export const oneRun: RequestInput<'investigation.open'> = {
  ...{ study: 'edge-of-stability', title: 'One run', null: false },
  grid: { params: { ...PLAIN, learningRate: [0.1], width: [4], steps: [30] }, seeds: [1] },
};

/** Of 1,080 runs, a few more than are told in one message: 36 cells of 30 seeds. */
export const LARGE: RequestInput<'investigation.open'> = {
  ...{ study: 'edge-of-stability', title: 'Large', null: false },
  grid: {
    params: {
      ...{ ...PLAIN, learningRate: [0.1, 0.15, 0.2, 0.25, 0.3, 0.35] },
      ...{ width: [4, 5, 6, 7, 8, 9], steps: [30] },
    },
    seeds: Array.from({ length: 30 }, (_, i) => i),
  },
};

/** A database of this kind for one test. */
export async function openTestDatabase(kind: keyof typeof kinds): Promise<OpenDatabase> {
  const database = await openDatabase(await kinds[kind]());
  cleanups.push(() => database.dispose());
  return database;
}
