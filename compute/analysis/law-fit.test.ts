import { expect, test } from 'vitest';
import { normals, STREAMS } from '../random.ts';
import { fitLaw, type LawCell, type LawFit, meanOf } from './law-fit.ts';
import { type Law, powerLaw, powerLawWithFloor } from './laws.ts';
import { logLogSlope } from './stats.ts';

const SIZES = [8, 16, 32, 64, 128, 256, 512, 1024];

/** Cells of some law with relative errors: of each seed, and of the cell (a law that does not quite hold). */
function synthetic(
  truth: (x: number) => number,
  set: number,
  { sizes = SIZES as readonly number[], seeds = 5, noise = 0.1, cellNoise = 0 } = {},
): LawCell[] {
  const errors = normals(set, STREAMS.probe, 0, sizes.length * seeds);
  const ofCells = normals(set, STREAMS.probe, 1, sizes.length);
  return sizes.map((x, c) => ({
    x,
    ...meanOf(
      Array.from(
        { length: seeds },
        (_, s) =>
          truth(x) * Math.exp(noise * (errors[c * seeds + s] ?? 0) + cellNoise * (ofCells[c] ?? 0)),
      ),
    ),
  }));
}

const fitted = (law: Law, cells: readonly LawCell[]): LawFit => {
  const fit = fitLaw(law, cells);
  if (fit === null) throw new Error('There is no fit.');
  return fit;
};

const power = (x: number) => 3 * x ** -0.7;
const floored = (x: number) => 0.4 + 3 * x ** -0.7;

test('finds exponent and prefactor of an exact power law', () => {
  const fit = fitted(powerLaw, synthetic(power, 0, { noise: 0 }));
  expect(fit.values[0]).toBeCloseTo(0.7, 8);
  expect(fit.values[1]).toBeCloseTo(3, 7);
  expect(fit.heldOutError).toBeCloseTo(0, 8);
});

test.each([
  [0.4, 3, 0.7],
  [1e-3, 2, 0.3],
  [2, 0.5, 1.5],
])('finds floor %d, prefactor %d and exponent %d of an exact law', (floor, factor, exponent) => {
  const cells = synthetic((x) => floor + factor * x ** -exponent, 0, { noise: 0 });
  const { values } = fitted(powerLawWithFloor, cells);
  expect(values[0]).toBeCloseTo(exponent, 4);
  expect((values[1] ?? 0) / factor).toBeCloseTo(1, 3);
  expect((values[2] ?? 0) / floor).toBeCloseTo(1, 3);
});

test('is the least-squares line in logarithms where a bad point cannot be spared', () => {
  const cells = synthetic(power, 1, { sizes: [8, 32, 128] });
  const slope = logLogSlope(cells.map((c) => [c.x, c.value] as const));
  expect(fitted(powerLaw, cells).values[0]).toBeCloseTo(-slope, 8);
});

test('is not dragged by one bad cell, as least squares is', () => {
  const cells = synthetic(power, 2, { noise: 0.02 });
  const spoilt = cells.map((c, i) => (i === 7 ? { ...c, value: 5 * c.value } : c));
  const off = (exponent: number) => Math.abs(exponent - 0.7);
  const plain = off(-logLogSlope(spoilt.map((c) => [c.x, c.value] as const)));
  expect(off(fitted(powerLaw, spoilt).values[0] ?? 0)).toBeLessThan(plain / 5);
});

test('says nothing of fewer sizes than the law has parameters, or of nothing above zero', () => {
  expect(fitLaw(powerLaw, synthetic(power, 0).slice(0, 1))).toBeNull();
  expect(fitLaw(powerLawWithFloor, synthetic(floored, 0).slice(0, 2))).toBeNull();
  expect(
    fitLaw(
      powerLaw,
      synthetic((x) => -x, 0),
    ),
  ).toBeNull();
});

