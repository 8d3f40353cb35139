/**
 * Trains runs sample by sample on the processor, each by itself: what a run computes hangs on nothing but the
 * run, so a replay has the same bits on any machine.
 */
import type { OnlineProgram } from '../programs/online.ts';
import type { PackedRun } from '../programs/program.ts';
import { type Arrays, createPacer } from './machine.ts';
import type { Trainable } from './trainable.ts';

/** Stands at the start of the runs, or at the arrays of a checkpoint at `step`. */
export function stepwise(
  program: OnlineProgram,
  runs: readonly PackedRun[],
  from: { readonly step: number; readonly arrays: readonly Arrays[] } | null,
): Trainable {
  const weights = runs.map((_, r) => {
    const resumed = from?.arrays[r]?.W1;
    return resumed === undefined ? program.initial(r) : resumed.slice();
  });
  let step = from?.step ?? 0;
  const pacer = createPacer();
  return {
    how: 'sample by sample on the processor, run after run',
    columns: program.columns,
    names: ['W1'],
    async advance(steps) {
      const startedAt = performance.now();
      const count = pacer.next(steps);
      for (const [r, own] of weights.entries())
        for (let i = 0; i < count; i++) program.update(r, own, step + i);
      step += count;
      pacer.took(count, performance.now() - startedAt);
      return count;
    },
    async observe() {
      const columns = Object.fromEntries(
        program.columns.map((name) => [name, new Float64Array(runs.length).fill(Number.NaN)]),
      );
      for (const [r, own] of weights.entries())
        for (const [name, value] of Object.entries(program.read(r, own))) {
          const column = columns[name];
          if (column !== undefined) column[r] = value;
        }
      return columns;
    },
    download: async () => weights.map((own) => ({ W1: own.slice() })),
    dispose() {},
  };
}
