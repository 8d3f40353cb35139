import { expect, test } from 'vitest';
import { binned, binsTo } from './rank-bins.ts';

test('bins hold every whole number once, and end at whole decades', () => {
  for (const size of [1, 7, 127, 256, 4096]) {
    const bins = binsTo(size);
    expect(
      bins.flatMap(({ from, to }) => Array.from({ length: to - from + 1 }, (_, i) => from + i)),
    ).toEqual(Array.from({ length: size }, (_, i) => i + 1));
    for (const { from } of bins) {
      const edge = 8 * Math.log10(from);
      // The first whole number at or after a power of 10^⅛.
      expect(10 ** (Math.floor(edge + 1e-9) / 8)).toBeGreaterThan(from - 1);
    }
  }
  expect(binsTo(4096).map(({ from }) => from)).toEqual(expect.arrayContaining([10, 100, 1000]));
});

test('of a power law bins lie on its line, however many numbers are in them', () => {
  const bins = binsTo(2000);
  const values = binned(
    Float64Array.from({ length: 2000 }, (_, i) => 0.3 * (i + 1) ** -1.7),
    bins,
  );
  for (const [i, { x }] of bins.entries())
    expect((values[i] ?? 0) / (0.3 * x ** -1.7)).toBeCloseTo(1, 10);
});

test('a bin with a value that is not positive is not known', () => {
  const values = binned([1, 1, 1, 0, 1, 1, -1], binsTo(7));
  expect(values).toEqual([1, 1, 1, 0, 1, 0].map((v) => (v === 0 ? 0 : expect.closeTo(v, 12))));
});
