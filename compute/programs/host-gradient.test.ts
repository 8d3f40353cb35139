import { expect, test } from 'vitest';
import { mlpLossAndGradient, mlpStart } from '../engines/reference.testkit.ts';
import { madeSet } from './data.ts';
import { gradientOnHost } from './host-gradient.ts';
import { MLP, type MlpSpec } from './program.ts';
import { standardScales } from './scales.ts';

test.each([
  ['tanh', false, true],
  ['relu', false, false],
  ['tanh', true, true],
] as const)(
  'it is the gradient of the float64 reference (%s, skips %s, biases %s)',
  (activation, skip, biased) => {
    const layers = [3, 5, 5, 2];
    const data = { kind: 'teacher', seed: 2, samples: 9 } as const;
    const spec: MlpSpec = {
      ...{ ...MLP, layers, activation, skip, data, observe: ['loss'] },
      scales: standardScales(layers).map((s) => (biased ? s : { ...s, bias: null })),
      ...{ steps: 1, recordEvery: 1, checkpointEvery: 1 },
    };
    const chain = layers.slice(1).map((out, l) => ({
      ...{ in: layers[l] ?? 0, out, bias: biased, rate: 1, biasRate: 1 },
      activation: l === 2 ? ('identity' as const) : activation,
      skip: skip && l === 1,
    }));
    const { x, y } = madeSet(data, 3, 2);
    const weights = mlpStart(spec, 4, 1);
    const expected = mlpLossAndGradient(spec, weights).gradient.flatMap((g) => [...g]);
    const gradient = gradientOnHost(chain, x, y)(Float64Array.from(weights.flatMap((w) => [...w])));
    expect(gradient.length).toBe(expected.length);
    for (const [i, g] of expected.entries()) expect(gradient[i]).toBeCloseTo(g, 13);
  },
);
