/**
 * The promises that every engine keeps, tested alike in Node and in a browser: the numbers of a float64
 * reference, the same numbers after a checkpoint, runs that do not touch each other.
 */
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { describe, expect, test } from 'vitest';
import { initialLinear, targetOf } from '../programs/linear.ts';
import {
  HYPER,
  type Hyper,
  type LinearSpec,
  MLP,
  type MlpSpec,
  type Pack,
} from '../programs/program.ts';
import { ntkScales, standardScales } from '../programs/scales.ts';
import type { RunResult, RunState } from './engine.ts';
import { mlpDescent, mlpHessian, mlpStart } from './reference.testkit.ts';

/** Trains a pack somewhere, from its start or a checkpoint, to its end or to a step. */
export type Train = (
  pack: Pack,
  from?: readonly RunState[],
  until?: number,
) => Promise<{ readonly results: readonly RunResult[]; readonly states: readonly RunState[] }>;

export const hyperOf = (learningRate: number, momentum = 0, outputScale = 1): Hyper => ({
  ...{ ...HYPER, learningRate, momentum, outputScale },
});

export function mlp(changes: Partial<MlpSpec> = {}): MlpSpec {
  const layers = changes.layers ?? [1, 12, 10, 1];
  return {
    ...{ ...MLP, layers, scales: standardScales(layers) },
    data: { kind: 'chebyshev', degree: 3, samples: 12 },
    observe: ['loss', 'sharpness', 'gradientNorm'],
    ...{ steps: 200, recordEvery: 20, checkpointEvery: 40 },
    ...changes,
  };
}

/** Ten outputs, mini-batches of half the data, widths that fit no tile. */
const classifier = (changes: Partial<MlpSpec> = {}): MlpSpec =>
  mlp({
    layers: [5, 13, 13, 4],
    data: { kind: 'clusters', seed: 3, samples: 24, spread: 0.7 },
    loss: 'cross-entropy',
    observe: ['loss', 'gradientNorm', 'weightNorm'],
    ...changes,
  });

export const packOf = (program: Pack['program'], ...hypers: Hyper[]): Pack => ({
  program,
  runs: hypers.map((h, i) => ({ id: `r${i}`, seed: 100 + i, hyper: h })),
});

const relative = (a: number, b: number) => Math.abs(a - b) / Math.max(Math.abs(b), 1e-12);

/** Distance of a pre-activation from 0 below which its sign is not certain in float32. */
const KINK = 5e-7;

const decayed = (hyper: Hyper): Hyper => ({ ...hyper, weightDecay: 0.01 });

/** Squares of squares are steep: a tenth of the usual rates. And a β₂ of the program's own. */
const squares = (layers: readonly number[]): Partial<MlpSpec> => ({
  ...{ layers, activation: 'square', loss: 'half-mean', beta2: 0.98 },
  scales: standardScales(layers).map(({ std }) => ({ std, rate: 0.1, bias: { std, rate: 0.1 } })),
});

/** Optimizers with a learning rate at which 200 steps stay below the edge of stability. */
const OPTIMIZERS: readonly (readonly [string, Partial<MlpSpec>, Hyper])[] = [
  ['gradient descent', {}, hyperOf(0.05)],
  ['momentum, weight decay, falling rate', { schedule: 'cosine' }, decayed(hyperOf(0.012, 0.9))],
  ['Adam with decay', { optimizer: 'adam' }, decayed(hyperOf(0.001, 0.9))],
];
const PROGRAMS: readonly (readonly [string, MlpSpec])[] = [
  ['tanh', mlp({ observe: ['loss'] })],
  ['ReLU', mlp({ activation: 'relu', observe: ['loss'] })],
  ['identity', mlp({ activation: 'identity', observe: ['loss'] })],
  ['residual', mlp({ layers: [1, 12, 12, 12, 1], skip: true, observe: ['loss'] })],
  [
    'residual, scaled branches',
    mlp({ layers: [1, 12, 12, 12, 1], skip: true, branch: 0.6, observe: ['loss'] }),
  ],
  ['square', classifier({ ...squares([5, 13, 13, 4]), observe: ['loss'] })],
  ['square, residual', classifier({ ...squares([5, 13, 13, 4]), skip: true, observe: ['loss'] })],
  ['cross-entropy', classifier({ observe: ['loss'] })],
  ['mini-batch', classifier({ batch: 7, observe: ['loss'] })],
  ['more draws than samples', classifier({ batch: 30, observe: ['loss'] })],
  [
    'teacher',
    mlp({
      layers: [6, 17, 9, 3],
      data: { kind: 'teacher', seed: 4, samples: 30 },
      batch: 10,
      observe: ['loss'],
    }),
  ],
  [
    'own training samples, held-out loss, rates by layer, no biases, mirrored start',
    mlp({
      layers: [4, 14, 1],
      scales: ntkScales([4, 14, 1], 2).map((scale) => ({ ...scale, rate: 3 * scale.rate })),
      antithetic: true,
      data: {
        kind: 'cube',
        samples: 16,
        terms: [
          { on: [0], coefficient: 1 },
          { on: [1, 2], coefficient: 0.5 },
        ],
      },
      train: { count: 9, draw: 'run' },
      observe: ['loss', 'testLoss'],
    }),
  ],
  [
    'first samples by mini-batch, slow biases',
    classifier({
      scales: standardScales([5, 13, 13, 4]).map(({ std, rate }, l) => ({
        ...{ std, rate: rate + l / 4 },
        bias: { std: 0, rate: 0.3 },
      })),
      train: { count: 15, draw: 'first' },
      probe: 8,
      batch: 6,
      observe: ['loss', 'testLoss'],
    }),
  ],
];

