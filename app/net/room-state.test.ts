import { describe, expect, it } from 'vitest';
import type { CellView, ClaimView, Delta, RoomVerdict, RunView } from '../../server/protocol.ts';
import { fold, foldVerdict, type RoomState } from './room-state.ts';

const cell = (index: number, done: number): CellView => ({
  index,
  config: { η: index },
  done,
  of: 2,
  diverged: 0,
  lines: {},
});

const run = (id: string, seed = 1): RunView => ({
  id,
  cell: 0,
  seed,
  outcome: { kind: 'completed' },
  by: 'amber heron',
  backend: 'wasm',
  verified: false,
  device: 'd1',
  summary: {},
  traces: {},
});

const claim = (id: string, text: string): ClaimView => ({
  id,
  author: 'd1',
  authorName: 'amber heron',
  anchor: { kind: 'region', panel: 'p', region: { x: [0, 1], y: [0, 1] } },
  text,
  ...{ mentions: [], at: '2026-01-01T00:00:00Z', version: 1, versionAt: '2026-01-01T00:00:00Z' },
  ...{
    evidence: 1,
    runs: [],
    stoodOn: '',
    changed: [],
    resolved: null,
    replies: [],
    waiting: 0,
    hidden: 0,
  },
});

const verdictOf = (evidence: number): RoomVerdict => ({
  evidence,
  predictions: [],
  analysis: {
    fits: {},
    verdict: {
      ...{ state: 'undecided', statement: '', value: null, interval: null },
      ...{ threshold: [null, null], because: '', runs: evidence },
    },
  },
});

const delta = (from: number, to: number, part: Partial<Delta> = {}): Delta => ({
  code: 'ABCDEF',
  from,
  to,
  investigation: {
    code: 'ABCDEF',
    study: 's',
    studyVersion: '1',
    title: '',
    grid: { params: {}, seeds: [1, 2] },
    null: false,
    state: 'running',
    stopped: null,
    claimsWait: false,
    openedBy: 'amber heron',
    openedAt: '2026-01-01T00:00:00Z',
    room: {
      ...{ door: { open: true, role: 'annotator' }, presenter: null, frozen: null },
      anonymous: false,
    },
  },
  cells: [],
  runs: [],
  claims: [],
  withheld: [],
  evidence: to,
  verdict: from === 0 ? verdictOf(to) : null,
  gone: [],
  progress: { runs: 0, ofRuns: 2, verified: 0, withdrawn: 0 },
  ...part,
});

function applied(state: RoomState | null, d: Delta): RoomState {
  const folded = fold(state, d);
  if (folded.kind !== 'applied') throw new Error(`expected applied, got ${folded.kind}`);
  return folded.state;
}

