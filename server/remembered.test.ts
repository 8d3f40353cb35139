import { expect, test, vi } from 'vitest';
import { remembered } from './remembered.ts';

test('many who ask at once, and for a while after, share one answer; each key has its own', async () => {
  vi.useFakeTimers();
  try {
    const asked: string[] = [];
    const ask = remembered(1_000, async (what: string) => {
      asked.push(what);
      return asked.length;
    });
    expect(await Promise.all([ask('a', 'one'), ask('a', 'two'), ask('b', 'three')])).toEqual([
      ...[1, 1, 2],
    ]);
    vi.advanceTimersByTime(999);
    expect(await ask('a', 'four')).toBe(1);
    vi.advanceTimersByTime(1);
    expect(await ask('a', 'five')).toBe(3);
    expect(asked).toEqual(['one', 'three', 'five']);
  } finally {
    vi.useRealTimers();
  }
});

test('a failure is not remembered', async () => {
  let away = true;
  const ask = remembered(1_000, async () => {
    if (away) throw new Error('away');
    return 'here';
  });
  await expect(ask('a')).rejects.toThrow('away');
  away = false;
  expect(await ask('a')).toBe('here');
});
