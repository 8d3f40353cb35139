/** Sockets of a room that see names when it hides them, told apart from those that do not. */
import type { Io } from './io.ts';
import { type Seen, seesNames } from './neutral-names.ts';
import type { ServerToClient } from './protocol.ts';
import type { Role } from './vocabulary.ts';

/** The room of the sockets that see names in a room of people. Codes have no colon. */
export const leadersOf = (code: string) => `lead:${code}`;

/** Puts a socket, of this coordinator or another, where its role in the room belongs. */
export async function groupByEyes(
  socket: { join(room: string): unknown; leave(room: string): unknown },
  code: string,
  role: Role | null,
): Promise<void> {
  if (role !== null && seesNames(role)) await socket.join(leadersOf(code));
  else await socket.leave(leadersOf(code));
}

/** To the sockets of a room at this coordinator, each as its role may see it. */
export function tellEyes<E extends 'room.delta' | 'room.verdict' | 'room.presence'>(
  io: Io,
  code: string,
  event: E,
  { named, shown }: Seen<Parameters<ServerToClient[E]>[0]>,
): void {
  const emit = (to: ReturnType<typeof io.local.to>, value: typeof named) =>
    to.emit(event, ...([value] as Parameters<ServerToClient[E]>));
  if (named === shown) return void emit(io.local.to(code), shown);
  emit(io.local.to(code).except(leadersOf(code)), shown);
  emit(io.local.to(leadersOf(code)), named);
}
