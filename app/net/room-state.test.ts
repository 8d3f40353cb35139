import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CellView, ClaimView, Delta, RoomVerdict, RunView } from '../../server/protocol.ts';
import { fold, foldRuns, foldVerdict, type RoomState } from './room-state.ts';

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
  runsAside: false,
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

describe('[D8] runs that come in pages', () => {
  const aside = (to: number) => delta(0, to, { runsAside: true });
  const ids = ({ runs }: RoomState) => runs.map((r) => r.id);

  it('are there when the last page is, and say until then that they are not', () => {
    const a = applied(null, aside(4));
    expect([ids(a), a.loading === null]).toEqual([[], false]);
    const b = foldRuns(a, [run('a'), run('b')], false);
    expect([ids(b), b.loading === null]).toEqual([['a', 'b'], false]);
    const c = foldRuns(b, [run('c')], true);
    expect([ids(c), c.loading]).toEqual([['a', 'b', 'c'], null]);
  });

  it('leave those of before on the charts, and take away those that are no more with the last', () => {
    const before = applied(null, delta(0, 4, { runs: [run('a', 1), run('gone')] }));
    const a = applied(before, aside(9));
    expect(ids(a)).toEqual(['a', 'gone']);
    const b = foldRuns(a, [run('a', 2)], true);
    expect(b.runs).toEqual([run('a', 2)]);
  });

  it('however deltas and pages cross, come to what the room has', () => {
    const id = fc.integer({ min: 0, max: 7 });
    const change = fc.record({ id, gone: fc.boolean() });
    // Of each page: changes before it is read, those between that and its coming, and its length.
    const round = fc.record({
      before: fc.array(change, { maxLength: 4 }),
      under: fc.array(change, { maxLength: 4 }),
      size: fc.integer({ min: 1, max: 3 }),
    });
    fc.assert(
      fc.property(
        fc.array(id, { maxLength: 8 }),
        fc.array(id, { maxLength: 8 }),
        fc.array(round, { minLength: 1, maxLength: 9 }),
        (old, first, rounds) => {
          const room = new Map<number, RunView>();
          let seq = 1;
          const put = (key: number) => room.set(key, run(String(key), seq));
          for (const key of first) put(key);
          const stale = applied(null, delta(0, seq, { runs: old.map((k) => run(String(k), 0)) }));
          let state = applied(stale, aside(++seq));
          const happen = (changes: readonly { id: number; gone: boolean }[]) => {
            for (const { id: key, gone } of changes) {
              seq += 1;
              if (gone) room.delete(key);
              else put(key);
              const told = gone ? { gone: [String(key)] } : { runs: [run(String(key), seq)] };
              state = applied(state, delta(seq - 1, seq, told));
            }
          };
          let after = -1;
          for (const { before, under, size } of [...rounds, ...Array(9).fill(rounds[0])]) {
            happen(before);
            const rest = [...room].filter(([key]) => key > after).sort(([a], [b]) => a - b);
            const page = rest.slice(0, size);
            const isLast = page.length < size;
            happen(under);
            state = foldRuns(
              state,
              page.map(([, one]) => one),
              isLast,
            );
            if (isLast) break;
            after = page.at(-1)?.[0] ?? after;
          }
          expect(state.loading).toBeNull();
          const has = (runs: Iterable<RunView>) => new Map([...runs].map((r) => [r.id, r]));
          expect(has(state.runs)).toEqual(has(room.values()));
        },
      ),
    );
  });
});
