/** Socket.io's types with our messages in them. */
import type { Server, Socket } from 'socket.io';
import type {
  ClientToServer,
  Replies,
  Reply,
  RequestName,
  RequestValue,
  ServerToClient,
} from './protocol.ts';
import type { SocketData } from './rooms.ts';

/** Hints between coordinators: each finds in the database what changed. */
export interface BetweenCoordinators {
  'room.changed': (code: string) => void;
  'presence.changed': (code: string) => void;
}
export type Io = Server<ClientToServer, ServerToClient, BetweenCoordinators, SocketData>;
export type Client = Socket<ClientToServer, ServerToClient, BetweenCoordinators, SocketData>;

/** What answers each request, once permissions.ts has let it through. */
export type Handlers = {
  readonly [N in RequestName]: (
    socket: Client,
    input: RequestValue<N>,
  ) => Promise<Reply<Replies[N]>>;
};
