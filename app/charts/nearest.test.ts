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
  fits: [],
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
