/**
 * The cheap checks of what is handed over: exactly what the program demands up to a committed step, with
 * states that have the hashes they were committed by; and the digest by which a later handover or a result
 * is known to go on from it.
 */
import { createHash } from 'node:crypto';
import { type Carried, type CarriedRun, upTo } from '../compute/engines/carried.ts';
import { HASH_BYTES, packHashes } from '../compute/engines/result-bytes.ts';
import { hashOf } from '../compute/engines/state-bytes.ts';
import { columnsOf, type ProgramSpec } from '../compute/programs/program.ts';
import type { RunOutcome, Series } from '../compute/series.ts';
import type { Committed } from './trust.ts';
import {
  auditable,
  bytesOf,
  checkpointSteps,
  type SubmittedRun,
  scheduledSteps,
} from './validate.ts';

/** What is wrong with it, in a sentence; null if nothing is. */
export function problemOfCarried(
  program: ProgramSpec,
  expectedRuns: readonly string[],
  carried: Carried,
): string | null {
  const { step, runs } = carried;
  const ids = new Set(runs.map(({ id }) => id));
  if (ids.size !== runs.length || ids.size !== expectedRuns.length) return OTHER_RUNS;
  if (!expectedRuns.every((id) => ids.has(id))) return OTHER_RUNS;
  if (step >= program.steps || !checkpointSteps(program, COMPLETED).includes(step))
    return 'A shard is handed over at a checkpoint between its start and its end.';
  if (runs.every(({ diverged }) => diverged !== null))
    return 'Every run has diverged: that is a result, and nothing to hand over.';
  for (const run of runs) {
    const problem = problemOfRun(program, run, step);
    if (problem !== null) return problem;
  }
  // One of them is replayed to its end: none is of another shape.
  const shapes = new Set(runs.flatMap(({ arrays }) => (arrays === null ? [] : [shapeOf(arrays)])));
  return shapes.size === 1 ? null : 'The states of the runs are not of one shape.';
}

const OTHER_RUNS = 'What is handed over does not have exactly the runs of the shard.';
const COMPLETED: RunOutcome = { kind: 'completed' };

function problemOfRun(program: ProgramSpec, run: CarriedRun, step: number): string | null {
  const { series, diverged, hashes, arrays } = run;
  const end = diverged ?? step;
  if (end > step) return 'A run cannot have diverged after the step that is handed over.';
  const due = scheduledSteps(program).filter((s) => s <= end);
  if (due.length !== series.steps.length || due.some((s, i) => s !== series.steps[i]))
    return 'The recorded steps are not those of the schedule.';
  if (diverged !== null && due.at(-1) !== diverged)
    return 'A diverged run must end at its divergence.';
  const columns = columnsOf(program);
  const named = Object.entries(series.columns);
  if (named.length !== columns.length || columns.some((c) => !(c in series.columns)))
    return `The columns must be ${columns.join(', ')}.`;
  const broken = named.find(([, values]) => !values.every(Number.isFinite));
  if (diverged === null && broken !== undefined)
    return `The column ${broken[0]} of a run that trains is not finite.`;
  const committed = checkpointSteps(program, outcomeOf(diverged)).filter((s) => s <= step);
  if (committed.length !== hashes.length)
    return `The checkpoint hashes must be ${committed.length}, one for each of the schedule.`;
  if (diverged !== null)
    return arrays === null ? null : 'A run that diverged has no state to go on from.';
  if (arrays === null || hashOf(arrays, createHash('sha256')) !== hashes.at(-1)?.sha256)
    return 'The states are not those that were committed last.';
  return Object.values(arrays).every((array) => array.every(Number.isFinite))
    ? null
    : 'A state of a run that trains is not finite.';
}

const shapeOf = (arrays: NonNullable<CarriedRun['arrays']>): string =>
  JSON.stringify(
    Object.keys(arrays)
      .sort()
      .map((name) => [name, arrays[name]?.length]),
  );

const outcomeOf = (diverged: number | null): RunOutcome =>
  diverged === null ? COMPLETED : { kind: 'diverged', step: diverged };

/** What is compared of a run. */
export interface Prefix {
  readonly id: string;
  readonly series: Series;
  /** 32 bytes each. */
  readonly hashes: Uint8Array;
}

export const prefixesOf = ({ runs }: Carried): Prefix[] =>
  runs.map(({ id, series, hashes }) => ({ id, series, hashes: packHashes(hashes) }));

export const prefixesOfResult = (runs: readonly SubmittedRun[]): Prefix[] =>
  runs.map(({ run, series, hashes }) => ({ id: run, series, hashes }));

/**
 * SHA-256 (hex) of all that these runs committed and recorded up to a step: equal where one goes on from
 * the other. A NaN is one, whatever its bits.
 */
export function digestOf(program: ProgramSpec, step: number, runs: readonly Prefix[]): string {
  const digest = createHash('sha256');
  const committed = checkpointSteps(program, COMPLETED).filter((s) => s <= step).length;
  for (const { id, series, hashes } of [...runs].sort((a, b) => (a.id < b.id ? -1 : 1))) {
    const own = hashes.subarray(0, HASH_BYTES * committed);
    const { steps, columns } = upTo(series, step);
    digest
      .update(JSON.stringify([id, own.length, steps.length]))
      .update(own)
      .update(bytesOf(steps));
    for (const name of columnsOf(program)) {
      const values = columns[name] ?? new Float32Array();
      digest.update(bytesOf(values.map((v) => (Number.isNaN(v) ? Number.NaN : v))));
    }
  }
  return digest.digest('hex');
}

/** What is wrong with a result that does not go on from where it says that it began; null if it does. */
export function problemOfStart(
  program: ProgramSpec,
  runs: readonly Prefix[],
  start: { readonly toStep: number; readonly digest: string } | null,
): string | null {
  if (start === null || digestOf(program, start.toStep, runs) === start.digest) return null;
  return `It does not go on from what was handed over at step ${start.toStep}: rows or hashes before that differ.`;
}

/**
 * What can be drawn of runs after a step up to which they were verified (0: the seeds), up to another:
 * nothing of a run that had diverged by then. What else is said of a run stays with it.
 */
export function committedBetween<
  Run extends { readonly id: string; readonly diverged: number | null },
>(
  program: ProgramSpec,
  runs: readonly Run[],
  from: number,
  to: number = program.steps,
): (Run & Committed)[] {
  return runs.flatMap((one) => {
    const { id, diverged } = one;
    if (from > 0 && diverged !== null && diverged <= from) return [];
    const all = auditable(program, outcomeOf(diverged));
    const own = all.checkpoints.filter((s) => s > from && s <= to);
    return [{ ...one, run: id, checkpoints: [from, ...own], diverged: all.diverged }];
  });
}