describe('the fold of deltas', () => {
  it('begins with a snapshot and refuses a delta before it', () => {
    expect(fold(null, delta(3, 4))).toEqual({ kind: 'gap', have: 0 });
    expect(applied(null, delta(0, 4, { cells: [cell(0, 0)] })).seq).toBe(4);
  });

  it('applies a delta that begins where the state stands, replacing whole objects', () => {
    const a = applied(
      null,
      delta(0, 4, { cells: [cell(0, 0), cell(1, 0)], runs: [run('a')], claims: [claim('c', 'x')] }),
    );
    const b = applied(
      a,
      delta(4, 6, {
        cells: [cell(1, 1)],
        runs: [run('b')],
        claims: [claim('c', 'y')],
        progress: { runs: 1, ofRuns: 2, verified: 0, withdrawn: 0 },
      }),
    );
    expect(b.seq).toBe(6);
    expect(b.cells.map((c) => [c.index, c.done])).toEqual([
      [0, 0],
      [1, 1],
    ]);
    expect(b.runs.map((r) => r.id)).toEqual(['a', 'b']);
    expect(b.claims.map((c) => c.text)).toEqual(['y']);
    expect(b.progress.runs).toBe(1);
  });

  it('takes away a claim that is withheld, and shows it when it is back', () => {
    const a = applied(null, delta(0, 4, { claims: [claim('c', 'x'), claim('d', 'z')] }));
    const b = applied(a, delta(4, 5, { withheld: [{ id: 'c', why: 'hidden', seq: 5 }] }));
    expect(b.claims.map((c) => c.id)).toEqual(['d']);
    expect(b.withheld.map((c) => c.id)).toEqual(['c']);
    const c = applied(b, delta(5, 6, { claims: [claim('c', 'y')] }));
    expect(c.claims.map((one) => one.text)).toEqual(['z', 'y']);
    expect(c.withheld).toEqual([]);
  });

  it('names its own number when something is missing, and changes nothing', () => {
    const a = applied(null, delta(0, 4));
    expect(fold(a, delta(5, 6))).toEqual({ kind: 'gap', have: 4 });
    expect(fold(a, delta(3, 6))).toEqual({ kind: 'gap', have: 4 });
    expect(a.seq).toBe(4);
  });

  it('ignores a delta that it has seen, so that a repeat counts nothing twice', () => {
    const a = applied(null, delta(0, 4));
    const b = applied(a, delta(4, 5, { runs: [run('a')] }));
    expect(fold(b, delta(4, 5, { runs: [run('a')] }))).toEqual({ kind: 'seen' });
  });

  it('lets a snapshot replace everything, cells and runs that are gone included', () => {
    const a = applied(null, delta(0, 4, { cells: [cell(0, 1)], runs: [run('a')] }));
    const b = applied(a, delta(0, 9, { cells: [cell(0, 2)], runs: [run('b')] }));
    expect(b.runs.map((r) => r.id)).toEqual(['b']);
    expect(b.cells).toHaveLength(1);
  });

  it('keeps cells in the order of the grid whatever order they came in', () => {
    const a = applied(null, delta(0, 1, { cells: [cell(2, 0), cell(0, 0), cell(1, 0)] }));
    expect(a.cells.map((c) => c.index)).toEqual([0, 1, 2]);
  });

  it('keeps the same list of runs when a delta brings none, so that charts need not redraw', () => {
    const a = applied(null, delta(0, 1, { runs: [run('a')] }));
    expect(applied(a, delta(1, 2)).runs).toBe(a.runs);
  });
});

describe('[D7] the fold of verdicts', () => {
  const pushed = (to: number, evidence: number, claims: readonly ClaimView[] = []) => ({
    ...{ code: 'ABCDEF', to, verdict: verdictOf(evidence), claims },
  });
  const told = (state: RoomState, push: ReturnType<typeof pushed>): RoomState => {
    const folded = foldVerdict(state, push);
    if (folded.kind !== 'applied') throw new Error(`expected applied, got ${folded.kind}`);
    return folded.state;
  };

  it('keeps the last verdict while points come, and knows that it is of less', () => {
    const a = applied(null, delta(0, 4));
    const b = applied(a, delta(4, 5, { runs: [run('a')] }));
    expect([b.verdict.evidence, b.evidence]).toEqual([4, 5]);
    const c = told(b, pushed(5, 5));
    expect([c.verdict.evidence, c.evidence]).toEqual([5, 5]);
    expect([c.runs, c.cells, c.claims]).toEqual([b.runs, b.cells, b.claims]);
  });

  it('takes no earlier verdict for a later one, in whatever way it comes', () => {
    const a = told(applied(applied(null, delta(0, 4)), delta(4, 6)), pushed(6, 6));
    expect(foldVerdict(a, pushed(6, 5))).toEqual({ kind: 'seen' });
    const again = applied(a, delta(0, 7, { verdict: verdictOf(5) }));
    expect([again.seq, again.verdict.evidence]).toEqual([7, 6]);
    expect(applied(a, delta(0, 7)).verdict.evidence).toBe(7);
  });

  it('asks for what is missing before a verdict of it', () => {
    const a = applied(null, delta(0, 4));
    expect(foldVerdict(a, pushed(5, 5))).toEqual({ kind: 'gap', have: 4 });
    expect(foldVerdict(null, pushed(5, 5))).toEqual({ kind: 'gap', have: 0 });
  });

  it('flags claims about it with it, and leaves those alone that were changed since it was read', () => {
    const claims = [claim('c', 'x'), claim('d', 'y')];
    const a = applied(null, delta(0, 4, { claims }));
    const flagged = { ...claim('c', 'x'), changed: ['The verdict was “fails”.'] };
    expect(
      told(a, pushed(4, 4, [flagged]))
        .claims.map((c) => c.changed.length)
        .sort(),
    ).toEqual([0, 1]);
    const edited = applied(a, delta(4, 5, { claims: [claim('c', 'z')] }));
    expect(told(edited, pushed(4, 5, [flagged])).claims).toBe(edited.claims);
  });
});
