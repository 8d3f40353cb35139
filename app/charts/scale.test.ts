import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isDrawable, scaleOf, tickLabel } from './scale.ts';

const linear = { label: '', scale: 'linear' } as const;
const log = { label: '', scale: 'log' } as const;

test('every drawable value lies in the domain, and ticks ascend within it', () => {
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
      (axis, values) => {
        const { domain, ticks } = scaleOf(axis, values);
        expect(domain[1]).toBeGreaterThan(domain[0]);
        if (axis.scale === 'log') expect(domain[0]).toBeGreaterThan(0);
        for (const v of values.filter((x) => isDrawable(axis, x))) {
          expect(v).toBeGreaterThanOrEqual(domain[0] * (1 - 1e-3) - 1e-12);
          expect(v).toBeLessThanOrEqual(domain[1] * (1 + 1e-3) + 1e-12);
        }
        for (const [i, t] of ticks.entries())
          if (i > 0) expect(t).toBeGreaterThan(ticks[i - 1] ?? t);
      },
    ),
    { seed: 3, numRuns: 500 },
  );
});

test('one zero does not blank a log axis', () => {
  expect(scaleOf(log, [0, 0.1, 0.4]).domain).toEqual([0.1, 0.5]);
});

test('labels are short', () => {
  expect([0, 0.05, 1500, 1e6, 2e-5].map(tickLabel)).toEqual([
    '0',
    '0.05',
    '1500',
    '1·10^6',
    '2·10^-5',
  ]);
});
