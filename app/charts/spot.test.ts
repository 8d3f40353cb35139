import { expect, test } from 'vitest';
import { deepLinear } from '../../compute/studies/deep-linear.ts';
import type { MeanLine, Picture, RawLine } from './picture.ts';
import { read } from './reading.ts';
import { pointAt, runAt, wordsOf } from './spot.ts';

const [panel] = deepLinear.panels;
if (panel === undefined) throw new Error('the study has no panel');
const raw = (run: string, cell: number, y: number): RawLine => ({
  ...{
    kind: 'raw',
    verified: true,
    key: `raw/${run}`,
    name: `seed ${run}`,
    series: 0,
    cell,
    line: 'mode 1',
    run,
  },
  points: [{ x: 1, y }],
});
const mean: MeanLine = {
  ...{
    kind: 'mean',
    verified: true,
    key: 'mean/0',
    name: 'η 0.1',
    series: 0,
    cell: 0,
    line: 'mode 1',
  },
  points: [{ x: 1, y: 2, interval: [1.5, 2.5], n: 3 }],
};
const picture: Picture = {
  ...{ theory: [], fits: [], means: [mean], series: [], leftOut: 0 },
  raw: [raw('1', 0, 2.4), raw('2', 0, 1.8), raw('3', 1, 2)],
};

test('a point is read in words: who, y with its interval, x', () => {
  expect(wordsOf(picture, panel, { key: 'mean/0', x: 1 })).toBe(
    'η 0.1, mean of 3 runs; mode strength a: 2 (95% interval 1.5 to 2.5); time t = η × step: 1',
  );
  expect(wordsOf(picture, panel, { key: 'raw/2', x: 1 })).toBe(
    'seed 2; mode strength a: 1.8; time t = η × step: 1',
  );
  expect(wordsOf(picture, panel, { key: 'gone', x: 1 })).toBe('');
});

test('the run of a mean is the nearest of its own cell', () => {
  expect(runAt(picture, { key: 'mean/0', x: 1 })?.run).toBe('2');
  expect(runAt(picture, { key: 'raw/3', x: 1 })?.run).toBe('3');
  expect(runAt(picture, { key: 'gone', x: 1 })).toBeNull();
});

test('the nearest point in x is found at and beyond the ends', () => {
  const points = [0, 1, 4].map((x) => ({ x, y: 0 }));
  expect([-5, 0.4, 0.6, 3, 99].map((x) => pointAt(points, x)?.x)).toEqual([0, 0, 1, 4, 4]);
  expect(pointAt([], 1)).toBeUndefined();
});

const [spot, other] = [
  { key: 'a', x: 1 },
  { key: 'b', x: 2 },
];

test('what was pressed stays while the pointer moves on, until it is pressed away or cleared', () => {
  const pinned = read({ kind: 'none' }, { kind: 'press', spot });
  expect(read(pinned, { kind: 'pass', spot: other })).toBe(pinned);
  expect(read(pinned, { kind: 'pass', spot: null })).toBe(pinned);
  expect(read(pinned, { kind: 'blur' })).toBe(pinned);
  expect(read(pinned, { kind: 'press', spot: null }).kind).toBe('none');
  expect(read(pinned, { kind: 'clear' }).kind).toBe('none');
});

test('a pointer that leaves takes its own reading along, not that of the keys', () => {
  const passing = read({ kind: 'none' }, { kind: 'pass', spot });
  expect(read(passing, { kind: 'pass', spot: null }).kind).toBe('none');
  expect(read(passing, { kind: 'pass', spot: { ...spot } })).toBe(passing);
  const walking = read({ kind: 'none' }, { kind: 'walk', spot });
  expect(read(walking, { kind: 'pass', spot: null })).toBe(walking);
  expect(read(walking, { kind: 'blur' }).kind).toBe('none');
  expect(read(walking, { kind: 'pin' })).toEqual({ kind: 'pinned', spot });
});
