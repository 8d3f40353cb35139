/** The cheap checks of a result: exactly what was asked for, in shape and range. */

import type { CheckpointHash } from '../compute/engines/engine.ts';
import { HASH_BYTES, unpackHashes } from '../compute/engines/result-bytes.ts';
import {
  columnsOf,
  type ProgramSpec,
  type RunInput,
  recordedSteps,
  stepsBy,
} from '../compute/programs/program.ts';
import type { RunOutcome, Series } from '../compute/series.ts';
import type { RequestValue } from './protocol.ts';

/** Float32 from little-endian bytes (a copy: the bytes may lie anywhere in a larger buffer). */
export function floatsOf(bytes: Uint8Array): Float32Array {
  // Not `slice`: of a Node Buffer that is a view of a shared pool.
  return new Float32Array(new Uint8Array(bytes).buffer);
}

/** The bytes of a column, as the database keeps them. */
export function bytesOf(values: Float32Array): Uint8Array {
  return new Uint8Array(new Float32Array(values).buffer);
}

/** One run of a result with its numbers. */
export interface SubmittedRun {
  readonly run: string;
  readonly outcome: RunOutcome;
  /** Of its checkpoints, 32 bytes each. */
  readonly hashes: Uint8Array;
  readonly series: Series;
}

/** Cuts the blobs of a result into its runs; null if they are too short or too long. */
export function runsOf(
  input: Pick<RequestValue<'result.submit'>, 'runs' | 'values' | 'hashes'>,
): readonly SubmittedRun[] | null {
  const values = floatsOf(input.values);
  let [at, hashAt] = [0, 0];
  const take = (count: number) => {
    at += count;
    return values.subarray(at - count, at);
  };
  const decoded = input.runs.map(({ run, rows, columns, outcome, checkpoints }) => {
    hashAt += HASH_BYTES * checkpoints;
    const hashes = input.hashes.subarray(hashAt - HASH_BYTES * checkpoints, hashAt);
    const steps = take(rows);
    const named = columns.map((name) => [name, take(rows)] as const);
    return { run, outcome, hashes, series: { steps, columns: Object.fromEntries(named) } };
  });
  return at === values.length && hashAt === input.hashes.length ? decoded : null;
}

const schedules = new WeakMap<ProgramSpec, { rows: number[]; checkpoints: number[] }>();

/** Steps of a whole run, worked out once for each object: every run of every result is held to them. */
function scheduleOf(program: ProgramSpec) {
  const known = schedules.get(program);
  if (known !== undefined) return known;
  const { steps, checkpointEvery } = program;
  const own = { rows: recordedSteps(program), checkpoints: stepsBy(steps, checkpointEvery) };
  schedules.set(program, own);
  return own;
}

/** Steps at which a whole run has a row: 0, every `recordEvery`, and the end. */
export function scheduledSteps(program: ProgramSpec): readonly number[] {
  return scheduleOf(program).rows;
}

/** Steps at which the state of a run is hashed: a diverged run has no state worth keeping. */
export function checkpointSteps(program: ProgramSpec, outcome: RunOutcome): readonly number[] {
  const { checkpoints } = scheduleOf(program);
  return outcome.kind === 'diverged' ? checkpoints.filter((s) => s < outcome.step) : checkpoints;
}

/** A run that runs away is chaotic before it is noticed: so many records before that are not compared. */
const CHAOTIC_RECORDS = 2;

/** Committed steps between which a run can be replayed, and where it diverged. */
export function auditable(
  program: ProgramSpec,
  outcome: RunOutcome,
): { readonly checkpoints: readonly number[]; readonly diverged: number | null } {
  const checkpoints = checkpointSteps(program, outcome);
  if (outcome.kind !== 'diverged') return { checkpoints, diverged: null };
  const calm = outcome.step - CHAOTIC_RECORDS * program.recordEvery;
  return { checkpoints: checkpoints.filter((s) => s === 0 || s <= calm), diverged: outcome.step };
}

