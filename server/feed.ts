/**
 * What this coordinator has told the sockets of each room: deltas that follow one another without a
 * gap. Within a room, reads for one client (a join, a sync) and deltas for all go in turn, and before
 * a client is told of a sequence number, its whole room is. So the next delta begins where every
 * client of the room stands, and nobody asks for what is not missing.
 */
import type { Database } from '../db/open.ts';
import { deltaOf } from './deltas.ts';
import { findInvestigation, type Investigation } from './investigations.ts';
import type { Delta } from './protocol.ts';

export interface Feed {
  /** Does something in the room's turn: no delta is sent until it has ended. */
  inTurn<T>(code: string, task: () => Promise<T>): Promise<T>;
  /** Everything after `from`, for one client. Read `found` and call this in the room's turn. */
  read(found: Investigation, from: number): Promise<Delta>;
  /** Sends what changed since the room was last sent something. */
  push(code: string): Promise<void>;
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
  send: (delta: Delta) => void,
): Feed {
  const sent = new Map<string, number>();
  const turns = new Map<string, Promise<unknown>>();

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

  /** Sends the room what it lacks of this state. */
  async function tell(found: Investigation): Promise<void> {
    const from = sent.get(found.code);
    if (from === undefined || from === found.seq) return;
    const delta = await deltaOf(db, found, from);
    // The last socket may have left while this was read.
    if (sent.get(found.code) !== from) return;
    sent.set(found.code, delta.to);
    send(delta);
  }

  return {
    inTurn,
    async read(found, from) {
      await tell(found);
      if (hasSockets(found.code)) sent.set(found.code, found.seq);
      return await deltaOf(db, found, from);
    },
    push: (code) =>
      inTurn(code, async () => {
        const found = sent.has(code) ? await findInvestigation(db, code) : null;
        if (found !== null) await tell(found);
      }),
    forget: (code) => void sent.delete(code),
  };
}
