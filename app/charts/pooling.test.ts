import { expect, test } from 'vitest';
import type { CellView } from '../../server/protocol.ts';
import { groupCells, pooledLines } from './pooling.ts';

const cell = (index: number, config: CellView['config']): CellView => ({
  ...{ index, config, done: 0, of: 0, diverged: 0, lines: {} },
});
const cells = [
  cell(5, { depth: 2, rate: 0.1, init: 'a' }),
  cell(2, { depth: 3, rate: 0.1, init: 'a' }),
  cell(7, { depth: 2, rate: 0.2, init: 'a' }),
  cell(9, { depth: 2, rate: 0.2, init: 'b' }),
];
const indices = (pooled: readonly string[]) =>
  groupCells(cells, pooled).map((g) => [g.index, g.cells.map((c) => c.index)]);

test('cells that agree in all but the pooled parameters are one group, whatever is pooled', () => {
  expect(indices([])).toEqual([
    [2, [2]],
    [5, [5]],
    [7, [7]],
    [9, [9]],
  ]);
  expect(indices(['rate'])).toEqual([
    [2, [2]],
    [5, [5, 7]],
    [9, [9]],
  ]);
  expect(indices(['rate', 'depth', 'init'])).toEqual([[2, [5, 2, 7, 9]]]);
});

test('a pooled mean and its t interval are those of the values, in closed form', () => {
  // 1 … 9: mean 5, variance n(n + 1)/12 = 7.5, t of 8 degrees of freedom 2.306 (any table).
  const [line] = pooledLines(
    Array.from({ length: 9 }, (_, i) => ({ line: 'a', x: [1, 2], y: [i + 1, 7] })),
  );
  const half = 2.306 * Math.sqrt(7.5 / 9);
  expect(line?.mean).toEqual([5, 7]);
  expect(line?.n).toEqual([9, 9]);
  expect(line?.lo[0]).toBeCloseTo(5 - half, 12);
  expect(line?.hi[0]).toBeCloseTo(5 + half, 12);
  expect([line?.lo[1], line?.hi[1]]).toEqual([7, 7]);
});

test('lines stay apart, x ascends, one run is no interval, and what is not finite is not averaged', () => {
  const lines = pooledLines([
    { line: 'a', x: [1, 3], y: [1, Number.NaN] },
    { line: 'a', x: [2, 3], y: [4, 6] },
    { line: 'b', x: [3], y: [8] },
  ]);
  expect(lines).toEqual([
    {
      line: 'a',
      x: [1, 2, 3],
      mean: [1, 4, 6],
      lo: [null, null, null],
      hi: [null, null, null],
      n: [1, 1, 1],
    },
    { line: 'b', x: [3], mean: [8], lo: [null], hi: [null], n: [1] },
  ]);
});

test('an x that most runs lost in thinning is not shown as a mean of all', () => {
  const traces = [
    { line: 'a', x: [0, 1, 4], y: [0, 100, 4] },
    { line: 'a', x: [0, 2, 4], y: [0, 2, 4] },
    { line: 'a', x: [0, 2, 4], y: [0, 2, 4] },
  ];
  expect(pooledLines(traces)[0]?.x).toEqual([0, 2, 4]);
});
