/** Runs trained in one process, put by for those of later stages that stand on them. */

import type { RunResult } from '../engines/engine.ts';
import type { PlannedRun } from '../engines/pack.ts';
import type { Pack, RunInput } from '../programs/program.ts';

export interface Shelf {
  /** The pack of planned runs, all of one program, with what they stand on. Throws if that is not here yet. */
  packOf(planned: readonly PlannedRun[]): Pack;
  /** Puts the results of such a pack by, in the order of its runs. */
  put(planned: readonly PlannedRun[], results: readonly RunResult[]): void;
}

const keyOf = ({ cell, seed }: Pick<PlannedRun, 'cell' | 'seed'>): string => `${cell} ${seed}`;

/** @param all every planned run: only states that one of them stands on are kept */
export function createShelf(all: readonly PlannedRun[]): Shelf {
  const wanted = new Set(all.flatMap(({ inputs = [] }) => inputs.map(keyOf)));
  const kept = new Map<string, RunInput>();
  const inputOf = (at: Pick<PlannedRun, 'cell' | 'seed'>): RunInput => {
    const input = kept.get(keyOf(at));
    if (input === undefined) throw new Error('A run stands on one that has not been trained yet.');
    return input;
  };
  return {
    packOf(planned) {
      const [first] = planned;
      if (first === undefined) throw new RangeError('A pack has a run at least.');
      const runs = planned.map(({ seed, plan, inputs }, i) => ({
        ...{ id: String(i), seed, hyper: plan.hyper },
        ...(inputs === undefined ? {} : { inputs: inputs.map(inputOf) }),
      }));
      return { program: first.plan.program, runs };
    },
    put(planned, results) {
      for (const [i, run] of planned.entries()) {
        const { outcome, hashes = [], kept: states = [] } = results[i] ?? {};
        if (!wanted.has(keyOf(run)) || outcome === undefined) continue;
        const { seed, plan } = run;
        const [hash, state] = [hashes.at(-1), states.at(-1)];
        const ended = outcome.kind === 'completed' && hash !== undefined && state !== undefined;
        kept.set(keyOf(run), {
          ...{ seed, hyper: plan.hyper, sha256: ended ? hash.sha256 : null },
          ...(ended ? { state: state.arrays } : {}),
        });
      }
    },
  };
}
