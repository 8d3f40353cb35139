import { describe, expect, test } from 'vitest';
import { normals, STREAMS } from '../random.ts';
import { arcCosine, gramOf, reluTangentKernel } from './arc-cosine.ts';

describe('the arc-cosine functions', () => {
  test.each([-0.9, -0.3, 0, 0.5, 0.95])(
    'at ρ = %d they are the Gaussian averages, by a product of midpoint rules',
    (rho) => {
      // Polar angles: for (u, v) of correlation ρ the radial integrals are exact, the angular one is summed.
      const steps = 200_000;
      let [value, slope] = [0, 0];
      for (let i = 0; i < steps; i++) {
        const angle = ((i + 0.5) / steps) * 2 * Math.PI;
        const u = Math.cos(angle);
        const v = rho * u + Math.sqrt(1 - rho * rho) * Math.sin(angle);
        // E[r²] = 2 of the two-dimensional Gaussian.
        value += (2 * 2 * Math.max(0, u) * Math.max(0, v)) / steps;
        slope += (2 * Number(u > 0 && v > 0)) / steps;
      }
      expect(arcCosine(rho).value).toBeCloseTo(value, 8);
      expect(arcCosine(rho).slope).toBeCloseTo(slope, 4);
    },
  );
});

describe('the tangent kernel of infinite width', () => {
  test('of one hidden layer is the average over units of what each contributes', () => {
    const [x, y, d] = [[1, 2, -1], [0.5, -1, 2], 3];
    const dot = (a: ArrayLike<number>, b: readonly number[]) =>
      b.reduce((sum, v, k) => sum + v * (a[k] ?? 0), 0);
    const units = 200_000;
    const all = normals(3, STREAMS.weights, 0, units * d);
    let sum = 0;
    for (let j = 0; j < units; j++) {
      const w = all.subarray(j * d, (j + 1) * d);
      const [u, v] = [dot(w, x), dot(w, y)];
      // f = Σ a relu(√(2/d) w·x) / √N with unit a, w: by a, and by w.
      sum += (2 / d) * (Math.max(0, u) * Math.max(0, v) + Number(u > 0 && v > 0) * dot(x, y));
    }
    const [a, b, c] = [dot(x, x) / d, dot(y, y) / d, dot(x, y) / d];
    // Five standard errors of the average, of which each term is of order one.
    expect(Math.abs(reluTangentKernel(1, a, b, c) - sum / units)).toBeLessThan(
      (5 * 2.5) / Math.sqrt(units),
    );
  });

  test('on the diagonal it is depth + 1, and grows with both lengths', () => {
    for (const hidden of [1, 2, 3])
      expect(reluTangentKernel(hidden, 1, 1, 1)).toBeCloseTo(hidden + 1, 12);
    expect(reluTangentKernel(2, 4, 9, 6)).toBeCloseTo(6 * 3, 12);
  });

  test('a Gram matrix is symmetric, and of the kernel entry by entry', () => {
    const rows = [
      [1, 0],
      [1, 1],
      [-1, 0.5],
    ];
    const gram = gramOf((a, b, c) => a + 2 * b + c, rows, rows.slice(0, 2));
    expect(gram[2]?.[1]).toBeCloseTo(1.25 / 2 + 2 * 1 - 0.25, 12);
  });
});
