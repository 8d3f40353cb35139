/**
 * Whose pointers a room sees: a pointer that moves has one of a few places, until it has been still for a
 * while. In a crowd those who come first are shown, and the others wait for a place, so that what is
 * sent does not grow with the square of the room. What is held here may be lost at any time.
 */
import type { CursorAt, Cursors } from './protocol.ts';

/** So many pointers of a room are passed on at once, by each coordinator. */
export const MOST_CURSORS = 20;
/** A pointer that was still for so long gives up its place. */
export const HELD_MS = 2_000;

export interface CursorRelay {
  /** A pointer moved: whether it will be passed on. */
  moved(code: string, member: string, at: CursorAt, now: number): boolean;
  /** What moved in the room since it was last asked, each pointer where it is now. */
  take(code: string): Cursors;
  /** Nobody is left in the room. */
  forget(code: string): void;
}

interface RoomCursors {
  /** When each of those that have a place moved last. */
  readonly places: Map<string, number>;
  readonly untold: Map<string, CursorAt>;
}

export function createCursorRelay(most = MOST_CURSORS, heldMs = HELD_MS): CursorRelay {
  const rooms = new Map<string, RoomCursors>();
  return {
    moved(code, member, at, now) {
      const { places, untold } = rooms.get(code) ?? { places: new Map(), untold: new Map() };
      for (const [other, movedAt] of places) if (movedAt + heldMs <= now) places.delete(other);
      if (!places.has(member) && places.size >= most) return false;
      rooms.set(code, { places, untold });
      // One that goes away frees its place, and everybody is told.
      if (at === null) places.delete(member);
      else places.set(member, now);
      untold.set(member, at);
      return true;
    },
    take(code) {
      const room = rooms.get(code);
      const cursors = [...(room?.untold ?? [])].map(([member, at]) => ({ member, at }));
      room?.untold.clear();
      return { code, cursors };
    },
    forget: (code) => void rooms.delete(code),
  };
}
