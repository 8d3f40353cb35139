import { Matrix } from 'ml-matrix';
import { expect, test } from 'vitest';
import { mlpDescent, mlpLossAndGradient, mlpStart } from '../engines/reference.testkit.ts';
import type { DenseLayer } from '../programs/dense.ts';
import { HYPER, MLP, type MlpSpec } from '../programs/program.ts';
import { standardScales } from '../programs/scales.ts';
import { balance, balanceColumns } from './balance.ts';

const sizes = [3, 6, 5, 2];
const spec = (activation: MlpSpec['activation'], biased: boolean): MlpSpec => ({
  ...{ ...MLP, layers: sizes, activation, observe: ['loss'] },
  scales: standardScales(sizes).map((s) => (biased ? s : { ...s, bias: null })),
  data: { kind: 'teacher', seed: 3, samples: 12 },
  ...{ steps: 100, recordEvery: 100, checkpointEvery: 100 },
});

const chain = ({ activation, scales }: MlpSpec): DenseLayer[] =>
  sizes.slice(1).map((out, l) => ({
    ...{
      in: sizes[l] ?? 0,
      out,
      bias: scales[l]?.bias !== null,
      skip: false,
      rate: 1,
      biasRate: 1,
    },
    activation: l === sizes.length - 2 ? 'identity' : activation,
  }));

/** The same from whole matrices, by the library. */
function dense(s: MlpSpec, weights: readonly ArrayLike<number>[], diagonal: boolean): number[] {
  const own = weights.map((w, l) => {
    const out = sizes[l + 1] ?? 1;
    return Matrix.from1DArray(w.length / out, out, [...Array.from(w)]);
  });
  return own.slice(0, -1).flatMap((w, l) => {
    const next = own[l + 1] as Matrix;
    const rows = (s.scales[l + 1]?.bias ?? null) === null ? next.rows : next.rows - 1;
    const above = next.subMatrix(0, rows - 1, 0, next.columns - 1);
    const q = Matrix.sub(w.transpose().mmul(w), above.mmul(above.transpose()));
    return diagonal ? q.diagonal() : q.to1DArray();
  });
}

test.each([
  ['identity', false],
  ['identity', true],
  ['relu', true],
] as const)(
  'one step of descent adds exactly η² (gᵀg − ggᵀ) to the balance (%s, biases %s)',
  (activation, biased) => {
    const s = spec(activation, biased);
    const eta = 0.3;
    const before = mlpStart(s, 7, 1);
    const { gradient } = mlpLossAndGradient(s, before);
    const after = before.map((w, l) => w.map((v, i) => v - eta * (gradient[l]?.[i] ?? 0)));
    const change = dense(s, gradient, activation !== 'identity');
    const [q0, q1] = [balance(chain(s), before), balance(chain(s), after)];
    expect(q0.length).toBe(change.length);
    for (const [i, added] of change.entries())
      expect((q1[i] ?? 0) - (q0[i] ?? 0)).toBeCloseTo(eta ** 2 * added, 12);
  },
);

test('for tanh that is not so: the change is of first order', () => {
  const s = spec('tanh', false);
  const before = mlpStart(s, 7, 1);
  const { gradient } = mlpLossAndGradient(s, before);
  const eta = 1e-4;
  const after = before.map((w, l) => w.map((v, i) => v - eta * (gradient[l]?.[i] ?? 0)));
  const { balanceDrift } = balanceColumns(chain(s), after, before);
  const second = Math.hypot(...dense(s, gradient, true)) * eta ** 2;
  expect(balanceDrift).toBeGreaterThan(100 * second);
});

test('under weight decay what is kept of a linear balance falls as (1 − ηλ)^2t, up to the step', () => {
  const s = spec('identity', false);
  const hyper = { ...HYPER, learningRate: 0.002, weightDecay: 0.5 };
  const { weights } = mlpDescent(s, 7, hyper, 500);
  const { balanceKept } = balanceColumns(chain(s), weights, mlpStart(s, 7, 1));
  expect(Math.abs(balanceKept / (1 - 0.002 * 0.5) ** 1000 - 1)).toBeLessThan(5e-3);
});
