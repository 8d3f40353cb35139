import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Analysis } from '../../compute/studies/study.ts';
import type { Anchor } from '../protocol.ts';
import { digestInside, sameStanding, standingOfFit, withRuns } from './standing.ts';
import { changesOf, stoodOn } from './words.ts';

const region: Anchor = { kind: 'region', panel: 'p', region: { x: [1, 2], y: [0, 5] } };
const range: Anchor = { kind: 'range', panel: 'p', x: [2, 3] };
const point: Anchor = {
  ...{ kind: 'point', panel: 'p', of: { kind: 'run', run: 'a' }, line: 'l', x: 2, y: 4 },
};
const fit: Anchor = { kind: 'fit', fit: 'slope' };
const traces = { p: [{ line: 'l', x: [0, 1, 2, 3], y: [0, 2, 4, 9] }] };
const digestOf = (inside: unknown) =>
  createHash('sha256').update(JSON.stringify(inside)).digest('hex').slice(0, 16);

describe('[C2] the digest of what is inside an anchor', () => {
  it('is of the points inside and of no others', () => {
    expect(digestInside(region, traces)).toBe(digestOf(['l', 1, 2, 'l', 2, 4]));
    expect(digestInside(range, traces)).toBe(digestOf(['l', 2, 4, 'l', 3, 9]));
    expect(digestInside(point, traces)).toBe(digestOf(['l', 2, 4]));
    expect(digestInside({ ...region, panel: 'q' }, traces)).toBeNull();
    expect(digestInside({ ...point, line: 'm' } as Anchor, traces)).toBeNull();
  });

  it('does not count what is no number as inside', () => {
    const broken = { p: [{ line: 'l', x: [2], y: [Number.NaN] }] };
    for (const anchor of [region, range, point]) expect(digestInside(anchor, broken)).toBeNull();
  });

  it('takes a run in, and out again when its result leaves', () => {
    const one = withRuns({}, region, [{ id: 'a', traces }]);
    expect(Object.keys(one)).toEqual(['a']);
    expect(withRuns(one, region, [{ id: 'a', traces: null }])).toEqual({});
    expect(withRuns({}, point, [{ id: 'b', traces }])).toEqual({});
  });
});

describe('[C3] what changed, in words', () => {
  const runs = (of: Record<string, string | null>) => ({ kind: 'runs', runs: of }) as const;

  it('says nothing of what is the same, whatever the order of the runs', () => {
    expect(sameStanding(runs({ a: '1', b: '2' }), runs({ b: '2', a: '1' }))).toBe(true);
    expect(changesOf(region, runs({ a: '1' }), runs({ a: '1' }))).toEqual([]);
    // From before there were digests: that it was inside is all that is known.
    expect(changesOf(region, runs({ a: null }), runs({ a: '1' }))).toEqual([]);
  });

  it('counts runs that came, left, and have other points', () => {
    const was = runs({ a: '1', b: '2', c: '3' });
    expect(changesOf(region, was, runs({ a: '1', b: '9', d: '4', e: '5', f: '6' }))).toEqual([
      '3 runs have come into the region.',
      '1 run left the region: it did not stand up to verification.',
      '1 run in the region was withdrawn and trained again, with other points.',
    ]);
    expect(changesOf(range, was, runs({}))).toEqual([
      '3 runs left the range: they did not stand up to verification.',
    ]);
  });

  it('gives the numbers of a fit and of a mean before and now', () => {
    const was = { value: 0.98, interval: [0.95, 1.01], runs: 12 } as const;
    const is = { value: 1.04, interval: [1, 1.08], runs: 15 } as const;
    expect(
      changesOf(fit, { kind: 'fit', fit: was, state: null }, { kind: 'fit', fit: is, state: null }),
    ).toEqual([
      'The fit moved: it was 0.98 [0.95, 1.01] (12 runs) and is 1.04 [1, 1.08] (15 runs) now.',
    ]);
    expect(
      changesOf(point, { kind: 'mean', mean: was }, { kind: 'mean', mean: { ...was, runs: 13 } }),
    ).toEqual([
      'The mean stayed, and stands on other runs: it was 0.98 [0.95, 1.01] (12 runs) and is 0.98 [0.95, 1.01] (13 runs) now.',
    ]);
    expect(changesOf(point, { kind: 'mean', mean: was }, { kind: 'mean', mean: null })).toEqual([
      'The mean is gone: no run shows it now.',
    ]);
    expect(stoodOn(fit, { kind: 'fit', fit: was, state: null })).toBe(
      'It was 0.98 [0.95, 1.01] (12 runs).',
    );
  });

  it('tells a verdict that turned', () => {
    const analysis = (state: 'holds' | 'fails', value: number): Analysis => ({
      fits: { slope: { label: 'slope', value: Number.NaN, interval: null, runs: 2 } },
      verdict: {
        ...{ state, statement: '', value, interval: null, threshold: [null, null] },
        ...{ because: '', runs: 4 },
      },
    });
    const anchor: Anchor = { kind: 'fit', fit: null };
    const [was, is] = [
      standingOfFit(null, analysis('holds', 1)),
      standingOfFit(null, analysis('fails', 2)),
    ];
    expect(changesOf(anchor, was, is)).toEqual([
      'The verdict was “holds” at 1 (4 runs) and is “fails” at 2 (4 runs) now.',
    ]);
    expect(standingOfFit('slope', analysis('holds', 1))).toMatchObject({ fit: { value: null } });
    expect(standingOfFit('constructor', analysis('holds', 1))).toMatchObject({ fit: null });
  });
});
