/** Who comes in: the handshake of a socket, checked before any message of it is read. */

import { type Device, keyHashOf } from './auth.ts';
import { type Counters, countRefusal } from './counters.ts';
import type { Client } from './io.ts';
import { addressOf, type Gate } from './limits.ts';
import type { Log } from './log.ts';
import { Handshake } from './protocol.ts';
import { refuse } from './refusal.ts';
import { PROTOCOL_VERSION, type RefusalReason } from './vocabulary.ts';

/** Somebody sent away while we stop finds another coordinator, or this one again, so soon. */
export const CLOSING_RETRY_MS = 1_000;
const DATABASE_RETRY_MS = 2_000;

interface AdmissionParts {
  /** The device of a key. */
  readonly deviceOf: (key: string) => Promise<Device>;
  readonly counters: Counters;
  readonly gate: Gate;
  readonly proxies: number;
  readonly log: Log;
  readonly closing: () => boolean;
  readonly onError: (error: unknown) => void;
}

export const addressOfSocket = ({ handshake }: Client, proxies: number): string =>
  addressOf(handshake.address, handshake.headers['x-forwarded-for'], proxies);

/** Socket.io's middleware. A refusal that may pass says when to try again (`HandshakeRetry`). */
export function createAdmission(parts: AdmissionParts) {
  const { counters, gate, log } = parts;
  return (socket: Client, next: (error?: Error) => void) => {
    const address = addressOfSocket(socket, parts.proxies);
    const refusal = (reason: RefusalReason, message: string, retryInMs?: number) => {
      countRefusal(counters, 'handshake', reason);
      log.debug({ address, reason }, 'a handshake was refused');
      const error = new Error(message);
      next(retryInMs === undefined ? error : Object.assign(error, { data: { retryInMs } }));
    };
    const parsed = Handshake.safeParse(socket.handshake.auth);
    if (!parsed.success)
      return refusal('bad-message', 'This page did not say who it is. Reload it.');
    if (parsed.data.protocol !== PROTOCOL_VERSION) {
      return refusal('bad-message', 'This page is older or newer than the server. Reload it.');
    }
    if (parts.closing()) return refusal('closing', refuse('closing').message, CLOSING_RETRY_MS);
    const wait = gate.enter(address, Date.now());
    if (wait > 0) {
      log.warn({ address, wait }, 'an address connects too often');
      return refusal('too-many', 'Too many connections from your network. Wait a moment.', wait);
    }
    // Whatever comes of it: what is refused further on has no `disconnect`.
    socket.conn.once('close', () => gate.leave(address));
    parts.deviceOf(parsed.data.deviceKey).then(
      (device) => {
        const keyHash = keyHashOf(parsed.data.deviceKey);
        socket.data = { deviceId: device.id, keyHash, leases: [], views: [] };
        next();
      },
      (error: unknown) => {
        parts.onError(error);
        const sentence = 'The coordinator cannot reach its database. This goes on by itself.';
        refusal('internal', sentence, DATABASE_RETRY_MS);
      },
    );
  };
}
