import { expect, test } from 'vitest';
import { mlpDescent, mlpStart } from '../engines/reference.testkit.ts';
import { balanceColumns } from '../observables/balance.ts';
import type { DenseLayer } from '../programs/dense.ts';
import type { MlpSpec } from '../programs/program.ts';
import { conservation } from './conservation.ts';
import type { Config } from './study.ts';

const config = (changes: Config): Config => ({
  ...{ activation: 'relu', learningRate: 0.01, weightDecay: 0, width: 4, horizon: 2 },
  ...changes,
});

/** The study's own run of one seed, in float64: first and last loss, and what became of the balance. */
function trained(changes: Config, isNull = false) {
  const { program, hyper } = conservation.plan(config(changes), { null: isNull });
  const spec = program as MlpSpec;
  const chain = spec.layers.slice(1).map(
    (out, l): DenseLayer => ({
      ...{ in: spec.layers[l] ?? 0, out, bias: false, skip: false, rate: 1, biasRate: 1 },
      activation: l === spec.layers.length - 2 ? 'identity' : spec.activation,
    }),
  );
  const { losses, weights } = mlpDescent(spec, 5, hyper, spec.steps);
  const fallen = (losses[0] ?? 0) - (losses.at(-1) ?? 0);
  return { fallen, ...balanceColumns(chain, weights, mlpStart(spec, 5, 1)) };
}

const bound = (cells: readonly Config[]) => {
  const [panel] = conservation.panels;
  const [line] = panel?.theory(cells, { null: false }) ?? [];
  return line;
};

test.each(['identity', 'relu'])(
  '%s: in float64 the drift is below the line drawn for it',
  (activation) => {
    for (const learningRate of [0.01, 0.02]) {
      const { fallen, balanceDrift } = trained({ activation, learningRate });
      expect(balanceDrift).toBeGreaterThan(0);
      expect(balanceDrift / (2 * fallen)).toBeLessThan(learningRate);
    }
    // The line is y = x: what is compared with it is the drift over 2 (L(0) − L(t)).
    const line = bound([config({ learningRate: 0.01 }), config({ learningRate: 0.02 })]);
    expect(line?.y).toEqual(line?.x);
  },
);

test('for tanh, in float64, the drift is far above that line', () => {
  const { fallen, balanceDrift } = trained({ learningRate: 0.01 }, true);
  expect(balanceDrift / (2 * fallen)).toBeGreaterThan(0.02);
});

test('in float64 a balance under weight decay lies on the curve drawn for it, within the step’s error', () => {
  const changes = { activation: 'identity', weightDecay: 0.2, learningRate: 0.005 };
  const [, panel] = conservation.panels;
  const [curve] = panel?.theory([config(changes)], { null: false }) ?? [];
  expect(curve?.x.at(-1)).toBe(2);
  expect(Math.abs(trained(changes).balanceKept / (curve?.y.at(-1) ?? 0) - 1)).toBeLessThan(5e-3);
});

test('steps too large to follow the flow are named and not judged', () => {
  const run = (learningRate: number, seed: number, stepSize: number) => ({
    ...{ config: config({ learningRate }), seed, outcome: { kind: 'completed' } as const },
    summary: { drift: learningRate ** (learningRate > 0.1 ? 3 : 1), share: 0.1, kept: 1, stepSize },
  });
  const runs = [1, 2].flatMap((s) => [run(0.01, s, 0.1), run(0.02, s, 0.2), run(0.4, s, 3)]);
  const { verdict } = conservation.analyse(runs, { null: false, expected: 6 });
  expect(verdict.state).toBe('holds');
  expect(verdict.because).toContain('not judged: η = 0.4');
});

test('one learning rate has no exponent, and that is said', () => {
  const runs = [1, 2].map((seed) => ({
    ...{ config: config({}), seed, outcome: { kind: 'completed' } as const },
    summary: { drift: 0.01, share: 0.1, kept: 1, stepSize: 0.1 },
  }));
  const { verdict } = conservation.analyse(runs, { null: false, expected: 2 });
  expect(verdict.state).toBe('undecided');
  expect(verdict.because).toContain('two learning rates');
});
