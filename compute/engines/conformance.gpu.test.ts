/** The same promises on WebGPU, in Chromium on its software adapter; and on wasm there, with threads. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openPage } from '../../scripts/browser.ts';
import type { VenueOptions } from './browser-venue.ts';
import { trainsClassifiers } from './classifier.testkit.ts';
import { conforms, hyperOf, mlp, packOf, type Train } from './conformance.testkit.ts';
import { trainsDenoisers } from './denoiser.testkit.ts';
import { trainsHierarchies } from './hierarchy.testkit.ts';
import { MODELS, online } from './online.testkit.ts';
import { trainOn as trainHere } from './train.testkit.ts';
import { trainsTransformers, transformer, transformers } from './transformer.testkit.ts';

let opened: Awaited<ReturnType<typeof openPage>>;
beforeAll(async () => {
  opened = await openPage('compute/engines/browser-venue.ts');
});
afterAll(() => opened.dispose());

const trainOn =
  (options: VenueOptions): Train =>
  (pack, from, until) =>
    opened.page.evaluate(([o, p, f, u]) => globalThis.venue.train(o, p, f, u), [
      options,
      pack,
      from,
      until,
    ] as const);

test('the adapter is the one that Chromium was told to use', async () => {
  const device = await opened.page.evaluate(() => globalThis.venue.device({ backend: 'webgpu' }));
  expect(device).toMatchObject({ backend: 'webgpu', adapter: 'google swiftshader' });
});

conforms('the fused machine on WebGPU', trainOn({ backend: 'webgpu', machine: 'fused' }));

trainsDenoisers('denoisers on WebGPU', trainOn({ backend: 'webgpu', made: true }));

trainsClassifiers('classifiers on WebGPU', trainOn({ backend: 'webgpu', made: true }));

trainsTransformers('transformers on WebGPU', trainOn({ backend: 'webgpu', made: true }));

trainsHierarchies('hierarchies on WebGPU', trainOn({ backend: 'webgpu' }));

test.each(Object.entries(MODELS))(
  '%s, sample by sample, has the same bits beside WebGPU as in Node',
  async (_, model) => {
    const pack = online(model, { steps: 400 });
    const { results } = await trainOn({ backend: 'webgpu' })(pack);
    const here = await trainHere({ backend: 'cpu', wasmPath: '' })(pack);
    expect(results.map((r) => r.hashes)).toEqual(here.results.map((r) => r.hashes));
    expect(results.map((r) => r.series)).toEqual(here.results.map((r) => r.series));
  },
);

test('on WebGPU a pack of transformers has the same bits every time', async () => {
  const pack = transformers(
    transformer({ norm: true, hidden: 3 }),
    hyperOf(0.01, 0.9),
    hyperOf(0.02, 0.8),
  );
  const train = trainOn({ backend: 'webgpu' });
  expect((await train(pack)).results).toEqual((await train(pack)).results);
});

test('ten thousand steps leave as many GPU buffers as a thousand, and a training that ended leaves none', async () => {
  const pack = packOf(
    mlp({ steps: 10_000, recordEvery: 500, checkpointEvery: 500 }),
    hyperOf(0.05, 0.9),
  );
  const census = () =>
    opened.page.evaluate(
      ([p]) =>
        globalThis.venue.census({ backend: 'webgpu', machine: 'fused' }, p, [1_000, 5_000, 10_000]),
      [pack] as const,
    );
  // The first training is tried in several ways, and the library keeps what it will use again.
  const [, , , before] = await census();
  const [early, later, last, after] = await census();
  expect([later, last]).toEqual([early, early]);
  expect(after).toBe(before);
});

test('on wasm a pack has the same bits on one thread and on three, whose workers end with the engine', async () => {
  const pack = packOf(
    mlp({ steps: 60, recordEvery: 20, checkpointEvery: 20, optimizer: 'adam' }),
    ...[hyperOf(0.005, 0.9), hyperOf(0.002, 0.8), hyperOf(0.001), hyperOf(0.003)],
  );
  const train = (options: VenueOptions) =>
    opened.page.evaluate(([o, p]) => globalThis.venue.train(o, p), [options, pack] as const);
  const alone = await train({ backend: 'wasm' });
  const threads = { backend: 'wasm', threads: 3 } as const;
  const together = await train(threads);
  expect([alone.how, together.how]).toEqual([
    'fused in WebAssembly, one thread',
    'fused in WebAssembly, 3 threads',
  ]);
  expect(together.results).toEqual(alone.results);
  expect(opened.page.workers().length).toBe(2);
  await opened.page.evaluate((o) => globalThis.venue.dispose(o), threads);
  await expect.poll(() => opened.page.workers().length).toBe(0);
});

// A launch costs about a millisecond here, so the packed machine, which passes all of it on wasm with
// the same code, is shown on one training.
test('the packed machine on WebGPU ends where the fused one does', async () => {
  const pack = packOf(mlp({ steps: 20, recordEvery: 10, checkpointEvery: 10 }), hyperOf(0.05, 0.9));
  const [a] = (await trainOn({ backend: 'webgpu', machine: 'packed' })(pack)).results;
  const [b] = (await trainOn({ backend: 'webgpu', machine: 'fused' })(pack)).results;
  for (const [name, column] of Object.entries(a?.series.columns ?? {})) {
    for (const [row, value] of column.entries()) {
      const other = b?.series.columns[name]?.[row] ?? Number.NaN;
      expect(Math.abs(other - value), `${name}, record ${row}`).toBeLessThan(
        1e-4 * Math.abs(value),
      );
    }
  }
});

// Forty launches a step against one for many: no noise of a trial turns this round.
test('a small network is trained by the fused machine, because its trial waits for the device', async () => {
  const pack = packOf(mlp({ steps: 20, recordEvery: 20, checkpointEvery: 20 }), hyperOf(0.05));
  const { how } = await opened.page.evaluate(
    ([p]) => globalThis.venue.train({ backend: 'webgpu' }, p),
    [pack] as const,
  );
  expect(how).toMatch(/^fused/);
});
