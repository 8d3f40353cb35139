import { expect, test } from 'vitest';
import type { DenseLayer } from '../programs/dense.ts';
import { depthColumns } from './depth.ts';

const layer = (changes: Partial<DenseLayer>): DenseLayer => ({
  ...{ in: 1, out: 1, bias: false, activation: 'tanh', skip: false, rate: 1, biasRate: 1 },
  ...changes,
});

test('of two residual layers of one unit all columns are what they are by hand', () => {
  const layers = [
    layer({}),
    layer({ skip: true, branch: 0.5 }),
    layer({ skip: true, branch: 0.5 }),
    layer({ activation: 'identity' }),
  ];
  const [w0, w1, w2] = [0.7, 1.5, -0.4];
  const x = [0.3, -2];
  let [variation, growth] = [0, 0];
  for (const v of x) {
    const h0 = Math.tanh(w0 * v);
    const h1 = h0 + 0.5 * Math.tanh(w1 * h0);
    const h2 = h1 + 0.5 * Math.tanh(w2 * h1);
    variation += ((h1 - h0) ** 2 + (h2 - h1) ** 2) / h0 ** 2 / 2;
    growth += h2 ** 2 / h0 ** 2 / 2;
  }
  const weights = [[w0], [w1], [w2], [1]];
  const columns = depthColumns(layers, weights, Float32Array.from(x));
  expect(columns.variation).toBeCloseTo(variation, 6);
  expect(columns.growth).toBeCloseTo(growth, 6);
  expect(columns.increment).toBeCloseTo(Math.sqrt(variation / 2), 6);
});

test('a network without residual layers is refused with a sentence', () => {
  const plain = [layer({}), layer({ activation: 'identity' })];
  expect(() => depthColumns(plain, [[1], [1]], Float32Array.of(1))).toThrow(/residual depth/);
});
