import { createRequire } from 'node:module';
import path from 'node:path';
import { expect, test } from 'vitest';
import { MOST_ROWS } from '../programs/differentiable.ts';
import { HYPER } from '../programs/program.ts';
import { transformerProgram } from '../programs/transformer.ts';
import { GROUP_BYTES, groupSize } from './differentiated.ts';
import { madeFiles } from './made-files.testkit.ts';
import { expectBoundedMemory, expectNoLeak } from './memory.testkit.ts';
import { openEngine } from './open.ts';
import { trainOn } from './train.testkit.ts';
import {
  replaysTransformers,
  trainsTransformers,
  transformer,
  transformers,
} from './transformer.testkit.ts';

const wasmPath = `${path.dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'))}/`;

for (const backend of ['wasm', 'cpu'] as const) {
  const train = trainOn({ backend, wasmPath, files: madeFiles });
  trainsTransformers(`transformers on ${backend}`, train);
  replaysTransformers(backend, train, () => openEngine({ backend, wasmPath }));
}

test('training a transformer leaks no tensor', () =>
  expectNoLeak(transformers(transformer({ norm: true, hidden: 4 }), HYPER, HYPER), 2, {
    ...{ backend: 'wasm', wasmPath },
  }));

test.each([
  ['attention only', { width: 32, batch: 32 }],
  ['layer norm and hidden blocks', { norm: true, hidden: 20 }],
  ['long sequences', { task: { vocabulary: 5, context: 40, shortest: 2, longest: 4 } }],
] as const)('an update holds no more memory than its program says: %s', async (_, changes) => {
  const run = { id: 'a', seed: 1, hyper: HYPER };
  const program = transformerProgram(transformer({ width: 12, ...changes }), [run], null);
  await expectBoundedMemory(program, { backend: 'wasm', wasmPath });
});

test('a group is one run off the GPU, and on it what memory and rows allow', () => {
  expect(groupSize({ bytes: 1, rows: 1 }, false)).toBe(1);
  expect(groupSize({ bytes: GROUP_BYTES / 7.5, rows: 1 }, true)).toBe(7);
  expect(groupSize({ bytes: 1, rows: 4096 }, true) * 4096).toBeLessThanOrEqual(MOST_ROWS);
  expect(groupSize({ bytes: 2 * GROUP_BYTES, rows: 1 }, true)).toBe(1);
});

test('a batch with more rows of softmax than can be trained is refused with a sentence', async () => {
  const engine = await openEngine({ backend: 'cpu', wasmPath });
  const pack = transformers(transformer({ batch: 6000 }), HYPER);
  await expect(engine.start(pack)).rejects.toThrow(/72000 rows.*smaller/);
});
