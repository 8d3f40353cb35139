import { expect, test } from 'vitest';
import type { Member, RunView } from '../../server/protocol.ts';
import {
  countsOf,
  countWords,
  nextWords,
  squaresOf,
  squareWords,
  stripsOf,
  walked,
} from './coverage-squares.ts';

const run = (seed: number, verified: boolean, diverged = false): RunView => ({
  ...{ id: `${seed}`, cell: 0, seed, by: 'Ann', device: 'd', backend: 'wasm', verified },
  outcome: diverged ? { kind: 'diverged', step: 7 } : { kind: 'completed' },
  ...{ summary: {}, traces: {} },
});
const member: Member = {
  ...{ id: 'm', nickname: 'Blue Heron', role: 'guest' },
  work: {
    ...{ shard: 's', backend: 'wasm', adapter: null, runs: ['a', 'b'] },
    ...{ cells: [0, 0], seeds: [1, 5], done: 0, total: 2 },
  },
};

test('a square is what its run is, else who is at it, else whether its result left, else waiting', () => {
  const squares = squaresOf(
    [run(1, true), run(2, false), run(3, true, true)],
    [member, { ...member, id: 'idle', work: null }],
    [
      { cell: 0, seed: 5 },
      { cell: 0, seed: 6 },
    ],
  );
  const states = [1, 2, 3, 5, 6, 7].map((seed) => squares.at(0, seed).state);
  expect(states).toEqual([
    ...['verified', 'provisional', 'diverged', 'training', 'withdrawn', 'waiting'],
  ]);
  expect(squareWords(squares.at(0, 5))).toContain('Blue Heron’s browser');
  expect(squareWords(squares.at(0, 3))).toBe(
    'Seed 3: diverged at step 7, verified, by Ann on wasm',
  );
  const counts = countsOf(squares, 0, [1, 2, 3, 4, 5, 6, 7]);
  expect(countWords(counts)).toBe(
    '1 verified, 1 provisional, 1 diverged, 1 in training, 1 withdrawn, 2 waiting',
  );
});

test('the reason for the next cell is said in words, with the interval where there is one', () => {
  const words = (half: number | null, why: 'turn' | 'widest') =>
    nextWords({ cell: 3, why, half }, 'η 0.1', 'the ratio', String);
  expect(words(null, 'turn')).toContain('in turn');
  expect(words(0.25, 'widest')).toContain('widest interval, ± 0.25');
  expect(words(null, 'widest')).toContain('fewer than two runs');
});

test.each([
  [100, 100, 540],
  [2000, 5, 540],
  [2000, 5, 330],
  [1, 10_000, 330],
])(
  '%i cells of %i seeds in %i pixels: every square has a place of its own, and is found under it',
  (cells, seeds, across) => {
    const strips = stripsOf(cells, seeds, across);
    const taken = new Set<string>();
    for (let cell = 0; cell < cells; cell++) {
      for (let seed = 0; seed < seeds; seed++) {
        const { x, y } = strips.place(cell, seed);
        taken.add(`${x} ${y}`);
        if ((cell + seed) % 17 === 0)
          expect(strips.under(x + strips.size / 2, y + strips.size / 2)).toEqual({ cell, seed });
        if (x + strips.size > strips.width || y + strips.size > strips.height)
          throw new Error(`The square ${cell}/${seed} is cut.`);
      }
    }
    expect(taken.size).toBe(cells * seeds);
    expect(strips.under(-1, 0)).toBeNull();
    expect(strips.under(strips.width + 1, 0)).toBeNull();
  },
);

test('keys walk every square: along a strip and into the next, a line up and down, and never out', () => {
  // Five cells of three seeds, two strips a line.
  const from = (cell: number, seed: number, key: string) => walked(key, { cell, seed }, 5, 3, 2);
  expect(walked('ArrowDown', null, 5, 3, 2)).toEqual({ cell: 0, seed: 0 });
  expect(from(0, 2, 'ArrowRight')).toEqual({ cell: 1, seed: 0 });
  expect(from(1, 1, 'ArrowDown')).toEqual({ cell: 3, seed: 1 });
  expect(from(3, 1, 'ArrowDown')).toEqual({ cell: 3, seed: 1 });
  expect(from(0, 0, 'ArrowLeft')).toEqual({ cell: 0, seed: 0 });
  expect(from(2, 1, 'Home')).toEqual({ cell: 0, seed: 0 });
  expect(from(2, 1, 'End')).toEqual({ cell: 4, seed: 2 });
  expect(from(2, 1, 'a')).toBeNull();
});
