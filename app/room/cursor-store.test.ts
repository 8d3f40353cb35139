import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Client } from '../../client/client.ts';
import type { Cursors, Member } from '../../server/protocol.ts';
import { createCursorStore, IDLE_MS } from './cursor-store.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const member = (id: string): Member => ({ id, nickname: `N${id}`, role: 'guest', work: null });
const two = [member('me'), member('b')];

/** A store whose line is in the test's hands. */
function opened() {
  const sent: unknown[] = [];
  let push: (value: Cursors) => void = () => {};
  const client = {
    whisper: (_: string, input: unknown) => void sent.push(input),
    on: (_: string, fn: (value: Cursors) => void) => {
      push = fn;
      return () => {};
    },
  } as unknown as Client;
  const store = createCursorStore(client, 'ABCDEF', () => Date.now());
  return { store, sent, push: (value: Cursors) => push(value) };
}

const at = (x: number) => ({ panel: 'p', x, y: 1 });

test('[R12] a pointer that moves all the time is told at most 30 times a second, and where it ends', () => {
  const { store, sent } = opened();
  store.tell(two, 'me', true);
  for (let ms = 0; ms < 1_000; ms++) {
    store.move(at(ms));
    vi.advanceTimersByTime(1);
  }
  vi.advanceTimersByTime(100);
  expect(sent.length).toBeGreaterThan(15);
  expect(sent.length).toBeLessThanOrEqual(30);
  expect(sent.at(-1)).toEqual({ code: 'ABCDEF', at: at(999) });
  store.dispose();
});

test('[R12] a pointer is not told to an empty room, nor when it is hidden, and goes when it hides', () => {
  const { store, sent } = opened();
  store.tell([member('me')], 'me', true);
  store.move(at(1));
  vi.advanceTimersByTime(200);
  expect(sent).toEqual([]);
  store.tell(two, 'me', true);
  store.move(at(2));
  vi.advanceTimersByTime(200);
  store.tell(two, 'me', false);
  vi.advanceTimersByTime(200);
  store.move(at(3));
  vi.advanceTimersByTime(200);
  expect(sent).toEqual([
    { code: 'ABCDEF', at: at(2) },
    { code: 'ABCDEF', at: null },
  ]);
  store.dispose();
});

test('[R12] pointers of others show over their panel by name, and are gone after a minute without a move', () => {
  const { store, push } = opened();
  store.tell(two, 'me', true);
  push({
    code: 'ABCDEF',
    cursors: ['me', 'b', 'gone'].map((m) => ({ member: m, at: at(5) })),
  });
  expect(store.over('p')).toEqual([{ member: 'b', nickname: 'Nb', x: 5, y: 1 }]);
  expect(store.over('p')).toBe(store.over('p'));
  expect(store.over('q')).toEqual([]);
  vi.advanceTimersByTime(IDLE_MS - 1);
  expect(store.over('p')).toHaveLength(1);
  vi.advanceTimersByTime(5_001);
  expect(store.over('p')).toEqual([]);
  store.dispose();
});
