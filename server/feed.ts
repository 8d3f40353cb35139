/**
 * What this coordinator has told the sockets of each room: deltas that follow one another without a
 * gap. Within a room, reads for one client (a join, a sync) and deltas for all go in turn, and before
 * a client is told of a sequence number, its whole room is. So the next delta begins where every
 * client of the room stands, and nobody asks for what is not missing.
 */
import { inArray } from 'drizzle-orm';
import type { Database } from '../db/open.ts';
import { investigations } from '../db/schema.ts';
import { inSnapshot } from './deltas.ts';
import type { Seen } from './neutral-names.ts';
import type { Delta } from './protocol.ts';

/**
 * Who joins a room in which nothing has changed is given the snapshot of whoever joined before: a
 * crowd comes at once. Not for longer, because a snapshot is large, and names in it may be changed.
 */
const SHARED_MS = 1_000;

export interface Feed {
  /** Does something in the room's turn: no delta is sent until it has ended. */
  inTurn<T>(code: string, task: () => Promise<T>): Promise<T>;
  /** Everything after `from`, for one client; null without such a room. Call it in the room's turn. */
  read(code: string, from: number): Promise<Seen<Delta> | null>;
  /**
   * The room as it is, for one client, when its number is known to be this one; null without such a
   * room. Call it in the room's turn.
   */
  snapshot(code: string, seq: number): Promise<Seen<Delta> | null>;
  /** Sends what changed since the room was last sent something. */
  push(code: string): Promise<void>;
  /** Rooms that changed without our hearing of it: told by another coordinator that we did not hear. */
  behind(): Promise<readonly string[]>;
  /** Nobody is left in the room. */
  forget(code: string): void;
}

/**
 * @param hasSockets whether a socket of this coordinator is in the room
 * @param send sends to those sockets
 */
export function createFeed(
  db: Database,
  hasSockets: (code: string) => boolean,
  send: (delta: Seen<Delta>) => void,
): Feed {
  const sent = new Map<string, number>();
  const turns = new Map<string, Promise<unknown>>();
  const snapshots = new Map<string, Seen<Delta>>();

  function inTurn<T>(code: string, task: () => Promise<T>): Promise<T> {
    const result = (turns.get(code) ?? Promise.resolve()).then(task);
    const turn = result
      .catch(() => {})
      .then(() => {
        if (turns.get(code) === turn) turns.delete(code);
      });
    turns.set(code, turn);
    return result;
  }

  function share(snapshot: Seen<Delta>): void {
    const { code } = snapshot.named;
    snapshots.set(code, snapshot);
    const forget = () => {
      if (snapshots.get(code) === snapshot) snapshots.delete(code);
    };
    setTimeout(forget, SHARED_MS).unref();
  }

  /** Reads for one client, and sends the room what it lacks of that state before. */
  async function read(code: string, from: number | null): Promise<Seen<Delta> | null> {
    const told = sent.get(code);
    const shared = from === 0 ? snapshots.get(code) : undefined;
    const tell = ({ room }: { readonly room: Seen<Delta> | null }) => {
      // The last socket may have left while this was read.
      if (room === null || sent.get(code) !== told) return;
      sent.set(code, room.named.to);
      send(room);
    };
    const deltas = await inSnapshot(
      db,
      code,
      async ({ found: { seq }, since }) => {
        const own = shared?.named.to === seq ? shared : from === null ? null : await since(from);
        return { room: told === undefined || told === seq ? null : await since(told), own };
      },
      tell,
    );
    const own = deltas?.own ?? null;
    if (from === 0 && own !== null && own !== shared) share(own);
    return own;
  }

  async function readFor(code: string, from: number): Promise<Seen<Delta> | null> {
    const own = await read(code, from);
    if (own !== null && hasSockets(code)) sent.set(code, own.named.to);
    return own;
  }

  return {
    inTurn,
    read: readFor,
    async snapshot(code, seq) {
      const shared = snapshots.get(code);
      const isThere = shared?.named.to === seq && sent.get(code) === seq;
      return isThere ? shared : await readFor(code, 0);
    },
    push: (code) =>
      inTurn(code, async () => {
        if (sent.has(code)) await read(code, null);
      }),
    async behind() {
      if (sent.size === 0) return [];
      const rows = await db
        .select({ code: investigations.code, seq: investigations.seq })
        .from(investigations)
        .where(inArray(investigations.code, [...sent.keys()]));
      return rows.flatMap(({ code, seq }) => (sent.get(code) === seq ? [] : [code]));
    },
    forget: (code) => void sent.delete(code),
  };
}
