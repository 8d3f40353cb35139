/**
 * The coordinator on an HTTP server: sockets in, decisions by the database, deltas and presence out.
 * It keeps in memory only what can be lost: which sockets are here, what was last sent to a room.
 */
import type { Server as HttpServer } from 'node:http';
import { createAdapter } from '@socket.io/redis-streams-adapter';
import { Redis } from 'ioredis';
import { Server, type Socket } from 'socket.io';
import type { z } from 'zod';
import type { OpenDatabase } from '../db/open.ts';
import { deviceOfKey, renameDevice } from './auth.ts';
import { addClaim, replyToClaim, withdrawClaim } from './claims.ts';
import { type Counters, countRefusal } from './counters.ts';
import { deltaSince } from './deltas.ts';
import { controlInvestigation, findInvestigation, openInvestigation } from './investigations.ts';
import { applyEvent, leaseShard, submitResult } from './leases.ts';
import {
  type ClientToServer,
  Handshake,
  LIMITS,
  PROTOCOL_VERSION,
  type Refusal,
  type Replies,
  type Reply,
  type RequestName,
  Requests,
  type RequestValue,
  type ServerToClient,
} from './protocol.ts';
import { refuse } from './refusal.ts';
import { presenceOf, type SocketData } from './rooms.ts';

const DELTA_EVERY_MS = 150;
const PRESENCE_EVERY_MS = 500;
/** A socket may send so many messages a second on average, and so many at once. */
const RATE = { perSecond: 50, burst: 200 };

interface BetweenCoordinators {
  'room.changed': (code: string) => void;
  'presence.changed': (code: string) => void;
}
type Io = Server<ClientToServer, ServerToClient, BetweenCoordinators, SocketData>;
type Client = Socket<ClientToServer, ServerToClient, BetweenCoordinators, SocketData>;
type Handlers = {
  [N in RequestName]: (socket: Client, input: RequestValue<N>) => Promise<Reply<Replies[N]>>;
};

export interface CoordinatorParts {
  readonly database: OpenDatabase;
  readonly server: HttpServer;
  readonly counters: Counters;
  readonly redisUrl: string | null;
  readonly softMs: number;
  readonly hardMs: number;
  readonly onError: (error: unknown) => void;
}

