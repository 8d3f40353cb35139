import { expect, test } from 'vitest';
import type { Projection } from './projection.ts';
import { stretched, typedRange, zoomBetween } from './zoom.ts';

const at: Projection = {
  area: { x: 0, y: 0, width: 100, height: 100 },
  px: (x) => x,
  py: (y) => 100 - y,
  dataX: (x) => x,
  dataY: (y) => 100 - y,
};
const linear = { label: 'y', scale: 'linear' } as const;
const log = { label: 'x', scale: 'log' } as const;

test('a drag in any direction zooms to the same rectangle, and along one axis to that alone', () => {
  const whole = { x: [10, 60], y: [20, 80] };
  expect(zoomBetween([10, 20], [60, 80], at)).toEqual(whole);
  expect(zoomBetween([60, 80], [10, 20], at)).toEqual(whole);
  expect(zoomBetween([10, 20], [60, 22], at)).toEqual({ x: [10, 60] });
  expect(zoomBetween([10, 20], [11, 21], at)).toEqual({});
});

test('a step of the keyboard halves what is seen, in decades on a log axis, about what is read', () => {
  expect(stretched(linear, [0, 8], 0.5)).toEqual([2, 6]);
  expect(stretched(linear, [0, 8], 0.5, 2)).toEqual([1, 5]);
  const [low, high] = stretched(log, [1, 1e4], 0.5);
  expect([low, high].map((v) => Math.round(v))).toEqual([10, 1000]);
  expect(stretched(linear, [0, 8], 2)).toEqual([-4, 12]);
});

test('typed ends are an interval; empty ends are the whole axis, or what is shown', () => {
  expect(typedRange(linear, '−1,5', '2e3', [0, 1])).toEqual({ kind: 'span', span: [-1.5, 2000] });
  expect(typedRange(linear, ' ', '', [0, 1])).toEqual({ kind: 'all' });
  expect(typedRange(linear, '', '0.5', [0, 1])).toEqual({ kind: 'span', span: [0, 0.5] });
});

test('what is no interval of the axis is refused with a sentence that names it', () => {
  const refused = [
    typedRange(linear, 'a', '1', [0, 1]),
    typedRange(linear, '2', '1', [0, 1]),
    typedRange(linear, '0', '1e999', [0, 1]),
    typedRange(linear, '0', '1e200', [0, 1]),
    typedRange(log, '0', '1', [1, 2]),
    typedRange(linear, '1', '1.0000000000001', [0, 1]),
  ];
  for (const r of refused) {
    expect(r.kind).toBe('error');
    expect(r.kind === 'error' ? r.message : '').toMatch(/^The axis “[xy]” .+\.$/);
  }
});
