import { createRequire } from 'node:module';
import path from 'node:path';
import { expect, test } from 'vitest';
import { classifierProgram, classifierTable, initialClassifier } from '../programs/classifier.ts';
import { classifyOnHost } from '../programs/classifier-host.ts';
import { stateLength } from '../programs/cost.ts';
import { CLASSIFIERS } from '../programs/program.ts';
import {
  classifier,
  classifiers,
  replaysClassifiers,
  trainsClassifiers,
} from './classifier.testkit.ts';
import { classified, classifierArrays } from './classifier-reference.testkit.ts';
import { madeFiles } from './made-files.testkit.ts';
import { expectBoundedMemory, expectNoLeak } from './memory.testkit.ts';
import { openEngine } from './open.ts';
import { trainOn } from './train.testkit.ts';

const wasmPath = `${path.dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'))}/`;

for (const backend of ['wasm', 'cpu'] as const) {
  const train = trainOn({ backend, wasmPath, files: madeFiles });
  trainsClassifiers(`classifiers on ${backend}`, train);
  replaysClassifiers(backend, train, () => openEngine({ backend, wasmPath, files: madeFiles }));
}

test.each(CLASSIFIERS)(
  '%s: on the host, features and outputs are those of the reference to 1e-12',
  async (architecture) => {
    for (const half of [undefined, 'right'] as const) {
      const data = { ...classifier().data, half };
      const spec = classifier({ architecture, width: 5, data });
      const { x, samples } = await classifierTable(spec, madeFiles);
      const weights = initialClassifier(spec, 3, 1.3);
      const { features, outputs } = classifyOnHost(spec, weights, x);
      const pixels = x.length / samples;
      const own = Array.from({ length: samples }, (_, i) =>
        classified(spec, classifierArrays(spec, weights), x.subarray(i * pixels, (i + 1) * pixels)),
      );
      const far = (a: Float64Array, b: number[]) => {
        expect(a.length).toBe(b.length);
        return Math.max(...b.map((v, i) => Math.abs(v - (a[i] ?? Number.NaN))));
      };
      expect(
        far(
          features,
          own.flatMap((o) => o.features),
        ),
      ).toBeLessThan(1e-12);
      expect(
        far(
          outputs,
          own.flatMap((o) => o.outputs),
        ),
      ).toBeLessThan(1e-12);
      expect(Math.max(...outputs.map(Math.abs))).toBeGreaterThan(0.1);
    }
  },
);

test('weights of another network are refused on the host', () => {
  const weights = initialClassifier(classifier({ width: 3 }), 1, 1);
  const image = new Float32Array(21);
  expect(() => classifyOnHost(classifier({ width: 4 }), weights, image)).toThrow(/“first”/);
});

test.each(CLASSIFIERS)('%s: what a last state weighs is known before', async (architecture) => {
  const pack = classifiers(classifier({ architecture }), {});
  const { results } = await trainOn({ backend: 'cpu', wasmPath, files: madeFiles })(pack);
  const arrays = Object.values(results[0]?.kept?.at(-1)?.arrays ?? {});
  expect(arrays.reduce((n, a) => n + a.length, 0)).toBe(stateLength(pack.program));
});

const onWasm = { backend: 'wasm', wasmPath, files: madeFiles } as const;

test('training classifiers leaks no tensor', () =>
  expectNoLeak(
    classifiers(classifier({ architecture: 'transformer' }), { outputScale: 2 }),
    ...([1, onWasm] as const),
  ));

test.each([
  ['convolutional', 8, 2],
  ['convolutional', 24, 2],
  ['convolutional', 8, 4],
  ['transformer', 8, 2],
  ['transformer', 32, 2],
  ['transformer', 8, 4],
] as const)(
  'no more memory is held than the program says: %s of width %i, digits pooled by %i',
  async (architecture, width, pool) => {
    const data = { ...classifier().data, samples: 60, pool };
    const spec = classifier({ architecture, width, batch: 24, train: 30, data });
    const table = await classifierTable(spec, madeFiles);
    const { runs } = classifiers(spec, {});
    await expectBoundedMemory(classifierProgram(spec, runs, table), onWasm);
    // A record of many digits beside an update of one.
    const tf = await import('@tensorflow/tfjs');
    const program = classifierProgram({ ...spec, batch: 1, probe: 30 }, runs, table);
    const on = program.on(tf);
    const weights = program.weights.map(({ rows, columns }, l) =>
      tf.tensor3d(program.initial(0)[l] ?? new Float32Array(), [1, rows, columns]),
    );
    const { peakBytes } = await tf.profile(async () => {
      await on.read(weights, 0, 0);
      return weights;
    });
    expect(peakBytes).toBeLessThanOrEqual(program.bytes);
    on.dispose();
    tf.dispose(weights);
  },
);

test('a classifier that holds no digit out is refused with a sentence', async () => {
  const engine = await openEngine({ backend: 'cpu', wasmPath, files: madeFiles });
  await expect(engine.start(classifiers(classifier({ train: 20 }), {}))).rejects.toThrow(
    /held out/,
  );
});
