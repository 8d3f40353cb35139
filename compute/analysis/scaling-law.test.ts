import { expect, test } from 'vitest';
import { normals, STREAMS } from '../random.ts';
import {
  computeExponent,
  fitScalingLaw,
  lossOfLaw,
  type ScalingCell,
  type ScalingFit,
  type ScalingLaw,
} from './scaling-law.ts';

/** As Besiroglu et al. 2024 fit the runs of Hoffmann et al. 2022. */
const PUBLISHED: ScalingLaw = { floor: 1.817, a: 482, b: 2085, alpha: 0.348, beta: 0.366 };

/** Cells of a law, 44 million to 16 billion parameters on 1 to 400 billion tokens, with relative errors. */
function cells(law: ScalingLaw, noise = 0, set = 0): ScalingCell[] {
  const sizes = Array.from({ length: 7 }, (_, i) => 44e6 * 370 ** (i / 6));
  const amounts = Array.from({ length: 7 }, (_, i) => 1e9 * 400 ** (i / 6));
  const errors = normals(set, STREAMS.probe, 0, 49);
  return sizes.flatMap((parameters, i) =>
    amounts.map((samples, j) => ({
      ...{ parameters, samples },
      losses: [lossOfLaw(law, parameters, samples) * Math.exp(noise * (errors[7 * i + j] ?? 0))],
    })),
  );
}

const fitted = (of: readonly ScalingCell[]): ScalingFit => {
  const fit = fitScalingLaw(of);
  if (fit === null) throw new Error('There is no fit.');
  return fit;
};

test('the published law of language models is found from its own losses', () => {
  const { law, residual } = fitted(cells(PUBLISHED));
  for (const name of ['floor', 'a', 'b', 'alpha', 'beta'] as const)
    expect(law[name] / PUBLISHED[name]).toBeCloseTo(1, 6);
  expect(computeExponent(law)).toBeCloseTo(0.366 / (0.348 + 0.366), 8);
  expect(residual).toBeLessThan(1e-9);
});

test('the end is the least of Huber’s loss: neither the truth nor any neighbour is lower', () => {
  const of = cells(PUBLISHED, 0.01, 3);
  const { law } = fitted(of);
  const huber = (l: ScalingLaw) =>
    of.reduce((sum, { parameters, samples, losses: [loss = 0] }) => {
      const r = Math.abs(Math.log(loss) - Math.log(lossOfLaw(l, parameters, samples)));
      return sum + (r <= 1e-3 ? (r * r) / 2 : 1e-3 * (r - 1e-3 / 2));
    }, 0);
  const least = huber(law);
  expect(least).toBeLessThan(huber(PUBLISHED));
  const moves = normals(4, STREAMS.probe, 0, 5 * 300);
  for (let i = 0; i < 300; i++) {
    const size = 10 ** -(2 + (i % 4));
    const moved = Object.fromEntries(
      Object.entries(law).map(([name, v], k) => [name, v * (1 + size * (moves[5 * i + k] ?? 0))]),
    ) as unknown as ScalingLaw;
    // A millionth of the cost: what is left when it falls by 1e-10 of itself no more.
    expect(huber(moved)).toBeGreaterThan(least * (1 - 1e-6));
  }
});

test('intervals of the exponents hold the truth about as often as they say', () => {
  const sets = Array.from({ length: 16 }, (_, set) => fitted(cells(PUBLISHED, 0.005, 100 + set)));
  for (const [of, truth] of [
    [(l: ScalingLaw) => l.alpha, 0.348],
    [(l: ScalingLaw) => l.beta, 0.366],
  ] as const) {
    const held = sets.filter((fit) => {
      const [lo, hi] = fit.interval(of) ?? [Number.NaN, Number.NaN];
      return lo <= truth && truth <= hi;
    });
    // Of 16 at 95%, fewer than 13 come up less than once in 100.
    expect(held.length).toBeGreaterThanOrEqual(13);
    const widths = sets.map((fit) => (fit.interval(of)?.[1] ?? 0) - (fit.interval(of)?.[0] ?? 0));
    expect(Math.max(...widths)).toBeLessThan(0.2);
  }
});

test('a larger cell falls in the interval that smaller ones foretell, nine times of ten', () => {
  const errors = normals(9, STREAMS.probe, 1, 24);
  const held = Array.from({ length: 24 }, (_, set) => {
    const fit = fitted(cells(PUBLISHED, 0.005, 200 + set));
    const [lo, hi] = fit.predict(64e9, 1.4e12, 0.9) ?? [Number.NaN, Number.NaN];
    const measured = Math.log(lossOfLaw(PUBLISHED, 64e9, 1.4e12)) + 0.005 * (errors[set] ?? 0);
    return lo <= measured && measured <= hi;
  }).filter(Boolean).length;
  // Of 24 at 90%, fewer than 18 come up less than once in 100.
  expect(held).toBeGreaterThanOrEqual(18);
});

test('one wild cell hardly moves it', () => {
  const of = cells(PUBLISHED, 0.002, 7).map((c, i) => (i === 24 ? { ...c, losses: [9] } : c));
  const { law } = fitted(of);
  expect(Math.abs(law.alpha - 0.348)).toBeLessThan(0.03);
  expect(Math.abs(law.beta - 0.366)).toBeLessThan(0.03);
});

test('with too few cells, sizes or amounts there is no law', () => {
  const all = cells(PUBLISHED);
  const [size] = all;
  expect(fitScalingLaw(all.slice(0, 5))).toBeNull();
  expect(fitScalingLaw(all.filter((c) => c.parameters === size?.parameters))).toBeNull();
  expect(fitScalingLaw(all.filter((c) => c.samples === size?.samples))).toBeNull();
});
