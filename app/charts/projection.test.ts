import { expect, test } from 'vitest';
import { deepLinear } from '../../compute/studies/deep-linear.ts';
import type { Panel } from '../../compute/studies/study.ts';
import { projectionOf, rectOf, regionOf } from './projection.ts';

const area = { x: 50, y: 10, width: 400, height: 200 };
const scale = (low: number, high: number) => ({ domain: [low, high] as const, ticks: [] });
const [curves] = deepLinear.panels;
if (curves === undefined) throw new Error('the study has no panel');
const panel: Panel = {
  ...curves,
  x: { label: 'x', scale: 'log' },
  y: { label: 'y', scale: 'linear' },
};
const projection = projectionOf(panel, scale(0.01, 100), scale(-1, 3), area);

test('the domain fills the area: x to the right, y upwards, equal factors equally far on a log axis', () => {
  expect([0.01, 1, 100].map(projection.px)).toEqual([50, 250, 450]);
  expect([-1, 1, 3].map(projection.py)).toEqual([210, 110, 10]);
});

test('pixels lead back to the values, and never out of the domain', () => {
  expect(projection.dataX(projection.px(0.3))).toBeCloseTo(0.3);
  expect(projection.dataY(projection.py(2.2))).toBeCloseTo(2.2);
  expect([projection.dataX(-500), projection.dataY(-500)]).toEqual([0.01, 3]);
});

test('a value that has no place on a log axis gets a finite pixel outside of the frame', () => {
  expect(projection.px(0)).toBe(-350);
  expect(projection.px(-4)).toBe(-350);
});

test('a region dragged in any direction is the same region, and a small slip is none', () => {
  const [a, b] = [
    [100, 50],
    [300, 150],
  ] as const;
  expect(regionOf(a, b, projection)).toEqual(regionOf(b, a, projection));
  expect(regionOf(a, [103, 150], projection)).toBeNull();
  const region = regionOf(a, b, projection);
  expect(region === null ? null : rectOf(region, projection).width).toBeCloseTo(200);
});

test('a region that reaches out of the frame is cut there, and one beside it stays visible', () => {
  expect(rectOf({ x: [1e-9, 1e9], y: [-99, 99] }, projection)).toEqual(area);
  expect(rectOf({ x: [1e3, 1e4], y: [0, 1] }, projection).width).toBe(1);
});
