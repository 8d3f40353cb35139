/**
 * Which leases a socket holds: the shard in training and, shortly before its end, the next. After a
 * reconnect the device's new socket takes them up with its first progress, while the old one, perhaps
 * at another coordinator, has not noticed yet that it is gone. When it does, it hands back only what
 * it renewed last itself (L9).
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
  /** The socket is gone: hands back what it holds. */
  vanishes(socket: Holder): Promise<void>;
}

/** @param changed is told the room in which somebody's work changed */
export function createSocketLeases(db: Database, changed: (code: string) => void): SocketLeases {
  const own = ({ data }: Holder, shard: string, attempt: number) =>
    data.leases.find((l) => l.shard === shard && l.attempt === attempt) ?? null;

  async function vanishes({ data }: Holder): Promise<void> {
    const { leases, deviceId } = data;
    data.leases = [];
    for (const { code, shard, attempt, softAt } of leases) {
      await applyEvent(db, shard, { kind: 'release', attempt, device: deviceId, softAt });
      changed(code);
    }
  }

  async function begins(socket: Holder, lease: HeldLease): Promise<void> {
    const { data } = socket;
    const before = own(socket, lease.shard, lease.attempt);
    data.leases =
      before === null
        ? [...data.leases, lease]
        : data.leases.map((l) => (l === before ? lease : l));
    // Gone while this was decided: nobody else would hand it back.
    if (!socket.connected) await vanishes(socket);
    changed(lease.code);
  }

  return {
    begins,
    vanishes,
    async goesOn(socket, { shard, attempt, done }, { softAt }) {
      const found = own(socket, shard, attempt) ?? (await heldLease(db, shard, attempt));
      // While that was read, a later progress may have come.
      const mine = own(socket, shard, attempt);
      const lease = mine ?? found;
      if (lease === null) return;
      const work = { ...lease.work, done: Math.min(done, lease.work.total) };
      await begins(socket, { ...lease, work, softAt: Math.max(mine?.softAt ?? 0, softAt) });
    },
    ends(socket, shard, attempt) {
      const lease = own(socket, shard, attempt);
      if (lease === null) return;
      socket.data.leases = socket.data.leases.filter((l) => l !== lease);
      changed(lease.code);
    },
  };
}
