import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isDrawable, scaleOf, tickLabel, tickLabels } from './scale.ts';

const linear = { label: '', scale: 'linear' } as const;
const log = { label: '', scale: 'log' } as const;

test('every drawable value lies in the domain, ticks ascend within it, and no more are given than fit', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(linear, log),
      fc.array(
        fc.oneof(
          fc.double({ min: 1e-8, max: 1e8, noNaN: true }),
          fc.constant(0),
          fc.constant(Number.NaN),
        ),
        { maxLength: 20 },
      ),
      fc.boolean(),
      fc.integer({ min: 2, max: 9 }),
      (axis, values, pad, most) => {
        const { domain, ticks } = scaleOf(axis, values, { pad, ticks: most });
        expect(domain[1]).toBeGreaterThan(domain[0]);
        if (axis.scale === 'log') expect(domain[0]).toBeGreaterThan(0);
        for (const v of values.filter((x) => isDrawable(axis, x))) {
          expect(v).toBeGreaterThanOrEqual(domain[0] * (1 - 1e-3) - 1e-12);
          expect(v).toBeLessThanOrEqual(domain[1] * (1 + 1e-3) + 1e-12);
        }
        expect(ticks.length).toBeGreaterThanOrEqual(2);
        expect(ticks.length).toBeLessThanOrEqual(Math.max(3, most));
        for (const [i, t] of ticks.entries()) {
          if (i > 0) expect(t).toBeGreaterThan(ticks[i - 1] ?? t);
          expect(t).toBeGreaterThanOrEqual(domain[0]);
          expect(t).toBeLessThanOrEqual(domain[1]);
        }
      },
    ),
    { seed: 3, numRuns: 500 },
  );
});

test('a constant line lies inside the frame, on either axis', () => {
  for (const axis of [linear, log]) {
    for (const value of [1, 0.003, 4e6]) {
      const [low, high] = scaleOf(axis, [value, value]).domain;
      expect(low).toBeLessThan(value * 0.95);
      expect(high).toBeGreaterThan(value * 1.05);
    }
  }
  const [low, high] = scaleOf(linear, [0, 0]).domain;
  expect([low < 0, high > 0]).toEqual([true, true]);
});

test('with room, the outermost value is off the frame, and what is never negative starts at zero', () => {
  expect(scaleOf(linear, [0, 1], { pad: true }).domain).toEqual([0, 1.2]);
  expect(scaleOf(linear, [-1, 1], { pad: true }).domain[0]).toBeLessThan(-1);
});

test('without room, a linear axis ends where the values end, however few ticks fit', () => {
  expect(scaleOf(linear, [0, 5], { ticks: 4 })).toEqual({ domain: [0, 5], ticks: [0, 2, 4] });
  expect(scaleOf(linear, [0, 400], { ticks: 5 }).ticks).toEqual([0, 100, 200, 300, 400]);
});

test('an axis reaches what it must include, also while there is less or nothing to show', () => {
  const axis = { ...linear, include: [0, 1.2] };
  const empty = scaleOf(axis, [], { pad: true });
  expect(empty.domain[0]).toBe(0);
  expect(empty.domain[1]).toBeGreaterThanOrEqual(1.2);
  expect(scaleOf(axis, [1, 1], { pad: true })).toEqual(empty);
  expect(scaleOf(axis, [0.2, 0.9, 1.1], { pad: true })).toEqual(empty);
  expect(scaleOf(axis, [3], { pad: true }).domain[1]).toBeGreaterThan(3);
  expect(scaleOf({ ...log, include: [0, 5] }, [5]).domain[0]).toBeGreaterThan(0);
});

test('one zero does not blank a log axis', () => {
  expect(scaleOf(log, [0, 0.1, 0.4]).domain).toEqual([0.1, 0.5]);
});

test('labels are short, with real superscripts', () => {
  expect([0, 0.05, 1500, 1e6, 2e-5, 2e-4, -3e5].map((v) => tickLabel(v))).toEqual([
    '0',
    '0.05',
    '1500',
    '10⁶',
    '2×10⁻⁵',
    '2×10⁻⁴',
    '−3×10⁵',
  ]);
});

test('neighbouring ticks never read the same', () => {
  const ticks = [1.00001, 1.00002, 1.00003];
  expect(new Set(ticks.map(tickLabels(ticks))).size).toBe(3);
});
