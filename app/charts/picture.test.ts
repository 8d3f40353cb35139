import { expect, test } from 'vitest';
import { deepLinear } from '../../compute/studies/deep-linear.ts';
import type { Panel, Study } from '../../compute/studies/study.ts';
import type { CellView, RunView } from '../../server/protocol.ts';
import { DEFAULT_VIEW } from '../view/view-state.ts';
import { type PictureInput, pictureMemory, pictureOf } from './picture.ts';

/** A panel about a known line, y = cell for each cell and y = 9 for all. */
const panel: Panel = {
  id: 'p',
  title: 'P',
  caption: '',
  x: { label: 'x', scale: 'log' },
  y: { label: 'y', scale: 'linear' },
  draw: 'curves',
  colorBy: 'cell',
  observe: () => [],
  theory: (cells) => [
    { cell: null, line: 'all', x: [1, 2], y: [9, 9] },
    ...cells.map((_, cell) => ({ cell, line: 'own', x: [1, 2], y: [cell, cell] })),
  ],
};
const study: Study = { ...deepLinear, panels: [panel] };

const cell = (index: number, learningRate: number): CellView => ({
  ...{ index, config: { learningRate, depth: 2 }, done: 1, of: 1, diverged: 0 },
  lines: {
    p: [
      {
        line: 'own',
        x: [0, 1, 2],
        mean: [5, 6, 7],
        lo: [1, 5, null],
        hi: [2, 7, null],
        n: [3, 2, 1],
      },
    ],
  },
});
const run = (id: string, at: number, seed: number): RunView => ({
  ...{
    id,
    cell: at,
    seed,
    outcome: { kind: 'completed' },
    by: '',
    backend: 'wasm',
    verified: true,
    device: 'd1',
    summary: {},
  },
  traces: { p: [{ line: 'own', x: [0, 1, 2], y: [5, Number.NaN, 7] }] },
});
const input: PictureInput = {
  ...{ study, panel, isNull: false, isolated: null },
  cells: [cell(4, 0.1), cell(7, 0.2)],
  runs: [run('a', 4, 1), run('b', 7, 2)],
};

test('every line is named by what differs, and every key is its own', () => {
  const { theory, means, raw } = pictureOf(input);
  expect(theory.map((l) => l.name)).toEqual(['all', 'η 0.1', 'η 0.2']);
  expect(means.map((l) => l.name)).toEqual(['η 0.1', 'η 0.2']);
  expect(raw.map((l) => l.name)).toEqual(['η 0.1, seed 1', 'η 0.2, seed 2']);
  const keys = [...theory, ...means, ...raw].map((l) => l.key);
  expect(new Set(keys).size).toBe(keys.length);
});

test('theory, mean and runs of a cell share its series, whatever its place in the list', () => {
  const { theory, means, raw, series } = pictureOf(input);
  expect(theory.map((l) => l.series)).toEqual([null, 4, 7]);
  expect([means, raw].map((lines) => lines.map((l) => l.series))).toEqual([
    [4, 7],
    [4, 7],
  ]);
  expect(series).toEqual([
    { index: 4, name: 'η 0.1' },
    { index: 7, name: 'η 0.2' },
  ]);
});

test('a mean keeps its interval and its number of runs when points before it are left out', () => {
  expect(pictureOf(input).means[0]?.points).toEqual([
    { x: 1, y: 6, interval: [5, 7], n: 2 },
    { x: 2, y: 7, interval: null, n: 1 },
  ]);
});

test('what cannot stand on the axes is counted, not drawn', () => {
  const { raw, leftOut } = pictureOf(input);
  expect(raw.map((l) => l.points)).toEqual([[{ x: 2, y: 7 }], [{ x: 2, y: 7 }]]);
  expect(leftOut).toBe(4);
});

test('an isolated cell stands alone, with the theory that holds for all, in its own hue', () => {
  const { theory, means, raw, series } = pictureOf({ ...input, isolated: 7 });
  expect(theory.map((l) => l.name)).toEqual(['all', 'η 0.2']);
  expect([means.length, raw.length]).toEqual([1, 1]);
  expect(series.map((s) => s.index)).toEqual([7]);
});

test('hues by line stay while results arrive, because the theory names its lines first', () => {
  const byLine = { ...panel, colorBy: 'line' } as const;
  const before = pictureOf({
    ...input,
    panel: byLine,
    cells: [{ ...cell(4, 0.1), lines: {} }],
    runs: [],
  });
  const after = pictureOf({ ...input, panel: byLine });
  expect(before.series).toEqual([{ index: 0, name: 'own' }]);
  expect(after.series).toEqual(before.series);
});

test('without theory and runs there is nothing', () => {
  const bare = { ...panel, theory: () => [] };
  const { theory, means, raw, series } = pictureOf({ ...input, panel: bare, cells: [], runs: [] });
  expect([theory, means, raw, series]).toEqual([[], [], [], []]);
});

test('coloured by a parameter, series are its values in order, whatever the order of the cells', () => {
  const view = { ...DEFAULT_VIEW, color: { param: 'learningRate' } } as const;
  const swapped = { ...input, cells: [cell(4, 0.2), cell(7, 0.1)], view };
  const { means, series, ramp } = pictureOf(swapped);
  expect(series).toEqual([
    { index: 0, name: 'η 0.1' },
    { index: 1, name: 'η 0.2' },
  ]);
  expect(means.map((l) => [l.cell, l.series])).toEqual([
    [4, 1],
    [7, 0],
  ]);
  expect(ramp).toBe(2);
});

test('averaged over a parameter, cells that agree in the rest have one mean, of all their runs', () => {
  const view = { ...DEFAULT_VIEW, pooled: ['learningRate'] };
  const { means } = pictureOf({ ...input, view });
  expect(means).toHaveLength(1);
  expect(means[0]).toMatchObject({ cell: 4, cells: [4, 7] });
  expect(means[0]?.points).toEqual([{ x: 2, y: 7, interval: [7, 7], n: 2 }]);
});

test('layers that are hidden are not drawn, and dashes follow the values of their parameter', () => {
  const view = { ...DEFAULT_VIEW, runs: false, theory: false, dash: 'learningRate' };
  const { means, raw, theory, strokes } = pictureOf({ ...input, view });
  expect([raw, theory]).toEqual([[], []]);
  expect(means.map((l) => l.strokes ?? 0)).toEqual([0, 1]);
  expect(strokes).toEqual(['η 0.1', 'η 0.2']);
});

test('a new result makes a picture equal to one from nothing, and leaves the lines that were there the same objects', () => {
  const memory = pictureMemory();
  const before = pictureOf(input, memory);
  const more = { ...input, runs: [...input.runs, run('c', 7, 3)] };
  const after = pictureOf(more, memory);
  expect(after).toEqual(pictureOf(more));
  expect(after.raw[0]).toBe(before.raw[0]);
  expect(after.means[0]).toBe(before.means[0]);
  const verified = { ...more, runs: more.runs.map((r) => ({ ...r, verified: false })) };
  expect(pictureOf(verified, memory)).toEqual(pictureOf(verified));
});
