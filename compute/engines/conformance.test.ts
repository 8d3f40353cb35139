import { createRequire } from 'node:module';
import path from 'node:path';
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { describe, expect, test } from 'vitest';
import { initialLinear, targetOf } from '../programs/linear.ts';
import type { Hyper, LinearSpec, MlpSpec, Pack } from '../programs/program.ts';
import type { BackendName, Engine, RunResult, RunState } from './engine.ts';
import { openEngine } from './open.ts';
import { mlpDescent, mlpHessian, mlpStart } from './reference.testkit.ts';

const wasmPath = `${path.dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'))}/`;
const hyper = (learningRate: number, momentum = 0): Hyper => ({
  learningRate,
  momentum,
  initScale: 1,
});

const mlp = (changes: Partial<MlpSpec> = {}): MlpSpec => ({
  kind: 'mlp',
  layers: [1, 12, 10, 1],
  activation: 'tanh',
  data: { kind: 'chebyshev', degree: 3, samples: 12 },
  loss: 'half-mean',
  observe: ['loss', 'sharpness', 'gradientNorm'],
  steps: 200,
  recordEvery: 20,
  checkpointEvery: 40,
  ...changes,
});

async function train(
  engine: Engine,
  pack: Pack,
  from?: readonly RunState[],
): Promise<readonly RunResult[]> {
  const training = await engine.start(pack, from);
  while (!(await training.advance())) {}
  const results = training.results();
  training.dispose();
  return results;
}

const packOf = (program: Pack['program'], ...hypers: Hyper[]): Pack => ({
  program,
  runs: hypers.map((h, i) => ({ id: `r${i}`, seed: 100 + i, hyper: h })),
});

const relative = (a: number, b: number) => Math.abs(a - b) / Math.max(Math.abs(b), 1e-12);

describe.each(['wasm', 'cpu'] satisfies BackendName[])('the packed engine on %s', (backend) => {
  const engine = async () => {
    const e = await openEngine({ backend, wasmPath });
    expect(e.device.backend).toBe(backend);
    return e;
  };

  // Bounds: float32 rounding over 200 steps below the edge; measured 2e-6 (tanh), 4e-6 (ReLU).
  test.each([
    ['tanh', 0],
    ['tanh', 0.9],
    ['relu', 0],
    ['relu', 0.9],
  ] as const)(
    '%s with momentum %s follows the float64 reference for 200 steps within 1e-4',
    async (activation, momentum) => {
      const spec = mlp({ activation, observe: ['loss'] });
      const h = hyper(momentum === 0 ? 0.05 : 0.01, momentum);
      const [result] = await train(await engine(), packOf(spec, h));
      const { losses } = mlpDescent(spec, 100, h, 200);
      for (const [row, step] of (result?.series.steps ?? []).entries()) {
        const loss = result?.series.columns.loss?.[row] ?? Number.NaN;
        expect(relative(loss, losses[step] ?? 0)).toBeLessThan(1e-4);
      }
      expect([...(result?.series.steps ?? [])].at(-1)).toBe(200);
    },
  );

  test.each(['tanh', 'relu'] as const)(
    '%s: sharpness is the top eigenvalue of the dense float64 Hessian within 1e-3',
    async (activation) => {
      const spec = mlp({ activation, layers: [1, 7, 6, 1], steps: 40, recordEvery: 20 });
      const [result] = await train(await engine(), packOf(spec, hyper(0.05)));
      for (const [row, step] of [0, 20, 40].entries()) {
        const weights =
          step === 0 ? mlpStart(spec, 100, 1) : mlpDescent(spec, 100, hyper(0.05), step).weights;
        const evd = new EigenvalueDecomposition(new Matrix(mlpHessian(spec, weights)), {
          assumeSymmetric: true,
        });
        const top = Math.max(...evd.realEigenvalues);
        expect(relative(result?.series.columns.sharpness?.[row] ?? 0, top)).toBeLessThan(1e-3);
      }
    },
  );

  test('going on from a checkpoint gives the very same numbers, hashes included', async () => {
    const pack = packOf(mlp(), hyper(0.1), hyper(0.05, 0.9));
    const e = await engine();
    const whole = await train(e, pack);
    const first = await e.start(pack);
    while (first.step < 100) await first.advance();
    const states = await first.checkpoint();
    first.dispose();
    expect(await train(e, pack, structuredClone(states))).toEqual(whole);
  });

  test('adding runs to a pack changes no other run beyond float rounding', async () => {
    const e = await engine();
    const [alone] = await train(e, packOf(mlp(), hyper(0.05)));
    const [among] = await train(
      e,
      packOf(mlp(), hyper(0.05), hyper(0.2), hyper(50), hyper(0.01, 0.9)),
    );
    for (const name of ['loss', 'sharpness'] as const) {
      for (const [i, value] of (alone?.series.columns[name] ?? []).entries()) {
        expect(relative(among?.series.columns[name]?.[i] ?? Number.NaN, value)).toBeLessThan(1e-3);
      }
    }
  });

  test('a run that diverges is recorded as diverged and its neighbours finish', async () => {
    const [wild, calm] = await train(await engine(), packOf(mlp(), hyper(500), hyper(0.05)));
    expect(wild?.outcome.kind).toBe('diverged');
    expect(calm?.outcome).toEqual({ kind: 'completed' });
    expect(calm?.series.steps.length).toBe(11);
  });

  test('training leaks no tensor', async () => {
    const e = await engine();
    const tf = await import('@tensorflow/tfjs');
    const before = tf.memory().numTensors;
    const training = await e.start(packOf(mlp({ steps: 400 }), hyper(0.05), hyper(0.01, 0.9)));
    await training.advance();
    const early = tf.memory().numTensors;
    while (!(await training.advance())) {}
    expect(tf.memory().numTensors).toBe(early);
    training.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  test('deep linear layers follow float64 matrix descent for 200 steps within 1e-4', async () => {
    const spec: LinearSpec = {
      kind: 'linear',
      width: 6,
      depth: 3,
      singularValues: [3, 2, 1],
      init: 'random',
      observe: ['loss', 'modes'],
      steps: 200,
      recordEvery: 50,
      checkpointEvery: 100,
    };
    const pack: Pack = {
      program: spec,
      runs: [{ id: 'a', seed: 5, hyper: { learningRate: 0.01, momentum: 0, initScale: 0.3 } }],
    };
    const [result] = await train(await engine(), pack);
    const { u, v, s } = targetOf(spec, 5);
    const target = u.mmul(Matrix.diag([...s])).mmul(v.transpose());
    let w = initialLinear(spec, 5, 0.3).map((a) => Matrix.from1DArray(6, 6, [...a]));
    for (let step = 0; step <= 200; step++) {
      const [w1, w2, w3] = w as [Matrix, Matrix, Matrix];
      const map = w3.mmul(w2).mmul(w1);
      if (step % 50 === 0) {
        for (const mode of [0, 1, 2]) {
          const strength = u.transpose().mmul(map).mmul(v).get(mode, mode);
          const measured = result?.series.columns[`mode${mode + 1}`]?.[step / 50] ?? Number.NaN;
          expect(Math.abs(measured - strength)).toBeLessThan(1e-4);
        }
      }
      const e = Matrix.sub(map, target);
      const gradients = [
        w3.mmul(w2).transpose().mmul(e),
        w3.transpose().mmul(e).mmul(w1.transpose()),
        e.mmul(w2.mmul(w1).transpose()),
      ];
      w = w.map((m, l) => Matrix.sub(m, Matrix.mul(gradients[l] as Matrix, 0.01)));
    }
  });
});
