/**
 * What "trains" comparisons: step 0 looks at the networks as they were drawn, step 1 at the states that their
 * runs committed last, fetched by their hashes. The state of a comparison is how many neighbours each sample of
 * the probe shares, so it is committed, shown and replayed like any other.
 *
 * Memory: the networks that were seen last are kept, `KEPT` of them, because pairs share them; each is its
 * features in float64 and k indices a sample (a probe of 512 and 256 units: 3 MB with its Gram matrix).
 */
import { type Compared, comparison, type Seen } from '../programs/comparison.ts';
import type { DataFiles } from '../programs/data-set.ts';
import {
  COMPARISON_COLUMNS,
  type ComparisonSpec,
  type PackedRun,
  type RunInput,
} from '../programs/program.ts';
import type { Checkpoint, States } from './engine.ts';
import type { Arrays } from './machine.ts';
import { hashOf } from './state-bytes.ts';
import type { Trainable } from './trainable.ts';

/** Where no state can be had. */
export const noStates: States = async () => {
  throw new Error('The states that this run stands on cannot be had here.');
};

/** Networks kept: on wide grids a pack has as many of each side as it has widths, times seeds. */
const KEPT = 32;
/** A slice of work ends after so long, so that the volunteer's worker hears what it is told. */
const SLICE_MS = 50;

type At = 'drawn' | 'trained';

/** @param from where the runs go on; null: from the start */
export async function comparing(
  spec: ComparisonSpec,
  runs: readonly PackedRun[],
  files: DataFiles,
  states: States,
  from: { readonly step: number; readonly arrays: readonly Arrays[] } | null,
): Promise<Trainable> {
  if (spec.steps !== 1)
    throw new Error('A comparison has one step: from drawn to trained networks.');
  const compared = await comparison(spec, files);
  const seen = new Map<string, Seen>();
  const shared = runs.map((_, r) => from?.arrays[r]?.shared ?? new Float32Array());
  const measured: (Compared | null)[] = runs.map(() => null);
  if (from === null) for (const r of runs.keys()) await look(r, 'drawn');
  /** Runs whose trained networks have been looked at. */
  let done = 0;

  async function look(r: number, at: At): Promise<void> {
    const run = runs[r];
    const [first, second] = run?.inputs ?? [];
    if (run === undefined || first === undefined || second === undefined)
      throw new Error('A comparison stands on two runs.');
    // A network that ran away is no network: the pair has nothing to show, and diverges with it.
    if (first.sha256 === null || second.sha256 === null) {
      [shared[r], measured[r]] = [new Float32Array(spec.probe.count), null];
      return;
    }
    const [a, b] = [await network(0, first, at), await network(1, second, at)];
    const { columns, shared: own } = compared.compare(a, b, run.seed);
    [shared[r], measured[r]] = [own, columns];
  }

  async function network(side: 0 | 1, input: RunInput, at: At): Promise<Seen> {
    const { seed, hyper, sha256 } = input;
    const key = JSON.stringify([side, seed, hyper, sha256, at]);
    const known = seen.get(key);
    const own =
      known ?? (await compared.see(side, input, at === 'drawn' ? null : await stateOf(input)));
    // The one that was used last goes last: the first is the one to forget.
    seen.delete(key);
    seen.set(key, own);
    const [oldest] = seen.keys();
    if (seen.size > KEPT && oldest !== undefined) seen.delete(oldest);
    return own;
  }

  async function stateOf({ sha256, state }: RunInput): Promise<Checkpoint['arrays']> {
    const arrays = state ?? (await states(sha256 ?? ''));
    if (hashOf(arrays) !== sha256)
      throw new Error('A state that came to be compared is not the one that was committed.');
    return arrays;
  }

  return {
    how: 'compared on the host, in float64',
    columns: COMPARISON_COLUMNS,
    names: ['shared'],
    async advance() {
      const startedAt = performance.now();
      while (done < runs.length && performance.now() - startedAt < SLICE_MS) {
        await look(done, 'trained');
        done += 1;
      }
      if (done < runs.length) return 0;
      return 1;
    },
    async observe() {
      const column = (name: (typeof COMPARISON_COLUMNS)[number]) =>
        Float64Array.from(measured, (m) => m?.[name] ?? Number.NaN);
      return Object.fromEntries(COMPARISON_COLUMNS.map((name) => [name, column(name)]));
    },
    download: async () => shared.map((own) => ({ shared: own })),
    dispose: () => seen.clear(),
  };
}
