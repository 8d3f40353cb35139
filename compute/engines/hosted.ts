/**
 * Trains linear models of a known spectrum on the processor, run after run. One is so small that starting
 * a kernel on a GPU takes longer than its update; and plain float64 arithmetic has the same bits on every
 * machine, so that a replay anywhere gives them again.
 */
import { columnsOf, type PackedRun, type SpectrumSpec } from '../programs/program.ts';
import { type SpectrumRun, spectrumRun } from '../programs/spectrum.ts';
import { type Arrays, createPacer } from './machine.ts';
import type { Trainable } from './trainable.ts';

/** Stands at the start of the runs, or at the arrays of a checkpoint at `step`. */
export function hosted(
  spec: SpectrumSpec,
  runs: readonly PackedRun[],
  from: { readonly step: number; readonly arrays: readonly Arrays[] } | null,
): Trainable {
  const models = runs.map((run, r): SpectrumRun => {
    const { W1, m1 } = from?.arrays[r] ?? {};
    if (from !== null && W1?.length !== spec.seen)
      throw new Error(`The checkpoint does not have the ${spec.seen} weights of this model.`);
    const weights = W1 ?? new Float32Array(spec.seen);
    return spectrumRun(spec, run, { weights, velocity: m1 ?? new Float32Array(spec.seen) });
  });
  let step = from?.step ?? 0;
  const pacer = createPacer();
  return {
    how: 'float64 on the processor, run after run',
    columns: columnsOf(spec),
    names: ['W1', 'm1'],
    async advance(steps) {
      const startedAt = performance.now();
      const count = pacer.next(steps);
      for (let i = 0; i < count; i++) {
        for (const model of models) model.update(step);
        step += 1;
      }
      pacer.took(count, performance.now() - startedAt);
      return count;
    },
    observe: async () => ({ loss: Float64Array.from(models, (model) => model.loss()) }),
    download: async () =>
      models.map(({ weights, velocity }, r): Arrays => {
        const W1 = weights.slice();
        // A run without momentum keeps no velocity, as everywhere.
        return runs[r]?.hyper.momentum === 0 ? { W1 } : { W1, m1: velocity.slice() };
      }),
    dispose: () => {},
  };
}
