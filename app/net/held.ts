/**
 * A frozen room, as its page shows it: cells, runs and verdict stand as they were when the page first
 * knew of the freeze; settings and claims go on, for people argue about what stands there. Pure.
 */
import type { RoomState } from './room-state.ts';

/** The evidence to hold from now on, if any, after the page has come to know `latest`. */
export function heldAfter(held: RoomState | null, latest: RoomState): RoomState | null {
  return latest.investigation.room.frozen === null ? null : (held ?? latest);
}

/** What the page shows. */
export function shownOf(held: RoomState | null, latest: RoomState): RoomState {
  if (held === null) return latest;
  return { ...held, investigation: latest.investigation, claims: latest.claims };
}

/** Results that wait until the room goes on. */
export function waitingBehind(held: RoomState | null, latest: RoomState): number {
  return held === null ? 0 : Math.max(0, latest.progress.runs - held.progress.runs);
}

/** The held evidence with people called as they are in `latest`: names were hidden, or shown again. */
export function renamed(held: RoomState | null, latest: RoomState): RoomState | null {
  if (held === null) return null;
  const names = new Map(latest.runs.map((run) => [run.id, run.by]));
  // A run that has left since then is nobody's now.
  return { ...held, runs: held.runs.map((run) => ({ ...run, by: names.get(run.id) ?? '' })) };
}
