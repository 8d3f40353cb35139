import { describe, expect, test } from 'vitest';
import { mlpStart } from '../engines/reference.testkit.ts';
import type { DenseLayer } from '../programs/dense.ts';
import { MLP, type MlpSpec } from '../programs/program.ts';
import { ntkScales, standardScales } from '../programs/scales.ts';
import { normals, STREAMS } from '../random.ts';
import { kernelMovement, tangentKernel } from './tangent-kernel.ts';

const spec = (layers: readonly number[], changes: Partial<MlpSpec>): MlpSpec => ({
  ...{ ...MLP, layers, scales: standardScales(layers) },
  data: { kind: 'teacher', seed: 2, samples: 6 },
  ...{ observe: ['loss'], steps: 1, recordEvery: 1, checkpointEvery: 1 },
  ...changes,
});

const layersOf = ({ layers, scales, activation, skip }: MlpSpec): DenseLayer[] =>
  layers.slice(1).map((out, l) => {
    const last = l === layers.length - 2;
    const scale = scales[l];
    return {
      ...{ in: layers[l] ?? 0, out, bias: scale?.bias != null },
      ...{ rate: scale?.rate ?? 0, biasRate: scale?.bias?.rate ?? 0 },
      activation: last ? 'identity' : activation,
      skip: skip && l > 0 && !last && layers[l] === out,
    };
  });

describe.each([
  ['tanh with biases', spec([3, 7, 5, 1], {})],
  [
    'ReLU, rates by layer',
    spec([3, 8, 6, 1], { activation: 'relu', scales: ntkScales([3, 8, 6, 1], 2) }),
  ],
  ['residual', spec([4, 6, 6, 6, 1], { skip: true })],
])('the tangent kernel of a %s network', (_, network) => {
  test('is J R Jᵀ with the Jacobian by central differences in float64', () => {
    const start = mlpStart(network, 3, 1);
    const inputs = network.layers[0] ?? 0;
    const x = Float32Array.from(normals(2, STREAMS.data, 0, 6 * inputs));
    const layers = layersOf(network);
    const kernel = tangentKernel(layers, start, x);
    const samples = Array.from({ length: 6 }, (_, i) => [
      ...x.subarray(i * inputs, (i + 1) * inputs),
    ]);
    const jacobian = jacobianOf(network, start, samples);
    for (let i = 0; i < 6; i++) {
      for (let j = 0; j < 6; j++) {
        const truth = jacobian.reduce(
          (sum, { rate, of }) => sum + rate * (of[i] ?? 0) * (of[j] ?? 0),
          0,
        );
        expect(Math.abs((kernel[i * 6 + j] ?? 0) - truth)).toBeLessThan(
          1e-6 * (1 + Math.abs(truth)),
        );
      }
    }
  });
});

/** f(x), sample by sample and unit by unit. */
function output(
  { layers, scales, activation, skip }: MlpSpec,
  weights: Float64Array[],
  x: number[],
) {
  return weights.reduce((below, w, l) => {
    const [out, last] = [layers[l + 1] ?? 0, l === weights.length - 1];
    return Array.from({ length: out }, (_, j) => {
      const inputs = scales[l]?.bias == null ? below : below.concat(1);
      const z = inputs.reduce((sum, v, k) => sum + v * (w[k * out + j] ?? 0), 0);
      if (last) return z;
      const active = activation === 'relu' ? Math.max(0, z) : Math.tanh(z);
      return active + (skip && l > 0 && below.length === out ? (below[j] ?? 0) : 0);
    });
  }, x)[0] as number;
}

/** ∂f/∂θ on each of the samples, and the rate, of every number. */
function jacobianOf(network: MlpSpec, weights: Float64Array[], samples: number[][]) {
  const h = 1e-5;
  return weights.flatMap((w, l) =>
    [...w].map((_, k) => {
      const scale = network.scales[l];
      const matrix = (network.layers[l] ?? 0) * (network.layers[l + 1] ?? 0);
      const moved = (by: number) =>
        weights.map((v, m) => v.map((value, q) => (m === l && q === k ? value + by : value)));
      const of = samples.map(
        (x) => (output(network, moved(h), x) - output(network, moved(-h), x)) / (2 * h),
      );
      return { rate: (k < matrix ? scale?.rate : scale?.bias?.rate) ?? 0, of };
    }),
  );
}

test('a kernel that has not changed has not moved, one that doubled moved by its own size', () => {
  const network = spec([3, 8, 1], { activation: 'relu', scales: ntkScales([3, 8, 1], 2) });
  const [layers, start] = [layersOf(network), mlpStart(network, 1, 1)];
  const x = Float32Array.from(normals(5, STREAMS.data, 0, 15));
  expect(kernelMovement(layers, start, start, x)).toBe(0);
  // Θ is of degree two in the weights of a two-layer ReLU network.
  const grown = start.map((w) => w.map((v) => v * Math.SQRT2));
  expect(kernelMovement(layers, grown, start, x)).toBeCloseTo(1, 12);
});
