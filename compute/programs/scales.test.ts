import { describe, expect, test } from 'vitest';
import { mupScales, standardScales } from './scales.ts';

describe('the maximal update parametrization', () => {
  const layers = (width: number) => [49, width, width, 10];

  test.each(['adam', 'descent'] as const)(
    'under %s it is the standard one at the base width, but for an output that starts at zero',
    (optimizer) => {
      const [first, second, output] = mupScales(layers(64), 64, optimizer);
      const [standardFirst, standardSecond, standardOutput] = standardScales(layers(64));
      expect([first, second]).toEqual([standardFirst, standardSecond]);
      expect(output).toEqual({
        ...{ ...standardOutput, std: 0 },
        bias: { std: 0, rate: 1 },
      });
    },
  );

  // Yang et al. 2022, table 3, at four times the base width.
  test.each([
    ['adam', [1, 1 / 4, 1 / 4], [1, 1, 1]],
    ['descent', [4, 1, 1 / 4], [4, 4, 1]],
  ] as const)(
    'under %s rates of matrices and biases go with width as in the table',
    (optimizer, rates, biases) => {
      const scales = mupScales(layers(256), 64, optimizer);
      expect(scales.map((s) => s.rate)).toEqual(rates);
      expect(scales.map((s) => s.bias?.rate)).toEqual(biases);
    },
  );
});
