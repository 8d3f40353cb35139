/**
 * One room, live: joins at every (re)connection, folds deltas, and closes gaps by asking for what is
 * missing. While the coordinator is away the last state stays. At most one join or sync is under
 * way, and deltas that arrive meanwhile and do not fit are covered by its answer or by the next gap.
 */

import type { Client, Offline } from '../../client/client.ts';
import {
  PASSING,
  type Presence,
  type Refusal,
  type RefusalReason,
  type RoomSnapshot,
} from '../../server/protocol.ts';
import { fold, type RoomState } from './room-state.ts';

/** Between two attempts to join while connected. */
const REJOIN_MS = 1_000;

export type Room =
  | { readonly kind: 'joining' }
  /** The coordinator knows no such room, or refused us: a sentence. */
  | { readonly kind: 'refused'; readonly message: string; readonly missing: boolean }
  | {
      readonly kind: 'in';
      readonly state: RoomState;
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

const isPassing = (reason: RefusalReason | 'offline') =>
  reason === 'offline' || PASSING.has(reason);

/** Joins the room with this code through this client. */
export function createRoomStore(client: Client, code: string): RoomStore {
  let room: Room = { kind: 'joining' };
  let asking = false;
  let disposed = false;
  const listeners = new Set<() => void>();

  const set = (next: Room) => {
    if (disposed) return;
    room = next;
    for (const fn of listeners) fn();
  };

  const join = async () => {
    if (asking) return;
    asking = true;
    const reply = await client.request('room.join', { code });
    asking = false;
    if (reply.ok) {
      const { self, presence, delta } = reply.value;
      const folded = fold(null, delta);
      if (folded.kind === 'applied') set({ kind: 'in', state: folded.state, self, presence });
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
    if (room.kind !== 'in') return;
    if (!reply.ok) {
      if (isPassing(reply.reason)) again(() => sync(from), reply);
      return;
    }
    const folded = fold(room.state, reply.value);
    if (folded.kind === 'applied') set({ ...room, state: folded.state });
    // Deltas went on past the answer while it was under way: ask from where we stand now.
    if (folded.kind === 'gap') void sync(folded.have);
  };

  const offDelta = client.on('room.delta', (delta) => {
    if (delta.code !== code || room.kind !== 'in') return;
    const folded = fold(room.state, delta);
    if (folded.kind === 'applied') set({ ...room, state: folded.state });
    if (folded.kind === 'gap') void sync(folded.have);
  });
  const offPresence = client.on('room.presence', (presence) => {
    if (presence.code === code && room.kind === 'in') set({ ...room, presence });
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
      if (room.kind === 'in') set({ ...room, self: { ...room.self, nickname } });
    },
    dispose() {
      disposed = true;
      offDelta();
      offPresence();
      offConnected();
      if (client.isConnected()) void client.request('room.leave', { code });
    },
  };
}
