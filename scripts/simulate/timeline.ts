/** Virtual time: what is to happen when. Events of one moment happen in the order they were planned. */
import { createHeap } from './heap.ts';

export interface Timeline {
  /** Milliseconds since the beginning; the only clock that there is. */
  now(): number;
  /** Plans something for so many milliseconds from now. */
  after(ms: number, happens: () => void): void;
  /** Lets the next event happen; false if none is planned. */
  step(): boolean;
}

export function createTimeline(): Timeline {
  interface Planned {
    readonly at: number;
    readonly order: number;
    readonly happens: () => void;
  }
  let [now, planned] = [0, 0];
  const queue = createHeap<Planned>((a, b) => a.at < b.at || (a.at === b.at && a.order < b.order));
  return {
    now: () => now,
    after(ms, happens) {
      queue.push({ at: now + Math.max(0, ms), order: planned++, happens });
    },
    step() {
      const next = queue.pop();
      if (next === undefined) return false;
      now = next.at;
      next.happens();
      return true;
    },
  };
}
