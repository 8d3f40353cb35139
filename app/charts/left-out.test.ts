import { expect, test } from 'vitest';
import { deepLinear } from '../../compute/studies/deep-linear.ts';
import type { Panel } from '../../compute/studies/study.ts';
import type { CellView, RunView } from '../../server/protocol.ts';
import { extentsOf, scalesOf } from './figure-scales.ts';
import { divergedIn, leftOutOf } from './left-out.ts';
import { type PictureInput, pictureOf } from './picture.ts';
import { projectionOf } from './projection.ts';
import { isDrawable } from './scale.ts';

const SPECIAL = [
  Number.NaN,
  Infinity,
  -Infinity,
  0,
  -0,
  1e308,
  -1e308,
  5e-324,
  1e-200,
  1e120,
  1e-120,
  -3,
  2,
];
const area = { x: 10, y: 10, width: 300, height: 200 };
const cell = (index: number, depth: number): CellView => ({
  ...{ index, config: { depth }, done: 1, of: 1, diverged: 0, lines: {} },
});
const run = (id: string, x: readonly number[], y: readonly number[]): RunView => ({
  ...{ id, cell: 0, seed: 4, by: '', backend: 'wasm', verified: true, device: 'd', summary: {} },
  outcome: { kind: 'completed' },
  traces: { p: [{ line: 'l', x, y }] },
});
const panelOf = (x: 'log' | 'linear', y: 'log' | 'linear'): Panel => ({
  ...{ id: 'p', title: '', caption: '', draw: 'points', colorBy: 'cell' },
  ...{ x: { label: 'x', scale: x }, y: { label: 'y', scale: y } },
  ...{ observe: () => [], theory: () => [] },
});
const inputOf = (panel: Panel, runs: readonly RunView[]): PictureInput => ({
  ...{ study: { ...deepLinear, panels: [panel] }, panel, isNull: false, isolated: null },
  ...{ cells: [cell(0, 2), cell(1, 3)], runs },
});
const SCALES = ['log', 'linear'] as const;
const panels = SCALES.flatMap((x) => SCALES.map((y) => panelOf(x, y)));

test('whatever a run brings, every point that is drawn has a finite place in the frame, and the rest is listed', () => {
  for (const panel of panels) {
    const sets = [...SPECIAL.map((v) => [v]), SPECIAL, [7, 7, 7], []];
    for (const xs of sets) {
      for (const ys of [...SPECIAL.map((v) => xs.map(() => v)), xs]) {
        const input = inputOf(panel, [run('a', xs, ys)]);
        const picture = pictureOf(input);
        const { x, y } = scalesOf(panel, picture, { x: null, y: null }, { x: 7, y: 5 });
        for (const { domain, ticks } of [x, y]) {
          expect([...domain, ...ticks].every(Number.isFinite)).toBe(true);
          expect(domain[1]).toBeGreaterThan(domain[0]);
        }
        const at = projectionOf(panel, x, y, area);
        const drawn = picture.raw.flatMap((l) => l.points);
        for (const p of drawn) {
          expect(at.px(p.x)).toBeGreaterThanOrEqual(area.x - 0.5);
          expect(at.px(p.x)).toBeLessThanOrEqual(area.x + area.width + 0.5);
          expect(at.py(p.y)).toBeGreaterThanOrEqual(area.y - 0.5);
          expect(at.py(p.y)).toBeLessThanOrEqual(area.y + area.height + 0.5);
        }
        const list = leftOutOf(input);
        expect(list).toHaveLength(picture.leftOut);
        expect(drawn.length + list.length).toBe(xs.length);
        for (const { what } of list) {
          if (what.kind !== 'point') throw new Error('nothing diverged');
          expect(isDrawable(panel.x, what.x) && isDrawable(panel.y, what.y)).toBe(false);
        }
      }
    }
  }
});

test('a left-out point is named by its run, cell, seed and value; a divergence by its step', () => {
  const [panel] = panels;
  if (panel === undefined) throw new Error('no panel');
  const diverged: RunView = { ...run('b', [], []), outcome: { kind: 'diverged', step: 40 } };
  const input = inputOf(panel, [run('a', [1, 0], [5, 6]), diverged]);
  expect(leftOutOf(input)).toEqual([
    {
      ...{ key: 'a/l/1', run: 'a', seed: 4, cell: 'L 2' },
      what: { kind: 'point', line: 'l', x: 0, y: 6 },
    },
    { key: 'b', run: 'b', seed: 4, cell: 'L 2', what: { kind: 'diverged', step: 40 } },
  ]);
  expect([divergedIn(input), divergedIn({ ...input, isolated: 1 })]).toEqual([1, 0]);
});

test('without a point there is no extent, and the axes stand none the less', () => {
  const [panel] = panels;
  if (panel === undefined) throw new Error('no panel');
  const nothing = { theory: [], means: [], raw: [] };
  expect(extentsOf(nothing)).toBeNull();
  const { x } = scalesOf(panel, nothing, { x: [0.2, 0.3], y: [-1, 1] }, { x: 7, y: 5 });
  expect(x.domain).toEqual([0.2, 0.3]);
});
