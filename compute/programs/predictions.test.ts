import { expect, test } from 'vitest';
import { distinctRows } from '../random.ts';
import { madeSet } from './data.ts';
import { mlpProgram } from './mlp.ts';
import { columnsOf, HYPER, MLP, type MlpSpec } from './program.ts';
import { standardScales } from './scales.ts';

const spec: MlpSpec = {
  ...{ ...MLP, layers: [3, 4, 2], scales: standardScales([3, 4, 2]) },
  data: { kind: 'teacher', seed: 1, samples: 12 },
  train: { count: 5, draw: 'run' },
  observe: ['loss', 'predictions'],
  ...{ steps: 1, recordEvery: 1, checkpointEvery: 1 },
};

test('predictions are the outputs on the held-out samples, in the order of the table', () => {
  const run = { id: 'a', seed: 9, hyper: HYPER };
  const program = mlpProgram(spec, [run], madeSet(spec.data as never, 3, 2));
  expect(columnsOf(spec)).toEqual(['loss', ...Array.from({ length: 14 }, (_, i) => `f${i + 1}`)]);
  const outputs = Float32Array.from({ length: 24 }, (_, i) => 100 + i);
  const trained = [...distinctRows(9, 5, 12)];
  const heldOut = Array.from({ length: 12 }, (_, i) => i).filter((i) => !trained.includes(i));
  const read = program.read(0, outputs, 0);
  for (const [k, row] of heldOut.entries()) {
    expect(read[`f${2 * k + 1}`]).toBe(100 + 2 * row);
    expect(read[`f${2 * k + 2}`]).toBe(101 + 2 * row);
  }
});

test('at most 128 are recorded', () => {
  const many = { ...spec, data: { kind: 'teacher', seed: 1, samples: 500 } } as const;
  expect(columnsOf(many).length).toBe(1 + 128);
});
