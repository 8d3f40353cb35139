/** What training a transformer promises, on every backend alike, in Node and in a browser. */
import { describe, expect, test } from 'vitest';
import { HYPER, type Hyper, type Pack, type TransformerSpec } from '../programs/program.ts';
import { probeSequences, type RepeatsSpec } from '../programs/repeats.ts';
import { sequencesOf } from '../programs/sequences.ts';
import { textOf } from '../programs/text.ts';
import type { Train } from './conformance.testkit.ts';
import { expectReplayedAlone } from './differentiated.testkit.ts';
import { madeFiles } from './made-files.testkit.ts';
import type { replaySegment } from './replay.ts';
import { transformerAdam, transformerLoss } from './transformer-reference.testkit.ts';

export const transformer = (
  changes: Partial<TransformerSpec<RepeatsSpec>> = {},
): TransformerSpec<RepeatsSpec> => ({
  ...{ kind: 'transformer', width: 4, heads: 2, layers: 2, positions: 'learned' },
  ...{ hidden: 0, norm: false, batch: 2, probe: 6 },
  task: { vocabulary: 4, context: 6, shortest: 2, longest: 4 },
  observe: ['loss', 'occurrences', 'heads'],
  ...{ steps: 6, recordEvery: 2, checkpointEvery: 2 },
  ...changes,
});

/** The same on text; it takes `madeFiles`. */
export const reader = (): TransformerSpec => ({
  ...{
    ...transformer({ width: 2, layers: 1, norm: true, hidden: 3 }),
    schedule: 'cosine',
    observe: ['loss'],
  },
  task: { kind: 'text', vocabulary: 27, context: 6, order: 'own' },
});

const hyper = (changes: Partial<Hyper> = {}): Hyper => ({
  ...{ ...HYPER, learningRate: 0.01, momentum: 0.9 },
  ...changes,
});

export const transformers = (program: TransformerSpec, ...hypers: Hyper[]): Pack => ({
  program,
  runs: hypers.map((h, i) => ({ id: `t${i}`, seed: 40 + i, hyper: h })),
});

const relative = (a: number, b: number) => Math.abs(a - b) / Math.max(Math.abs(b), 1e-12);

/** Of the loss after 6 steps: float32 rounding; measured below a tenth of it. */
const BOUND = 2e-5;

export function trainsTransformers(name: string, train: Train): void {
  describe(name, () => {
    test.each([
      ['attention only', transformer()],
      ['one layer, no positions', transformer({ layers: 1, positions: 'none' })],
      ['layer norm and hidden blocks', transformer({ norm: true, hidden: 3 })],
      ['text, a falling rate', reader()],
    ] as const)('%s: Adam on fresh sequences follows the float64 reference', async (_, spec) => {
      const sequences = sequencesOf(spec, await textOf(spec.task, madeFiles));
      const hypers = [hyper(), hyper({ weightDecay: 0.1, outputScale: 1.5, initScale: 0.7 })];
      const { results } = await train(transformers(spec, ...hypers));
      for (const [r, own] of hypers.entries()) {
        const weights = transformerAdam(spec, sequences, 40 + r, own);
        const probe = sequences.probe(40 + r).symbols;
        const column = results[r]?.series.columns.loss ?? [];
        expect(column.length).toBe(4);
        for (const [row, loss] of column.entries()) {
          const now = weights[row * spec.recordEvery] ?? [];
          const truth = transformerLoss(spec, now, probe, own.outputScale).loss;
          expect(relative(loss, truth), `run ${r}, record ${row}`).toBeLessThan(BOUND);
        }
        const [first = 0, last = 0] = [column[0], column.at(-1)];
        expect(Math.abs(first - last), 'the loss must have moved').toBeGreaterThan(100 * BOUND);
      }
    });

    test('what heads attend to is read off the reference’s own patterns', async () => {
      const spec = transformer();
      const { results } = await train(transformers(spec, hyper()));
      const weights = transformerAdam(spec, sequencesOf(spec, null), 40, hyper()).at(-1) ?? [];
      const probe = probeSequences(spec.task, 40, spec.probe);
      const { patterns } = transformerLoss(spec, weights, probe.symbols);
      for (const layer of [0, 1]) {
        for (const head of [0, 1]) {
          let [sum, count, before, steps] = [0, 0, 0, 0];
          for (const [n, period] of probe.periods.entries()) {
            const own = patterns[layer]?.[n]?.[head] ?? [];
            for (let t = 1; t < spec.task.context; t++) {
              const symbol = (at: number) => probe.symbols[n * (spec.task.context + 1) + at];
              before += own[t]?.[t - 1] ?? Number.NaN;
              steps += 1;
              if (t < period) continue;
              count += 1;
              // By the symbols, not by the period: attention to whatever came after the same one.
              for (let s = 1; s <= t; s++)
                if (symbol(s - 1) === symbol(t)) sum += own[t]?.[s] ?? Number.NaN;
            }
          }
          const last = (name: string) =>
            results[0]?.series.columns[`${name}${layer + 1}.${head + 1}`]?.at(-1) ?? Number.NaN;
          expect(relative(last('prefix'), sum / count)).toBeLessThan(1e-3);
          expect(relative(last('previous'), before / steps)).toBeLessThan(1e-3);
        }
      }
    });

    test('going on from a checkpoint gives the very same numbers, hashes included', async () => {
      const pack = transformers(transformer(), hyper(), hyper({ learningRate: 0.02 }));
      const whole = await train(pack);
      const { states } = await train(pack, undefined, 3);
      expect(states[0]?.step).toBeLessThan(6);
      expect((await train(pack, structuredClone(states))).results).toEqual(whole.results);
    });

    test('a run that diverges is recorded as diverged and its neighbour finishes', async () => {
      const pack = transformers(transformer(), hyper({ learningRate: 1e9 }), hyper());
      const [wild, calm] = (await train(pack)).results;
      expect(wild?.outcome.kind).toBe('diverged');
      expect(calm?.outcome).toEqual({ kind: 'completed' });
    });
  });
}

/** Where runs do not share kernels: bits of a run hang on nothing but the run. */
export function replaysTransformers(
  name: string,
  train: Train,
  open: () => Promise<Parameters<typeof replaySegment>[0]>,
): void {
  test(`${name}: a segment of one run of a pack is replayed alone to the very same bits`, async () => {
    const pack = transformers(transformer({ norm: true, hidden: 3 }), hyper(), hyper());
    await expectReplayedAlone(pack, train, open, [2, 4]);
  });
}
