/**
 * One room, live: joins at every (re)connection, folds deltas, and closes gaps by asking for what is
 * missing. While the coordinator is away the last state stays. At most one join or sync is under
 * way, and deltas that arrive meanwhile and do not fit are covered by its answer or by the next gap.
 * While the room is frozen it goes on folding, and shows what the room stands still at (held.ts): what it
 * held then, or, come later, what the coordinator kept.
 */

import type { Client, Offline } from '../../client/client.ts';
import type {
  FrozenEvidence,
  Presence,
  Refusal,
  RoomSnapshot,
  RunPlace,
} from '../../server/protocol.ts';
import { mayAct, PASSING, type RefusalReason } from '../../server/vocabulary.ts';
import { heldAfter, renamed, shownOf, waitingBehind } from './held.ts';
import { fold, foldRuns, foldVerdict, type RoomState } from './room-state.ts';
import { unpackRuns } from './run-pages.ts';

/** Between two attempts to join while connected. */
const REJOIN_MS = 1_000;

export type Room =
  | { readonly kind: 'joining' }
  /** The coordinator knows no such room, or refused us: a sentence. */
  | { readonly kind: 'refused'; readonly message: string; readonly missing: boolean }
  | {
      readonly kind: 'in';
      readonly state: RoomState;
      /** Results that came since the room was frozen, and are not shown. */
      readonly waiting: number;
      readonly self: RoomSnapshot['self'];
      readonly presence: Presence;
    };

export interface RoomStore {
  current(): Room;
  subscribe(fn: () => void): () => void;
  /** The new nickname, once the coordinator has confirmed it. */
  renamed(nickname: string): void;
  /** Leaves the room and lets go of the client. */
  dispose(): void;
}

type Here = Pick<Extract<Room, { readonly kind: 'in' }>, 'self' | 'presence'>;

const isPassing = (reason: RefusalReason | 'offline') =>
  reason === 'offline' || PASSING.has(reason);

