import { expect, test, vi } from 'vitest';
import { addedFrom } from './added.ts';
import type { RawLine } from './picture.ts';
import type { Projection } from './projection.ts';
import { createRunsPainter, opacityFor } from './runs-painter.ts';

test('only what is new is painted while what was there is the same objects in the same order', () => {
  const [a, b, c] = [{}, {}, {}];
  expect(addedFrom([], [a])).toBe(0);
  expect(addedFrom([a, b], [a, b])).toBe(2);
  expect(addedFrom([a, b], [a, b, c])).toBe(2);
  expect(addedFrom([a, b], [a, c])).toBeNull();
  expect(addedFrom([a, b], [b])).toBeNull();
  expect(addedFrom([a], [{}, b])).toBeNull();
});

test('the more runs, the fainter each is, and none vanishes', () => {
  const steps = [1, 300, 301, 5_000, 50_000].map(opacityFor);
  expect(steps).toEqual([...steps].sort((a, b) => b - a));
  expect(Math.min(...steps)).toBeGreaterThan(0.1);
});

test('a curve is dashed while its run is provisional, and solid once it is verified', () => {
  const { canvas, strokes } = recorded();
  vi.stubGlobal('window', { devicePixelRatio: 1 });
  vi.stubGlobal('getComputedStyle', () => ({ color: 'rgb(0, 114, 178)' }));
  const area = { x: 0, y: 0, width: 100, height: 50 };
  const at = { area, px: (x: number) => x, py: (y: number) => y } as Projection;
  const line = (run: string, verified: boolean): RawLine => ({
    ...{ kind: 'raw', key: run, name: run, cell: 0, line: 'loss', series: 0, run, verified },
    points: [
      { x: 1, y: 2 },
      { x: 3, y: 4 },
    ],
  });
  const painter = createRunsPainter(canvas);
  const [first, second] = [line('a', false), line('b', true)];
  painter.paint({ lines: [first, second], at, dots: false, ramp: undefined });
  expect(strokes).toEqual([true, false]);
  // Verified now, it is another line: all is painted anew, and none of it is dashed.
  painter.paint({ lines: [line('a', true), second], at, dots: false, ramp: undefined });
  expect(strokes.slice(2)).toEqual([false, false]);
  vi.unstubAllGlobals();
});

/** A canvas that keeps of each stroke whether it is dashed. */
function recorded(): { readonly canvas: HTMLCanvasElement; readonly strokes: boolean[] } {
  const strokes: boolean[] = [];
  let dash: readonly number[] = [];
  const nothing = () => {};
  const context = {
    ...{ setTransform: nothing, beginPath: nothing, moveTo: nothing, lineTo: nothing },
    setLineDash: (to: readonly number[]) => {
      dash = to;
    },
    stroke: () => strokes.push(dash.some((length) => length > 0)),
  };
  const canvas = { style: {}, dataset: {}, getContext: () => context };
  return { canvas: canvas as unknown as HTMLCanvasElement, strokes };
}
