import { expect, test } from 'vitest';
import { lossesOf } from './next-symbol.ts';
import { probeSequences } from './repeats.ts';

const task = { vocabulary: 8, context: 16, shortest: 3, longest: 7 };
const drawn = probeSequences(task, 1, 300);

/** Logits that put probability p on what `guess` says of a position, and share the rest. */
function logitsOf(p: number, guess: (row: readonly number[], t: number, period: number) => number) {
  const logits = new Float32Array(300 * task.context * task.vocabulary);
  for (const [n, period] of drawn.periods.entries()) {
    const length = task.context + 1;
    const row = [...drawn.symbols.subarray(n * length, (n + 1) * length)];
    for (let t = 0; t < task.context; t++) {
      const own = (n * task.context + t) * task.vocabulary;
      logits[own + guess(row, t, period)] = Math.log((p * (task.vocabulary - 1)) / (1 - p));
    }
  }
  return logits;
}

test('who knows nothing loses the logarithm of the number of symbols, everywhere', () => {
  const { loss, firstLoss, repeatLoss, inContext } = lossesOf(
    task,
    drawn,
    new Float32Array(300 * task.context * task.vocabulary),
  );
  for (const value of [loss, firstLoss, repeatLoss]) expect(value).toBeCloseTo(Math.log(8), 9);
  expect(inContext).toBeCloseTo(0, 9);
});

test('who copies what followed the last time loses little where a copy foretells, and much before', () => {
  const p = 0.9;
  const { firstLoss, repeatLoss, inContext } = lossesOf(
    task,
    drawn,
    // Only what was seen is used: before any copy, the symbol itself, which never follows itself.
    logitsOf(p, (row, t) => {
      const before = row.slice(0, t).lastIndexOf(row[t] ?? -1);
      return before < 0 ? (row[t] ?? 0) : (row[before + 1] ?? 0);
    }),
  );
  expect(repeatLoss).toBeCloseTo(-Math.log(p), 6);
  expect(firstLoss).toBeCloseTo(-Math.log((1 - p) / 7), 6);
  // Every position of the last quarter is foretold (16 · ¾ > 7), none of the first two is.
  expect(inContext).toBeCloseTo(repeatLoss - firstLoss, 6);
});
