import { expect, test } from 'vitest';
import { type Field, leadingErrors, modifiedField, rungeKutta } from './backward-error.ts';

// L = w³/3: descent w → w − η w² against w′ = −w², whose solution is w₀ / (1 + w₀ t).
const cubic: Field = (w) => w.map((v) => v * v);
const descend = (w0: number, eta: number, steps: number) => {
  let w = w0;
  for (let i = 0; i < steps; i++) w -= eta * w * w;
  return w;
};
const flow = (field: Field, w0: number, until: number, steps: number) => {
  let w = Float64Array.of(w0);
  for (let i = 0; i < steps; i++) w = Float64Array.from(rungeKutta(field, w, until / steps));
  return w[0] ?? Number.NaN;
};

test('the modified field is that of the loss with its penalty, by hand', () => {
  // ∇(L + (η/4) w⁴) = w² + η w³.
  const field = modifiedField(cubic, 0.1, 1);
  expect(field(Float64Array.of(0.7))[0]).toBeCloseTo(-(0.7 ** 2 + 0.1 * 0.7 ** 3), 9);
  expect(modifiedField(cubic, 0.1, 0)(Float64Array.of(0.7))[0]).toBeCloseTo(-(0.7 ** 2), 15);
});

test('Runge–Kutta follows the closed form of the flow', () => {
  expect(flow(modifiedField(cubic, 0, 0), 1, 2, 100)).toBeCloseTo(1 / 3, 8);
});

test('the leading errors are the limits of what descent does, over η and over η²', () => {
  const { first, second } = leadingErrors(cubic, Float64Array.of(1), 2, 100);
  const measured = (eta: number) => {
    const end = descend(1, eta, Math.round(2 / eta));
    return {
      first: Math.abs(end - 1 / 3) / eta,
      second: Math.abs(end - flow(modifiedField(cubic, eta, 1), 1, 2, 400)) / eta ** 2,
    };
  };
  // Richardson: what is left of order η is removed by halving it.
  const [a, b] = [measured(0.004), measured(0.002)];
  expect(Math.abs((2 * b.first - a.first) / first - 1)).toBeLessThan(1e-4);
  expect(Math.abs((2 * b.second - a.second) / second - 1)).toBeLessThan(1e-3);
});
