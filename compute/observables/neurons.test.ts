import { expect, test } from 'vitest';
import type { DenseLayer } from '../programs/dense.ts';
import { neuronCosines } from './neurons.ts';

const layer = (inputs: number, out: number): DenseLayer => ({
  ...{ in: inputs, out, bias: false, activation: 'relu', skip: false, rate: 1, biasRate: 1 },
});
const layers = [layer(3, 4), layer(4, 1)];

test('units on the axes are aligned wholly, whatever their size', () => {
  // Columns are units: e1, 2 e2, 5 e1 and one that is switched off.
  const w = [1, 0, 5, 1, 0, 2, 0, 1, 0, 0, 0, 1];
  const read = neuronCosines(layers, [w, [1, -3, 0.5, 0]], 2);
  expect(read.neuronAlignment).toBeCloseTo(1, 12);
  expect(read.cosine10).toBeCloseTo(1, 12);
});

test('a unit counts by |a| ‖w‖, with the largest cosine that it has with a teacher', () => {
  // (3, 4, 0) has cosine 0.8 with e2; (0, 0, 2) has none; the two others are switched off.
  const w = [3, 0, 1, 1, 4, 0, 1, 1, 0, 2, 1, 1];
  const read = neuronCosines(layers, [w, [1, -2, 0, 0]], 2);
  const [one, two] = [1 * 5, 2 * 2];
  expect(read.neuronAlignment).toBeCloseTo((0.8 * one) / (one + two), 12);
  // Half way between the centres 0.75 and 0.85.
  expect(read.cosine8).toBeCloseTo(one / (one + two) / 2, 12);
  expect(read.cosine9).toBeCloseTo(one / (one + two) / 2, 12);
  expect(read.cosine1).toBeCloseTo(two / (one + two), 12);
});

test('what points away from every teacher is in the first bin, with its negative cosine', () => {
  const read = neuronCosines([layer(2, 1), layer(1, 1)], [[-1, -1], [1]], 1);
  expect(read.neuronAlignment).toBeCloseTo(-Math.SQRT1_2, 12);
  expect(read.cosine1).toBe(1);
});
