import { expect, test } from 'vitest';
import { leastFirstLoss, orderlessRepeatLoss } from './repeats.ts';

/** All arrangements of so many of the symbols. */
const arrangements = (symbols: readonly number[], count: number): number[][] =>
  count === 0
    ? [[]]
    : symbols.flatMap((s) =>
        arrangements(
          symbols.filter((o) => o !== s),
          count - 1,
        ).map((rest) => [s, ...rest]),
      );

/** Every sequence of a task with its probability, long enough for a second period. */
const sequences = (vocabulary: number, shortest: number, longest: number) =>
  Array.from({ length: longest - shortest + 1 }, (_, i) => shortest + i).flatMap((period) => {
    const all = arrangements(
      Array.from({ length: vocabulary }, (_, s) => s),
      period,
    );
    return all.map((first) => ({
      row: Array.from({ length: 2 * longest + 1 }, (_, t) => first[t % period] ?? 0),
      ...{ period, chance: 1 / all.length / (longest - shortest + 1) },
    }));
  });

test.each([
  [4, 2, 3],
  [5, 3, 3],
  [5, 2, 5],
])(
  'of %i symbols, periods %i to %i, the least loss on new symbols is that of the exact posterior',
  (vocabulary, shortest, longest) => {
    const all = sequences(vocabulary, shortest, longest);
    const seen = new Map<string, number>();
    const key = (row: readonly number[], upTo: number) => row.slice(0, upTo).join();
    for (const { row, chance } of all)
      for (let n = 1; n <= longest + 1; n++)
        seen.set(key(row, n), (seen.get(key(row, n)) ?? 0) + chance);
    // Each position counts as often as it occurs: sequences with a longer period have more of them.
    let [sum, count] = [0, 0];
    for (const { row, period, chance } of all)
      for (let t = 0; t + 1 < period; t++) {
        const posterior = (seen.get(key(row, t + 2)) ?? 0) / (seen.get(key(row, t + 1)) ?? 1);
        sum -= chance * Math.log(posterior);
        count += chance;
      }
    expect(leastFirstLoss({ vocabulary, shortest, longest })).toBeCloseTo(sum / count, 12);
  },
);

test('who knows the symbols and not their order loses the logarithm of the others', () => {
  const task = { vocabulary: 9, context: 12, shortest: 4, longest: 4 };
  expect(orderlessRepeatLoss(task)).toBeCloseTo(Math.log(3), 12);
  // Periods 3 and 5 of twelve positions: nine and seven that a copy foretells.
  const mixed = { vocabulary: 9, context: 12, shortest: 3, longest: 5 };
  const sum = 9 * Math.log(2) + 8 * Math.log(3) + 7 * Math.log(4);
  expect(orderlessRepeatLoss(mixed)).toBeCloseTo(sum / 24, 12);
});
