import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { MeanLine, Picture, RawLine, TheoryLine } from './picture.ts';
import type { Spot } from './spot.ts';
import { rowsOf, WALK_KEYS, walk } from './walk.ts';

const points = (xs: readonly number[]) => xs.map((x) => ({ x, y: x, interval: null, n: 1 }));
const mean = (key: string, xs: readonly number[]): MeanLine => ({
  ...{
    kind: 'mean',
    verified: true,
    key,
    name: key,
    series: 0,
    cell: 0,
    line: '',
    points: points(xs),
  },
});
const raw = (key: string, xs: readonly number[]): RawLine => ({
  ...{
    kind: 'raw',
    verified: true,
    key,
    name: key,
    series: 0,
    cell: 0,
    line: '',
    run: key,
    points: points(xs),
  },
});
const theory = (key: string, xs: readonly number[]): TheoryLine => ({
  ...{ kind: 'theory', key, name: key, series: null, dash: 0, points: points(xs) },
  ...{ line: key, cells: null, guide: false },
});
const picture = (part: Partial<Picture>): Picture => ({
  ...{ theory: [], means: [], raw: [], series: [], leftOut: 0, ...part },
});
const rows = rowsOf(
  picture({
    means: [mean('a', [0, 1, 2]), mean('b', [0.9, 5])],
    raw: [raw('r', [1])],
    theory: [theory('t', [0, 10])],
  }),
);

test('the means are walked, then the theory; single runs only where there is no mean', () => {
  expect(rows.map((row) => row[0]?.key)).toEqual(['a', 'b', 't']);
  const runs = rowsOf(picture({ raw: [raw('r', [1, 2])] }));
  expect(runs.map((row) => row[0]?.key)).toEqual(['r']);
});

test('lines of one point are one row, in the order of x', () => {
  const [row] = rowsOf(picture({ means: [mean('p', [3]), mean('q', [1]), mean('r', [2])] }));
  expect(row?.map((s) => s.key)).toEqual(['q', 'r', 'p']);
});

test('what a zoom has left out of view is not walked', () => {
  const all = picture({ means: [mean('a', [0, 1, 2, 3])], theory: [theory('t', [9])] });
  const [row, ...others] = rowsOf(all, (p) => p.x >= 1 && p.x <= 2);
  expect(row?.map((s) => s.x)).toEqual([1, 2]);
  expect(others).toEqual([]);
});

test('the first key enters at the start', () => {
  for (const key of WALK_KEYS) expect(walk(rows, null, key)).toEqual({ key: 'a', x: 0 });
  expect(walk(rows, { key: 'gone', x: 1 }, 'End')).toEqual({ key: 'a', x: 0 });
  expect(walk([], null, 'ArrowRight')).toBeNull();
});

test('left and right go along the line and stop at its ends, Home and End reach them', () => {
  const at = { key: 'a', x: 1 };
  expect(walk(rows, at, 'ArrowLeft')).toEqual({ key: 'a', x: 0 });
  expect(walk(rows, at, 'ArrowRight')).toEqual({ key: 'a', x: 2 });
  expect(walk(rows, { key: 'a', x: 2 }, 'ArrowRight')).toEqual({ key: 'a', x: 2 });
  expect(walk(rows, at, 'Home')).toEqual({ key: 'a', x: 0 });
  expect(walk(rows, at, 'End')).toEqual({ key: 'a', x: 2 });
});

test('up and down change the line at about the same x, and stop at the first and the last', () => {
  expect(walk(rows, { key: 'a', x: 1 }, 'ArrowDown')).toEqual({ key: 'b', x: 0.9 });
  expect(walk(rows, { key: 'b', x: 5 }, 'ArrowUp')).toEqual({ key: 'a', x: 2 });
  expect(walk(rows, { key: 'a', x: 1 }, 'ArrowUp')).toEqual({ key: 'a', x: 1 });
  expect(walk(rows, { key: 't', x: 10 }, 'ArrowDown')).toEqual({ key: 't', x: 10 });
});

test('a point that is gone is left from where it was', () => {
  expect(walk(rows, { key: 'a', x: 1.2 }, 'ArrowRight')).toEqual({ key: 'a', x: 2 });
});

test('every key leads to a point that is there, from anywhere', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 30 }), { maxLength: 5 }),
      fc.array(fc.constantFrom(...WALK_KEYS), { maxLength: 30 }),
      (lines, keys) => {
        const means = lines.map((xs, i) =>
          mean(
            `${i}`,
            [...new Set(xs)].sort((a, b) => a - b),
          ),
        );
        const all = rowsOf(picture({ means }));
        let at: Spot | null = null;
        for (const key of keys) {
          at = walk(all, at, key);
          if (all.length === 0) expect(at).toBeNull();
          else expect(all.flat()).toContainEqual(at);
        }
      },
    ),
    { seed: 5, numRuns: 300 },
  );
});
