import { expect, test } from 'vitest';
import { meanSquareTanh, quadraticVariation, residualFlow } from './residual-limits.ts';

test.each([0.001, 0.01])('E tanh² at q = %d is its series q − 2q² + 17q³/3', (q) => {
  const series = q - 2 * q ** 2 + (17 / 3) * q ** 3;
  expect(Math.abs(meanSquareTanh(q) - series)).toBeLessThan(25 * q ** 4);
});

test('E tanh² at q = 1 is that of a fine midpoint rule', () => {
  let sum = 0;
  const h = 1e-4;
  for (let z = -10 + h / 2; z < 10; z += h) sum += Math.tanh(z) ** 2 * Math.exp((-z * z) / 2) * h;
  expect(meanSquareTanh(1)).toBeCloseTo(sum / Math.sqrt(2 * Math.PI), 9);
});

test('for small states branches of L^−½ multiply their squares by (1 + 1/L)^L', () => {
  for (const depth of [4, 64])
    expect(quadraticVariation(1e-7, depth, depth ** -0.5)).toBeCloseTo(
      (1 + 1 / depth) ** depth - 1,
      5,
    );
});

test('of one unit the flow is the closed form sinh(w h) = sinh(w h₀) exp(w t)', () => {
  for (const [w, h0] of [
    [1.3, 0.4],
    [-0.8, 1.1],
  ] as const) {
    const exact = Math.asinh(Math.sinh(w * h0) * Math.exp(w)) / w;
    expect(residualFlow([h0], () => [w], 1, 32)[0]).toBeCloseTo(exact, 6);
  }
});

test('with weights that change on the way the flow is the limit of many small steps', () => {
  const matrixAt = (t: number) => [1 - t, t, -2 * t, 0.5];
  const steps = 100_000;
  let [a, b] = [0.7, -0.2];
  for (let i = 0; i < steps; i++) {
    const [w0 = 0, w1 = 0, w2 = 0, w3 = 0] = matrixAt((i + 0.5) / steps);
    const moved = [Math.tanh(a * w0 + b * w2), Math.tanh(a * w1 + b * w3)] as const;
    [a, b] = [a + moved[0] / steps, b + moved[1] / steps];
  }
  const flow = residualFlow([0.7, -0.2], matrixAt, 1, 32);
  expect(flow[0]).toBeCloseTo(a, 4);
  expect(flow[1]).toBeCloseTo(b, 4);
});