/** Attaches the coordinator; `dispose` disconnects everybody and lets pending work end. */
export function createCoordinator(parts: CoordinatorParts): { dispose(): Promise<void> } {
  const { database, counters, softMs, hardMs, onError } = parts;
  const { db } = database;
  const redis = parts.redisUrl === null ? null : new Redis(parts.redisUrl);
  redis?.on('error', onError);
  const io: Io = new Server(parts.server, {
    perMessageDeflate: false,
    maxHttpBufferSize: LIMITS.messageBytes,
    pingInterval: 5_000,
    pingTimeout: 5_000,
    ...(redis === null ? {} : { adapter: createAdapter(redis) }),
  });
  const sent = new Map<string, number>();
  const timers = new Map<string, NodeJS.Timeout>();
  const pending = new Set<Promise<unknown>>();

  /** Runs a task unwatched, but waits for it when disposing. */
  function background(task: Promise<unknown>): void {
    const watched = task.catch(onError).finally(() => pending.delete(watched));
    pending.add(watched);
  }

  /** Calls `act` once, soon, however often it is asked for meanwhile. */
  function soon(key: string, ms: number, act: () => Promise<void>): void {
    if (timers.has(key)) return;
    const timer = setTimeout(() => {
      timers.delete(key);
      background(act());
    }, ms);
    timers.set(key, timer);
  }

  const sendDelta = (code: string) =>
    soon(`delta ${code}`, DELTA_EVERY_MS, async () => {
      const from = sent.get(code);
      if (from === undefined) return;
      const delta = await deltaSince(db, code, from);
      if (delta === null || delta.to === from) return;
      sent.set(code, delta.to);
      io.local.to(code).emit('room.delta', delta);
    });
  const sendPresence = (code: string) =>
    soon(`presence ${code}`, PRESENCE_EVERY_MS, async () => {
      const sockets = await io.in(code).fetchSockets();
      io.local.to(code).emit(
        'room.presence',
        await presenceOf(
          db,
          code,
          sockets.map((s) => s.data),
          Date.now(),
        ),
      );
    });
  const roomChanged = (code: string) => {
    sendDelta(code);
    if (redis !== null) io.serverSideEmit('room.changed', code);
  };
  const presenceChanged = (code: string) => {
    sendPresence(code);
    if (redis !== null) io.serverSideEmit('presence.changed', code);
  };
  io.on('room.changed', sendDelta);
  io.on('presence.changed', sendPresence);

  function roomsOf(socket: Client): string[] {
    return [...socket.rooms].filter((room) => room !== socket.id);
  }

  /** Hands back what this socket works on, unless it never did. */
  async function letGo(socket: Client): Promise<void> {
    const { lease, deviceId } = socket.data;
    if (lease === null) return;
    socket.data.lease = null;
    await applyEvent(db, lease.shard, {
      kind: 'release',
      attempt: lease.attempt,
      device: deviceId,
    });
    presenceChanged(lease.code);
  }

  const changed = async (
    done: Promise<{ readonly code: string; readonly id: string } | Refusal>,
  ) => {
    const result = await done;
    if (!('ok' in result)) roomChanged(result.code);
    return result;
  };

  const handlers: Handlers = {
    'investigation.open': async (socket, input) => {
      const opened = await openInvestigation(db, socket.data.deviceId, input);
      return 'ok' in opened ? opened : { ok: true, value: opened };
    },
    'investigation.control': async (socket, input) => {
      const result = await controlInvestigation(db, socket.data.deviceId, input);
      if ('ok' in result) return result;
      roomChanged(input.code);
      presenceChanged(input.code);
      return { ok: true, value: result };
    },
    'room.join': async (socket, { code }) => {
      await socket.join(code);
      const delta = await deltaSince(db, code, 0);
      const found = await findInvestigation(db, code);
      if (delta === null || found === null) {
        await socket.leave(code);
        return refuse(
          'not-found',
          `There is no room ${code}. Check the code with whoever gave it to you.`,
        );
      }
      if (!sent.has(code)) sent.set(code, delta.to);
      const sockets = await io.in(code).fetchSockets();
      presenceChanged(code);
      const { deviceId, nickname } = socket.data;
      const role = found.owner === deviceId ? 'owner' : 'member';
      const presence = await presenceOf(
        db,
        code,
        sockets.map((s) => s.data),
        Date.now(),
      );
      return { ok: true, value: { self: { id: deviceId, nickname, role }, presence, delta } };
    },
    'room.leave': async (socket, { code }) => {
      await socket.leave(code);
      presenceChanged(code);
      return { ok: true, value: null };
    },
    'room.sync': async (_, { code, from }) => {
      const delta = await deltaSince(db, code, from);
      return delta === null
        ? refuse('not-found', `There is no room ${code}.`)
        : { ok: true, value: delta };
    },
    'device.rename': async (socket, { nickname }) => {
      await renameDevice(db, socket.data.deviceId, nickname);
      socket.data.nickname = nickname;
      for (const code of roomsOf(socket)) presenceChanged(code);
      return { ok: true, value: { nickname } };
    },
    'lease.request': async (socket, { code, device: report }) => {
      const { deviceId } = socket.data;
      const now = Date.now();
      const lease = await leaseShard(db, { code, device: deviceId, report, now, softMs, hardMs });
      if ('ok' in lease) return lease;
      const { runIds, ...value } = lease;
      const { program, runs } = lease.pack;
      const work = {
        ...{ shard: lease.shard, backend: report.backend, adapter: report.adapter, runs: runIds },
        ...{ done: 0, total: program.steps * runs.length },
      };
      // Gone while it was being leased: nobody would hand this back.
      socket.data.lease = {
        code,
        shard: lease.shard,
        attempt: lease.attempt,
        startedAt: now,
        work,
      };
      if (!socket.connected) await letGo(socket);
      presenceChanged(code);
      return { ok: true, value };
    },
    'lease.progress': async (socket, { shard, attempt, done }) => {
      const { deviceId, lease } = socket.data;
      const now = Date.now();
      const outcome = await applyEvent(db, shard, {
        ...{ kind: 'progress', attempt, device: deviceId, now, done, softMs, hardMs },
      });
      if (outcome.kind === 'refused') return refuse(outcome.reason);
      if (lease?.shard === shard && lease.attempt === attempt) {
        socket.data.lease = {
          ...lease,
          work: { ...lease.work, done: Math.min(done, lease.work.total) },
        };
        presenceChanged(lease.code);
      }
      return { ok: true, value: { softMs, hardMs } };
    },
    'lease.release': async (socket, { shard, attempt }) => {
      const outcome = await applyEvent(db, shard, {
        kind: 'release',
        attempt,
        device: socket.data.deviceId,
      });
      const { lease } = socket.data;
      if (lease?.shard === shard) {
        socket.data.lease = null;
        presenceChanged(lease.code);
      }
      return outcome.kind === 'refused' ? refuse(outcome.reason) : { ok: true, value: null };
    },
    'result.submit': async (socket, input) => {
      const { outcome, code, problem } = await submitResult(
        db,
        socket.data.deviceId,
        input,
        Date.now(),
      );
      const { lease } = socket.data;
      if (lease?.shard === input.shard) {
        socket.data.lease = null;
        presenceChanged(lease.code);
      }
      switch (outcome.kind) {
        case 'accepted':
          counters.accepted += 1;
          if (code !== null) {
            roomChanged(code);
            presenceChanged(code);
          }
          return { ok: true, value: { outcome: 'accepted' } };
        case 'already-accepted':
        case 'superseded':
          return { ok: true, value: { outcome: outcome.kind } };
        case 'refused':
          return refuse(
            outcome.reason,
            outcome.reason === 'invalid-result' ? (problem ?? undefined) : undefined,
          );
        case 'leased':
        case 'renewed':
        case 'released':
          throw new Error(`A submission cannot end as ${outcome.kind}.`);
      }
    },
    'claim.add': async (socket, input) => {
      const result = await changed(addClaim(db, socket.data.deviceId, input));
      return 'ok' in result ? result : { ok: true, value: { claim: result.id } };
    },
    'claim.reply': async (socket, input) => {
      const result = await changed(replyToClaim(db, socket.data.deviceId, input));
      return 'ok' in result ? result : { ok: true, value: { reply: result.id } };
    },
    'claim.withdraw': async (socket, input) => {
      const result = await changed(withdrawClaim(db, socket.data.deviceId, input));
      return 'ok' in result ? result : { ok: true, value: null };
    },
  };

  io.use((socket, next) => {
    const parsed = Handshake.safeParse(socket.handshake.auth);
    const refusal = (message: string) => {
      countRefusal(counters, 'handshake', 'bad-message');
      next(new Error(message));
    };
    if (!parsed.success) return refusal('This page did not say who it is. Reload it.');
    if (parsed.data.protocol !== PROTOCOL_VERSION) {
      return refusal('This page is older or newer than the server. Reload it.');
    }
    deviceOfKey(db, parsed.data.deviceKey).then(
      (device) => {
        socket.data = { deviceId: device.id, nickname: device.nickname, lease: null };
        next();
      },
      (error: unknown) => {
        onError(error);
        next(new Error('The coordinator cannot reach its database.'));
      },
    );
  });

  io.on('connection', (socket) => {
    counters.connections += 1;
    let [tokens, refilledAt] = [RATE.burst, Date.now()];
    // Every packet, known or not, is answered here: nothing that a stranger sends can throw.
    socket.onAny((name: string, ...args: readonly unknown[]) => {
      const answer = args.at(-1);
      const reply = (value: Reply<unknown>) => {
        if (!value.ok) countRefusal(counters, isRequest(name) ? name : 'unknown', value.reason);
        if (typeof answer === 'function') answer(value);
      };
      const now = Date.now();
      tokens = Math.min(RATE.burst, tokens + ((now - refilledAt) / 1000) * RATE.perSecond);
      refilledAt = now;
      if (tokens < 1) return reply(refuse('too-many', undefined, 1_000));
      tokens -= 1;
      if (!isRequest(name))
        return reply(refuse('bad-message', `There is no request “${String(name).slice(0, 40)}”.`));
      background(handle(socket, name, args[0]).then(reply));
    });
    socket.on('disconnecting', () => {
      const rooms = roomsOf(socket);
      background(
        letGo(socket).then(() => {
          for (const code of rooms) presenceChanged(code);
        }),
      );
    });
  });

  async function handle<N extends RequestName>(
    socket: Client,
    name: N,
    input: unknown,
  ): Promise<Reply<Replies[N]>> {
    const schema: z.ZodType<RequestValue<N>> = Requests[name] as unknown as z.ZodType<
      RequestValue<N>
    >;
    const parsed = schema.safeParse(input);
    if (!parsed.success) {
      const issue = parsed.error.issues[0];
      const where = issue === undefined || issue.path.length === 0 ? name : issue.path.join('.');
      return refuse('bad-message', `${where}: ${issue?.message ?? 'not understood'}`);
    }
    try {
      return await handlers[name](socket, parsed.data);
    } catch (error) {
      counters.failures += 1;
      onError(error);
      return refuse('internal');
    }
  }

  return {
    async dispose() {
      for (const timer of timers.values()) clearTimeout(timer);
      io.disconnectSockets(true);
      await Promise.allSettled([...pending]);
      await io.close();
      await Promise.allSettled([...pending]);
      for (const timer of timers.values()) clearTimeout(timer);
      redis?.disconnect();
    },
  };
}

function isRequest(name: string): name is RequestName {
  return Object.hasOwn(Requests, name);
}
