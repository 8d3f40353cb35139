/**
 * What the page knows of an investigation, as a pure fold over deltas. A snapshot replaces all; a
 * delta that begins where we stand is applied; one that we have seen is ignored; anything else is a
 * gap, and the caller asks for what is missing. So the state is always exactly the coordinator's
 * at some sequence number, never a mixture.
 */
import type { CellView, ClaimView, Delta, RunView } from '../../server/protocol.ts';

/** The room at sequence number `seq`. Cells are ordered by index; runs and claims as they came. */
export interface RoomState {
  readonly seq: number;
  readonly investigation: Delta['investigation'];
  readonly cells: readonly CellView[];
  readonly runs: readonly RunView[];
  readonly claims: readonly ClaimView[];
  readonly analysis: Delta['analysis'];
  readonly predictions: Delta['predictions'];
  readonly progress: Delta['progress'];
}

export type Folded =
  | { readonly kind: 'applied'; readonly state: RoomState }
  /** Everything in it is known already. */
  | { readonly kind: 'seen' }
  /** Something before it is missing: ask for everything after `have`. */
  | { readonly kind: 'gap'; readonly have: number };

/** Folds one delta into the state (null before the first snapshot). */
export function fold(state: RoomState | null, delta: Delta): Folded {
  if (delta.from === 0) return { kind: 'applied', state: merge(EMPTY, delta) };
  if (state === null) return { kind: 'gap', have: 0 };
  if (delta.to <= state.seq) return { kind: 'seen' };
  if (delta.from !== state.seq) return { kind: 'gap', have: state.seq };
  return { kind: 'applied', state: merge(state, delta) };
}

const EMPTY: Pick<RoomState, 'cells' | 'runs' | 'claims'> = { cells: [], runs: [], claims: [] };

function merge(before: Pick<RoomState, 'cells' | 'runs' | 'claims'>, delta: Delta): RoomState {
  return {
    seq: delta.to,
    investigation: delta.investigation,
    cells: unchanged(delta.cells)
      ? before.cells
      : replaced(before.cells, delta.cells, (c) => c.index).sort((a, b) => a.index - b.index),
    runs:
      unchanged(delta.runs) && unchanged(delta.gone) ? before.runs : withRuns(before.runs, delta),
    claims: unchanged(delta.claims)
      ? before.claims
      : replaced(before.claims, delta.claims, (c) => c.id),
    analysis: delta.analysis,
    predictions: delta.predictions,
    progress: delta.progress,
  };
}

/** Runs as they came, without those that left; a run that came again comes last. */
function withRuns(before: readonly RunView[], { runs, gone }: Delta): RunView[] {
  const left = new Set(gone);
  const stay = before.filter((r) => !left.has(r.id));
  return replaced(stay, runs, (r) => r.id);
}

function unchanged(items: readonly unknown[]): boolean {
  return items.length === 0;
}

/** Items by key, the newer in the place of the older. */
function replaced<T>(older: readonly T[], newer: readonly T[], key: (item: T) => unknown): T[] {
  const byKey = new Map(older.map((item) => [key(item), item]));
  for (const item of newer) byKey.set(key(item), item);
  return [...byKey.values()];
}
