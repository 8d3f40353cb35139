/**
 * The WebAssembly machine: updates by one function generated for the program (`kernel.ts`), run after
 * run, and observed by others (`tangent.ts`), the runs shared out over threads (`share.ts`,
 * `threads.ts`). Only single operations of IEEE 754 are used, in one order: gradient descent and what is
 * observed of it have the same bits on every machine, in a pack of any size, on any number of threads.
 * Adam's bias corrections come from the host's power, whose last bit is the
 * JavaScript engine's own.
 */
import {
  type DenseProgram,
  probeInputs,
  sizeOf,
  type TrainingSet,
  trainingSet,
} from '../../programs/dense.ts';
import type { PackedRun } from '../../programs/program.ts';
import { type Arrays, createPacer, joined, type Machine, stateNames } from '../machine.ts';
import { kernelOf } from './kernel.ts';
import { openShare, type Share, type ShareSetup } from './share.ts';
import type { Pool } from './threads.ts';

/**
 * Makes the machine at the start of the runs, or from the arrays of a checkpoint at `step`. Trains on
 * the calling thread and on those that the pool can give, at most one a run.
 */
export async function wasmMachine(
  program: DenseProgram,
  runs: readonly PackedRun[],
  from: { readonly step: number; readonly arrays: readonly Arrays[] } | null,
  pool: Pool | null,
): Promise<Machine> {
  const names = stateNames(
    program,
    runs.some((r) => r.hyper.momentum !== 0),
  );
  const decays = runs.some((r) => r.hyper.weightDecay !== 0);
  const { layers, batch, optimizer, beta2, schedule } = program;
  const trained = trainingSet(program, runs.length);
  const probe = probeInputs(program);
  const { module, ...layout } = kernelOf(program, names.length, decays, {
    ...{ count: trained.count, probe: probe.length / (layers[0]?.in ?? 1) },
  });
  const initial = (r: number): Arrays =>
    Object.fromEntries(program.initial(r).map((array, l) => [names[0]?.[l] ?? '', array]));
  const common = {
    ...{ module: await WebAssembly.compile(module), layout, names, probe, step: from?.step ?? 0 },
    program: { layers, batch, optimizer, beta2, schedule },
  };
  const setupOf = (first: number, end: number): ShareSetup => ({
    ...{ ...common, runs: runs.slice(first, end), trained: cut(trained, first, end) },
    arrays: runs.slice(first, end).map((_, i) => from?.arrays[first + i] ?? initial(first + i)),
  });
  const others = (await pool?.take(runs.length - 1)) ?? [];
  const shares = await openAll([...others, openShare], runs.length, setupOf);
  const pacer = createPacer();

  const download = async () => (await Promise.all(shares.map((s) => s.download()))).flat();

  /** What every share gives, in the order of the runs. */
  const all = async (ask: (share: Share, i: number) => Promise<Float32Array>) =>
    joined(await Promise.all(shares.map(ask)));
  const size = sizeOf(program);

  return {
    how: howOf(shares.length, shares.length < runs.length ? (pool?.refusal ?? null) : null),
    async advance(steps) {
      const startedAt = performance.now();
      const count = pacer.next(steps);
      // The calling thread's own share is the last: the others have got their message by then.
      await Promise.all(shares.map((share) => share.advance(count)));
      pacer.took(count, performance.now() - startedAt);
      return count;
    },
    outputs: () => all((share) => share.outputs()),
    gradient: () => all((share) => share.gradient()),
    // A share linearizes with its first product, and forgets when it advances.
    linearize: async () => ({
      product: (vectors) =>
        all((share, i) => {
          const [first, end] = [i, i + 1].map((k) => boundOf(k, shares.length, runs.length) * size);
          return share.product(vectors.subarray(first, end));
        }),
      dispose: () => {},
    }),
    download,
    dispose() {
      for (const share of shares) share.dispose();
    },
  };
}

/** The first run of share i, of so many. */
const boundOf = (i: number, shares: number, runs: number) => Math.round((i * runs) / shares);

/** Cuts `runs` into one share an opener, as equal as they can be; all of them, or it rejects with none open. */
async function openAll(
  openers: readonly ((setup: ShareSetup) => Promise<Share>)[],
  runs: number,
  setupOf: (first: number, end: number) => ShareSetup,
): Promise<readonly Share[]> {
  const bound = (i: number) => boundOf(i, openers.length, runs);
  const opened = await Promise.allSettled(
    openers.map((open, i) => open(setupOf(bound(i), bound(i + 1)))),
  );
  const shares = opened.flatMap((o) => (o.status === 'fulfilled' ? [o.value] : []));
  const failed = opened.find((o) => o.status === 'rejected');
  if (failed === undefined) return shares;
  for (const share of shares) share.dispose();
  throw failed.reason;
}

/** What some of the runs train on. */
function cut({ count, x, y }: TrainingSet, first: number, end: number): TrainingSet {
  const own = (list: readonly Float32Array[]) => (list.length > 1 ? list.slice(first, end) : list);
  return { count, x: own(x), y: own(y) };
}

function howOf(threads: number, refusal: string | null): string {
  const count = threads === 1 ? 'one thread' : `${threads} threads`;
  const why = refusal === null ? '' : ` (no other could be started: ${refusal})`;
  return `fused in WebAssembly, ${count}${why}`;
}
