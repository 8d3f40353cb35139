import { expect, test } from 'vitest';
import type { RunRecord } from './study.ts';
import { curveOf, distinctBy, pointOf, tasksOf, traceOf, valueAt } from './traces.ts';

const run = (kind: 'completed' | 'diverged'): RunRecord => ({
  ...{ config: {}, seed: 1 },
  outcome: kind === 'completed' ? { kind } : { kind, step: 2 },
  series: {
    steps: Float32Array.from([0, 5, 10]),
    columns: { loss: Float32Array.from([4, Number.NaN, 0]) },
  },
});

test('what is not finite is not drawn, nor what has no place on a log axis', () => {
  const loss = (row: number) => valueAt(run('completed'), 'loss', row);
  expect(curveOf('l', run('completed'), loss)).toEqual([{ line: 'l', x: [0, 10], y: [4, 0] }]);
  expect(curveOf('l', run('completed'), loss, true)).toEqual([{ line: 'l', x: [0], y: [4] }]);
  expect(traceOf('l', [[1, Number.NaN]])).toEqual([]);
  expect(valueAt(run('completed'), 'none')).toBeNaN();
});

test('a run that diverged is no point', () => {
  expect(pointOf('p', run('completed'), 1, 2)).toEqual([{ line: 'p', x: [1], y: [2] }]);
  expect(pointOf('p', run('diverged'), 1, 2)).toEqual([]);
});

test('of configs that are alike in what is asked, the first is kept', () => {
  const cells = [
    { a: 1, b: 1 },
    { a: 1, b: 2 },
    { a: 2, b: 1 },
  ];
  expect(distinctBy(cells, (c) => [c.a])).toEqual([cells[0], cells[2]]);
});

test('cells alike in what is asked are one task, and those without an answer are in none', () => {
  const cells = [{ a: 1 }, { a: 2 }, { a: 1 }, { a: 3 }];
  expect(tasksOf(cells, ({ a }) => (a === 2 ? null : [a]))).toEqual([
    { config: cells[0], cells: [0, 2] },
    { config: cells[3], cells: [3] },
  ]);
});