/** Joins the room with this code through this client, by an invitation if there is one. */
export function createRoomStore(
  client: Client,
  code: string,
  invitation: string | null = null,
): RoomStore {
  let room: Room = { kind: 'joining' };
  /** Who we are there and with whom, once we have joined. */
  let here: Here | null = null;
  let latest: RoomState | null = null;
  let held: FrozenEvidence | null = null;
  /** The number for which the coordinator has answered what the room stands still at. */
  let answered: number | null = null;
  /** Names changed with nothing else: everything is to be read again. */
  let stale = false;
  let asking = false;
  let askingFrozen = false;
  let disposed = false;
  /** Which snapshot is the newest: pages that were asked for after another are of no use. */
  let snapshots = 0;
  const listeners = new Set<() => void>();

  const set = (next: Room) => {
    if (disposed) return;
    room = next;
    for (const fn of listeners) fn();
  };

  /** Takes a state over; a whole one brings the names of everybody with it. */
  const show = (next: RoomState, isWhole: boolean) => {
    const hidden = latest?.investigation.room.anonymous ?? next.investigation.room.anonymous;
    stale = !isWhole && (stale || hidden !== next.investigation.room.anonymous);
    latest = next;
    const evidence = heldAfter(isWhole ? renamed(held, next) : held, next);
    if (evidence !== 'unknown') display(evidence);
    else if (answered === next.investigation.room.frozen) display(null);
    // Until it is known what the room stands still at, the page shows what it showed.
    else void askFrozen();
    if (stale) void sync(0);
    if (!isWhole) return;
    snapshots += 1;
    if (next.loading !== null) void load(snapshots, null);
  };

  /** Asks for runs, page by page, until all are there or another snapshot asks for them anew. */
  const load = async (of: number, after: RunPlace | null): Promise<void> => {
    const reply = await client.request('room.runs', { code, after });
    if (!reply.ok) {
      if (isPassing(reply.reason)) again(() => load(of, after), reply);
      return;
    }
    const runs = await unpackRuns(reply.value);
    if (disposed || of !== snapshots || latest === null) return;
    const { next } = reply.value;
    show(foldRuns(latest, runs, next === null), false);
    if (next !== null) await load(of, next);
  };

  const display = (evidence: FrozenEvidence | null) => {
    held = evidence;
    if (latest === null || here === null) return;
    const [state, waiting] = [shownOf(held, latest), waitingBehind(held, latest)];
    set({ kind: 'in', state, waiting, ...here });
  };

  const askFrozen = async () => {
    if (askingFrozen) return;
    askingFrozen = true;
    const about = latest?.investigation.room.frozen ?? null;
    const reply = await client.request('room.frozen', { code });
    askingFrozen = false;
    if (disposed || latest === null) return;
    if (!reply.ok && isPassing(reply.reason)) return again(askFrozen, reply);
    // Refused: it goes on meanwhile, and the delta that says so is on its way.
    answered = about;
    if (reply.ok) held = reply.value;
    show(latest, false);
  };

  const join = async () => {
    if (asking) return;
    asking = true;
    const by = invitation === null ? {} : { invitation };
    const reply = await client.request('room.join', { code, ...by });
    asking = false;
    if (reply.ok) {
      here = { self: reply.value.self, presence: reply.value.presence };
      const folded = fold(latest, reply.value.delta);
      if (folded.kind === 'applied') show(folded.state, true);
    } else if (isPassing(reply.reason)) {
      // Connected, but nobody could answer now. Not connected: the next connection joins.
      again(join, reply);
    } else if (room.kind !== 'in') {
      const missing = reply.reason === 'not-found' || reply.reason === 'bad-message';
      set({ kind: 'refused', message: reply.message, missing });
    }
  };

  function again(ask: () => Promise<void>, reply: Refusal | Offline): void {
    if (!client.isConnected()) return;
    setTimeout(
      () => {
        if (!disposed && client.isConnected()) void ask();
      },
      ('retryInMs' in reply ? reply.retryInMs : undefined) ?? REJOIN_MS,
    );
  }

  const sync = async (from: number) => {
    if (asking) return;
    asking = true;
    const reply = await client.request('room.sync', { code, from });
    asking = false;
    if (here === null) return;
    if (!reply.ok) {
      if (isPassing(reply.reason)) again(() => sync(from), reply);
      return;
    }
    const folded = fold(latest, reply.value);
    if (folded.kind === 'applied') show(folded.state, from === 0);
    // Deltas went on past the answer while it was under way: ask from where we stand now.
    if (folded.kind === 'gap') void sync(folded.have);
    else if (stale) void sync(0);
  };

  const offDelta = client.on('room.delta', (delta) => {
    if (delta.code !== code || here === null) return;
    const folded = fold(latest, delta);
    if (folded.kind === 'applied') show(folded.state, delta.from === 0);
    if (folded.kind === 'gap') void sync(folded.have);
  });
  const offVerdict = client.on('room.verdict', (pushed) => {
    if (pushed.code !== code || here === null) return;
    const folded = foldVerdict(latest, pushed);
    if (folded.kind === 'applied') show(folded.state, false);
    if (folded.kind === 'gap') void sync(folded.have);
  });
  const offPresence = client.on('room.presence', (presence) => {
    if (presence.code !== code || here === null) return;
    const { self } = here;
    const role = presence.members.find(({ id }) => id === self.id)?.role ?? self.role;
    here = { presence, self: { ...self, role } };
    if (room.kind === 'in') set({ ...room, ...here });
    // Names that were hidden from the role before are not from this one, or the other way round.
    if (latest?.investigation.room.anonymous !== true) return;
    if (mayAct(role, 'present') === mayAct(self.role, 'present')) return;
    stale = true;
    void sync(0);
  });
  const offConnected = client.onConnected(() => void join());
  if (client.isConnected()) void join();

  return {
    current: () => room,
    subscribe(fn) {
      listeners.add(fn);
      return () => listeners.delete(fn);
    },
    renamed(nickname) {
      if (here === null || room.kind !== 'in') return;
      here = { ...here, self: { ...here.self, nickname } };
      set({ ...room, ...here });
    },
    dispose() {
      disposed = true;
      offDelta();
      offVerdict();
      offPresence();
      offConnected();
      if (client.isConnected()) void client.request('room.leave', { code });
    },
  };
}
