import { createRequire } from 'node:module';
import path from 'node:path';
import { expect, test } from 'vitest';
import { denoiserProgram } from '../programs/denoiser.ts';
import { digitPool } from '../programs/digit-pool.ts';
import { denoiser, denoisers, replaysDenoisers, trainsDenoisers } from './denoiser.testkit.ts';
import { madeFiles } from './made-files.testkit.ts';
import { openEngine } from './open.ts';
import { trainOn } from './train.testkit.ts';

const wasmPath = `${path.dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'))}/`;

for (const backend of ['wasm', 'cpu'] as const) {
  const train = trainOn({ backend, wasmPath, files: madeFiles });
  trainsDenoisers(`denoisers on ${backend}`, train);
  replaysDenoisers(backend, train, () => openEngine({ backend, wasmPath, files: madeFiles }));
}

test('training denoisers leaks no tensor', async () => {
  const engine = await openEngine({ backend: 'wasm', wasmPath, files: madeFiles });
  const tf = await import('@tensorflow/tfjs');
  const before = tf.memory().numTensors;
  const training = await engine.start(denoisers(denoiser({ architecture: 'mixer', width: 3 })));
  while (training.step < 1) await training.advance();
  const early = tf.memory().numTensors;
  while (!(await training.advance()));
  expect(tf.memory().numTensors).toBe(early);
  training.dispose();
  expect(tf.memory().numTensors).toBe(before);
});

test.each([
  ['dense', 96, 2],
  ['convolutional', 8, 2],
  ['convolutional', 12, 1],
  ['transformer', 24, 2],
  ['mixer', 24, 2],
  ['mixer', 12, 1],
] as const)(
  'an update holds no more memory than its program says: %s of width %i, %i blocks',
  async (...of) => {
    const [architecture, width, layers] = of;
    await openEngine({ backend: 'wasm', wasmPath, files: madeFiles });
    const tf = await import('@tensorflow/tfjs');
    const spec = denoiser({ architecture, width, layers, batch: 24 });
    const { runs } = denoisers(spec);
    const program = denoiserProgram(spec, runs, await digitPool(3, madeFiles));
    const on = program.on(tf);
    const weights = program.weights.map(({ rows, columns }, l) =>
      tf.tensor3d(program.initial(0)[l] ?? new Float32Array(), [1, rows, columns]),
    );
    const { peakBytes } = await tf.profile(() => {
      tf.dispose(tf.grads((...own) => on.loss(own as typeof weights, [0], 0))(weights));
      return weights;
    });
    expect(peakBytes).toBeLessThanOrEqual(program.bytes);
    expect(program.bytes).toBeLessThan(4 * peakBytes);
    on.dispose();
    tf.dispose(weights);
  },
);

test('a transformer of a part of a head is refused with a sentence', async () => {
  const engine = await openEngine({ backend: 'cpu', wasmPath, files: madeFiles });
  const pack = denoisers(denoiser({ architecture: 'transformer', width: 12 }));
  await expect(engine.start(pack)).rejects.toThrow(/width of 12 is no multiple/);
});
