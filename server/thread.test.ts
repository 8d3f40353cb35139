import { afterEach, expect, test } from 'vitest';
import { openThread, type Thread } from './thread.ts';

const opened: Thread<number, number>[] = [];
afterEach(() => {
  for (const thread of opened.splice(0)) thread.dispose();
});

/** A thread of these lines, in which `port` is its end. */
function threadOf(lines: string, onEnd?: () => void): Thread<number, number> {
  const head = "import { parentPort as port } from 'node:worker_threads';";
  const file = new URL(`data:text/javascript,${encodeURIComponent(head + lines)}`);
  const thread = openThread<number, number>(file, 'The thread', onEnd);
  opened.push(thread);
  return thread;
}

test('each question is answered by its own answer, in whatever order they come', async () => {
  const thread = threadOf(`const held = [];
    port.on('message', ({ id, question }) => {
      held.push({ id, ok: true, answer: question ** 2 });
      if (held.length === 3) for (const answered of held.reverse()) port.postMessage(answered);
    });`);
  expect(await Promise.all([2, 3, 4].map((n) => thread.ask(n)))).toEqual([4, 9, 16]);
});

test('a question that cannot be answered is rejected with its sentence, and the next one is answered', async () => {
  const thread = threadOf(`port.on('message', ({ id, question }) =>
    port.postMessage(question < 0 ? { id, ok: false, message: 'No root.' } : { id, ok: true, answer: question ** 0.5 }));`);
  await expect(thread.ask(-1)).rejects.toThrow('No root.');
  expect(await thread.ask(9)).toBe(3);
});

test('a thread that ends rejects what it was asked and all that it is asked after, and says so once', async () => {
  let ends = 0;
  const thread = threadOf(`port.on('message', () => { throw new Error('Broken.'); });`, () => {
    ends += 1;
  });
  await expect(thread.ask(1)).rejects.toThrow('Broken.');
  await expect(
    (async () => {
      for (;;) await thread.ask(2);
    })(),
  ).rejects.toThrow('The thread ended.');
  expect(ends).toBe(1);
});
