import { expect, test } from 'vitest';
import { gramOf, reluTangentKernel } from '../analysis/arc-cosine.ts';
import { madeSet } from '../programs/data.ts';
import type { DataSet } from '../programs/data-set.ts';
import { mlpProgram } from '../programs/mlp.ts';
import { HYPER, type Hyper, MLP, type MlpSpec } from '../programs/program.ts';
import { ntkScales, standardScales } from '../programs/scales.ts';
import { distinctRows } from '../random.ts';
import { CONTROL_DRAWS } from './kernel-machine.ts';

const [INPUTS, SAMPLES, COUNT, STEPS, RATE] = [4, 16, 5, 30, 0.8];
const data = {
  kind: 'cube',
  samples: SAMPLES,
  terms: [
    { on: [0], coefficient: 0.7 },
    { on: [1, 2], coefficient: -0.5 },
  ],
} as const;
const spec = (width: number, changes: Partial<MlpSpec> = {}): MlpSpec => ({
  ...{ ...MLP, layers: [INPUTS, width, 1], scales: ntkScales([INPUTS, width, 1], 2), data },
  ...{ activation: 'relu', antithetic: true, train: { count: COUNT, draw: 'run' } },
  observe: ['loss', 'testLoss', 'predictions', 'kernelMachine'],
  ...{ steps: STEPS, recordEvery: 15, checkpointEvery: 15 },
  ...changes,
});
const table = madeSet(data, INPUTS, 1);
const programOf = (program: MlpSpec, hyper: Partial<Hyper> = {}, on: DataSet = table) =>
  mlpProgram(
    program,
    [{ id: 'a', seed: 7, hyper: { ...HYPER, learningRate: RATE, ...hyper } }],
    on,
  );

/** Outputs on the whole table after so many steps of descent in function space, one after another. */
function descended(trained: readonly number[], steps: number): number[] {
  const rows = Array.from({ length: SAMPLES }, (_, i) =>
    table.x.subarray(i * INPUTS, (i + 1) * INPUTS),
  );
  const kernel = gramOf((a, b, c) => reluTangentKernel(1, a, b, c), rows, rows);
  let f = new Array<number>(SAMPLES).fill(0);
  for (let t = 0; t < steps; t++) {
    const before = f;
    f = before.map(
      (v, i) =>
        v -
        (RATE / COUNT) *
          trained.reduce(
            (sum, j) => sum + (kernel[i]?.[j] ?? 0) * ((before[j] ?? 0) - (table.y[j] ?? 0)),
            0,
          ),
    );
  }
  return f;
}
const errorOf = (f: readonly number[]) =>
  f.reduce((sum, v, i) => sum + (v - (table.y[i] ?? 0)) ** 2, 0) / SAMPLES;

test('the columns are those of descent in function space, step by step', () => {
  const trained = [...distinctRows(7, COUNT, SAMPLES)];
  const read = programOf(spec(8)).read(0, new Float32Array(SAMPLES), STEPS);
  const f = descended(trained, STEPS);
  const heldOut = f.filter((_, i) => !trained.includes(i));
  for (const [i, value] of heldOut.entries()) expect(read[`k${i + 1}`]).toBeCloseTo(value, 10);
  expect(read[`k${heldOut.length + 1}`]).toBeUndefined();
  expect(read.kernelError).toBeCloseTo(errorOf(f), 10);
});

test('the control is the mean error over other draws of the same seed, at the end of the run', () => {
  const read = programOf(spec(8)).read(0, new Float32Array(SAMPLES), 15);
  let sum = 0;
  for (let draw = 1; draw <= CONTROL_DRAWS; draw++)
    sum += errorOf(descended([...distinctRows(7, COUNT, SAMPLES, draw)], STEPS));
  expect(read.kernelControl).toBeCloseTo(sum / CONTROL_DRAWS, 10);
});

test('an output scale α with the rate over α² leaves the regression as it is', () => {
  const scaled = programOf(spec(8), { outputScale: 0.1, learningRate: 100 * RATE });
  const [own, other] = [programOf(spec(8)), scaled].map((p) =>
    p.read(0, new Float32Array(SAMPLES), STEPS),
  );
  expect(other?.k1).toBeCloseTo(own?.k1 ?? Number.NaN, 10);
});

test.each([
  ['biases', spec(8, { scales: standardScales([INPUTS, 8, 1]) }), {}],
  ['another activation', spec(8, { activation: 'tanh' }), {}],
  ['a start that is not at zero', spec(8, { antithetic: false }), {}],
  ['small batches', spec(8, { batch: 2 }), {}],
  ['momentum', spec(8), { momentum: 0.9 }],
  ['weight decay', spec(8), { weightDecay: 0.1 }],
  ['samples that are the same for all', spec(8, { train: { count: COUNT, draw: 'first' } }), {}],
])('%s is refused: the limit is not known', (_, program, hyper) => {
  expect(() => programOf(program, hyper)).toThrow(/kernel machine/);
});
