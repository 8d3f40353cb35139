/**
 * What the page knows of an investigation, as a pure fold over deltas and the verdicts that follow them. A snapshot replaces all; a
 * delta that begins where we stand is applied; one that we have seen is ignored; anything else is a
 * gap, and the caller asks for what is missing. So the state is always exactly the coordinator's
 * at some sequence number, never a mixture; but for the single runs of a large room while they are
 * still coming in, page by page.
 */
import type {
  CellView,
  ClaimView,
  Delta,
  RoomVerdict,
  RunView,
  VerdictPush,
  WithheldClaim,
} from '../../server/protocol.ts';

/** The room at sequence number `seq`. Cells are ordered by index; runs and claims as they came. */
export interface RoomState {
  readonly seq: number;
  readonly investigation: Delta['investigation'];
  readonly cells: readonly CellView[];
  readonly runs: readonly RunView[];
  /** While its runs come in pages, so that not all are there; null otherwise. */
  readonly loading: Loading | null;
  readonly claims: readonly ClaimView[];
  /** Claims that this room is not shown. */
  readonly withheld: readonly WithheldClaim[];
  /** Number of the last change of a cell: a verdict of it is of all that is in. */
  readonly evidence: number;
  /** What the runs say, or said when there were fewer: of its own evidence. */
  readonly verdict: RoomVerdict;
  readonly progress: Delta['progress'];
}

/** Runs of which we have been told since the snapshot that had none. */
export interface Loading {
  /** Told or taken away by deltas: a page may be older. */
  readonly told: ReadonlySet<string>;
  readonly paged: ReadonlySet<string>;
}

export type Folded =
  | { readonly kind: 'applied'; readonly state: RoomState }
  /** Everything in it is known already. */
  | { readonly kind: 'seen' }
  /** Something before it is missing: ask for everything after `have`. */
  | { readonly kind: 'gap'; readonly have: number };

/** Folds one delta into the state (null before the first snapshot). */
export function fold(state: RoomState | null, delta: Delta): Folded {
  if (delta.from !== 0) {
    if (state === null) return { kind: 'gap', have: 0 };
    if (delta.to <= state.seq) return { kind: 'seen' };
    if (delta.from !== state.seq) return { kind: 'gap', have: state.seq };
  }
  const verdict = newer(state?.verdict ?? null, delta.verdict);
  if (verdict === null) return { kind: 'gap', have: 0 };
  const before = delta.from === 0 || state === null ? snapshotOf(state, delta) : state;
  return { kind: 'applied', state: merge(before, delta, verdict) };
}

/** What a snapshot is merged with. Until its runs are there, those of before stay on the charts. */
function snapshotOf(state: RoomState | null, { runsAside }: Delta): Parts {
  const loading = { told: new Set<string>(), paged: new Set<string>() };
  return runsAside ? { ...EMPTY, runs: state?.runs ?? [], loading } : EMPTY;
}

/**
 * Folds in runs that came in a page.
 * @param isLast nothing is left to come: runs that were neither told nor in a page are no more
 */
export function foldRuns(state: RoomState, page: readonly RunView[], isLast: boolean): RoomState {
  if (state.loading === null) return state;
  const { told } = state.loading;
  const paged = new Set([...state.loading.paged, ...page.map(({ id }) => id)]);
  const runs = replaced(
    state.runs,
    page.filter(({ id }) => !told.has(id)),
    (r) => r.id,
  );
  return isLast
    ? { ...state, runs: runs.filter(({ id }) => told.has(id) || paged.has(id)), loading: null }
    : { ...state, runs, loading: { told, paged } };
}

/** Folds in what the runs say, which comes after them. */
export function foldVerdict(state: RoomState | null, pushed: VerdictPush): Folded {
  if (state === null || pushed.to > state.seq) return { kind: 'gap', have: state?.seq ?? 0 };
  if (pushed.verdict.evidence < state.verdict.evidence) return { kind: 'seen' };
  const { verdict, claims } = pushed;
  // Claims were read with everything up to `to`: whoever knows more has newer ones.
  const isNow = pushed.to === state.seq && !unchanged(claims);
  const told = { claims, withheld: [] };
  return {
    kind: 'applied',
    state: { ...state, verdict, ...(isNow ? withClaims(state, told) : {}) },
  };
}

/** That of more evidence: what one coordinator has worked out, another may not have yet. */
function newer(a: RoomVerdict | null, b: RoomVerdict | null): RoomVerdict | null {
  return a !== null && b !== null && a.evidence > b.evidence ? a : (b ?? a);
}

type Parts = Pick<RoomState, 'cells' | 'runs' | 'loading' | 'claims' | 'withheld'>;
const EMPTY: Parts = { cells: [], runs: [], loading: null, claims: [], withheld: [] };

function merge(before: Parts, delta: Delta, verdict: RoomVerdict): RoomState {
  return {
    seq: delta.to,
    investigation: delta.investigation,
    cells: unchanged(delta.cells)
      ? before.cells
      : replaced(before.cells, delta.cells, (c) => c.index).sort((a, b) => a.index - b.index),
    runs:
      unchanged(delta.runs) && unchanged(delta.gone) ? before.runs : withRuns(before.runs, delta),
    loading: before.loading === null ? null : withTold(before.loading, delta),
    ...(unchanged(delta.claims) && unchanged(delta.withheld)
      ? { claims: before.claims, withheld: before.withheld }
      : withClaims(before, delta)),
    evidence: delta.evidence,
    verdict,
    progress: delta.progress,
  };
}

function withTold({ told, paged }: Loading, { runs, gone }: Delta): Loading {
  return { told: new Set([...told, ...runs.map(({ id }) => id), ...gone]), paged };
}

/** Runs as they came, without those that left; a run that came again comes last. */
function withRuns(before: readonly RunView[], { runs, gone }: Delta): RunView[] {
  const left = new Set(gone);
  const stay = before.filter((r) => !left.has(r.id));
  return replaced(stay, runs, (r) => r.id);
}

/** A claim is either shown or withheld, as it was last told. */
function withClaims(
  before: Parts,
  { claims, withheld }: Pick<Delta, 'claims' | 'withheld'>,
): Pick<Parts, 'claims' | 'withheld'> {
  const without = <T extends { readonly id: string }>(
    all: readonly T[],
    gone: Delta['withheld' | 'claims'],
  ) => {
    const ids = new Set(gone.map((c) => c.id));
    return all.filter((c) => !ids.has(c.id));
  };
  return {
    claims: replaced(without(before.claims, withheld), claims, (c) => c.id),
    withheld: replaced(without(before.withheld, claims), withheld, (c) => c.id),
  };
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
