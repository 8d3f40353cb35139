import { expect, test } from 'vitest';
import { createCursorRelay } from './cursors.ts';

const at = (x: number) => ({ panel: 'p', x, y: 1 });
const moversOf = (relay: ReturnType<typeof createCursorRelay>, code = 'A') =>
  relay.take(code).cursors.map(({ member }) => member);

test('[R12] of a crowd that moves, so many pointers are passed on and no more', () => {
  const relay = createCursorRelay(3, 100);
  const passed = Array.from({ length: 50 }, (_, i) => relay.moved('A', `m${i}`, at(i), i));
  expect(passed.filter(Boolean)).toHaveLength(3);
  expect(moversOf(relay)).toEqual(['m0', 'm1', 'm2']);
  // Another room has places of its own.
  expect(relay.moved('B', 'm9', at(1), 50)).toBe(true);
});

test('[R12] a pointer that was still for a while, or went away, gives its place to another', () => {
  const relay = createCursorRelay(1, 100);
  expect(relay.moved('A', 'a', at(1), 0)).toBe(true);
  expect(relay.moved('A', 'b', at(2), 99)).toBe(false);
  expect(relay.moved('A', 'b', at(2), 100)).toBe(true);
  expect(relay.moved('A', 'a', at(1), 150)).toBe(false);
  expect(relay.moved('A', 'b', null, 151)).toBe(true);
  expect(relay.moved('A', 'a', at(1), 152)).toBe(true);
});

test('[R12] what is told is where each pointer is now, once', () => {
  const relay = createCursorRelay();
  for (let x = 0; x < 30; x++) relay.moved('A', 'a', at(x), x);
  expect(relay.take('A')).toEqual({ code: 'A', cursors: [{ member: 'a', at: at(29) }] });
  expect(relay.take('A').cursors).toEqual([]);
  relay.moved('A', 'a', null, 40);
  expect(relay.take('A').cursors).toEqual([{ member: 'a', at: null }]);
});
