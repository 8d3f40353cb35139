/**
 * A frozen room, as its page shows it: cells, runs and verdict stand as they were at the number at which the
 * room was frozen, the same on every page; settings and claims go on, for people argue about what stands
 * there. Pure.
 */
import type { FrozenEvidence } from '../../server/protocol.ts';
import type { RoomState } from './room-state.ts';

/** What of a state stands still. */
export function evidenceOf(state: RoomState): FrozenEvidence {
  const { seq, cells, runs, evidence, verdict, progress } = state;
  return { seq, cells, runs, evidence, verdict, progress };
}

/**
 * The evidence to hold from now on, after the page has come to know `latest`: null in a room that moves, and
 * `unknown` where the page has never been at that number: it came later, or was away, or more came at once.
 */
export function heldAfter(
  held: FrozenEvidence | null,
  latest: RoomState,
): FrozenEvidence | 'unknown' | null {
  const { frozen } = latest.investigation.room;
  if (frozen === null) return null;
  if (held?.seq === frozen) return held;
  const isWhole = latest.loading === null && latest.verdict.evidence === latest.evidence;
  return latest.seq === frozen && isWhole ? evidenceOf(latest) : 'unknown';
}

/** What the page shows. */
export function shownOf(held: FrozenEvidence | null, latest: RoomState): RoomState {
  return held === null ? latest : { ...latest, ...held, loading: null };
}

/** Results that wait until the room goes on. */
export function waitingBehind(held: FrozenEvidence | null, latest: RoomState): number {
  return held === null ? 0 : Math.max(0, latest.progress.runs - held.progress.runs);
}

/** The held evidence with people called as they are in `latest`: names were hidden, or shown again. */
export function renamed(held: FrozenEvidence | null, latest: RoomState): FrozenEvidence | null {
  if (held === null) return null;
  const names = new Map(latest.runs.map((run) => [run.id, run.by]));
  // A run that has left since then is nobody's now.
  return { ...held, runs: held.runs.map((run) => ({ ...run, by: names.get(run.id) ?? '' })) };
}
