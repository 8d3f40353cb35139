/**
 * The coordinator on an HTTP server: sockets in, decisions by the database, deltas and presence out.
 * It keeps in memory only what can be lost: which sockets are here, and what they were told.
 */
import type { Server as HttpServer } from 'node:http';
import { Server } from 'socket.io';
import type { z } from 'zod';
import type { OpenDatabase } from '../db/open.ts';
import { addressOfSocket, CLOSING_RETRY_MS, createAdmission } from './admission.ts';
import { type AuditAnswer, answerAudits, answersOf, declineOverdue } from './audits.ts';
import { devicesOfKeys } from './auth.ts';
import { batched } from './batch.ts';
import { addClaim, editClaim, reaffirmClaim, resolveClaim } from './claims/claims.ts';
import { historyFor, logFor, moderate, queueFor } from './claims/moderation.ts';
import { editReply, replyToClaim, setWithdrawn } from './claims/replies.ts';
import { controlInvestigation } from './control.ts';
import { type Counters, countRefusal } from './counters.ts';
import { groupByEyes, leadersOf, tellEyes } from './eyes.ts';
import { openFanout } from './fanout.ts';
import { createFeed } from './feed.ts';
import { readFrozen } from './freezing.ts';
import { takeHandover } from './handovers.ts';
import { findInvestigation, type Investigation, openInvestigation } from './investigations.ts';
import type { BetweenCoordinators, Client, Handlers, Io } from './io.ts';
import { leadingHandlers } from './leading-handlers.ts';
import { applyEvent, type LeaseInput, leaseShards } from './leases.ts';
import { createGate, type Gate, type Limits } from './limits.ts';
import type { Log } from './log.ts';
import { admit, type Entrant, memberRole } from './members.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { seesNames } from './neutral-names.ts';
import { type Joiner, renameDevice, settleNicknames } from './nicknames.ts';
import { peopleIn } from './people.ts';
import { refuseRequest } from './permissions.ts';
import { createPlaces } from './places.ts';
import {
  type Refusal,
  type Replies,
  type Reply,
  type RequestName,
  Requests,
  type RequestValue,
} from './protocol.ts';
import { refuse } from './refusal.ts';
import { remembered } from './remembered.ts';
import { saveReport, sharedIn } from './reports.ts';
import { type Submission, submitResults } from './results.ts';
import { presenceOf, type SocketData, withMember } from './rooms.ts';
import { createRunPages } from './run-pages.ts';
import { importSnapshot, takeSnapshot } from './snapshots.ts';
import { createSocketLeases } from './socket-lease.ts';
import { createTasks } from './tasks.ts';
import { LIMITS } from './vocabulary.ts';
import { codesOf, createWhereabouts, socketsOf, socketsOfKey, worksFor } from './whereabouts.ts';

/**
 * Rooms of more people are told less often, in proportion: everybody's coming is told to everybody, and
 * a message to each of a thousand takes ten times as long as to each of a hundred. What changes after a
 * while of quiet is told at once; this is the pause after it.
 */
const DELTA = { everyMs: 60, people: 40, mostMs: 1_500 };
const PRESENCE = { everyMs: 500, people: 20, mostMs: 5_000 };
const CURSORS = { everyMs: 33, people: 30, mostMs: 1_000 };
/** So long what a frozen room stands still at is given again without reading it. */
const FROZEN_MS = 1_000;
/** In a room of more people, who joins is shown who was there a moment ago. */
const CROWD = 100;
/** Rooms are compared with the database so often: a hint of another coordinator may be lost. */
const CATCH_UP_EVERY_MS = 2_000;
/** Results whose states were asked for in vain are looked for so often. */
const DECLINE_EVERY_MS = 30_000;
/** A socket whose messages were refused so often in a row, for coming too fast, is cut off. */
const FLOOD = 200;
/** What is under way when we stop has so long to end and be answered. */
const DRAIN_MS = 2_000;

/** So many results, or leases, share a transaction at most: it holds its rooms for as long as all take. */
const BATCH = 256;

