import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createTasks } from './tasks.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Asks for an act at a pace of 60 ms: the asking, and the tasks in which it is done. */
function paced(act: () => Promise<void>) {
  const tasks = createTasks((error) => {
    throw error;
  });
  const pause = () => 60;
  return { tasks, ask: () => tasks.paced('room', pause, act) };
}

test('[D5] what is asked for after quiet is done at once; what follows is done together after a pause', async () => {
  let done = 0;
  const { tasks, ask } = paced(async () => {
    done += 1;
  });
  ask();
  expect(done).toBe(1);
  for (let i = 0; i < 10; i++) ask();
  await vi.advanceTimersByTimeAsync(59);
  expect(done).toBe(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(done).toBe(2);
  // Nothing was asked for meanwhile: after the pause all is quiet again.
  await vi.advanceTimersByTimeAsync(60);
  expect(done).toBe(2);
  ask();
  expect(done).toBe(3);
  await tasks.dispose();
});

test('[D5] an act that takes long is followed by a pause as long', async () => {
  let begun = 0;
  const { tasks, ask } = paced(async () => {
    begun += 1;
    await new Promise((resolve) => setTimeout(resolve, 500));
  });
  ask();
  ask();
  await vi.advanceTimersByTimeAsync(999);
  expect(begun).toBe(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(begun).toBe(2);
  await vi.advanceTimersByTimeAsync(1_000);
  await tasks.dispose();
});
