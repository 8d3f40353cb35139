/**
 * One pack in training: steps and records in order, divergence noticed by magnitude, state that can
 * be taken out between any two steps and put back to go on with the very same numbers. What
 * computes is a `Trainable`; here is what is remembered.
 */
import type { WarmStarts } from '../observables/sharpness.ts';
import type { Pack } from '../programs/program.ts';
import type { RunOutcome } from '../series.ts';
import type { Checkpoint, CheckpointHash, RunResult, RunState, Training } from './engine.ts';
import { hashOf } from './state-bytes.ts';
import type { Trainable } from './trainable.ts';

/** A loss this many times the first one, or not finite, is divergence: no later number means anything. */
export const DIVERGENCE_FACTOR = 1e6;

/**
 * Committed states are kept for whoever verifies, of all runs of a pack so many bytes in all: fewer of
 * them as they become more. What is not kept is trained again from the last one before.
 */
const KEPT_BYTES = 64e6;

interface RunLog {
  readonly steps: number[];
  readonly columns: Record<string, number[]>;
  readonly hashes: CheckpointHash[];
  readonly kept: Checkpoint[];
  outcome: RunOutcome | null;
}

/** Where a pack goes on: its states, in the order of its runs, all at one step. */
export function statesOf(
  pack: Pack,
  from: readonly RunState[],
): { readonly step: number; readonly states: readonly RunState[] } {
  const states = pack.runs.map(({ id }) => {
    const state = from.find((s) => s.id === id);
    if (state === undefined) throw new Error(`The checkpoint has no run ${id}.`);
    return state;
  });
  const step = states[0]?.step ?? 0;
  if (states.some((s) => s.step !== step)) {
    throw new Error('The runs of a pack go on from one step, but these checkpoints differ.');
  }
  return { step, states };
}

/** Trains a pack by what stands at its start, or at the step of `from`. */
export async function startTraining(
  pack: Pack,
  trainable: Trainable,
  from: { readonly step: number; readonly states: readonly RunState[] } | null,
): Promise<Training> {
  const { program: spec, runs } = pack;
  const own = new Set(trainable.names);
  const warm: WarmStarts = runs.map(
    (_, r) =>
      new Map(Object.entries(from?.states[r]?.arrays ?? {}).filter(([name]) => !own.has(name))),
  );
  const logs: RunLog[] = runs.map((_, r) => logOf(trainable.columns, from?.states[r]));
  let step = from?.step ?? 0;
  let keptBytes = keptIn(logs);
  let stride = 1;
  if (from === null) {
    await record();
    await commit();
  }

  async function record(): Promise<void> {
    const observed = await trainable.observe(step, warm);
    for (const [r, log] of logs.entries()) {
      if (log.outcome !== null) continue;
      log.steps.push(step);
      for (const name of trainable.columns)
        log.columns[name]?.push(observed[name]?.[r] ?? Number.NaN);
      const loss = observed.loss?.[r] ?? Number.NaN;
      const first = log.columns.loss?.[0] ?? Number.NaN;
      if (!(Math.abs(loss) <= DIVERGENCE_FACTOR * Math.max(first, Number.MIN_VALUE))) {
        log.outcome = { kind: 'diverged', step };
      } else if (step === spec.steps) log.outcome = { kind: 'completed' };
    }
  }

  /** Commits the state of every run, and keeps it as long as there is room. */
  async function commit(): Promise<void> {
    const arrays = await download();
    for (const [r, log] of logs.entries()) {
      if (log.outcome?.kind === 'diverged') continue;
      const own = arrays[r] ?? {};
      log.hashes.push({ step, sha256: hashOf(own) });
      if (isKept(step)) {
        log.kept.push({ step, arrays: own });
        keptBytes += bytesOf(own);
      }
    }
    if (keptBytes <= KEPT_BYTES) return;
    stride *= 2;
    for (const log of logs) {
      const thinned = log.kept.filter((k) => isKept(k.step));
      log.kept.splice(0, log.kept.length, ...thinned);
    }
    keptBytes = keptIn(logs);
  }

  /** Not the first, which follows from the seed. */
  function isKept(at: number): boolean {
    return at > 0 && (at % (stride * spec.checkpointEvery) === 0 || at === spec.steps);
  }

  const isDue = (every: number) => step % every === 0 || step === spec.steps;
  const after = (every: number) => (Math.floor(step / every) + 1) * every;

  /** Weights, optimizer state and warm starts of every run, by name. */
  async function download(): Promise<Record<string, Float32Array>[]> {
    const arrays = await trainable.download();
    return runs.map((_, r) => ({ ...Object.fromEntries(warm[r] ?? []), ...arrays[r] }));
  }

  return {
    get step() {
      return step;
    },
    totalSteps: spec.steps,
    get how() {
      return trainable.how;
    },
    async advance() {
      if (step < spec.steps && logs.some((log) => log.outcome === null)) {
        const { steps, recordEvery, checkpointEvery } = spec;
        const next = Math.min(steps, after(recordEvery), after(checkpointEvery));
        step += await trainable.advance(next - step);
        if (step === next && isDue(recordEvery)) await record();
        if (step === next && isDue(checkpointEvery)) await commit();
      }
      return logs.every((log) => log.outcome !== null);
    },
    async checkpoint() {
      const arrays = await download();
      return runs.map((run, r): RunState => {
        const log = logs[r] ?? emptyLog(trainable.columns);
        return {
          ...{ id: run.id, step, arrays: arrays[r] ?? {}, series: seriesOf(log) },
          ...{ outcome: log.outcome, hashes: log.hashes, kept: log.kept },
        };
      });
    },
    results: () =>
      runs.map((run, r): RunResult => {
        const log = logs[r];
        if (log === undefined || log.outcome === null)
          throw new Error('The pack is still training.');
        const { outcome, hashes, kept } = log;
        return { id: run.id, series: seriesOf(log), outcome, hashes, kept };
      }),
    dispose: () => trainable.dispose(),
  };
}

const keptIn = (logs: readonly RunLog[]): number =>
  logs.flatMap((log) => log.kept).reduce((n, k) => n + bytesOf(k.arrays), 0);

const bytesOf = (arrays: Checkpoint['arrays']): number =>
  Object.values(arrays).reduce((n, a) => n + a.byteLength, 0);

function emptyLog(names: readonly string[]): RunLog {
  const columns = Object.fromEntries(names.map((name): [string, number[]] => [name, []]));
  return { steps: [], columns, hashes: [], kept: [], outcome: null };
}

function logOf(names: readonly string[], state: RunState | undefined): RunLog {
  const log = emptyLog(names);
  if (state === undefined) return log;
  log.steps.push(...state.series.steps);
  for (const name of names) log.columns[name]?.push(...(state.series.columns[name] ?? []));
  log.hashes.push(...state.hashes);
  log.kept.push(...(state.kept ?? []));
  log.outcome = state.outcome;
  return log;
}

function seriesOf(log: RunLog) {
  const columns = Object.entries(log.columns).map(
    ([name, c]) => [name, Float32Array.from(c)] as const,
  );
  return { steps: Float32Array.from(log.steps), columns: Object.fromEntries(columns) };
}
