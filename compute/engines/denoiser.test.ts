import { createRequire } from 'node:module';
import path from 'node:path';
import { expect, test } from 'vitest';
import { denoiserProgram } from '../programs/denoiser.ts';
import { digitPool } from '../programs/digit-pool.ts';
import { denoiser, denoisers, replaysDenoisers, trainsDenoisers } from './denoiser.testkit.ts';
import { madeFiles } from './made-files.testkit.ts';
import { expectBoundedMemory, expectNoLeak } from './memory.testkit.ts';
import { openEngine } from './open.ts';
import { trainOn } from './train.testkit.ts';

const wasmPath = `${path.dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'))}/`;

for (const backend of ['wasm', 'cpu'] as const) {
  const train = trainOn({ backend, wasmPath, files: madeFiles });
  trainsDenoisers(`denoisers on ${backend}`, train);
  replaysDenoisers(backend, train, () => openEngine({ backend, wasmPath, files: madeFiles }));
}

test('training denoisers leaks no tensor', () =>
  expectNoLeak(denoisers(denoiser({ architecture: 'mixer', width: 3 })), 1, {
    ...{ backend: 'wasm', wasmPath, files: madeFiles },
  }));

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
    const spec = denoiser({ architecture, width, layers, batch: 24 });
    const { runs } = denoisers(spec);
    const program = denoiserProgram(spec, runs, await digitPool(3, madeFiles));
    await expectBoundedMemory(program, { backend: 'wasm', wasmPath });
  },
);

test('a transformer of a part of a head is refused with a sentence', async () => {
  const engine = await openEngine({ backend: 'cpu', wasmPath, files: madeFiles });
  const pack = denoisers(denoiser({ architecture: 'transformer', width: 12 }));
  await expect(engine.start(pack)).rejects.toThrow(/width of 12 is no multiple/);
});
