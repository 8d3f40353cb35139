/** Sockets of people who are new, as plain as they come: what is measured is the coordinator. */
import { randomBytes } from 'node:crypto';
import { io, type Socket } from 'socket.io-client';
import type { ClientToServer, Replies, Reply, ServerToClient } from '../../server/protocol.ts';
import { PROTOCOL_VERSION } from '../../server/vocabulary.ts';

export type Person = Socket<ServerToClient, ClientToServer>;

/** Longer than any browser would wait: what takes longer is an error. */
const PATIENCE_MS = 20_000;

export const newKey = () => randomBytes(32).toString('hex');

/** Now, in milliseconds since 1970: the same for every process of this machine. */
export const moment = () => performance.timeOrigin + performance.now();

/** Somebody new over a WebSocket; rejects with what the coordinator said. */
export async function connect(url: string): Promise<Person> {
  const person: Person = io(url, {
    ...{ transports: ['websocket'], reconnection: false, forceNew: true, timeout: PATIENCE_MS },
    auth: { protocol: PROTOCOL_VERSION, deviceKey: newKey() },
  });
  await new Promise<void>((resolve, reject) => {
    person.once('connect', resolve);
    person.once('connect_error', reject);
  });
  return person;
}

/** Joins a room; rejects if there is no answer, or a refusal. */
export async function join(person: Person, code: string): Promise<Replies['room.join']> {
  // Typed by protocol.ts on both ends, as in client/client.ts.
  const reply: Reply<Replies['room.join']> = await person
    .timeout(PATIENCE_MS)
    .emitWithAck('room.join', { code });
  if (!reply.ok) throw new Error(reply.message);
  return reply.value;
}
