import { expect, test } from 'vitest';
import { minimumOf } from './optimum.ts';

const parabola = (at: number) => (x: number) => [x, 3 * (x - at) ** 2 - 7] as const;

test('the vertex of a parabola, however its points are spaced', () => {
  expect(minimumOf([-2, -1, 0.5, 1, 4].map(parabola(0.3)), 100)).toBeCloseTo(0.3, 10);
  expect(minimumOf([0, 1, 2, 3].map(parabola(1.4)), 100)).toBeCloseTo(1.4, 10);
});

test('the minimum of a cubic, whose sides are unlike', () => {
  // Derivative 3 (x − 0.4) (x + 3).
  const cubic = [-1, 0, 1, 2].map((x) => [x, x ** 3 + 3.9 * x * x - 3.6 * x] as const);
  expect(minimumOf(cubic, 100)).toBeCloseTo(0.4, 10);
});

test('it is the least-squares fit: noise of one point is spread over five', () => {
  // By hand, on x = −2 … 2: the orthogonal polynomials 1, x, x² − 2, x³ − 3.4 x.
  const y = [4, 1.3, 0, 0.8, 4.1];
  const along = (of: (x: number) => number) => {
    const own = [-2, -1, 0, 1, 2].map(of);
    const norm = own.reduce((sum, v) => sum + v * v, 0);
    return own.reduce((sum, v, i) => sum + v * (y[i] ?? 0), 0) / norm;
  };
  const [one, two, three] = [
    along((x) => x),
    along((x) => x * x - 2),
    along((x) => x ** 3 - 3.4 * x),
  ];
  const slopeAt = (x: number) => one + 2 * two * x + three * (3 * x * x - 3.4);
  const found = minimumOf(
    y.map((v, i) => [i - 2, v] as const),
    100,
  );
  expect(slopeAt(found)).toBeCloseTo(0, 10);
  expect(Math.abs(found)).toBeLessThan(0.5);
});

test('points that are higher than the valley do not count, nor what lies behind them', () => {
  const five = [-2, -1, 0, 1, 2].map(parabola(0.2));
  expect(minimumOf([[-9, -6], [-3, 100], ...five, [3, 100]], 50)).toBeCloseTo(0.2, 10);
});

test('a lowest point at an end, beside a missing value, or in a valley of three is no minimum', () => {
  expect(minimumOf([1, 2, 3, 4].map(parabola(0)), 100)).toBeNaN();
  expect(minimumOf([1, 2, 3, 4].map(parabola(5)), 100)).toBeNaN();
  expect(minimumOf([0, 1, 2].map(parabola(1.4)), 100)).toBeNaN();
  const four = [0, 1, 2, 3].map(parabola(2));
  expect(minimumOf([...four.slice(0, 3), [3, Number.NaN]], 100)).toBeNaN();
  expect(minimumOf([], 100)).toBeNaN();
});
