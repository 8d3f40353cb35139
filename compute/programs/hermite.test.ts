import { expect, test } from 'vitest';
import { hermiteAt } from './hermite.ts';

const at = (z: number, k: number) => {
  const into = new Float64Array(2);
  hermiteAt(z, k, into);
  return [into[0], into[1]];
};

test.each([
  [1, (z: number) => z, () => 1],
  [2, (z: number) => (z * z - 1) / Math.SQRT2, (z: number) => Math.SQRT2 * z],
  [
    3,
    (z: number) => (z ** 3 - 3 * z) / Math.sqrt(6),
    (z: number) => (3 * z ** 2 - 3) / Math.sqrt(6),
  ],
  [
    4,
    (z: number) => (z ** 4 - 6 * z ** 2 + 3) / Math.sqrt(24),
    (z: number) => (4 * z ** 3 - 12 * z) / Math.sqrt(24),
  ],
])('degree %i is He_k/√k!, with its slope', (k, value, slope) => {
  for (const z of [-2.3, -0.4, 0, 1.1, 3]) {
    expect(at(z, k)[0]).toBeCloseTo(value(z), 12);
    expect(at(z, k)[1]).toBeCloseTo(slope(z), 12);
  }
});