const SETS = 200;
const every = <T>(make: (set: number) => T) => Array.from({ length: SETS }, (_, i) => make(i + 1));
const share = (hits: readonly boolean[]) => hits.filter(Boolean).length / hits.length;
const covers = (interval: readonly [number, number] | null | undefined, value: number) =>
  interval != null && interval[0] <= value && value <= interval[1];

test.each([
  ['seeds alone scatter', { seeds: 5 }],
  ['sizes scatter too', { seeds: 5, cellNoise: 0.1 }],
  ['there is one seed', { seeds: 1 }],
  ['there are four sizes of three seeds', { sizes: [8, 32, 128, 512], seeds: 3 }],
] as const)(
  'intervals and bands of a power law hold the truth as often as they say: %s',
  (_, how) => {
    const fits = every((set) => fitted(powerLaw, synthetic(power, set, how)));
    const exponents = share(fits.map((f) => covers(f.intervals[0], 0.7)));
    const bands = share(fits.map((f) => covers(f.at(64).interval, power(64))));
    // 95%, of 200 data sets.
    for (const covered of [exponents, bands]) {
      expect(covered).toBeGreaterThanOrEqual(0.9);
      expect(covered).toBeLessThanOrEqual(0.99);
    }
  },
);

test('95% intervals of a power law with floor cover the truth in 90 to 99% of 200 data sets', () => {
  const fits = every((set) => fitted(powerLawWithFloor, synthetic(floored, set, { noise: 0.05 })));
  const covered = [0.7, 3, 0.4].map((truth, i) =>
    share(fits.map((f) => covers(f.intervals[i], truth))),
  );
  expect(Math.min(...covered)).toBeGreaterThanOrEqual(0.9);
  expect(Math.max(...covered)).toBeLessThanOrEqual(0.99);
});

test('90% prediction intervals hold a size twice as large as any in 85 to 96% of 200 data sets', () => {
  const inside = every((set) => {
    const cells = synthetic(power, set, { seeds: 4, cellNoise: 0.05 });
    const last = cells.at(-1);
    const fit = fitted(powerLaw, cells.slice(0, -1));
    return covers(fit.predict(last?.x ?? 0, 4, 0.9), last?.value ?? 0);
  });
  expect(share(inside)).toBeGreaterThanOrEqual(0.85);
  expect(share(inside)).toBeLessThanOrEqual(0.96);
});

test('the floor of a pure power law cannot be told from zero; one that is there can', () => {
  const lowest = (truth: (x: number) => number) =>
    every((set) => {
      const cells = synthetic(truth, set, { noise: 0.05 });
      const fit = fitted(powerLawWithFloor, cells);
      return (fit.intervals[2]?.[0] ?? 0) > 0.01 * Math.min(...cells.map((c) => c.value));
    });
  const [a, b] = [share(lowest(power)), share(lowest(floored))];
  expect(a).toBeLessThan(0.1);
  expect(b).toBeGreaterThan(0.95);
});

test('prefers the exponential for exponential data, and the power law for a power law', () => {
  const over = (truth: (x: number) => number) =>
    every((set) => fitted(powerLaw, synthetic(truth, set)).overRival ?? 0);
  expect(share(over((x) => 3 * Math.exp(-x / 200)).map((d) => d < -4))).toBeGreaterThan(0.99);
  expect(share(over(power).map((d) => d > 4))).toBeGreaterThan(0.99);
});

test('of pure noise, the interval of the exponent holds 0', () => {
  const flat = every(
    (set) =>
      fitted(
        powerLaw,
        synthetic(() => 1, set),
      ).intervals[0],
  );
  const s = share(flat.map((i) => covers(i, 0)));
  expect(s).toBeGreaterThanOrEqual(0.9);
});

test('two fits of the same points are the same to the last bit', () => {
  const cells = synthetic(floored, 9);
  const [a, b] = [fitted(powerLawWithFloor, cells), fitted(powerLawWithFloor, cells)];
  expect(a.intervals).toEqual(b.intervals);
  expect(a.predict(2048, 3, 0.9)).toEqual(b.predict(2048, 3, 0.9));
});
