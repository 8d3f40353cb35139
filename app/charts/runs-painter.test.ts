import { expect, test } from 'vitest';
import { addedFrom, opacityFor } from './runs-painter.ts';

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
