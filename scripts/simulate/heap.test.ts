import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createHeap } from './heap.ts';
import { createTimeline } from './timeline.ts';

test('what was pushed comes out in order, however pushes and pops are mixed', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.integer(), { freq: 3 })), (commands) => {
      const heap = createHeap<number>((a, b) => a < b);
      let kept: number[] = [];
      for (const command of commands) {
        if (command !== null) {
          heap.push(command);
          kept = [...kept, command].sort((a, b) => a - b);
        } else expect(heap.pop()).toBe(kept.shift());
        expect([heap.size, heap.peek()]).toEqual([kept.length, kept[0]]);
      }
    }),
  );
});

test('events happen when they are due, those of one moment as they were planned', () => {
  const [timeline, seen] = [createTimeline(), [] as string[]];
  const note = (name: string) => () => seen.push(`${name} ${timeline.now()}`);
  timeline.after(5, note('b'));
  timeline.after(2, () => timeline.after(3, note('c')));
  timeline.after(1, note('a'));
  while (timeline.step());
  expect(seen).toEqual(['a 1', 'b 5', 'c 5']);
});
