/**
 * A connection to the coordinator, of a page or of a headless volunteer: typed requests, pushes, and
 * whether we are connected. It comes back by itself, to whichever coordinator answers. Safety: an answer `offline` says nothing about whether the coordinator carried the
 * request out, since the answer itself may be what got lost. So the page repeats by itself only
 * requests that are idempotent (join, sync, submit); opening, controlling, claiming and replying
 * are repeated by a person or not at all.
 */
import { io } from 'socket.io-client';
import type { Pushes, Replies, Reply, RequestInput, RequestName } from '../server/protocol.ts';
import { HandshakeRetry, PROTOCOL_VERSION } from '../server/vocabulary.ts';

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
  /** Sent if we are connected and nothing is in the way, and not looked after. */
  whisper<N extends RequestName>(name: N, input: RequestInput<N>): void;
  isConnected(): boolean;
  /** Called at each (re)connection; returns the unsubscribe function. */
  onConnected(fn: () => void): () => void;
  on<E extends keyof Pushes>(push: E, fn: (value: Pushes[E]) => void): () => void;
  /** For `useSyncExternalStore`: the same object until the status changes. */
  status(): ConnectionStatus;
  onStatus(fn: () => void): () => void;
  /** Disconnects for good. */
  dispose(): void;
}

export interface ClientOptions {
  /** Where the coordinator is; without it, where the page came from. */
  readonly url?: string;
  /** Who we are; read when the connection is first used. */
  readonly deviceKey: () => string;
}

/** How long to wait for an answer. Results are megabytes over a phone's line. */
const ANSWER_MS = 20_000;
const RESULT_ANSWER_MS = 90_000;
/** After the coordinator itself closed the connection Socket.io does not try again; we do. */
const RETRY_AFTER_CLOSE_MS = 1_500;

const CONNECTING: ConnectionStatus = { kind: 'connecting' };

/** A client that connects when it is first used, and not before. */
export function createClient({ url, deviceKey }: ClientOptions): Client {
  let status = CONNECTING;
  let opened: ReturnType<typeof io> | null = null;
  let retry: ReturnType<typeof setTimeout> | undefined;
  const statusListeners = new Set<() => void>();
  const connectedListeners = new Set<() => void>();
  const pushed: { [E in keyof Pushes]: Set<(value: Pushes[E]) => void> } = {
    'room.delta': new Set(),
    'room.verdict': new Set(),
    'room.presence': new Set(),
    'room.cursors': new Set(),
    'present.view': new Set(),
  };
  const pass =
    <E extends keyof Pushes>(push: E) =>
    (value: Pushes[E]) => {
      for (const fn of pushed[push]) fn(value);
    };

  const setStatus = (next: ConnectionStatus) => {
    status = next;
    for (const fn of statusListeners) fn();
  };

  const socket = () => {
    if (opened !== null) return opened;
    const options = {
      transports: ['websocket', 'polling'],
      tryAllTransports: true,
      auth: { protocol: PROTOCOL_VERSION, deviceKey: deviceKey() },
      reconnectionDelay: 500,
      reconnectionDelayMax: 4_000,
    };
    const made = url === undefined ? io(options) : io(url, options);
    // Spread out: everybody whom a coordinator let go would otherwise come back at one moment.
    const reconnect = (ms: number) => {
      retry = setTimeout(() => made.connect(), ms * (1 + Math.random()));
    };
    made.on('connect', () => {
      setStatus({ kind: 'connected' });
      for (const fn of connectedListeners) fn();
    });
    made.on('disconnect', (reason) => {
      setStatus({ kind: 'offline' });
      if (reason === 'io server disconnect') reconnect(RETRY_AFTER_CLOSE_MS);
    });
    made.on('connect_error', (error: Error & { readonly data?: unknown }) => {
      // `active` is false exactly when the coordinator answered and said no.
      const passing = HandshakeRetry.safeParse(error.data);
      if (passing.success && !made.active) {
        setStatus({ kind: 'offline' });
        return reconnect(passing.data.retryInMs);
      }
      setStatus(made.active ? { kind: 'offline' } : { kind: 'refused', message: error.message });
    });
    for (const push of Object.keys(pushed) as (keyof Pushes)[]) made.on(push, pass(push));
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
      const heavy =
        name === 'result.submit' || name === 'audit.answer' || name === 'lease.handover';
      const wait = heavy ? RESULT_ANSWER_MS : ANSWER_MS;
      try {
        // Typed by protocol.ts on both ends; the handshake's protocol number keeps them together.
        return await line.timeout(wait).emitWithAck(name, input);
      } catch {
        return offline(
          'No answer came. It may have been carried out all the same; look before trying again.',
        );
      }
    },
    whisper(name, input) {
      if (status.kind === 'connected') socket().volatile.emit(name, input);
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
    dispose() {
      clearTimeout(retry);
      opened?.disconnect();
    },
  };
}

function offline(message: string): Offline {
  return { ok: false, reason: 'offline', message };
}
