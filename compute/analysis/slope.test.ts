import { expect, test } from 'vitest';
import { type SeedPoint, seedSlope } from './slope.ts';

const law = (seed: number, factor: number, exponent: number): SeedPoint[] =>
  [1, 2, 4].map((x) => ({ seed, x, y: factor * x ** exponent }));

test('prefactors that differ between seeds do not touch the exponent', () => {
  const slope = seedSlope([...law(1, 0.1, -2), ...law(2, 30, -2), ...law(3, 7, -2)]);
  expect(slope?.value).toBeCloseTo(-2, 12);
  expect(slope?.interval?.[0]).toBeCloseTo(-2, 12);
  expect(slope?.interval?.[1]).toBeCloseTo(-2, 12);
});

test('the interval spans what the seeds say, and one seed has none', () => {
  const slope = seedSlope([...law(1, 1, 1), ...law(2, 1, 1.2)]);
  expect(slope?.value).toBeCloseTo(1.1, 12);
  expect(slope?.interval).toEqual([expect.closeTo(1, 12), expect.closeTo(1.2, 12)]);
  expect(seedSlope(law(1, 1, 1))?.interval).toBeNull();
});

test('a seed with one x has no slope, and none leave nothing', () => {
  expect(seedSlope([{ seed: 1, x: 1, y: 2 }, ...law(2, 1, 3)])?.seeds).toBe(1);
  expect(seedSlope([{ seed: 1, x: 1, y: 2 }])).toBeNull();
  expect(seedSlope([])).toBeNull();
});
