/** What training denoisers promises, on every backend alike, in Node and in a browser. */
import { describe, expect, test } from 'vitest';
import { networkAddress } from '../programs/denoiser.ts';
import { digitPool, disjointSets } from '../programs/digit-pool.ts';
import {
  ARCHITECTURES,
  type DenoiserSpec,
  HYPER,
  type Hyper,
  type Pack,
  pixelColumn,
} from '../programs/program.ts';
import type { Train } from './conformance.testkit.ts';
import { denoiserAdam, denoiserLoss, sampledPictures } from './denoiser-reference.testkit.ts';
import { expectReplayedAlone } from './differentiated.testkit.ts';
import { madeFiles } from './made-files.testkit.ts';
import type { replaySegment } from './replay.ts';

export const denoiser = (changes: Partial<DenoiserSpec> = {}): DenoiserSpec => ({
  ...{ kind: 'denoiser', architecture: 'dense', width: 4, layers: 1, images: 3 },
  ...{ batch: 2, probe: 4, pictures: 2, samplerSteps: 12, noise: 'shared' },
  ...{ steps: 2, recordEvery: 1, checkpointEvery: 1 },
  ...changes,
});

/** Attention needs a whole head. */
const WIDTHS = { dense: 4, convolutional: 2, transformer: 8, mixer: 6 } as const;

export const denoisers = (
  program: DenoiserSpec,
  count = 1,
  changes: Partial<Hyper> = {},
): Pack => ({
  program,
  runs: Array.from({ length: count }, (_, i) => ({
    ...{ id: `d${i}`, seed: 60 + i },
    hyper: { ...HYPER, learningRate: 0.01, momentum: 0.9, ...changes },
  })),
});

const relative = (a: number, b: number) => Math.abs(a - b) / Math.max(Math.abs(b), 1e-12);

/** Of losses, and of pixels against their size of about ½: float32 rounding, of a sum over 64 pixels and twelve steps. */
const BOUND = 5e-5;

export function trainsDenoisers(name: string, train: Train): void {
  describe(name, () => {
    test.each(ARCHITECTURES)(
      '%s: losses and pictures follow the float64 reference',
      async (architecture) => {
        const spec = denoiser({ architecture, width: WIDTHS[architecture] });
        const pack = denoisers(spec, 2);
        const { results } = await train(pack);
        const { heldOut, images } = await digitPool(spec.images, madeFiles);
        const [, run] = pack.runs;
        if (run === undefined) throw new Error('The pack has no second run.');
        const sets = disjointSets(images, run.seed, spec.images);
        const course = denoiserAdam(spec, run.seed, run.hyper, sets);
        const columns = results[1]?.series.columns ?? {};
        expect(columns.loss?.length).toBe(3);
        for (const [row, loss] of (columns.loss ?? []).entries()) {
          const weights = course[row * spec.recordEvery] ?? [];
          const both = (of: (h: number) => number) => (of(0) + of(1)) / 2;
          const trained = both((h) =>
            denoiserLoss(
              spec,
              weights[h] ?? {},
              sets[h as 0 | 1],
              [0, 1, 2, 0],
              [run.seed, 2 ** 32 - 1, networkAddress(spec, h)],
            ),
          );
          const held = both((h) =>
            denoiserLoss(
              spec,
              weights[h] ?? {},
              heldOut,
              [0, 1, 2, 3],
              [run.seed, 2 ** 32 - 2, networkAddress(spec, h)],
            ),
          );
          expect(relative(loss, trained), `loss, record ${row}`).toBeLessThan(BOUND);
          expect(
            relative(columns.testLoss?.[row] ?? 0, held),
            `held out, record ${row}`,
          ).toBeLessThan(BOUND);
          for (const [h, half] of (['a', 'b'] as const).entries())
            for (const [p, picture] of sampledPictures(
              spec,
              weights[h] ?? {},
              run.seed,
              h,
            ).entries())
              for (const [k, pixel] of picture.entries()) {
                const made = columns[pixelColumn(half, p, k)]?.[row] ?? Number.NaN;
                const size = Math.max(0.5, Math.abs(pixel));
                expect(Math.abs(made - pixel) / size, `${half}${p}.${k}, ${row}`).toBeLessThan(
                  BOUND,
                );
              }
        }
        const [first = 0, last = 0] = [columns.loss?.[0], columns.loss?.at(-1)];
        expect(Math.abs(first - last), 'the loss must have moved').toBeGreaterThan(100 * BOUND);
      },
    );

    test('going on from a checkpoint gives the very same numbers, hashes included', async () => {
      const pack = denoisers(denoiser({ architecture: 'convolutional', width: 2 }), 2);
      const whole = await train(pack);
      const { states } = await train(pack, undefined, 1);
      expect(states[0]?.step).toBe(1);
      expect((await train(pack, structuredClone(states))).results).toEqual(whole.results);
    });
  });
}

/** Where runs do not share kernels: bits of a run hang on nothing but the run. */
export function replaysDenoisers(
  name: string,
  train: Train,
  open: () => Promise<Parameters<typeof replaySegment>[0]>,
): void {
  test.each(ARCHITECTURES)(
    `${name}: a segment of %s is replayed alone to the very same bits`,
    async (architecture) => {
      const pack = denoisers(denoiser({ architecture, width: WIDTHS[architecture] }), 2);
      const { replayed, columns } = await expectReplayedAlone(pack, train, open, [1, 2]);
      expect(replayed.rows['a1.20']?.[0]).toBe(columns['a1.20']?.at(-1));
    },
  );
}
