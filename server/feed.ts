/**
 * What this coordinator has told the sockets of each room: deltas that follow one another without a
 * gap. Within a room, reads for one client (a join, a sync) and deltas for all go in turn, and before
 * a client is told of a sequence number, its whole room is. So the next delta begins where every
 * client of the room stands, and nobody asks for what is not missing. Nothing waits for a verdict but
 * what must not be shown without its own; it follows in a turn of its own, after what it is of.
 */
import { inArray } from 'drizzle-orm';
import type { Database } from '../db/open.ts';
import { investigations } from '../db/schema.ts';
import { inSnapshot, renewVerdict, type Snapshot } from './deltas.ts';
import type { Seen } from './neutral-names.ts';
import type { Delta, VerdictPush } from './protocol.ts';
import { PAGED_FROM } from './run-pages.ts';
import { standsStill } from './verdict.ts';

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
  /** Has the room's verdict worked out, and sends it after all that it is of. */
  pushVerdict(code: string): Promise<void>;
  /** Rooms that changed without our hearing of it: told by another coordinator that we did not hear. */
  behind(): Promise<readonly string[]>;
  /** Nobody is left in the room. */
  forget(code: string): void;
}

export interface FeedParts {
  /** Whether a socket of this coordinator is in the room. */
  readonly hasSockets: (code: string) => boolean;
  /** Sends to those sockets. */
  readonly send: (delta: Seen<Delta>) => void;
  readonly sendVerdict: (verdict: Seen<VerdictPush>) => void;
  /** Hears of a room that was told of evidence, and not of the verdict of it. */
  readonly verdictDue: (code: string) => void;
}

/** What the sockets of a room stand at. */
interface Told {
  readonly seq: number;
  /** Evidence of the last verdict. */
  readonly verdict: number;
}

export function createFeed(
  db: Database,
  { hasSockets, send, sendVerdict, verdictDue }: FeedParts,
): Feed {
  const sent = new Map<string, Told>();
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

  function noteTold(code: string, { named: { to, evidence, verdict } }: Seen<Delta>): void {
    const before = sent.get(code)?.verdict ?? null;
    // Of one client's verdict the others have not heard; who is alone speaks for all.
    const now = { seq: to, verdict: before ?? verdict?.evidence ?? 0 };
    sent.set(code, now);
    if (now.verdict < evidence) verdictDue(code);
  }

  function tellRoom(room: Seen<Delta>): void {
    const { code, verdict } = room.named;
    const before = sent.get(code);
    if (verdict !== null && before !== undefined) {
      sent.set(code, { ...before, verdict: verdict.evidence });
    }
    noteTold(code, room);
    send(room);
  }

  /** Reads for one client, and sends the room what it lacks of that state before. */
  async function read(code: string, from: number | null, withVerdict = false) {
    const told = sent.get(code);
    const shared = from === 0 && !withVerdict ? snapshots.get(code) : undefined;
    const read = async ({ found, since, evidence, push }: Snapshot) => {
      const isKnown = told === undefined || told.seq === found.seq;
      const isShared = shared?.named.to === found.seq;
      const due = (await evidence()).evidence;
      const isDue = withVerdict && told !== undefined && told.verdict < due;
      return {
        due,
        own: isShared ? shared : from === null ? null : await since(from, { most: PAGED_FROM }),
        room: isKnown ? null : await since(told.seq, { withVerdict: standsStill(found) }),
        verdict: isDue ? await push() : null,
      };
    };
    const tell = ({ room, verdict, due }: Awaited<ReturnType<typeof read>>) => {
      // The last socket may have left while this was read.
      if (told === undefined || sent.get(code) !== told) return;
      if (room !== null) tellRoom(room);
      if (verdict === null) return;
      // Whoever comes now is to have it, too.
      snapshots.delete(code);
      const { evidence } = verdict.named.verdict;
      sent.set(code, { seq: verdict.named.to, verdict: evidence });
      sendVerdict(verdict);
      if (evidence < due) verdictDue(code);
    };
    const deltas = await inSnapshot(db, code, read, { verdict: 'last', tell });
    const own = deltas?.own ?? null;
    if (from === 0 && own !== null && own !== shared) share(own);
    return own;
  }

  async function readFor(code: string, from: number): Promise<Seen<Delta> | null> {
    const own = await read(code, from);
    if (own !== null && hasSockets(code)) noteTold(code, own);
    return own;
  }

  return {
    inTurn,
    read: readFor,
    async snapshot(code, seq) {
      const shared = snapshots.get(code);
      const isThere = shared?.named.to === seq && sent.get(code)?.seq === seq;
      return isThere ? shared : await readFor(code, 0);
    },
    push: (code) =>
      inTurn(code, async () => {
        if (sent.has(code)) await read(code, null);
      }),
    async pushVerdict(code) {
      if (!sent.has(code)) return;
      await renewVerdict(db, code);
      await inTurn(code, async () => {
        if (sent.has(code)) await read(code, null, true);
      });
    },
    async behind() {
      if (sent.size === 0) return [];
      const rows = await db
        .select({ code: investigations.code, seq: investigations.seq })
        .from(investigations)
        .where(inArray(investigations.code, [...sent.keys()]));
      return rows.flatMap(({ code, seq }) => (sent.get(code)?.seq === seq ? [] : [code]));
    },
    forget: (code) => void sent.delete(code),
  };
}
