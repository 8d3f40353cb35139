/**
 * The coordinator on an HTTP server: sockets in, decisions by the database, deltas and presence out.
 * It keeps in memory only what can be lost: which sockets are here, and what they were told.
 */
import type { Server as HttpServer } from 'node:http';
import { createAdapter } from '@socket.io/redis-streams-adapter';
import { Redis } from 'ioredis';
import { Server, type Socket } from 'socket.io';
import type { z } from 'zod';
import type { OpenDatabase } from '../db/open.ts';
import { deviceOfKey } from './auth.ts';
import { addClaim, replyToClaim, withdrawClaim } from './claims.ts';
import { type Counters, countRefusal } from './counters.ts';
import { createFeed } from './feed.ts';
import { controlInvestigation, findInvestigation, openInvestigation } from './investigations.ts';
import { applyEvent, leaseShard } from './leases.ts';
import { renameDevice, settleNickname } from './nicknames.ts';
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
import { submitResult } from './results.ts';
import { presenceOf, type SocketData } from './rooms.ts';
import { createSocketLeases } from './socket-lease.ts';

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
  const feed = createFeed(
    db,
    (code) => io.of('/').adapter.rooms.has(code),
    (delta) => io.local.to(delta.code).emit('room.delta', delta),
  );
  io.of('/').adapter.on('delete-room', feed.forget);
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

  const sendDelta = (code: string) => soon(`delta ${code}`, DELTA_EVERY_MS, () => feed.push(code));
  const sendPresence = (code: string) =>
    soon(`presence ${code}`, PRESENCE_EVERY_MS, async () => {
      const found = await findInvestigation(db, code);
      if (found === null) return;
      const present = (await socketsIn(code)).map((s) => s.data);
      io.local.to(code).emit('room.presence', await presenceOf(db, found, present, Date.now()));
    });
  const roomChanged = (code: string) => {
    sendDelta(code);
    if (redis !== null) io.serverSideEmit('room.changed', code);
  };
  const presenceChanged = (code: string) => {
    sendPresence(code);
    if (redis !== null) io.serverSideEmit('presence.changed', code);
  };
  const leases = createSocketLeases(db, presenceChanged);
  io.on('room.changed', sendDelta);
  io.on('presence.changed', sendPresence);

  /** The sockets in a room, at every coordinator; those here alone while another does not answer. */
  async function socketsIn(room: string) {
    try {
      return await io.in(room).fetchSockets();
    } catch {
      return await io.local.in(room).fetchSockets();
    }
  }

  /** Codes of the rooms that a socket, here or at another coordinator, is in. */
  const codesOf = (s: Pick<Client, 'id' | 'rooms' | 'data'>): string[] =>
    [...s.rooms].filter((room) => room !== s.id && room !== socketsOf(s.data.deviceId));

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
      const { deviceId } = socket.data;
      await socket.join(code);
      const present = (await socketsIn(code)).map((s) => s.data);
      const others = present.map((d) => d.deviceId).filter((id) => id !== deviceId);
      const nickname = await settleNickname(db, deviceId, others);
      return await feed.inTurn(code, async () => {
        const found = await findInvestigation(db, code);
        if (found === null) {
          await socket.leave(code);
          return refuse(
            'not-found',
            `There is no room ${code}. Check the code with whoever gave it to you.`,
          );
        }
        presenceChanged(code);
        const role = found.owner === deviceId ? 'owner' : 'member';
        const presence = await presenceOf(db, found, present, Date.now());
        const delta = await feed.read(found, 0);
        return { ok: true, value: { self: { id: deviceId, nickname, role }, presence, delta } };
      });
    },
    'room.leave': async (socket, { code }) => {
      await socket.leave(code);
      presenceChanged(code);
      return { ok: true, value: null };
    },
    'room.sync': async (_, { code, from }) => {
      return await feed.inTurn(code, async () => {
        const found = await findInvestigation(db, code);
        return found === null
          ? refuse('not-found', `There is no room ${code}.`)
          : { ok: true, value: await feed.read(found, from) };
      });
    },
    'device.rename': async (socket, input) => {
      const { deviceId } = socket.data;
      // The name is the device's, wherever it sits: in all rooms of all its sockets.
      const own = await socketsIn(socketsOf(deviceId));
      const rooms = [...new Set(own.flatMap(codesOf))];
      const present = (await Promise.all(rooms.map(socketsIn))).flat();
      const others = present.map((s) => s.data.deviceId).filter((id) => id !== deviceId);
      const renamed = await renameDevice(db, deviceId, input.nickname, others);
      if ('ok' in renamed) return renamed;
      for (const code of rooms) presenceChanged(code);
      return { ok: true, value: renamed };
    },
    'lease.request': async (socket, { code, device: report }) => {
      const { deviceId } = socket.data;
      const now = Date.now();
      const leased = await leaseShard(db, { code, device: deviceId, report, now, softMs, hardMs });
      if ('ok' in leased) return leased;
      await leases.begins(socket, leased.held);
      return { ok: true, value: leased.lease };
    },
    'lease.progress': async (socket, input) => {
      const { deviceId } = socket.data;
      const { shard, ...told } = input;
      const now = Date.now();
      const outcome = await applyEvent(db, shard, {
        ...{ kind: 'progress', device: deviceId, now, softMs, hardMs, ...told },
      });
      if (outcome.kind === 'renewed') {
        await leases.goesOn(socket, input, outcome);
        return { ok: true, value: { softMs, hardMs } };
      }
      if (outcome.kind !== 'refused') throw new Error(`Progress cannot end as ${outcome.kind}.`);
      leases.ends(socket, shard, input.attempt);
      return refuse(outcome.reason);
    },
    'lease.release': async (socket, { shard, attempt }) => {
      const { deviceId } = socket.data;
      const release = { kind: 'release', attempt, device: deviceId, softAt: null } as const;
      const outcome = await applyEvent(db, shard, release);
      leases.ends(socket, shard, attempt);
      return outcome.kind === 'refused' ? refuse(outcome.reason) : { ok: true, value: null };
    },
    'result.submit': async (socket, input) => {
      const { outcome, code, problem } = await submitResult(
        db,
        socket.data.deviceId,
        input,
        Date.now(),
      );
      leases.ends(socket, input.shard, input.attempt);
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
        socket.data = { deviceId: device.id, lease: null };
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
    void socket.join(socketsOf(socket.data.deviceId));
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
      const rooms = codesOf(socket);
      background(
        leases.vanishes(socket).then(() => {
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
      // Of this coordinator alone: the others' people stay.
      io.local.disconnectSockets(true);
      await Promise.allSettled([...pending]);
      await io.close();
      await Promise.allSettled([...pending]);
      for (const timer of timers.values()) clearTimeout(timer);
      redis?.disconnect();
    },
  };
}

/** The room of all sockets of a device. */
const socketsOf = (deviceId: string) => `device:${deviceId}`;

function isRequest(name: string): name is RequestName {
  return Object.hasOwn(Requests, name);
}
