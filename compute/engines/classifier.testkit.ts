/** What training classifiers promises, on every backend alike, in Node and in a browser. */
import { describe, expect, test } from 'vitest';
import { classifierTable } from '../programs/classifier.ts';
import {
  CLASSIFIERS,
  type ClassifierSpec,
  drawnBy,
  HYPER,
  type Hyper,
  type Pack,
} from '../programs/program.ts';
import { classifierAdam, classifierLoss } from './classifier-reference.testkit.ts';
import type { Train } from './conformance.testkit.ts';
import { expectReplayedAlone } from './differentiated.testkit.ts';
import { madeFiles } from './made-files.testkit.ts';
import type { replaySegment } from './replay.ts';

/** Of images of 7 × 3 pixels, which are odd both ways. */
export const classifier = (changes: Partial<ClassifierSpec> = {}): ClassifierSpec => ({
  ...{ kind: 'classifier', architecture: 'convolutional', width: 2 },
  data: { kind: 'mnist', samples: 20, pool: 4, classes: [0, 3, 7], half: 'left' },
  ...{ train: 12, probe: 6, batch: 3, draw: 1, steps: 4, recordEvery: 2, checkpointEvery: 2 },
  ...changes,
});

export const classifiers = (program: ClassifierSpec, ...changes: Partial<Hyper>[]): Pack => ({
  program,
  runs: changes.map((own, i) => ({
    ...{ id: `c${i}`, seed: 70 + i },
    hyper: { ...HYPER, learningRate: 0.01, momentum: 0.9, ...own },
  })),
});

const relative = (a: number, b: number) => Math.abs(a - b) / Math.max(Math.abs(b), 1e-12);

/** Of losses: float32 rounding. */
const BOUND = 2e-5;

export function trainsClassifiers(name: string, train: Train): void {
  describe(name, () => {
    test.each(CLASSIFIERS)(
      '%s: losses and accuracies follow the float64 reference',
      async (architecture) => {
        const spec = classifier({ architecture, width: 3 });
        const pack = classifiers(spec, {}, { weightDecay: 0.1, outputScale: 1.5, initScale: 0.7 });
        const { results } = await train(pack);
        const table = await classifierTable(spec, madeFiles);
        for (const [r, { seed, hyper }] of pack.runs.entries()) {
          const course = classifierAdam(spec, drawnBy(spec, seed), hyper, table);
          const columns = results[r]?.series.columns ?? {};
          expect(columns.loss?.length).toBe(3);
          for (const [row, loss] of (columns.loss ?? []).entries()) {
            const weights = course[row * spec.recordEvery] ?? [];
            const of = (first: number) =>
              classifierLoss(
                ...([spec, weights, table] as const),
                ...([[0, 1, 2, 3, 4, 5].map((i) => first + i), hyper.outputScale] as const),
              );
            const [seen, heldOut] = [of(0), of(spec.train)];
            const at = `run ${r}, record ${row}`;
            expect(relative(loss, seen.loss), at).toBeLessThan(BOUND);
            expect(relative(columns.testLoss?.[row] ?? 0, heldOut.loss), at).toBeLessThan(BOUND);
            expect(columns.accuracy?.[row], at).toBeCloseTo(seen.accuracy, 6);
            expect(columns.testAccuracy?.[row], at).toBeCloseTo(heldOut.accuracy, 6);
          }
          const [first = 0, last = 0] = [columns.loss?.[0], columns.loss?.at(-1)];
          expect(Math.abs(first - last), 'the loss must have moved').toBeGreaterThan(100 * BOUND);
        }
      },
    );

    test('going on from a checkpoint gives the very same numbers, hashes included', async () => {
      const pack = classifiers(classifier({ architecture: 'transformer' }), {}, {});
      const whole = await train(pack);
      const { states } = await train(pack, undefined, 2);
      expect(states[0]?.step).toBe(2);
      expect((await train(pack, structuredClone(states))).results).toEqual(whole.results);
    });
  });
}

/** Where runs do not share kernels: bits of a run hang on nothing but the run. */
export function replaysClassifiers(
  name: string,
  train: Train,
  open: () => Promise<Parameters<typeof replaySegment>[0]>,
): void {
  test.each(CLASSIFIERS)(
    `${name}: a segment of a %s classifier is replayed alone to the very same bits`,
    async (architecture) => {
      const pack = classifiers(classifier({ architecture }), {}, {});
      const { replayed, columns } = await expectReplayedAlone(pack, train, open, [2, 4]);
      expect(replayed.rows.testLoss?.[0]).toBe(columns.testLoss?.at(-1));
    },
  );
}
