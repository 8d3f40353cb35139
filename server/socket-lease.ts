/**
 * Which lease a socket works on. After a reconnect the device's new socket takes the lease up with
 * its first progress, while the old one, perhaps at another coordinator, has not noticed yet that it
 * is gone. When it does, it hands back only what it renewed last itself (L9).
 */
import type { Database } from '../db/open.ts';
import { applyEvent, heldLease } from './leases.ts';
import type { RequestValue } from './protocol.ts';
import type { HeldLease, SocketData } from './rooms.ts';

interface Holder {
  readonly connected: boolean;
  readonly data: SocketData;
}

export interface SocketLeases {
  /** The socket was leased a shard. */
  begins(socket: Holder, lease: HeldLease): Promise<void>;
  /** The socket renewed a lease, its own or one that the device had by an earlier socket. */
  goesOn(
    socket: Holder,
    progress: RequestValue<'lease.progress'>,
    renewed: { readonly softAt: number },
  ): Promise<void>;
  /** The attempt is over, or somebody else's. */
  ends(socket: Holder, shard: string, attempt: number): void;
  /** The socket is gone: hands back what it works on. */
  vanishes(socket: Holder): Promise<void>;
}

/** @param changed is told the room in which somebody's work changed */
export function createSocketLeases(db: Database, changed: (code: string) => void): SocketLeases {
  const own = ({ data }: Holder, shard: string, attempt: number) =>
    data.lease?.shard === shard && data.lease.attempt === attempt ? data.lease : null;

  async function vanishes({ data }: Holder): Promise<void> {
    const { lease, deviceId } = data;
    if (lease === null) return;
    data.lease = null;
    const { attempt, softAt } = lease;
    await applyEvent(db, lease.shard, { kind: 'release', attempt, device: deviceId, softAt });
    changed(lease.code);
  }

  async function begins(socket: Holder, lease: HeldLease): Promise<void> {
    socket.data.lease = lease;
    // Gone while this was decided: nobody else would hand it back.
    if (!socket.connected) await vanishes(socket);
    changed(lease.code);
  }

  return {
    begins,
    vanishes,
    async goesOn(socket, { shard, attempt, done }, { softAt }) {
      const found = socket.data.lease === null ? await heldLease(db, shard, attempt) : null;
      const mine = own(socket, shard, attempt);
      // While that was read, the socket may have got another lease.
      const lease = socket.data.lease === null ? found : mine;
      if (lease === null) return;
      const work = { ...lease.work, done: Math.min(done, lease.work.total) };
      await begins(socket, { ...lease, work, softAt: Math.max(mine?.softAt ?? 0, softAt) });
    },
    ends(socket, shard, attempt) {
      const lease = own(socket, shard, attempt);
      if (lease === null) return;
      socket.data.lease = null;
      changed(lease.code);
    },
  };
}
