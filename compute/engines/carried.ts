/**
 * A pack on its way from one volunteer to the next: everything that there is of it up to a committed
 * step, with the states at that step. Whoever goes on from it gets the numbers that the one before
 * would have got, to the bit where both are of one numeric class.
 */
import type { Pack, ProgramSpec } from '../programs/program.ts';
import { stepsBy } from '../programs/program.ts';
import type { Series } from '../series.ts';
import type { Checkpoint, CheckpointHash, RunState } from './engine.ts';
import { HASH_BYTES, joined, packHashes, unpackHashes } from './result-bytes.ts';
import { packState, unpackState } from './state-bytes.ts';

/** From one handover to the next there are so many committed segments at least: each costs one more replay. */
export const SEGMENTS_BETWEEN = 4;

/** One run up to the step of the whole. */
export interface CarriedRun {
  readonly id: string;
  readonly series: Series;
  /** Where it diverged, at that step or before; null while it trains. */
  readonly diverged: number | null;
  readonly hashes: readonly CheckpointHash[];
  /** Its state at that step, which has the last of the hashes; null of a run that diverged. */
  readonly arrays: Checkpoint['arrays'] | null;
}

export interface Carried {
  readonly step: number;
  readonly runs: readonly CarriedRun[];
}

/** What stands for one run in the bytes. */
export interface CarriedHeader {
  readonly run: string;
  /** Recorded rows. */
  readonly rows: number;
  /** Names of the columns, in the order of their values. */
  readonly columns: string[];
  readonly diverged: number | null;
  /** How many of the hashes are of this run. */
  readonly checkpoints: number;
  /** Bytes of its state; null of a run that diverged. */
  readonly state: number | null;
}

/** As it travels, and as it is kept. */
export interface PackedCarried {
  readonly step: number;
  readonly runs: readonly CarriedHeader[];
  /** Float32, little-endian: of each run in turn its steps, then its columns. */
  readonly values: Uint8Array;
  /** Of each run in turn the hashes of its checkpoints, 32 bytes each. */
  readonly hashes: Uint8Array;
  /** Of each run in turn its state, as `packState` writes it. */
  readonly states: Uint8Array;
}

/** Bytes of it; `unpackCarried` gives the same back. */
export function packCarried({ step, runs }: Carried) {
  const states = runs.map(({ arrays }) => (arrays === null ? null : packState(arrays)));
  const numbers = runs.flatMap(({ series }) => [series.steps, ...Object.values(series.columns)]);
  return {
    step,
    runs: runs.map(({ id, series, diverged, hashes }, r) => ({
      ...{ run: id, rows: series.steps.length, columns: Object.keys(series.columns) },
      ...{ diverged, checkpoints: hashes.length, state: states[r]?.byteLength ?? null },
    })),
    values: joined(numbers.map((n) => new Uint8Array(n.buffer, n.byteOffset, n.byteLength))),
    hashes: joined(runs.map(({ hashes }) => packHashes(hashes))),
    states: joined(states.filter((state) => state !== null)),
  } satisfies PackedCarried;
}

/** What `packCarried` packed, for this program; null if the bytes are not what the headers say. */
export function unpackCarried(program: ProgramSpec, packed: PackedCarried): Carried | null {
  const schedule = stepsBy(program.steps, program.checkpointEvery);
  const values = new Float32Array(new Uint8Array(packed.values).buffer);
  let [at, hashAt, stateAt] = [0, 0, 0];
  const take = (rows: number) => {
    at += rows;
    return values.slice(at - rows, at);
  };
  const runs: CarriedRun[] = [];
  for (const { run, rows, columns, diverged, checkpoints, state } of packed.runs) {
    const steps = take(rows);
    const named = columns.map((name) => [name, take(rows)] as const);
    hashAt += HASH_BYTES * checkpoints;
    const own = packed.hashes.subarray(hashAt - HASH_BYTES * checkpoints, hashAt);
    stateAt += state ?? 0;
    const bytes = packed.states.subarray(stateAt - (state ?? 0), stateAt);
    const arrays = state === null ? null : unpackState(bytes);
    if (at > values.length || hashAt > packed.hashes.length || checkpoints > schedule.length)
      return null;
    if (state !== null && (arrays === null || bytes.byteLength !== state)) return null;
    const series = { steps, columns: Object.fromEntries(named) };
    const hashes = unpackHashes(schedule.slice(0, checkpoints), own);
    runs.push({ id: run, series, diverged, hashes, arrays });
  }
  const isWhole =
    at === values.length && hashAt === packed.hashes.length && stateAt === packed.states.byteLength;
  return isWhole ? { step: packed.step, runs } : null;
}

/**
 * What can be handed over of a pack in training: as of the last step at which the states of all its
 * runs were committed and are at hand. Null if there is none after the start.
 */
export function carriedOf(states: readonly RunState[]): Carried | null {
  const own = states.map((state) => ({
    state,
    diverged: state.outcome?.kind === 'diverged' ? state.outcome.step : null,
    kept: new Map((state.kept ?? []).map(({ step, arrays }) => [step, arrays])),
  }));
  const steps = [...new Set(own.flatMap(({ kept }) => [...kept.keys()]))].sort((a, b) => b - a);
  const step = steps.find((s) =>
    own.every(({ diverged, kept }) => kept.has(s) || (diverged !== null && diverged <= s)),
  );
  if (step === undefined || step === 0) return null;
  const runs = own.map(({ state, diverged, kept }): CarriedRun => {
    const { id, series, hashes } = state;
    const gone = diverged !== null && diverged <= step;
    return {
      ...{ id, series: upTo(series, step), diverged: gone ? diverged : null },
      ...{ hashes: hashes.filter((h) => h.step <= step) },
      arrays: gone ? null : (kept.get(step) ?? null),
    };
  });
  return { step, runs };
}

/** Where the next one goes on: the states of the pack, in the order of its runs. */
export function statesFrom(pack: Pack, { step, runs }: Carried): RunState[] {
  // What has diverged is trained beside the others, unseen: any numbers do, as nothing is recorded.
  const shape = Object.entries(runs.find(({ arrays }) => arrays !== null)?.arrays ?? {});
  const zeros = () => Object.fromEntries(shape.map(([n, a]) => [n, new Float32Array(a.length)]));
  return pack.runs.map(({ id }): RunState => {
    const run = runs.find((r) => r.id === id);
    if (run === undefined) throw new Error(`What was handed over has no run ${id}.`);
    const { series, diverged, hashes, arrays } = run;
    return {
      ...{ id, step, series, hashes, arrays: arrays ?? zeros() },
      outcome: diverged === null ? null : { kind: 'diverged', step: diverged },
      kept: arrays === null ? [] : [{ step, arrays }],
    };
  });
}

/** The rows of a series up to a step. */
export function upTo({ steps, columns }: Series, step: number): Series {
  const after = steps.findIndex((s) => s > step);
  const rows = after < 0 ? steps.length : after;
  const named = Object.entries(columns).map(([name, c]) => [name, c.slice(0, rows)] as const);
  return { steps: steps.slice(0, rows), columns: Object.fromEntries(named) };
}
