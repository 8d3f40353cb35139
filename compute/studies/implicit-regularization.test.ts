import { expect, test } from 'vitest';
import { mlpDescent, mlpLossAndGradient, mlpStart } from '../engines/reference.testkit.ts';
import type { MlpSpec } from '../programs/program.ts';
import {
  predicted,
  residualSquare,
  implicitRegularization as study,
} from './implicit-regularization.ts';
import type { Config } from './study.ts';

const config = (setting: string, learningRate: number, horizon = 4): Config => ({
  ...{ setting, learningRate, horizon },
});
const planned = (of: Config) => {
  const { program, hyper } = study.plan(of, { null: false });
  return { spec: program as MlpSpec, hyper };
};

test('descent in float64 ends as far from a finer descent as was predicted before it began', () => {
  const horizon = 1;
  const end = (eta: number) => {
    const { spec, hyper } = planned(config('descent', eta, horizon));
    return mlpDescent(spec, 3, hyper, spec.steps).weights.flatMap((w) => [...w]);
  };
  const [coarse, half, fine] = [end(0.02), end(0.01), end(0.005)];
  const { first } = predicted(3, horizon);
  // Distances to the flow are η e₁ + η² c: from three descents, without the flow itself.
  const limit = fine.map((v, i) => {
    const [a, b] = [((coarse[i] ?? 0) - (half[i] ?? 0)) / 0.01, ((half[i] ?? 0) - v) / 0.005];
    return 2 * b - a;
  });
  expect(Math.abs(Math.hypot(...limit) / first - 1)).toBeLessThan(5e-3);
});

test('noisy descent in float64 multiplies u² − v² by 1 − η² r̄² each step, and decays as predicted', () => {
  const eta = 0.05;
  const { spec, hyper } = planned(config('noise-4', eta));
  const seed = 2;
  const difference = ([u, v]: readonly Float64Array[]) => (u?.[0] ?? 0) ** 2 - (v?.[0] ?? 0) ** 2;
  // One step on the one sample x = −1, which is the label 1 − σ of the mirrored input.
  const start = mlpStart(spec, seed, 1);
  const { gradient } = mlpLossAndGradient(spec, start, 1, [0]);
  const stepped = start.map((w, l) => w.map((v, i) => v - eta * (gradient[l]?.[i] ?? 0)));
  const residual = (start[0]?.[0] ?? 0) * (start[1]?.[0] ?? 0) - 0.5;
  expect(difference(stepped)).toBeCloseTo(difference(start) * (1 - eta ** 2 * residual ** 2), 12);

  // Decay over a long run, averaged over seeds, against the prediction at the sharpness of its end.
  const logs = [1, 2, 3, 4, 5, 6].map((s) => {
    const before = mlpDescent(spec, s, hyper, 200).weights;
    const after = mlpDescent(spec, s, hyper, spec.steps).weights;
    const sharpness = after.reduce((sum, w) => sum + (w[0] ?? 0) ** 2, 0);
    const expected = eta ** 2 * (spec.steps - 200) * residualSquare(eta, 4, sharpness);
    return Math.log(difference(before) / difference(after)) / expected;
  });
  const ratio = logs.reduce((a, b) => a + b, 0) / logs.length;
  expect(Math.abs(ratio - 1)).toBeLessThan(0.05);
});

test('one learning rate has no exponent, and that is said', () => {
  const runs = [1, 2].map((seed) => ({
    ...{ config: config('descent', 0.02), seed, outcome: { kind: 'completed' } as const },
    summary: { flow: 0.1, flowShare: 1, modified: 0.01, modifiedShare: 1, decay: null },
  }));
  const { verdict } = study.analyse(runs, { null: false, expected: 2 });
  expect(verdict.state).toBe('undecided');
  expect(verdict.because).toContain('two learning rates');
});

test('noise alone can be asked for: the decay is then all that is judged', () => {
  const runs = [1, 2].map((seed) => ({
    ...{ config: config('noise-1', 0.02), seed, outcome: { kind: 'completed' } as const },
    summary: {
      flow: null,
      flowShare: null,
      modified: null,
      modifiedShare: null,
      decay: 1 + seed / 100,
    },
  }));
  const { verdict, fits } = study.analyse(runs, { null: false, expected: 2 });
  expect(verdict.state).toBe('holds');
  expect(Object.keys(fits)).toHaveLength(1);
});

test('what noise does on digits is measured as planted, and not judged', () => {
  const runs = ['digits-4', 'digits-64'].flatMap((setting, i) =>
    [1, 2].map((seed) => ({
      ...{ config: config(setting, 0.04), seed, outcome: { kind: 'completed' } as const },
      // Sixteen times the η/B: half the sharpness, twice the error.
      summary: { sharp: (i + 1) * seed, error: 0.1 / (i + 1) },
    })),
  );
  const { verdict, fits } = study.analyse(runs, { null: false, expected: 4 });
  expect(verdict.state).toBe('undecided');
  const values = Object.values(fits).map(({ value }) => value);
  expect(values).toEqual([expect.closeTo(-0.25, 9), expect.closeTo(0.25, 9)]);
});

test('digits are trained for one physical time, whatever the rate and the batch', () => {
  for (const eta of [0.02, 0.05])
    for (const setting of ['digits-4', 'digits-64'])
      expect(planned(config(setting, eta)).spec.steps * eta).toBeCloseTo(80, 6);
});