export interface CoordinatorParts {
  readonly database: OpenDatabase;
  readonly server: HttpServer;
  readonly counters: Counters;
  readonly redisUrl: string | null;
  readonly softMs: number;
  readonly hardMs: number;
  /** How often a volunteer hands over what it trained of a long shard. */
  readonly handoverMs: number;
  readonly limits: Limits;
  /** How many proxies of our own stand before us. */
  readonly proxies: number;
  /** Whether segments of results are drawn to be replayed. */
  readonly verify: boolean;
  readonly log: Log;
  readonly onError: (error: unknown) => void;
}

export interface Coordinator {
  readonly metrics: Metrics;
  readonly gate: Gate;
  /** Where Redis and this coordinator stand, for whoever asks after their health. */
  state(): { readonly redis: 'none' | 'ok' | 'away'; readonly closing: boolean };
  /** Rooms changed otherwise than by a message: their sockets are told. */
  changed(codes: readonly string[]): void;
  /** The browser with this key is another person now: its sockets come anew, to whichever coordinator. */
  reconnect(keyHash: string): void;
  /** Takes no new work, lets what is under way be answered, disconnects, hands leases back. */
  dispose(): Promise<void>;
}

/** Attaches the coordinator to the server. */
export function createCoordinator(parts: CoordinatorParts): Coordinator {
  const { database, counters, softMs, hardMs, handoverMs, log, onError } = parts;
  const { db } = database;
  const fanout = openFanout(parts.redisUrl, onError);
  const tasks = createTasks(onError);
  const gate = createGate(parts.limits);
  const io: Io = new Server(parts.server, {
    perMessageDeflate: false,
    maxHttpBufferSize: LIMITS.messageBytes,
    pingInterval: 5_000,
    pingTimeout: 5_000,
    ...(fanout.adapter === undefined ? {} : { adapter: fanout.adapter }),
  });
  const metrics = createMetrics(counters, () => io.of('/').sockets.size);
  const feed = createFeed(db, {
    hasSockets: (code) => io.of('/').adapter.rooms.has(code),
    send: (delta) => tellEyes(io, delta.named.code, 'room.delta', delta),
    sendVerdict: (verdict) => tellEyes(io, verdict.named.code, 'room.verdict', verdict),
    verdictDue: (code) => sendVerdict(code),
  });
  io.of('/').adapter.on('delete-room', (room: string) => {
    feed.forget(room);
    cursors.forget(room);
  });
  const whereabouts = createWhereabouts(io, () => fanout.state() === 'ok');
  let closing = false;

  const paceIn = (code: string, { everyMs, people, mostMs }: typeof DELTA) => {
    const here = io.of('/').adapter.rooms.get(code)?.size ?? 0;
    return Math.min(mostMs, everyMs * Math.max(1, here / people));
  };

  /** When each room's first result was accepted that it has not been told of. */
  const untold = new Map<string, number>();
  const sendDelta = (code: string) =>
    tasks.paced(
      `delta ${code}`,
      () => paceIn(code, DELTA),
      async () => {
        const since = untold.get(code);
        untold.delete(code);
        await feed.push(code);
        if (since !== undefined) metrics.told((performance.now() - since) / 1000);
      },
    );
  const sendVerdict = (code: string) =>
    tasks.paced(
      `verdict ${code}`,
      () => paceIn(code, DELTA),
      async () => await feed.pushVerdict(code),
    );
  const sendPresence = (code: string) =>
    tasks.soon(`presence ${code}`, paceIn(code, PRESENCE), async () => {
      // Where volunteers work and nobody looks, there is nobody to tell.
      if (!io.of('/').adapter.rooms.has(code)) return;
      const found = await findInvestigation(db, code);
      if (found === null) return;
      const present = await whereabouts.presentIn(code);
      tellEyes(io, code, 'room.presence', await presenceOf(db, found, present, Date.now()));
    });
  /** What the others miss while Redis is away, they find in the database. */
  const tellOthers = (hint: keyof BetweenCoordinators, code: string) => {
    if (fanout.state() === 'ok') io.serverSideEmit(hint, code);
  };
  const roomChanged = (code: string) => {
    sendDelta(code);
    tellOthers('room.changed', code);
  };
  const presenceChanged = (code: string) => {
    sendPresence(code);
    tellOthers('presence.changed', code);
  };
  const leases = createSocketLeases(db, presenceChanged);
  const deviceOf = batched((keys: readonly string[]) => devicesOfKeys(db, keys), BATCH);
  const settle = batched((joiners: readonly Joiner[]) => settleNicknames(db, joiners), BATCH);
  /** For a crowd that joins at once: who was there a moment ago. */
  const glance = remembered(
    PRESENCE.everyMs,
    (found: Investigation, present: readonly SocketData[]) =>
      presenceOf(db, found, present, Date.now()),
  );
  /** For a crowd that comes into a frozen room at once. */
  const standing = remembered(FROZEN_MS, (found: Investigation) => readFrozen(db, found));
  const runPages = createRunPages(db);
  const places = createPlaces(db);
  const enter = batched((entrants: readonly Entrant[]) => admit(db, entrants), BATCH);
  const lease = batched((inputs: readonly LeaseInput[]) => leaseShards(db, places, inputs), BATCH);
  const submit = batched(async (results: readonly Submission[]) => {
    const startedAt = performance.now();
    const answers = await submitResults(db, results, parts.verify);
    metrics.batch(results.length, (performance.now() - startedAt) / 1000);
    return answers;
  }, BATCH);
  const answer = batched((answers: readonly AuditAnswer[]) => answerAudits(db, answers), BATCH);
  io.on('room.changed', sendDelta);
  io.on('presence.changed', sendPresence);
  tasks.every(DECLINE_EVERY_MS, async () => {
    for (const code of await declineOverdue(db, Date.now())) roomChanged(code);
  });
  tasks.every(CATCH_UP_EVERY_MS, async () => {
    for (const code of await feed.behind()) sendDelta(code);
  });

  /** Everybody in a room, at every coordinator that can be reached. What is missed is not missed. */
  const passingTo = (code: string) => (fanout.state() === 'ok' ? io : io.local).volatile.to(code);
  /** Pointers of a room are told together: what is sent grows with the room, and not with its square. */
  const sendCursors = (code: string) =>
    tasks.soon(`cursors ${code}`, paceIn(code, CURSORS), async () => {
      passingTo(code).emit('room.cursors', cursors.take(code));
    });

  async function regroup(code: string, devices: readonly string[]): Promise<void> {
    const found = await findInvestigation(db, code);
    if (found === null) return;
    for (const socket of await whereabouts.socketsIn(code)) {
      const { deviceId } = socket.data;
      if (!devices.includes(deviceId)) continue;
      await groupByEyes(socket, code, await memberRole(db, found, deviceId));
    }
  }
  const { handlers: leading, cursors } = leadingHandlers({
    db,
    changed(code) {
      roomChanged(code);
      presenceChanged(code);
    },
    pointed: sendCursors,
    presented: (code, view, from) =>
      passingTo(code).except(from.id).emit('present.view', { code, view }),
    regrouped: regroup,
  });

  const changed = async (
    act: Promise<{ readonly code: string; readonly id: string } | Refusal>,
  ) => {
    const result = await act;
    if (!('ok' in result)) roomChanged(result.code);
    return result;
  };

  /** A change whose answer is only that it is done. */
  const done = async (result: ReturnType<typeof editClaim>): Promise<Reply<null>> => {
    const outcome = await changed(result);
    return 'ok' in outcome ? outcome : { ok: true, value: null };
  };

  const handlers: Handlers = {
    'investigation.open': async (socket, input) => {
      const opened = await openInvestigation(db, socket.data.deviceId, input);
      return 'ok' in opened ? opened : { ok: true, value: opened };
    },
    'investigation.control': async (_, input) => {
      const result = await controlInvestigation(db, input);
      if ('ok' in result) return result;
      roomChanged(input.code);
      presenceChanged(input.code);
      return { ok: true, value: result };
    },
    'room.join': async (socket, { code, invitation = null }) => {
      const { deviceId } = socket.data;
      if (!socket.rooms.has(code) && codesOf(socket).length >= LIMITS.roomsPerSocket) {
        return refuse('not-allowed', 'That is too many rooms at once. Leave one of them first.');
      }
      const role = await enter({ code, device: deviceId, invitation, now: Date.now() });
      if (typeof role === 'object') return role;
      const others = socket.data.views.filter((c) => c !== code);
      socket.data.views = role === 'viewer' ? [...others, code] : others;
      // Before the room: no name is told on the way that this role does not see.
      await groupByEyes(socket, code, role);
      await socket.join(code);
      const present = await whereabouts.presentIn(code);
      const nickname = await settle({
        ...{ device: deviceId, room: code },
        others: present.map((d) => d.deviceId),
      });
      return await feed.inTurn(code, async () => {
        const found = await findInvestigation(db, code);
        if (found === null) throw new Error(`The room ${code} is gone.`);
        presenceChanged(code);
        const self = { id: deviceId, nickname, role } as const;
        const presence =
          present.length <= CROWD
            ? await presenceOf(db, found, present, Date.now())
            : withMember(await glance(`${code} ${found.anonymous}`, found, present), found, {
                ...self,
                work: null,
              });
        const delta = await feed.snapshot(code, found.seq);
        if (delta === null) throw new Error(`The room ${code} is gone.`);
        const eyes = seesNames(role) ? 'named' : 'shown';
        return { ok: true, value: { self, presence: presence[eyes], delta: delta[eyes] } };
      });
    },
    'room.leave': async (socket, { code }) => {
      await socket.leave(code);
      await socket.leave(leadersOf(code));
      socket.data.views = socket.data.views.filter((c) => c !== code);
      presenceChanged(code);
      return { ok: true, value: null };
    },
    'room.sync': async (socket, { code, from }) => {
      return await feed.inTurn(code, async () => {
        const delta = await feed.read(code, from);
        if (delta === null) return refuse('not-found', `There is no room ${code}.`);
        const eyes = socket.rooms.has(leadersOf(code)) ? 'named' : 'shown';
        return { ok: true, value: delta[eyes] };
      });
    },
    'room.runs': async (socket, { code, after }) => {
      const page = await runPages(code, after);
      if (page === null) return refuse('not-found', `There is no room ${code}.`);
      const eyes = socket.rooms.has(leadersOf(code)) ? 'named' : 'shown';
      return { ok: true, value: page[eyes] };
    },
    'room.frozen': async (socket, { code }) => {
      const found = await findInvestigation(db, code);
      if (found === null) return refuse('not-found', `There is no room ${code}.`);
      const kept = await standing(`${code} ${found.frozenAt} ${found.anonymous}`, found);
      if (kept === null) return refuse('not-found', 'The charts of this room do not stand still.');
      return { ok: true, value: kept[socket.rooms.has(leadersOf(code)) ? 'named' : 'shown'] };
    },
    ...leading,
    'room.people': async (socket, { code }) =>
      answered(await peopleIn(db, socket.data.deviceId, code)),
    'device.rename': async (socket, input) => {
      const { deviceId } = socket.data;
      // The name is the device's, wherever it sits: in all rooms of all its sockets.
      const own = await whereabouts.socketsIn(socketsOf(deviceId));
      const rooms = [...new Set(own.flatMap(codesOf))];
      const present = rooms.length === 0 ? [] : await whereabouts.socketsIn(...rooms);
      const others = present.map((s) => s.data.deviceId).filter((id) => id !== deviceId);
      const renamed = await renameDevice(db, deviceId, input.nickname, others);
      if ('ok' in renamed) return renamed;
      for (const code of rooms) presenceChanged(code);
      return { ok: true, value: renamed };
    },
    'lease.request': async (socket, { code, device: report }) => {
      const { deviceId } = socket.data;
      const now = Date.now();
      const terms = { softMs, hardMs, handoverMs };
      const leased = await lease({ code, device: deviceId, report, now, ...terms });
      if ('ok' in leased) return leased;
      await leases.begins(socket, leased.held);
      await worksFor(socket);
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
        await worksFor(socket);
        return { ok: true, value: { softMs, hardMs } };
      }
      if (outcome.kind !== 'refused') throw new Error(`Progress cannot end as ${outcome.kind}.`);
      leases.ends(socket, shard, input.attempt);
      return refuse(outcome.reason);
    },
    'lease.handover': async (socket, input) =>
      answered(
        await takeHandover(db, {
          ...{ device: socket.data.deviceId, input, now: Date.now() },
          ...{ everyMs: handoverMs, verify: parts.verify },
        }),
      ),
    'lease.release': async (socket, { shard, attempt }) => {
      const { deviceId } = socket.data;
      const release = { kind: 'release', attempt, device: deviceId, softAt: null } as const;
      const outcome = await applyEvent(db, shard, release);
      leases.ends(socket, shard, attempt);
      return outcome.kind === 'refused' ? refuse(outcome.reason) : { ok: true, value: null };
    },
    'result.submit': async (socket, input) => {
      const { deviceId } = socket.data;
      const now = Date.now();
      const { outcome, code, problem, asks } = await submit({ device: deviceId, input, now });
      leases.ends(socket, input.shard, input.attempt);
      switch (outcome.kind) {
        case 'accepted':
          counters.accepted += 1;
          if (code !== null) {
            untold.set(code, untold.get(code) ?? performance.now());
            roomChanged(code);
            presenceChanged(code);
          }
          return { ok: true, value: { outcome: 'accepted', asks } };
        case 'already-accepted':
        case 'superseded':
          return { ok: true, value: { outcome: outcome.kind, asks } };
        case 'refused':
          return refuse(
            outcome.reason,
            outcome.reason === 'invalid-result' || outcome.reason === 'stopped'
              ? (problem ?? undefined)
              : undefined,
          );
        case 'leased':
        case 'renewed':
        case 'released':
        case 'withdrawn':
        case 'recalled':
          throw new Error(`A submission cannot end as ${outcome.kind}.`);
      }
    },
    'audit.answer': async (socket, input) => {
      const answers = answersOf(socket.data.deviceId, input);
      if (answers === null) {
        return refuse('bad-message', 'The states do not have the length that the message says.');
      }
      const all = await Promise.all(answers.map(answer));
      for (const code of new Set(all.flatMap(({ rooms }) => rooms))) roomChanged(code);
      const outcomes = new Set(all.map(({ outcome }) => outcome));
      if (outcomes.has('wrong')) {
        return refuse(
          'invalid-result',
          'These are not the states that were committed, so the result is not counted.',
        );
      }
      return outcomes.has('not-found')
        ? refuse('not-found', 'No such segment of a result of this device is asked for.')
        : { ok: true, value: null };
    },
    'claim.add': async (socket, input) => {
      const result = await changed(addClaim(db, socket.data.deviceId, input));
      return 'ok' in result ? result : { ok: true, value: { claim: result.id } };
    },
    'claim.reply': async (socket, input) => {
      const result = await changed(replyToClaim(db, socket.data.deviceId, input));
      return 'ok' in result ? result : { ok: true, value: { reply: result.id } };
    },
    'claim.edit': async (socket, input) => await done(editClaim(db, socket.data.deviceId, input)),
    'claim.reaffirm': async (socket, input) =>
      await done(reaffirmClaim(db, socket.data.deviceId, input)),
    'claim.withdraw': async (socket, input) =>
      await done(setWithdrawn(db, socket.data.deviceId, input, true)),
    'claim.restore': async (socket, input) =>
      await done(setWithdrawn(db, socket.data.deviceId, input, false)),
    'claim.resolve': async (socket, input) =>
      await done(resolveClaim(db, socket.data.deviceId, input)),
    'reply.edit': async (socket, input) => await done(editReply(db, socket.data.deviceId, input)),
    'claims.moderate': async (socket, input) =>
      await done(moderate(db, socket.data.deviceId, input)),
    'claim.history': async (socket, { claim }) =>
      answered(await historyFor(db, socket.data.deviceId, claim)),
    'claims.queue': async (socket, { code }) =>
      answered(await queueFor(db, socket.data.deviceId, code)),
    'claims.log': async (_, { code }) => answered(await logFor(db, code)),
    'snapshot.take': async (socket, input) =>
      answered(await takeSnapshot(db, socket.data.deviceId, input)),
    'snapshot.import': async (socket, { file }) =>
      answered(await importSnapshot(db, socket.data.deviceId, file)),
    'report.save': async (socket, input) =>
      answered(await saveReport(db, socket.data.deviceId, input)),
    'room.shared': async (_, { code }) => answered(await sharedIn(db, code)),
  };

  io.use(createAdmission({ ...parts, deviceOf, gate, closing: () => closing }));

  /** Why this message is not looked at; null if it is. */
  function turnedAway(socket: Client, name: string, address: string): Refusal | null {
    if (closing) return refuse('closing', undefined, CLOSING_RETRY_MS);
    const known = isRequest(name) ? name : null;
    const wait = gate.message(socket.data.deviceId, address, known, Date.now());
    if (wait > 0) return refuse('too-many', undefined, wait);
    return known === null
      ? refuse('bad-message', `There is no request “${name.slice(0, 40)}”.`)
      : null;
  }

  io.on('connection', (socket) => {
    counters.connections += 1;
    const address = addressOfSocket(socket, parts.proxies);
    void socket.join([socketsOf(socket.data.deviceId), socketsOfKey(socket.data.keyHash)]);
    let refusedInARow = 0;
    // Every packet, known or not, is answered here: nothing that a stranger sends can throw.
    socket.onAny((name: string, ...args: readonly unknown[]) => {
      const startedAt = performance.now();
      const answer = args.at(-1);
      const reply = (value: Reply<unknown>) => {
        const outcome = value.ok ? 'ok' : value.reason;
        if (!value.ok) countRefusal(counters, isRequest(name) ? name : 'unknown', value.reason);
        if (isRequest(name)) {
          const seconds = (performance.now() - startedAt) / 1000;
          metrics.answered(name, outcome, seconds);
          log.debug({ event: name, device: socket.data.deviceId, outcome, seconds }, 'answered');
        }
        if (typeof answer === 'function') answer(value);
      };
      const refusal = turnedAway(socket, String(name), address);
      refusedInARow = refusal?.reason === 'too-many' ? refusedInARow + 1 : 0;
      if (refusal !== null) reply(refusal);
      else if (isRequest(name)) tasks.background(handle(socket, name, args[0]).then(reply));
      if (refusedInARow < FLOOD) return;
      log.warn({ address, device: socket.data.deviceId }, 'a socket that floods is cut off');
      socket.disconnect(true);
    });
    socket.on('disconnecting', () => {
      const rooms = codesOf(socket);
      tasks.background(
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
      const refused = await refuseRequest(db, socket, name, parsed.data);
      return refused ?? (await handlers[name](socket, parsed.data));
    } catch (error) {
      counters.failures += 1;
      onError(error);
      return refuse('internal');
    }
  }

  return {
    ...{ metrics, gate },
    state: () => ({ redis: fanout.state(), closing }),
    changed: (codes) => codes.forEach(roomChanged),
    reconnect(keyHash) {
      // Pages come back by themselves, and are told who they are then.
      (fanout.state() === 'ok' ? io : io.local).in(socketsOfKey(keyHash)).disconnectSockets(true);
    },
    async dispose() {
      closing = true;
      await tasks.idle(DRAIN_MS);
      // Of this coordinator alone: the others' people stay.
      io.local.disconnectSockets(true);
      await tasks.dispose();
      await io.close();
      await tasks.dispose();
      fanout.dispose();
    },
  };
}

function answered<T extends object>(value: T | Refusal): Reply<T> {
  return 'ok' in value ? (value as Refusal) : { ok: true, value };
}

function isRequest(name: string): name is RequestName {
  return Object.hasOwn(Requests, name);
}
