import { describe, expect, test } from 'vitest';
import { batched } from './batch.ts';

/** Two turns of the event loop: what was waited for in the first goes on in the second. */
const turn = async () => {
  await new Promise(setImmediate);
  await new Promise(setImmediate);
};

/** Work that ends when the test says so; each batch is written down. */
function world(most = 3) {
  const batches: (readonly number[])[] = [];
  const ends: ((error?: Error) => void)[] = [];
  const double = batched((items: readonly number[]) => {
    batches.push(items);
    return new Promise<number[]>((resolve, reject) => {
      ends.push((error) => (error ? reject(error) : resolve(items.map((i) => 2 * i))));
    });
  }, most);
  const end = async (error?: Error) => {
    await turn();
    ends.shift()?.(error);
    await turn();
  };
  return { double, batches, end };
}

describe('batched', () => {
  test('what comes in one turn of the event loop goes together, and what comes meanwhile after it', async () => {
    const w = world();
    const answers = [1, 2].map(w.double);
    expect(w.batches).toEqual([]);
    await turn();
    expect(w.batches).toEqual([[1, 2]]);
    answers.push(w.double(3));
    await w.end();
    expect(w.batches).toEqual([[1, 2], [3]]);
    await w.end();
    expect(await Promise.all(answers)).toEqual([2, 4, 6]);
  });

  test('a batch has at most so many', async () => {
    const w = world(2);
    const answers = [1, 2, 3, 4, 5].map(w.double);
    await w.end();
    await w.end();
    await w.end();
    expect(w.batches).toEqual([[1, 2], [3, 4], [5]]);
    expect(await Promise.all(answers)).toEqual([2, 4, 6, 8, 10]);
  });

  test('of a batch that fails each is done alone: one that cannot be done takes nobody with it', async () => {
    const bad = new Error('bad');
    const seen: (readonly number[])[] = [];
    const half = batched(async (items: readonly number[]) => {
      seen.push(items);
      if (items.includes(3)) throw bad;
      return items.map((i) => i / 2);
    }, 8);
    const answers = await Promise.allSettled([2, 4, 3, 6].map(half));
    expect(seen).toEqual([[2, 4, 3, 6], [2], [4], [3], [6]]);
    expect(answers.map((a) => (a.status === 'fulfilled' ? a.value : a.reason))).toEqual([
      1,
      2,
      bad,
      3,
    ]);
  });

  test('after a failure it goes on', async () => {
    const w = world();
    const first = w.double(1);
    const failed = expect(first).rejects.toThrow('away');
    await w.end(new Error('away'));
    await failed;
    const second = w.double(2);
    await w.end();
    expect(await second).toBe(4);
  });
});
