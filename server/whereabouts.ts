/**
 * Which sockets are where, over all coordinators: in a room of people, in the room of a device's own
 * sockets, and in the room of those that work for a room of people.
 */
import type { Client, Io } from './io.ts';
import type { SocketData } from './rooms.ts';

/** Another coordinator is asked who is there, and may not answer. */
const ASK_OTHERS_MS = 1_000;

/** The room of all sockets of a device. */
export const socketsOf = (deviceId: string) => `device:${deviceId}`;
/** The room of all sockets of a browser: of the key with this hash. */
export const socketsOfKey = (keyHash: string) => `key:${keyHash}`;
/** The room of the sockets that work for a room of people. Codes have no colon. */
const workersOf = (code: string) => `work:${code}`;

/** Codes of the rooms that a socket, here or at another coordinator, is in. */
export const codesOf = (s: Pick<Client, 'id' | 'rooms' | 'data'>): string[] =>
  [...s.rooms].filter((room) => room !== s.id && !room.includes(':'));

/** A device that trains for a room without watching it is seen there all the same. */
export async function worksFor(socket: Client): Promise<void> {
  const wanted = new Set(socket.data.leases.map(({ code }) => workersOf(code)));
  for (const room of socket.rooms)
    if (room.startsWith(workersOf('')) && !wanted.has(room)) await socket.leave(room);
  await socket.join([...wanted]);
}

/** @param reachesOthers whether other coordinators can be asked now */
export function createWhereabouts(io: Io, reachesOthers: () => boolean) {
  /** The sockets in any of these rooms, at every coordinator; those here alone while another does not answer. */
  async function socketsIn(...room: string[]) {
    const here = () => io.local.in(room).fetchSockets();
    if (!reachesOthers()) return await here();
    try {
      return await io.in(room).timeout(ASK_OTHERS_MS).fetchSockets();
    } catch {
      return await here();
    }
  }
  /** Who is in a room of people, or works for it from elsewhere. */
  const presentIn = async (code: string): Promise<SocketData[]> =>
    (await socketsIn(code, workersOf(code))).map((s) => s.data);
  return { socketsIn, presentIn };
}