/** What is wrong with the result of a shard, in a sentence; null if nothing is. */
export function problemOf(
  program: ProgramSpec,
  expectedRuns: readonly string[],
  submitted: readonly SubmittedRun[] | null,
): string | null {
  if (submitted === null)
    return 'The values or the hashes do not have the length that the runs say.';
  const ids = new Set(submitted.map((r) => r.run));
  if (
    ids.size !== submitted.length ||
    ids.size !== expectedRuns.length ||
    !expectedRuns.every((r) => ids.has(r))
  ) {
    return 'The result does not have exactly the runs of the shard.';
  }
  for (const run of submitted) {
    const problem = problemOfRun(program, run);
    if (problem !== null) return problem;
  }
  return null;
}

function problemOfRun(program: ProgramSpec, run: SubmittedRun): string | null {
  const { series } = run;
  const schedule = scheduledSteps(program);
  const rows = series.steps.length;
  if (rows === 0 || rows > schedule.length || series.steps.some((s, i) => s !== schedule[i])) {
    return 'The recorded steps are not those of the schedule.';
  }
  const columns = columnsOf(program);
  if (
    Object.keys(series.columns).length !== columns.length ||
    columns.some((c) => !(c in series.columns))
  ) {
    return `The columns must be ${columns.join(', ')}.`;
  }
  const all = Object.entries(series.columns);
  const uneven = all.find(([, values]) => values.length !== rows);
  if (uneven !== undefined) return `The column ${uneven[0]} does not have one value a step.`;
  const { outcome, hashes } = run;
  const checkpoints = checkpointSteps(program, outcome);
  if (hashes.length !== HASH_BYTES * checkpoints.length) {
    return `The checkpoint hashes must be ${checkpoints.length}, one for each of the schedule.`;
  }
  if (outcome.kind === 'diverged') {
    return series.steps[rows - 1] === outcome.step
      ? null
      : 'A diverged run must end at its divergence.';
  }
  if (rows !== schedule.length) return 'A completed run must have every recorded step.';
  const broken = all.find(([, values]) => !values.every(Number.isFinite));
  if (broken !== undefined) return `The column ${broken[0]} of a completed run is not finite.`;
  const negative = (series.columns.loss ?? []).some((v) => v < 0);
  return negative ? 'A loss below zero is impossible.' : null;
}

/**
 * What is wrong with how runs that stand on others ended, in a sentence; null if nothing is. Such a run diverges
 * exactly where one of its inputs has no last state: a divergence at its first step has no segment to replay.
 * @param inputs by run; those of runs that train from their seeds are not among them
 */
export function problemOfEnds(
  submitted: readonly Pick<SubmittedRun, 'run' | 'outcome'>[],
  inputs: ReadonlyMap<string, readonly RunInput[]>,
): string | null {
  const wrong = submitted.find(({ run, outcome }) => {
    const own = inputs.get(run);
    const stateless = own?.some(({ sha256 }) => sha256 === null);
    return own !== undefined && stateless !== (outcome.kind === 'diverged');
  });
  return wrong === undefined
    ? null
    : 'A run that stands on others diverges exactly if one of those did.';
}

interface Hashed {
  readonly program: ProgramSpec;
  readonly outcome: RunOutcome | null;
  readonly hashes: Uint8Array | null;
}

/** The checkpoint hashes of a stored run, with their steps; none while it has no result. */
export function hashesOf({ program, outcome, hashes }: Hashed): CheckpointHash[] {
  if (outcome === null || hashes === null) return [];
  return unpackHashes(checkpointSteps(program, outcome), hashes);
}

/** What was committed of one step; null if that is no checkpoint. */
export function hashAt({ program, outcome, hashes }: Hashed, step: number): string | null {
  if (outcome === null || hashes === null) return null;
  const i = checkpointSteps(program, outcome).indexOf(step);
  const own = hashes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES);
  return i < 0 ? null : (unpackHashes([step], own)[0]?.sha256 ?? null);
}
