import { expect, test } from 'vitest';
import type { DenseLayer } from '../programs/dense.ts';
import { flat, flowDistances } from './flow.ts';

// f = w x on one sample x = 1, y = 0: L = w²/2, the flow is w₀ e^(−t), and the modified one w₀ e^(−(1 + η/2) t).
const layers: DenseLayer[] = [
  { in: 1, out: 1, bias: false, activation: 'identity', skip: false, rate: 1, biasRate: 1 },
];
const [x, y, learningRate] = [Float32Array.of(1), Float32Array.of(0), 0.1];
const start = [Float32Array.of(2)];
const at = (step: number, from = start) =>
  flowDistances({
    ...{ layers, start: from, x, y, step, learningRate },
    now: [Float32Array.of(2 * (1 - learningRate) ** step)],
  });

test('the distances are those of the closed forms of all three flows', () => {
  for (const step of [0, 5, 20]) {
    const descended = Math.fround(2 * 0.9 ** step);
    const away = (kappa: number) =>
      Math.abs(descended - 2 * Math.exp(-(1 + (kappa * learningRate) / 2) * 0.1 * step));
    const measured = at(step);
    expect(Math.abs(measured.flowDistance - away(0))).toBeLessThan(1e-6);
    expect(Math.abs(measured.modifiedDistance - away(1))).toBeLessThan(1e-6);
    expect(Math.abs(measured.flippedDistance - away(-1))).toBeLessThan(1e-6);
  }
});

test('resumed from a checkpoint it gives the very same numbers', () => {
  const whole = at(20);
  expect(at(20, [Float32Array.of(2)])).toEqual(whole);
});

test('weights of all layers become one vector in order', () => {
  expect([...flat([Float32Array.of(1, 2), Float32Array.of(3)])]).toEqual([1, 2, 3]);
});
