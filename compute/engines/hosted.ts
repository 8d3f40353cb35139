/** Trains a pack's runs on the processor, each by itself, whatever the engine. */
import type { HostedProgram } from '../programs/hosted.ts';
import type { PackedRun } from '../programs/program.ts';
import { type Arrays, createPacer } from './machine.ts';
import type { Trainable } from './trainable.ts';

/**
 * Stands at the start of the runs, or at the arrays of a checkpoint at `step`.
 * Throws where those are not the arrays of this program.
 */
export function hosted(
  program: HostedProgram,
  runs: readonly PackedRun[],
  from: { readonly step: number; readonly arrays: readonly Arrays[] } | null,
): Trainable {
  const states = runs.map((_, r) => {
    const start = program.initial(r);
    return from === null ? start : resumed(start, from.arrays[r] ?? {});
  });
  let step = from?.step ?? 0;
  const pacer = createPacer();
  return {
    how: program.how,
    columns: program.columns,
    names: program.names,
    async advance(steps) {
      const startedAt = performance.now();
      const count = pacer.next(steps);
      for (const [r, state] of states.entries())
        for (let i = 0; i < count; i++) program.update(r, state, step + i);
      step += count;
      pacer.took(count, performance.now() - startedAt);
      return count;
    },
    async observe() {
      const rows = states.map((state, r) => program.read(r, state));
      return Object.fromEntries(
        program.columns.map((name) => [
          name,
          Float64Array.from(rows, (row) => row[name] ?? Number.NaN),
        ]),
      );
    },
    download: async () => states.map(copied),
    dispose() {},
  };
}

/** A checkpoint's own copy of each array that a run has at its start. */
function resumed(start: Arrays, kept: Arrays): Arrays {
  const named = Object.entries(start).map(([name, { length }]) => {
    const array = kept[name];
    if (array?.length !== length)
      throw new Error(`The checkpoint does not have the ${length} numbers of ${name}.`);
    return [name, array.slice()] as const;
  });
  return Object.fromEntries(named);
}

const copied = (state: Arrays): Arrays =>
  Object.fromEntries(Object.entries(state).map(([name, array]) => [name, array.slice()]));
