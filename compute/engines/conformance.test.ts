import { createRequire } from 'node:module';
import path from 'node:path';
import { expect, test } from 'vitest';
import { conforms, hyperOf, mlp, packOf } from './conformance.testkit.ts';
import { openEngine } from './open.ts';
import { trainOn } from './train.testkit.ts';

const wasmPath = `${path.dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'))}/`;

conforms('the WebAssembly machine', trainOn({ backend: 'wasm', machine: 'fused', wasmPath }));
conforms('the packed machine on wasm', trainOn({ backend: 'wasm', machine: 'packed', wasmPath }));
conforms('the packed machine on cpu', trainOn({ backend: 'cpu', wasmPath }));

test('in the WebAssembly machine a run has the same bits in a pack of any size', async () => {
  const train = trainOn({ backend: 'wasm', machine: 'fused', wasmPath });
  // One diverges: it has no warm start for its next products, and its neighbours have theirs.
  const hypers = [hyperOf(0.05, 0.9), hyperOf(0.02, 0.5, 2), hyperOf(500)];
  const program = mlp({ layers: [1, 9, 6, 1], batch: 5, steps: 120 });
  const together = (await train(packOf(program, ...hypers))).results;
  const alone = (await train(packOf(program, hyperOf(0.05, 0.9)))).results;
  expect(together[2]?.outcome.kind).toBe('diverged');
  expect(together[0]).toEqual(alone[0]);
});

test.each(['fused', 'packed'] as const)('training leaks no tensor: %s', async (machine) => {
  const engine = await openEngine({ backend: 'wasm', machine, wasmPath });
  const tf = await import('@tensorflow/tfjs');
  const before = tf.memory().numTensors;
  const pack = packOf(
    mlp({ layers: [1, 8, 8, 8, 1], skip: true, steps: 400, batch: 5, optimizer: 'adam' }),
    hyperOf(0.05),
    hyperOf(0.01, 0.9, 2),
  );
  const training = await engine.start(pack);
  while (training.step < 100) await training.advance();
  expect(training.step).toBe(100);
  const early = tf.memory().numTensors;
  while (!(await training.advance())) {}
  expect(tf.memory().numTensors).toBe(early);
  training.dispose();
  expect(tf.memory().numTensors).toBe(before);
});
