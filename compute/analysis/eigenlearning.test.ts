import { expect, test } from 'vitest';
import { eigenlearning } from './eigenlearning.ts';

const spectrum = [
  { eigenvalue: 1, multiplicity: 1, power: 0 },
  { eigenvalue: 0.1, multiplicity: 10, power: 0.7 },
  { eigenvalue: 0.01, multiplicity: 45, power: 0.3 },
  { eigenvalue: 0, multiplicity: 120, power: 0 },
];

test.each([
  [4, 0],
  [12, 0],
  [30, 0.05],
])('%d samples are shared out among the modes, the ridge %d included', (n, ridge) => {
  const { kappa, learnability } = eigenlearning(spectrum, n, ridge);
  const shared = spectrum.reduce((sum, m, i) => sum + m.multiplicity * (learnability[i] ?? 0), 0);
  expect(shared + ridge / kappa).toBeCloseTo(n, 8);
  for (const [i, m] of spectrum.entries())
    expect(learnability[i]).toBeCloseTo(m.eigenvalue / (m.eigenvalue + kappa), 12);
});

test('where all modes are alike, each is learnt to n/m and the error is (1 − n/m) of the power', () => {
  const { learnability, testError } = eigenlearning(
    [{ eigenvalue: 0.3, multiplicity: 40, power: 2 }],
    10,
  );
  expect(learnability[0]).toBeCloseTo(0.25, 10);
  expect(testError).toBeCloseTo(0.75 * 2, 8);
});

test('a mode that the kernel does not see adds its power, and the samples’ share of noise, to the error', () => {
  const modes = [
    { eigenvalue: 0.3, multiplicity: 40, power: 0 },
    { eigenvalue: 0, multiplicity: 5, power: 1 },
  ];
  // 𝓔₀ = 1/(1 − n/m).
  expect(eigenlearning(modes, 10).testError).toBeCloseTo(1 / 0.75, 8);
});

test('says nothing where there are as many samples as modes', () => {
  expect(eigenlearning(spectrum, 56).testError).toBeNaN();
});
