import fc from 'fast-check';
import { expect, test } from 'vitest';
import { indexPoints, pointerIndex } from './nearest.ts';
import type { Picture, RawLine } from './picture.ts';
import type { Projection } from './projection.ts';

/** Pixels are the values themselves. */
const same: Projection = {
  area: { x: 0, y: 0, width: 100, height: 100 },
  px: (x) => x,
  py: (y) => y,
  dataX: (x) => x,
  dataY: (y) => y,
};
const raw = (points: RawLine['points']): RawLine => ({
  ...{
    kind: 'raw',
    verified: true,
    key: 'raw',
    name: '',
    series: 0,
    cell: 0,
    line: '',
    run: 'r',
    points,
  },
});

test('the search finds what looking at every point finds', () => {
  const pixel = fc.integer({ min: 0, max: 100 });
  const point = fc.record({ x: pixel, y: pixel });
  fc.assert(
    fc.property(fc.array(point, { maxLength: 60 }), point, pixel, (points, at, radius) => {
      const sorted = [...points].sort((a, b) => a.x - b.x);
      const found = indexPoints([raw(sorted)], same).nearest(at.x, at.y, radius);
      const distances = sorted.map((p) => Math.hypot(p.x - at.x, p.y - at.y));
      const least = distances.filter((d) => d <= radius).reduce((a, b) => Math.min(a, b), Infinity);
      expect(found?.distance ?? Infinity).toBe(least);
    }),
    { seed: 8, numRuns: 500 },
  );
});

const picture: Picture = {
  raw: [raw([{ x: 50, y: 50 }])],
  means: [
    {
      ...{ kind: 'mean', verified: true, key: 'mean', name: '', series: 0, cell: 0, line: '' },
      points: [{ x: 50, y: 54, interval: null, n: 1 }],
    },
  ],
  theory: [
    {
      ...{ kind: 'theory', key: 'theory', name: '', series: null, dash: 0 },
      points: [
        { x: 50, y: 50 },
        { x: 99, y: 99 },
      ],
    },
  ],
  series: [],
  leftOut: 0,
};

test('a mean is read before a run that is hardly nearer, and the theory where neither is near', () => {
  const spotAt = pointerIndex(picture, same);
  expect(spotAt(50, 50)?.key).toBe('mean');
  expect(spotAt(50, 44)?.key).toBe('mean');
  expect(spotAt(99, 95)?.key).toBe('theory');
  expect(spotAt(0, 99)).toBeNull();
});

test('a run is read where its mean is farther', () => {
  const [first] = picture.means;
  if (first === undefined) throw new Error('no mean');
  const far = { ...first, points: [{ x: 50, y: 70, interval: null, n: 1 }] };
  expect(pointerIndex({ ...picture, means: [far] }, same)(50, 50)?.key).toBe('raw');
});

test('runs that come later are found beside those that were there, and those that left are not', () => {
  const memory = { kept: null };
  const [a, b] = [raw([{ x: 10, y: 10 }]), { ...raw([{ x: 90, y: 90 }]), key: 'b' }];
  const bare = { ...picture, means: [], theory: [] };
  const keyAt = (lines: readonly RawLine[], x: number, y: number) =>
    pointerIndex({ ...bare, raw: lines }, same, memory)(x, y)?.key ?? null;
  expect([keyAt([a], 10, 10), keyAt([a], 90, 90)]).toEqual(['raw', null]);
  expect([keyAt([a, b], 10, 10), keyAt([a, b], 90, 90)]).toEqual(['raw', 'b']);
  expect([keyAt([b], 10, 10), keyAt([b], 90, 90)]).toEqual([null, 'b']);
});

test('what lies outside of the frame is not read', () => {
  const outside = { ...picture, means: [], theory: [], raw: [raw([{ x: 101, y: 50 }])] };
  expect(pointerIndex(outside, same)(99, 50)).toBeNull();
});
