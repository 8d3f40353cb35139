import { expect, test } from 'vitest';
import { probeSequences, sequencesAt } from './repeats.ts';

const spec = { vocabulary: 8, context: 20, shortest: 3, longest: 7 };
const length = spec.context + 1;
const rowsOf = ({ symbols, periods }: ReturnType<typeof sequencesAt>) =>
  [...periods].map((period, n) => ({
    period,
    row: [...symbols.subarray(n * length, (n + 1) * length)],
  }));

test('every sequence repeats distinct symbols with the period that it says', () => {
  for (const { period, row } of rowsOf(sequencesAt(spec, 1, 0, 500))) {
    expect(new Set(row.slice(0, period)).size).toBe(period);
    for (const [t, symbol] of row.entries()) expect(symbol).toBe(row[t % period]);
  }
});

test('periods are uniform, and so is each symbol at the start', () => {
  const all = rowsOf(sequencesAt(spec, 2, 0, 8000));
  // Five standard deviations of a count.
  const near = (count: number, share: number) =>
    expect(Math.abs(count - 8000 * share)).toBeLessThan(5 * Math.sqrt(8000 * share));
  for (let p = 3; p <= 7; p++) near(all.filter(({ period }) => period === p).length, 1 / 5);
  for (let s = 0; s < 8; s++) near(all.filter(({ row }) => row[0] === s).length, 1 / 8);
  for (let s = 0; s < 8; s++) near(all.filter(({ row }) => row[2] === s).length, 1 / 8);
});

test('every step and seed has sequences of its own, the same whenever they are asked for', () => {
  const of = (seed: number, step: number) => [...sequencesAt(spec, seed, step, 4).symbols];
  expect(of(1, 5)).toEqual(of(1, 5));
  expect(of(1, 6)).not.toEqual(of(1, 5));
  expect(of(2, 5)).not.toEqual(of(1, 5));
  expect([...probeSequences(spec, 1, 4).symbols]).not.toEqual(of(1, 0));
  // Fewer sequences are the first of more.
  expect(of(1, 5)).toEqual([...sequencesAt(spec, 1, 5, 9).symbols.subarray(0, 4 * length)]);
});
