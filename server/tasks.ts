/** Work that nobody waits for: kept track of, so that what is under way can end before we do. */
export interface Tasks {
  /** Runs a task unwatched. */
  background(task: Promise<unknown>): void;
  /** Calls `act` once, so much later, however often it is asked for by that key meanwhile. */
  soon(key: string, ms: number, act: () => Promise<unknown>): void;
  /**
   * Calls `act` at once if nothing was asked for by that key lately. What is asked for while it is under way,
   * and for a pause after it, is done together after the pause: it lasts so long, and as long as `act` took.
   */
  paced(key: string, ms: () => number, act: () => Promise<unknown>): void;
  /** Calls `act` again and again, each time so long after the last one ended. */
  every(ms: number, act: () => Promise<unknown>): void;
  /** Resolves when nothing is under way, or after so many milliseconds. */
  idle(ms: number): Promise<void>;
  /** Nothing begins any more; resolves when what is under way has ended. */
  dispose(): Promise<void>;
}

export function createTasks(onError: (error: unknown) => void): Tasks {
  const timers = new Map<string, NodeJS.Timeout>();
  const pending = new Set<Promise<unknown>>();
  let over = false;
  let repeated = 0;

  function background(task: Promise<unknown>): void {
    const watched = task.catch(onError).finally(() => pending.delete(watched));
    pending.add(watched);
  }

  function soon(key: string, ms: number, act: () => Promise<unknown>): void {
    if (over || timers.has(key)) return;
    const timer = setTimeout(() => {
      timers.delete(key);
      background(act());
    }, ms);
    timers.set(key, timer);
  }

  const underWay = new Map<string, { again: boolean }>();

  function paced(key: string, ms: () => number, act: () => Promise<unknown>): void {
    if (over) return;
    const before = underWay.get(key);
    if (before !== undefined) {
      before.again = true;
      return;
    }
    const turn = { again: false };
    underWay.set(key, turn);
    const startedAt = performance.now();
    const pause = () => {
      const took = performance.now() - startedAt;
      soon(`pause ${key}`, Math.max(ms(), took), async () => {
        underWay.delete(key);
        if (turn.again) paced(key, ms, act);
      });
    };
    background(act().finally(pause));
  }

  function every(ms: number, act: () => Promise<unknown>): void {
    const key = `every ${repeated++}`;
    const again = () => soon(key, ms, () => act().finally(again));
    again();
  }

  const settled = async () => {
    while (pending.size > 0) await Promise.allSettled([...pending]);
  };

  return {
    ...{ background, soon, paced, every },
    async idle(ms) {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, ms);
      });
      await Promise.race([settled(), late]);
      clearTimeout(timer);
    },
    async dispose() {
      over = true;
      for (const timer of timers.values()) clearTimeout(timer);
      await settled();
    },
  };
}