/** @param bound relative error of the loss over 200 steps: float32 rounding; measured below a tenth of it */
export function conforms(name: string, train: Train, bound = 1e-4): void {
  describe(name, () => {
    describe.each(PROGRAMS)('%s', (_, program) => {
      test.each(OPTIMIZERS)(
        'under %s it follows the float64 reference for 200 steps',
        async (__, changes, hyper) => {
          const spec = { ...program, ...changes };
          const { results } = await train(packOf(spec, hyper, { ...hyper, outputScale: 1.3 }));
          for (const [r, result] of results.entries()) {
            const scaled = { ...hyper, outputScale: r === 0 ? 1 : 1.3 };
            const { losses, testLosses, margins } = mlpDescent(spec, 100 + r, scaled, 200);
            // At a ReLU's kink float32 may take the other side, and every later number with it.
            const kink = margins.findIndex((m) => m < KINK);
            const end = kink < 0 ? 200 : kink;
            expect(end, 'steps before the first kink').toBeGreaterThanOrEqual(100);
            for (const [row, step] of result.series.steps.entries()) {
              if (step > end) break;
              for (const [name, truth] of Object.entries({ loss: losses, testLoss: testLosses })) {
                const column = result.series.columns[name];
                if (column === undefined) continue;
                const error = relative(column[row] ?? Number.NaN, truth[step] ?? 0);
                expect(error, `${name} of run ${r}, step ${step}`).toBeLessThan(bound);
              }
            }
            expect([...result.series.steps].at(-1)).toBe(200);
          }
        },
      );
    });

    test.each([
      ['tanh', mlp({ layers: [1, 7, 6, 1] })],
      ['ReLU', mlp({ layers: [1, 7, 6, 1], activation: 'relu' })],
      ['residual', mlp({ layers: [1, 5, 5, 5, 1], skip: true, branch: 0.8 })],
      ['square', mlp(squares([1, 7, 6, 1]))],
      ['square, residual', mlp({ ...squares([1, 5, 5, 5, 1]), skip: true, branch: 0.7 })],
      ['cross-entropy', classifier({ layers: [3, 5, 3], observe: ['loss', 'sharpness'] })],
    ] as const)(
      '%s: sharpness is the top eigenvalue of the dense float64 Hessian within 1e-3',
      async (_, changes) => {
        const spec: MlpSpec = { ...changes, steps: 40, recordEvery: 20 };
        const hyper = hyperOf(0.05, 0, 1.2);
        const { results } = await train(packOf(spec, hyper));
        for (const [row, step] of [0, 20, 40].entries()) {
          const weights =
            step === 0 ? mlpStart(spec, 100, 1) : mlpDescent(spec, 100, hyper, step).weights;
          const dense = new Matrix(mlpHessian(spec, weights, 1.2));
          const evd = new EigenvalueDecomposition(dense, { assumeSymmetric: true });
          const top = Math.max(...evd.realEigenvalues);
          const measured = results[0]?.series.columns.sharpness?.[row] ?? 0;
          expect(relative(measured, top)).toBeLessThan(1e-3);
        }
      },
    );

    test.each([
      ['descent', packOf(mlp(), hyperOf(0.1), hyperOf(0.05, 0.9))],
      [
        'Adam on mini-batches',
        packOf(
          classifier({ batch: 7, optimizer: 'adam' }),
          hyperOf(0.01, 0.9),
          hyperOf(0.003, 0.8),
        ),
      ],
    ])(
      '%s: going on from a checkpoint gives the very same numbers, hashes included',
      async (_, pack) => {
        const whole = await train(pack);
        const { states } = await train(pack, undefined, 100);
        expect(states[0]?.step).toBeGreaterThanOrEqual(100);
        expect((await train(pack, structuredClone(states))).results).toEqual(whole.results);
      },
    );

    test('sharpness as Adam sees it is the top eigenvalue of the preconditioned dense Hessian within 1e-3', async () => {
      const spec = mlp({
        ...{ layers: [1, 7, 6, 1], scales: standardScales([1, 7, 6, 1]), optimizer: 'adam' },
        ...{ steps: 40, recordEvery: 20, observe: ['loss', 'preconditionedSharpness'] },
      });
      const hyper = hyperOf(0.003, 0.9);
      const { results } = await train(packOf(spec, hyper));
      for (const step of [20, 40]) {
        const { weights, second } = mlpDescent(spec, 100, hyper, step);
        const scale = second.flatMap((v) =>
          [...v].map((x) => {
            const root = Math.sqrt(x / (1 - 0.999 ** step));
            return 1 / Math.sqrt((1 - 0.9 ** (step + 1)) * (root + 1e-8));
          }),
        );
        const dense = mlpHessian(spec, weights).map((row, i) =>
          row.map((h, j) => h * (scale[i] ?? 0) * (scale[j] ?? 0)),
        );
        const evd = new EigenvalueDecomposition(new Matrix(dense), { assumeSymmetric: true });
        const measured = results[0]?.series.columns.preconditionedSharpness?.[step / 20] ?? 0;
        expect(relative(measured, Math.max(...evd.realEigenvalues))).toBeLessThan(1e-3);
      }
    });

    test('adding runs to a pack changes no other run beyond float rounding', async () => {
      const alone = await train(packOf(mlp(), hyperOf(0.05)));
      const among = await train(
        packOf(mlp(), hyperOf(0.05), hyperOf(0.2), hyperOf(50), hyperOf(0.01, 0.9)),
      );
      for (const name of ['loss', 'sharpness'] as const) {
        for (const [i, value] of (alone.results[0]?.series.columns[name] ?? []).entries()) {
          const other = among.results[0]?.series.columns[name]?.[i] ?? Number.NaN;
          expect(relative(other, value)).toBeLessThan(1e-3);
        }
      }
    });

    test('a run that diverges is recorded as diverged and its neighbours finish', async () => {
      const { results } = await train(packOf(mlp(), hyperOf(500), hyperOf(0.05)));
      const [wild, calm] = results;
      expect(wild?.outcome.kind).toBe('diverged');
      expect(calm?.outcome).toEqual({ kind: 'completed' });
      expect(calm?.series.steps.length).toBe(11);
    });

    test('deep linear layers follow float64 matrix descent for 200 steps within 1e-4', async () => {
      const spec: LinearSpec = {
        ...{ kind: 'linear', width: 6, depth: 3, singularValues: [3, 2, 1], init: 'random' },
        ...{ observe: ['loss', 'modes'], steps: 200, recordEvery: 50, checkpointEvery: 100 },
      };
      const hyper = { ...HYPER, learningRate: 0.01, initScale: 0.3 };
      const pack: Pack = {
        program: spec,
        runs: [5, 6].map((seed) => ({ id: `${seed}`, seed, hyper })),
      };
      const { results } = await train(pack);
      for (const [r, seed] of [5, 6].entries()) {
        const { u, v, s } = targetOf(spec, seed);
        const target = u.mmul(Matrix.diag([...s])).mmul(v.transpose());
        let w = initialLinear(spec, seed, 0.3).map((a) => Matrix.from1DArray(6, 6, [...a]));
        for (let step = 0; step <= 200; step++) {
          const [w1, w2, w3] = w as [Matrix, Matrix, Matrix];
          const map = w3.mmul(w2).mmul(w1);
          for (const mode of step % 50 === 0 ? [0, 1, 2] : []) {
            const strength = u.transpose().mmul(map).mmul(v).get(mode, mode);
            const column = results[r]?.series.columns[`mode${mode + 1}`];
            expect(Math.abs((column?.[step / 50] ?? Number.NaN) - strength)).toBeLessThan(1e-4);
          }
          const e = Matrix.sub(map, target);
          const gradients = [
            w3.mmul(w2).transpose().mmul(e),
            w3.transpose().mmul(e).mmul(w1.transpose()),
            e.mmul(w2.mmul(w1).transpose()),
          ];
          w = w.map((m, l) => Matrix.sub(m, Matrix.mul(gradients[l] as Matrix, 0.01)));
        }
      }
    });
  });
}
