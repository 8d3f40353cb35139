/**
 * Pointers on the charts of one room: those of others, by panel, and one's own, told at most 25 times a
 * second and only where somebody could see it. A pointer that has not moved for a minute is gone.
 */
import type { Client } from '../../client/client.ts';
import type { CursorAt, Member } from '../../server/protocol.ts';

/** Below the 30 a second that the coordinator takes, for what the line bunches together. */
const EVERY_MS = 40;
export const IDLE_MS = 60_000;
const SWEEP_MS = 5_000;

export interface Cursor {
  readonly member: string;
  readonly nickname: string;
  readonly x: number;
  readonly y: number;
}

export interface CursorStore {
  /** The pointers of others over a panel: the same list until it changes. */
  over(panel: string): readonly Cursor[];
  subscribe(fn: () => void): () => void;
  /** Where one's own pointer is; null: over no chart. */
  move(at: CursorAt): void;
  /** Who is here, and whether one's own pointer is to be seen. */
  tell(members: readonly Member[], self: string, isShown: boolean): void;
  dispose(): void;
}

interface Seen {
  readonly at: NonNullable<CursorAt>;
  readonly movedAt: number;
}

const NONE: readonly Cursor[] = [];

/** @param now milliseconds of any clock that only goes on */
export function createCursorStore(client: Client, code: string, now: () => number): CursorStore {
  const seen = new Map<string, Seen>();
  const listeners = new Set<() => void>();
  let panels = new Map<string, readonly Cursor[]>();
  let names = new Map<string, string>();
  let self = '';
  let isShown = false;
  let told: CursorAt = null;
  let next: CursorAt = null;
  let timer: ReturnType<typeof setTimeout> | null = null;

  const changed = () => {
    panels = new Map();
    for (const fn of listeners) fn();
  };
  const send = () => {
    timer = null;
    const at = isShown ? next : null;
    if (at === told) return;
    told = at;
    client.whisper('cursor.move', { code, at });
    timer = setTimeout(send, EVERY_MS);
  };
  const soon = () => {
    timer ??= setTimeout(send, 0);
  };
  const off = client.on('room.cursors', ({ code: where, cursors }) => {
    if (where !== code) return;
    for (const { member, at } of cursors) {
      if (at === null) seen.delete(member);
      else if (member !== self) seen.set(member, { at, movedAt: now() });
    }
    changed();
  });
  const sweep = setInterval(() => {
    const idle = [...seen].filter(([, { movedAt }]) => movedAt + IDLE_MS <= now());
    for (const [member] of idle) seen.delete(member);
    if (idle.length > 0) changed();
  }, SWEEP_MS);

  return {
    over(panel) {
      const known = panels.get(panel);
      if (known !== undefined) return known;
      const list = [...seen].flatMap(([member, { at }]) => {
        const nickname = names.get(member);
        // Whoever has left points nowhere.
        if (at.panel !== panel || nickname === undefined) return [];
        return [{ member, nickname, x: at.x, y: at.y }];
      });
      const found = list.length === 0 ? NONE : list;
      panels.set(panel, found);
      return found;
    },
    subscribe(fn) {
      listeners.add(fn);
      return () => listeners.delete(fn);
    },
    move(at) {
      next = at;
      if (isShown || told !== null) soon();
    },
    tell(members, id, show) {
      names = new Map(members.map((m) => [m.id, m.nickname]));
      self = id;
      isShown = show && members.length > 1;
      if (!isShown && told !== null) soon();
      changed();
    },
    dispose() {
      off();
      clearInterval(sweep);
      if (timer !== null) clearTimeout(timer);
      if (told !== null) client.whisper('cursor.move', { code, at: null });
    },
  };
}
