/**
 * One pack in training: steps and records in order, divergence noticed by magnitude, state that can
 * be taken out between any two steps and put back to go on with the very same numbers. What
 * computes is a `Machine`; here is what is remembered.
 */
import type { WarmStarts } from '../observables/sharpness.ts';
import type { DenseProgram } from '../programs/dense.ts';
import type { Pack } from '../programs/program.ts';
import type { RunOutcome } from '../series.ts';
import type { Checkpoint, CheckpointHash, RunResult, RunState, Training } from './engine.ts';
import { type Machine, stateNames } from './machine.ts';
import { observe } from './observe.ts';
import { hashOf } from './state-bytes.ts';

/** A loss this many times the first one, or not finite, is divergence: no later number means anything. */
export const DIVERGENCE_FACTOR = 1e6;

/** Committed states are kept for whoever verifies, of all runs of a pack so many bytes in all. */
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

/** Trains a pack on a machine that stands at its start, or at the step of `from`. */
export async function startTraining(
  pack: Pack,
  program: DenseProgram,
  machine: Machine,
  from: { readonly step: number; readonly states: readonly RunState[] } | null,
): Promise<Training> {
  const { program: spec, runs } = pack;
  const own = new Set(stateNames(program, true).flat());
  const warm: WarmStarts = runs.map(
    (_, r) =>
      new Map(Object.entries(from?.states[r]?.arrays ?? {}).filter(([name]) => !own.has(name))),
  );
  const logs: RunLog[] = runs.map((_, r) => logOf(program, from?.states[r]));
  let step = from?.step ?? 0;
  let keptBytes = logs.flatMap((log) => log.kept).reduce((n, c) => n + bytesOf(c.arrays), 0);
  if (from === null) await record();

  async function record(): Promise<void> {
    const observed = await observe(program, machine, runs, step, warm);
    for (const [r, log] of logs.entries()) {
      if (log.outcome !== null) continue;
      log.steps.push(step);
      for (const name of program.columns)
        log.columns[name]?.push(observed[name]?.[r] ?? Number.NaN);
      const loss = observed.loss?.[r] ?? Number.NaN;
      const first = log.columns.loss?.[0] ?? Number.NaN;
      if (!(Math.abs(loss) <= DIVERGENCE_FACTOR * Math.max(first, Number.MIN_VALUE))) {
        log.outcome = { kind: 'diverged', step };
      } else if (step === spec.steps) log.outcome = { kind: 'completed' };
    }
    if (step % spec.checkpointEvery !== 0 && step !== spec.steps) return;
    const arrays = await download();
    for (const [r, log] of logs.entries()) {
      if (log.outcome?.kind === 'diverged') continue;
      const own = arrays[r] ?? {};
      log.hashes.push({ step, sha256: hashOf(own) });
      if (keptBytes > KEPT_BYTES) continue;
      log.kept.push({ step, arrays: own });
      keptBytes += bytesOf(own);
    }
  }

  /** Weights, optimizer state and warm starts of every run, by name. */
  async function download(): Promise<Record<string, Float32Array>[]> {
    const arrays = await machine.download();
    return runs.map((_, r) => ({ ...Object.fromEntries(warm[r] ?? []), ...arrays[r] }));
  }

  return {
    get step() {
      return step;
    },
    totalSteps: spec.steps,
    get how() {
      return machine.how;
    },
    async advance() {
      if (step < spec.steps && logs.some((log) => log.outcome === null)) {
        const next = Math.min(
          spec.steps,
          (Math.floor(step / spec.recordEvery) + 1) * spec.recordEvery,
        );
        step += await machine.advance(next - step);
        if (step === next) await record();
      }
      return logs.every((log) => log.outcome !== null);
    },
    async checkpoint() {
      const arrays = await download();
      return runs.map((run, r): RunState => {
        const log = logs[r] ?? emptyLog(program);
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
    dispose: () => machine.dispose(),
  };
}

const bytesOf = (arrays: Checkpoint['arrays']): number =>
  Object.values(arrays).reduce((n, a) => n + a.byteLength, 0);

function emptyLog(program: DenseProgram): RunLog {
  const columns = Object.fromEntries(program.columns.map((name): [string, number[]] => [name, []]));
  return { steps: [], columns, hashes: [], kept: [], outcome: null };
}

function logOf(program: DenseProgram, state: RunState | undefined): RunLog {
  const log = emptyLog(program);
  if (state === undefined) return log;
  log.steps.push(...state.series.steps);
  for (const name of program.columns)
    log.columns[name]?.push(...(state.series.columns[name] ?? []));
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
