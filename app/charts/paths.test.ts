import { expect, test } from 'vitest';
import { colorOf, markerPath } from './palette.ts';
import { bandPath, barsPath, linePath, marked } from './paths.ts';
import type { Projection } from './projection.ts';

const at: Projection = {
  area: { x: 0, y: 0, width: 1000, height: 100 },
  px: (x) => x,
  py: (y) => y,
  dataX: (x) => x,
  dataY: (y) => y,
};
const point = (x: number, interval: readonly [number, number] | null) => ({
  x,
  y: 5,
  interval,
  n: 2,
});

test('a line begins once', () => {
  const points = [0, 1, 2].map((x) => ({ x, y: x }));
  expect(linePath(points, at).match(/M/g)).toHaveLength(1);
  expect(linePath(points, at).match(/L/g)).toHaveLength(2);
});

test('a band breaks where there is no interval, and one point is no band', () => {
  const [a, b, gap, c] = [point(0, [1, 9]), point(1, [1, 9]), point(2, null), point(3, [1, 9])];
  expect(bandPath([a, b, gap, c], at)).toBe('M0.0 9.0L1.0 9.0L1.0 1.0L0.0 1.0Z');
  expect(bandPath([], at)).toBe('');
  expect(barsPath([a, gap, c], at).match(/V/g)).toHaveLength(2);
});

test('a curve carries markers apart from each other, staggered by series, and a short one has one', () => {
  const points = Array.from({ length: 1001 }, (_, x) => ({ x, y: 0 }));
  const [first, second] = [0, 1].map((series) => marked(points, series, at));
  expect(first?.length).toBeLessThan(10);
  expect(marked(points.slice(0, 5), 0, at)).toEqual([points[4]]);
  expect(second?.[0]).not.toEqual(first?.[0]);
});

test('hue and shape together tell 56 series apart', () => {
  const looks = Array.from({ length: 56 }, (_, i) => `${colorOf(i)} ${markerPath(i, 0, 0, 5)}`);
  expect(new Set(looks).size).toBe(56);
});
