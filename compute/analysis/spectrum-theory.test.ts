import { Matrix, solve } from 'ml-matrix';
import { expect, test } from 'vitest';
import { normals, STREAMS } from '../random.ts';
import { onlineLosses, ridgeLoss, tailOf } from './spectrum-theory.ts';
import { mean } from './stats.ts';

const lambda = (k: number) => (k + 1) ** -1.5;
const target = (k: number) => (k + 1) ** (-1.75 / 2) / Math.sqrt(lambda(k));

test('the expected loss on a stream is the average over every stream that there is', () => {
  // Three modes, two seen; batches of one and two; every sign of every sample: (2³)^(batch · 2) streams.
  for (const batch of [1, 2]) {
    const corners = Array.from({ length: 8 }, (_, c) =>
      [0, 1, 2].map((k) => (Math.floor(c / 2 ** k) % 2 === 0 ? 1 : -1) * Math.sqrt(lambda(k))),
    );
    const batches =
      batch === 1 ? corners.map((c) => [c]) : corners.flatMap((a) => corners.map((b) => [a, b]));
    const lossOf = (w: readonly number[]) =>
      [0, 1, 2].reduce((sum, k) => sum + lambda(k) * ((w[k] ?? 0) - target(k)) ** 2, 0);
    let states: (readonly number[])[] = [[0, 0]];
    const truth = [lossOf([0, 0])];
    for (let t = 0; t < 2; t++) {
      states = states.flatMap((w) =>
        batches.map((samples) =>
          w.map((v, k) => {
            const slope = samples.map((x) => {
              const f = (w[0] ?? 0) * (x[0] ?? 0) + (w[1] ?? 0) * (x[1] ?? 0);
              const y = [0, 1, 2].reduce((sum, j) => sum + target(j) * (x[j] ?? 0), 0);
              return (f - y) * (x[k] ?? 0);
            });
            return v - 0.4 * mean(slope);
          }),
        ),
      );
      truth.push(mean(states.map(lossOf)));
    }
    const told = onlineLosses({ modes: 3, decay: 1.5, power: 1.75 }, 2, {
      ...{ steps: 2, batch, rate: 0.4 },
    });
    for (const [t, loss] of truth.entries()) expect(told[t]).toBeCloseTo(loss, 12);
    expect(truth[0]).toBeGreaterThan((truth[2] ?? 0) + 0.1);
  }
});

test('in large batches it is descent on the mean: Σ p (1 − ηλ)^2t and the tail', () => {
  const told = onlineLosses({ modes: 60, decay: 1.5, power: 1.75 }, 20, {
    ...{ steps: 50, batch: 1e9, rate: 0.25 },
  });
  let sum = tailOf(60, 1.75, 20);
  for (let k = 0; k < 20; k++) sum += (k + 1) ** -1.75 * (1 - 0.25 * lambda(k)) ** 100;
  expect(told[50]).toBeCloseTo(sum, 7);
});

test('without a ridge and with fewer modes than samples it is ordinary least squares: tail · D/(D − N)', () => {
  const spectrum = { modes: 300, decay: 1.5, power: 1.75 };
  const tail = tailOf(300, 1.75, 30);
  expect(ridgeLoss(spectrum, 30, 120, 1e-13)).toBeCloseTo((tail * 120) / 90, 6);
});

test.each([
  [40, 80],
  [100, 50],
  [60, 60],
])(
  'with %i modes seen of 200 and %i samples it is the mean over draws of Gaussian data',
  (seen, samples) => {
    const ridge = 1e-3;
    const draws = Array.from({ length: 24 }, (_, draw) => {
      const x = normals(draw, STREAMS.data, 0, samples * 200).map(
        (z, i) => z * Math.sqrt(lambda(i % 200)),
      );
      const X = Matrix.from1DArray(samples, 200, [...x]);
      const y = X.mmul(Matrix.columnVector(Array.from({ length: 200 }, (_v, k) => target(k))));
      const S = X.subMatrix(0, samples - 1, 0, seen - 1);
      const gram = S.transpose().mmul(S).div(samples).add(Matrix.eye(seen).mul(ridge));
      const w = solve(gram, S.transpose().mmul(y).div(samples)).to1DArray();
      let loss = 0;
      for (let k = 0; k < 200; k++) loss += lambda(k) * ((w[k] ?? 0) - target(k)) ** 2;
      return loss;
    });
    const deviation = Math.sqrt(mean(draws.map((l) => (l - mean(draws)) ** 2)) / 23);
    const told = ridgeLoss({ modes: 200, decay: 1.5, power: 1.75 }, seen, samples, ridge);
    // Three standard errors of the mean, and corrections of order one over the samples.
    expect(Math.abs(mean(draws) / told - 1)).toBeLessThan((3 * deviation) / told + 1 / samples);
  },
);
