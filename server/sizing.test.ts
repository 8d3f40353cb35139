import { describe, expect, test } from 'vitest';
import { stateLength, trainingFlops } from '../compute/programs/cost.ts';
import {
  type DenoiserSpec,
  type LinearSpec,
  MLP,
  type MlpSpec,
  type OnlineSpec,
  type StatisticsSpec,
  type TransformerSpec,
} from '../compute/programs/program.ts';
import { standardScales } from '../compute/programs/scales.ts';
import { type Observation, runsPerSecond, shardSize } from './sizing.ts';
import { LIMITS } from './vocabulary.ts';

const mlp = (extra: Partial<MlpSpec> = {}): MlpSpec => ({
  ...{ ...MLP, layers: [2, 3, 1], scales: standardScales([2, 3, 1]) },
  data: { kind: 'chebyshev', degree: 4, samples: 20 },
  ...{ observe: ['loss'], steps: 100, recordEvery: 10, checkpointEvery: 10 },
  ...extra,
});
const seen = (runs: number, seconds: number, program = mlp()): Observation => ({
  ...{ program, runs, seconds },
});

test('the cost of a run is 6 operations a weight, sample and step', () => {
  // (2 + 1)·3 + (3 + 1)·1 weights, biases among them.
  expect(trainingFlops(mlp())).toBe(6 * 13 * 20 * 100);
  expect(trainingFlops(mlp({ batch: 5 }))).toBe(6 * 13 * 5 * 100);
  const linear: LinearSpec = {
    ...{ kind: 'linear', width: 4, depth: 3, singularValues: [1], init: 'aligned', observe: [] },
    ...{ steps: 10, recordEvery: 1, checkpointEvery: 1 },
  };
  expect(trainingFlops(linear)).toBe(6 * 48 * 4 * 10);
});

test('that of denoisers is of both networks, and of a weight as often as an image uses it', () => {
  const program: DenoiserSpec = {
    ...{ kind: 'denoiser', architecture: 'dense', width: 5, layers: 1, images: 9, batch: 3 },
    ...{ probe: 1, pictures: 2, samplerSteps: 4, noise: 'shared' },
    ...{ steps: 10, recordEvery: 1, checkpointEvery: 1 },
  };
  // 64 pixels in and out; to each layer 8 numbers say σ.
  const dense = 64 * 5 + 8 * 5 + (5 * 5 + 8 * 5) + 5 * 64 + 8 * 64;
  expect(trainingFlops(program)).toBe(6 * 2 * dense * 3 * 10);
  // Weights and two moments of each, of both.
  expect(stateLength(program)).toBe(3 * 2 * dense);
  // Nine places of each of 64 pixels, of each of 16, and 2 × 2 pixels as one.
  const sigmas = 8 * (2 + 4 + 4 + 2 + 1);
  const conv = 64 * 9 * 2 + 16 * 8 * 4 + 16 * 36 * 4 + 16 * 4 * 8 + 64 * 18 * 2 + 64 * 18 + sigmas;
  expect(trainingFlops({ ...program, architecture: 'convolutional', width: 2 })).toBe(
    6 * 2 * conv * 3 * 10,
  );
});

test('that of a transformer is of its weights and of attention, which has two products without any', () => {
  const program: TransformerSpec = {
    ...{ kind: 'transformer', width: 8, heads: 2, layers: 3, positions: 'learned', norm: true },
    ...{ hidden: 5, batch: 4, probe: 1, observe: [] },
    task: { vocabulary: 7, context: 6, shortest: 2, longest: 3 },
    ...{ steps: 10, recordEvery: 1, checkpointEvery: 1 },
  };
  // A symbol: in and out, and in each layer four matrices, two of the hidden block, and 8 dimensions with
  // each of 6 positions twice.
  const each = 7 * 8 + 8 * 7 + 3 * (4 * 8 * 8 + 2 * 8 * 5 + 2 * 8 * 6);
  expect(trainingFlops(program)).toBe(6 * each * 4 * 6 * 10);
});

test('that of samples one by one is of drawing them, of products with teachers, and of students’ updates', () => {
  const program: OnlineSpec = {
    ...{ kind: 'online', dimension: 7, replicas: 5, overlap: 0.4, labels: 'own' },
    model: { kind: 'committee', students: 3, teachers: 2 },
    ...{ steps: 10, recordEvery: 1, checkpointEvery: 1 },
  };
  expect(trainingFlops(program)).toBe(5 * 7 * (20 + 2 * 2 + 4 * 3) * 10);
  // Another input gives the label: it is drawn too.
  expect(trainingFlops({ ...program, labels: 'other' })).toBe(5 * 7 * (40 + 2 * 2 + 4 * 3) * 10);
});

test('that of statistics is of their samples, and a state has their sums', () => {
  const of = (measured: StatisticsSpec['of']): StatisticsSpec => ({
    ...{ kind: 'statistics', of: measured, batch: 4, order: 'own' },
    ...{ steps: 10, recordEvery: 5, checkpointEvery: 5 },
  });
  const radial = of({ kind: 'radial', photograph: 'black-canyon', side: 64 });
  // Rows and columns, six halvings each, of two windows at once.
  expect(trainingFlops(radial)).toBe((5 * 64 * 64 * 2 * 6 * 4 * 10) / 2);
  expect(stateLength(radial)).toBe(1 + 32);
  const patches = of({ kind: 'patches', photographs: ['black-canyon'], side: 3, pool: 2 });
  expect(trainingFlops(patches)).toBe(2 * 45 * 4 * 10);
  expect(stateLength(patches)).toBe(1 + 9 + 45);
  const words = of({ kind: 'words', passage: 50, ranks: 100 });
  expect(trainingFlops(words)).toBe(50 * 4 * 10);
  expect(stateLength(words)).toBe(1 + 16_693);
});

describe('[S1] a shard is sized', () => {
  test('to 30 s by what was seen of this shape, before anything else that was seen', () => {
    const other = mlp({ steps: 1_000_000 });
    const speed = runsPerSecond(mlp(), [seen(8, 4), seen(1, 0.001, other)]);
    expect(speed).toBe(2);
    expect(shardSize(mlp(), speed, 8)).toBe(60);
  });

  test('by arithmetic from other shapes', () => {
    const speed = runsPerSecond(mlp({ steps: 200 }), [seen(8, 4)]);
    expect(speed).toBe(1);
  });

  test('by the median: one device that lies does not size the others’ shards', () => {
    expect(runsPerSecond(mlp(), [seen(8, 4), seen(8, 5), seen(8, 1e-9)])).toBe(2);
  });

  test('as the study says while nothing was seen', () => {
    expect(runsPerSecond(mlp(), [])).toBeNull();
    expect(shardSize(mlp(), null, 8)).toBe(8);
  });

  test('to one run at least, and to what one message holds at most', () => {
    expect(shardSize(mlp(), 1e-6, 8)).toBe(1);
    expect(shardSize(mlp(), 1e9, 8)).toBe(LIMITS.runsPerShard);
    const long = mlp({ steps: 19_999, recordEvery: 1, observe: ['loss', 'sharpness'] });
    const bytes = 20_000 * 3 * 4;
    expect(shardSize(long, 1e9, 8)).toBe(Math.floor(LIMITS.messageBytes / 2 / bytes));
  });
});
