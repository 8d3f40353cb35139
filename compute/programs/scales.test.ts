import { describe, expect, test } from 'vitest';
import { initialMlp } from './mlp.ts';
import { MLP, type MlpSpec } from './program.ts';
import { averageScales, mupScales, standardScales } from './scales.ts';

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

test('an average of units is fixed at their mean, whatever the seed, and never trained', () => {
  const layers = [3, 8, 1];
  const scales = averageScales(layers);
  const spec: MlpSpec = {
    ...{ ...MLP, layers, scales, observe: ['loss'] },
    data: { kind: 'teacher', seed: 1, samples: 4 },
    ...{ steps: 1, recordEvery: 1, checkpointEvery: 1 },
  };
  for (const seed of [1, 2]) {
    const [units, mean] = initialMlp(spec, seed, 1);
    expect([...(mean ?? [])]).toEqual(new Array(8).fill(1 / 8));
    expect(new Set(units).size).toBe(24);
  }
  expect(initialMlp(spec, 1, 1)[0]).not.toEqual(initialMlp(spec, 2, 1)[0]);
  expect(scales.map(({ rate }) => rate)).toEqual([8, 0]);
});
