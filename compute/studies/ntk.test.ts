import { expect, test } from 'vitest';
import { eigenlearning } from '../analysis/eigenlearning.ts';
import { madeSet } from '../programs/data.ts';
import { distinctRows } from '../random.ts';
import { cubeData, cubeModes, cubeRegression, meanErrors } from './cube-task.ts';
import { ntk } from './ntk.ts';
import { cellsOf } from './registry.ts';

const task = { inputs: 8, samples: 16, linear: 0.5 };

test('the target has the power in each degree that the modes say, by its Walsh transform', () => {
  const { y } = madeSet(cubeData(task), 8, 1);
  const power = new Array<number>(9).fill(0);
  for (let set = 0; set < 256; set++) {
    let sum = 0;
    for (const [i, v] of y.entries()) {
      // A coordinate is −1 where its bit is 0.
      let sign = 1;
      for (let k = 0; k < 8; k++) if ((set >> k) & 1 && !((i >> k) & 1)) sign = -sign;
      sum += sign * v;
    }
    const degree = [...set.toString(2)].filter((bit) => bit === '1').length;
    power[degree] = (power[degree] ?? 0) + (sum / 256) ** 2;
  }
  for (const [degree, mode] of cubeModes(task).entries())
    expect(power[degree]).toBeCloseTo(mode.power, 6);
});

test('after long training the regression interpolates its samples', () => {
  const { y } = madeSet(cubeData(task), 8, 1);
  const regression = cubeRegression(task, 7, 1);
  const rows = [...distinctRows(7, 16, 256)];
  for (const [i, f] of regression.at(rows, 1e6).entries())
    expect(f).toBeCloseTo(y[rows[i] ?? 0] ?? Number.NaN, 6);
  // Before training, the error is the target's power.
  expect(regression.errors([0])[0]).toBeCloseTo(1, 6);
});

test.each([8, 16, 24])(
  'with %d samples the eigenlearning prediction is the regression’s mean error over 300 draws, within 5%',
  (samples) => {
    const own = { ...task, samples };
    const [mean] = meanErrors(own, 1, [2000], 300);
    const { testError } = eigenlearning(cubeModes(own), samples);
    expect(Math.abs((mean?.value ?? 0) / testError - 1)).toBeLessThan(0.05);
  },
);

/** Test error that the theory says for the quick grid's cube. */
const predictedFor = (samples: number) =>
  eigenlearning(cubeModes({ ...task, samples }), samples).testError;

test('is undecided with one width, and where nothing has been fitted', () => {
  const cells = cellsOf(ntk, ntk.grids.quick);
  const verdict = (pairs: readonly number[], fit: number) =>
    ntk.analyse(
      cells
        .filter((c) => pairs.includes(Number(c.pairs)))
        .flatMap((config) =>
          [1, 2].map((seed) => ({
            ...{ config, seed, outcome: { kind: 'completed' } as const },
            summary: {
              ...{ deviation: Number(config.pairs) ** -0.5, error: 0.5, regression: 0.5, fit },
              control: predictedFor(Number(config.samples)),
            },
          })),
        ),
      { null: false, expected: 2 },
    ).verdict;
  expect(verdict([512], 0).because).toMatch(/Two widths/);
  expect(verdict([32, 512], 0.5)).toMatchObject({ state: 'undecided' });
  expect(verdict([32, 512], 0.5).because).toMatch(/train longer/);
  expect(verdict([32, 128], 0).because).toMatch(/too narrow/);
  expect(verdict([32, 512], 0).state).toBe('holds');
});

test('does not judge a test error where the prediction is not good enough itself', () => {
  const [cell] = cellsOf(ntk, ntk.grids.quick);
  const runs = [32, 512].flatMap((pairs) =>
    [1, 2].map((seed) => ({
      ...{ config: { ...cell, pairs, samples: 100 }, seed },
      outcome: { kind: 'completed' } as const,
      summary: { deviation: pairs ** -0.5, error: 0.1, regression: 0.05, control: 0.05, fit: 0 },
    })),
  );
  const { verdict } = ntk.analyse(runs, { null: false, expected: 4 });
  expect(verdict.state).toBe('undecided');
  expect(verdict.because).toMatch(/left to learn/);
});
