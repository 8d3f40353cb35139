/**
 * One room, live: joins at every (re)connection, folds deltas, and closes gaps by asking for what is
 * missing. While the coordinator is away the last state stays. At most one join or sync is under
 * way, and deltas that arrive meanwhile and do not fit are covered by its answer or by the next gap.
 */
import type { Presence, RoomSnapshot } from '../../server/protocol.ts';
import type { Client } from './client.ts';
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
    } else if (reply.reason !== 'offline' && room.kind !== 'in') {
      const missing = reply.reason === 'not-found' || reply.reason === 'bad-message';
      set({ kind: 'refused', message: reply.message, missing });
    } else if (reply.reason === 'offline' && client.isConnected() && !disposed) {
      // Connected, but the answer did not come in time. Not connected: the next connection joins.
      setTimeout(() => void join(), REJOIN_MS);
    }
  };

  const sync = async (from: number) => {
    if (asking) return;
    asking = true;
    const reply = await client.request('room.sync', { code, from });
    asking = false;
    if (!reply.ok || room.kind !== 'in') return;
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
