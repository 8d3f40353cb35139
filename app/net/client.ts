/**
 * The page's one connection to the coordinator: typed requests, pushes, and whether we are
 * connected. Safety: an answer `offline` says nothing about whether the coordinator carried the
 * request out, since the answer itself may be what got lost. So the page repeats by itself only
 * requests that are idempotent (join, sync, submit); opening, controlling, claiming and replying
 * are repeated by a person or not at all.
 */
import { io } from 'socket.io-client';
import {
  PROTOCOL_VERSION,
  type Pushes,
  type Replies,
  type Reply,
  type RequestInput,
  type RequestName,
} from '../../server/protocol.ts';
import { deviceKey } from './device-key.ts';

export type ConnectionStatus =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'connected' }
  /** Lost or never reached; it is tried again by itself. */
  | { readonly kind: 'offline' }
  /** The handshake was refused; trying again without a reload is of no use. */
  | { readonly kind: 'refused'; readonly message: string };

export type Offline = {
  readonly ok: false;
  readonly reason: 'offline';
  readonly message: string;
};

export interface Client {
  /** Never rejects. `reason: 'offline'` (not in the protocol's list) = no answer came. */
  request<N extends RequestName>(
    name: N,
    input: RequestInput<N>,
  ): Promise<Reply<Replies[N]> | Offline>;
  isConnected(): boolean;
  /** Called at each (re)connection; returns the unsubscribe function. */
  onConnected(fn: () => void): () => void;
  on<E extends keyof Pushes>(push: E, fn: (value: Pushes[E]) => void): () => void;
  /** For `useSyncExternalStore`: the same object until the status changes. */
  status(): ConnectionStatus;
  onStatus(fn: () => void): () => void;
}

/** How long to wait for an answer. Results are megabytes over a phone's line. */
const ANSWER_MS = 20_000;
const RESULT_ANSWER_MS = 90_000;
/** After the coordinator itself closed the connection Socket.io does not try again; we do. */
const RETRY_AFTER_CLOSE_MS = 1_500;

const CONNECTING: ConnectionStatus = { kind: 'connecting' };

let client: Client | null = null;

/** This page's client. It connects when it is first used in a browser, never while rendering. */
export function getClient(): Client {
  client ??= createClient();
  return client;
}

function createClient(): Client {
  let status = CONNECTING;
  let opened: ReturnType<typeof io> | null = null;
  const statusListeners = new Set<() => void>();
  const connectedListeners = new Set<() => void>();
  const pushed: { [E in keyof Pushes]: Set<(value: Pushes[E]) => void> } = {
    'room.delta': new Set(),
    'room.presence': new Set(),
  };

  const setStatus = (next: ConnectionStatus) => {
    status = next;
    for (const fn of statusListeners) fn();
  };

  const socket = () => {
    if (opened !== null) return opened;
    const made = io({
      transports: ['websocket', 'polling'],
      tryAllTransports: true,
      auth: { protocol: PROTOCOL_VERSION, deviceKey: deviceKey() },
      reconnectionDelay: 500,
      reconnectionDelayMax: 4_000,
    });
    made.on('connect', () => {
      setStatus({ kind: 'connected' });
      for (const fn of connectedListeners) fn();
    });
    made.on('disconnect', (reason) => {
      setStatus({ kind: 'offline' });
      if (reason === 'io server disconnect') {
        setTimeout(() => made.connect(), RETRY_AFTER_CLOSE_MS);
      }
    });
    made.on('connect_error', (error) => {
      // `active` is false exactly when the coordinator answered and said no.
      setStatus(made.active ? { kind: 'offline' } : { kind: 'refused', message: error.message });
    });
    made.on('room.delta', (value) => {
      for (const fn of pushed['room.delta']) fn(value);
    });
    made.on('room.presence', (value) => {
      for (const fn of pushed['room.presence']) fn(value);
    });
    opened = made;
    return made;
  };

  return {
    async request<N extends RequestName>(
      name: N,
      input: RequestInput<N>,
    ): Promise<Reply<Replies[N]> | Offline> {
      const line = socket();
      if (status.kind === 'refused') return offline(status.message);
      if (status.kind === 'offline') {
        return offline('The coordinator cannot be reached. Nothing was sent; try again soon.');
      }
      const wait = name === 'result.submit' ? RESULT_ANSWER_MS : ANSWER_MS;
      try {
        // Typed by protocol.ts on both ends; the handshake's protocol number keeps them together.
        return await line.timeout(wait).emitWithAck(name, input);
      } catch {
        return offline(
          'No answer came. It may have been carried out all the same; look before trying again.',
        );
      }
    },
    isConnected: () => status.kind === 'connected',
    onConnected(fn) {
      connectedListeners.add(fn);
      socket();
      return () => connectedListeners.delete(fn);
    },
    on(push, fn) {
      pushed[push].add(fn);
      socket();
      return () => pushed[push].delete(fn);
    },
    status: () => status,
    onStatus(fn) {
      statusListeners.add(fn);
      socket();
      return () => statusListeners.delete(fn);
    },
  };
}

function offline(message: string): Offline {
  return { ok: false, reason: 'offline', message };
}
