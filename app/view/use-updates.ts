'use client';
/** Live updates of a figure, and their pause: what is shown stands still while results go on arriving. */
import { useMemo, useState } from 'react';
import type { CellView, RunView } from '../../server/protocol.ts';

/** What of a room a figure shows. */
export interface Evidence {
  /** Its version, the room's sequence number. */
  readonly seq: number;
  readonly cells: readonly CellView[];
  readonly runs: readonly RunView[];
}

export interface Updates {
  /** What is to be shown: the newest, or what was newest when it was paused. */
  readonly shown: Evidence;
  readonly paused: boolean;
  /** Runs that have come, changed or left since. */
  readonly waiting: number;
  readonly pause: () => void;
  readonly resume: () => void;
  /** Shows what has arrived, and stays paused. */
  readonly takeIn: () => void;
}

/** The evidence that is shown, and the ways to hold it still. */
export function useUpdates(live: Evidence): Updates {
  const [frozen, setFrozen] = useState<Evidence | null>(null);
  const hold = () => setFrozen({ seq: live.seq, cells: live.cells, runs: live.runs });
  const waiting = useMemo(
    () => (frozen === null ? 0 : differences(frozen.runs, live.runs)),
    [frozen, live.runs],
  );
  return {
    ...{ shown: frozen ?? live, paused: frozen !== null, waiting },
    ...{ pause: hold, takeIn: hold, resume: () => setFrozen(null) },
  };
}

/** How many runs are in one list alone, or other in the one than in the other; lists replace whole runs. */
export function differences(before: readonly RunView[], after: readonly RunView[]): number {
  if (before === after) return 0;
  const left = new Map(before.map((r) => [r.id, r]));
  let changed = 0;
  for (const run of after) {
    if (left.get(run.id) !== run) changed += 1;
    left.delete(run.id);
  }
  return changed + left.size;
}
