/**
 * Training, modelled: two linear layers by their exact solution, which carries any state over any
 * time (Saxe et al. 2013, eq. 8). So a segment can be trained from whatever state it starts in, true or
 * forged, and what a replay finds is compared in earnest. Devices of another numeric class than the
 * verifier's end a little aside of it; forgers write down other numbers. A comparison stands on the last
 * states of two such runs, and has one segment.
 */

import { modeStrengths } from '../../compute/analysis/linear-modes.ts';
import type { CheckpointHash } from '../../compute/engines/engine.ts';
import { rowsOfSegment, scalesOf } from '../../compute/engines/replay.ts';
import { HASH_BYTES, packHashes } from '../../compute/engines/result-bytes.ts';
import type { Hyper, LinearSpec } from '../../compute/programs/program.ts';
import { STREAMS, uniformAt } from '../../compute/random.ts';
import type { RunOutcome } from '../../compute/series.ts';
import { MODES } from '../../compute/studies/deep-linear-criteria.ts';
import type { Config } from '../../compute/studies/study.ts';
import type { RequestValue, RunSubmission } from '../../server/protocol.ts';
import type { Observed, Segment, Sizes } from '../../server/trust.ts';
import { type SubmittedRun, scheduledSteps } from '../../server/validate.ts';

export interface SimulatedRun {
  readonly id: string;
  readonly investigation: number;
  readonly cell: number;
  readonly repeat: number;
  readonly seed: number;
  readonly config: Config;
  readonly program: LinearSpec;
  readonly hyper: Hyper;
  /** Recorded step at which its loss runs away; null for most. */
  readonly divergesAt: number | null;
  /** What it compares; empty: it trains from its seed. */
  readonly standsOn: readonly SimulatedRun[];
}

/** A run with the last states of what it stands on, in order; null where that diverged. */
export interface GivenRun extends SimulatedRun {
  readonly inputs: readonly (State | null)[];
}

/** Strengths of the modes: all that there is of a state here. */
export type State = Float32Array;

/**
 * Strengths at step 0, which follow from the run's seed; of a comparison, how alike what it compares was
 * drawn. Null if something of that has no last state: then the comparison diverges there.
 */
export function startOf({ standsOn, inputs, ...run }: GivenRun): State | null {
  if (standsOn.length === 0) return drawn(run);
  return inputs.includes(null) ? null : alike(standsOn.map(drawn));
}

const drawn = ({ seed, cell, hyper }: Pick<SimulatedRun, 'seed' | 'cell' | 'hyper'>): State =>
  new Float32Array(MODES.length).map(
    (_, mode) => hyper.initScale * (0.99 + 0.02 * uniformAt(seed, STREAMS.weights, cell, mode)),
  );

/** What a comparison finds of two networks: by mode, the smaller strength over the larger. */
const alike = ([a, b]: readonly (State | null)[]): State | null =>
  a && b
    ? a.map((x, mode) => Math.min(x, b[mode] ?? 0) / Math.max(x, b[mode] ?? 0, Number.MIN_VALUE))
    : null;

/** The state at step `to` from that at `from`; null if the run diverges on the way. */
export function trained(run: GivenRun, from: number, to: number, start: State): State | null {
  const { divergesAt, hyper, standsOn, inputs } = run;
  if (standsOn.length > 0) return alike(inputs);
  if (divergesAt !== null && from < divergesAt && divergesAt <= to) return null;
  const time = [(to - from) * hyper.learningRate];
  const end = new Float32Array(MODES.length);
  for (const [mode, s] of MODES.entries())
    end[mode] = modeStrengths(2, s, start[mode] ?? Number.NaN, time)[0] ?? Number.NaN;
  return end;
}

const lossOf = (state: State): number =>
  MODES.reduce((sum, s, mode) => sum + 0.5 * (s - (state[mode] ?? 0)) ** 2, 0);

/** What is recorded of a state: the loss, and the strength of every mode. */
const rowOf = (state: State | null): readonly number[] =>
  state === null ? [Number.NaN, ...MODES.map(() => Number.NaN)] : [lossOf(state), ...state];

const COLUMNS = ['loss', ...MODES.map((_, mode) => `mode${mode + 1}`)];

/** 32 bits that tell states apart (FNV-1a, by words), as long as the SHA-256 that they stand for. */
export function digestOf(state: State): string {
  let hash = 0x811c9dc5;
  for (const word of new Uint32Array(state.buffer)) {
    hash = Math.imul(hash ^ word, 0x01000193);
    hash ^= hash >>> 15;
  }
  return (hash >>> 0).toString(16).padStart(2 * HASH_BYTES, '0');
}

/** How a device comes to the end of a segment. */
export interface Maker {
  /** Largest relative deviation of its arithmetic from the verifier's; 0 in the verifier's class. */
  readonly noise: number;
  /** Whether it does not train the segment that ends at this step. */
  skips(run: SimulatedRun, to: number): boolean;
  /** What it writes down instead: a share of every mode's final strength, in (0, 1). */
  invents(run: SimulatedRun, to: number, mode: number): number;
  /** Uniform in (0, 1). */
  uniform(): number;
}

/** A result as it is sent. */
export type Sent = Pick<RequestValue<'result.submit'>, 'runs' | 'values' | 'hashes'>;

/** A result with what its maker keeps and knows. */
export interface Made extends Sent {
  /** Committed states by run and step. */
  readonly states: ReadonlyMap<string, ReadonlyMap<number, State>>;
  /** Runs with a segment that was not trained. */
  readonly forged: ReadonlySet<string>;
  /** Its maker's own segments of those, as `segmentKey` names them. */
  readonly skipped: ReadonlySet<string>;
  /** Runs that were forged up to a step, by its maker or by whom it went on from. */
  forgedBefore(step: number): ReadonlySet<string>;
}

export const segmentKey = ({ run, to }: Pick<Segment, 'run' | 'to'>): string => `${run} ${to}`;

/** What somebody made before, and up to where it is gone on from. */
export interface Prior {
  readonly made: Made;
  readonly to: number;
}

/** Makes the result of a shard, honestly or not; what was made before stays as it is. */
export function makeResult(
  runs: readonly GivenRun[],
  maker: Maker,
  prior: Prior | null = null,
): Made {
  const forged = new Set(prior?.made.forgedBefore(prior.to));
  const skipped = new Set<string>();
  const states = new Map<string, ReadonlyMap<number, State>>();
  const values: number[] = [];
  const hashes: CheckpointHash[] = [];
  const submissions = runs.map((run): RunSubmission => {
    const { outcome, reached, without } = makeRun(run, maker, prior);
    if (without.length > 0) forged.add(run.id);
    for (const to of without) skipped.add(segmentKey({ run: run.id, to }));
    const rows = scheduledSteps(run.program).slice(0, reached.length);
    values.push(...rows);
    const recorded = reached.map(rowOf);
    for (const column of COLUMNS.keys()) for (const row of recorded) values.push(row[column] ?? 0);
    // Every recorded step is a checkpoint here, but for a divergence, which has no state.
    const kept = new Map<number, State>();
    for (const [i, state] of reached.entries()) if (state !== null) kept.set(rows[i] ?? 0, state);
    states.set(run.id, kept);
    hashes.push(...[...kept].map(([step, state]) => ({ step, sha256: digestOf(state) })));
    return { run: run.id, rows: rows.length, columns: COLUMNS, outcome, checkpoints: kept.size };
  });
  return {
    runs: submissions,
    values: new Uint8Array(Float32Array.from(values).buffer),
    hashes: packHashes(hashes),
    states,
    forged,
    skipped,
    forgedBefore(step) {
      const own = [...skipped].filter((key) => Number(key.split(' ')[1]) <= step);
      return new Set([
        ...(prior?.made.forgedBefore(prior.to) ?? []),
        ...own.map((key) => key.split(' ')[0] ?? ''),
      ]);
    },
  };
}

/** The states at the recorded steps (null where it diverged), each a checkpoint here. */
function makeRun(run: GivenRun, maker: Maker, prior: Prior | null) {
  const start = startOf(run);
  const reached: (State | null)[] = [start];
  const steps = scheduledSteps(run.program);
  const without: number[] = [];
  let outcome: RunOutcome = { kind: 'completed' };
  if (start === null) return { outcome: { kind: 'diverged', step: 0 } as const, reached, without };
  const before = prior?.made.states.get(run.id);
  for (const [segment, to] of steps.slice(1).entries()) {
    const from = reached[segment] as State;
    if (prior !== null && to <= prior.to) {
      const state = before?.get(to) ?? null;
      reached.push(state);
      if (state !== null) continue;
      outcome = { kind: 'diverged', step: to };
      break;
    }
    if (maker.skips(run, to)) {
      without.push(to);
      reached.push(from.map((_, m) => (MODES[m] ?? 0) * maker.invents(run, to, m)));
      continue;
    }
    const end = trained(run, steps[segment] ?? 0, to, from);
    // Comparisons are computed on the host, with the same bits everywhere.
    const exact = run.standsOn.length > 0;
    reached.push(end === null || exact ? end : deviating(end, from, maker));
    if (end === null) {
      outcome = { kind: 'diverged', step: to };
      break;
    }
  }
  return { outcome, reached, without };
}

/** Rounding errors of another class: in proportion to how far each mode moved. */
function deviating(end: State, start: State, { noise, uniform }: Maker): State {
  if (noise === 0) return end;
  const size = noise * (2 * uniform() - 1);
  return end.map((a, mode) => a + size * (a - (start[mode] ?? 0)));
}

/** A segment as it was committed, and as the verifier trains it from the state that was shown. */
export interface Comparison {
  readonly claimed: Observed;
  readonly replayed: Observed;
  readonly start: Readonly<Record<string, State>>;
  /** Largest magnitude of each column over the run. */
  readonly sizes: Sizes;
}

/** @param shown states at the ends; the start is null from step 0, the end at a divergence */
export function replay(
  run: GivenRun,
  { from, to }: Segment,
  { series, outcome }: SubmittedRun,
  shown: { readonly start: State | null; readonly end: State | null },
): Comparison {
  const start = shown.start ?? startOf(run);
  // A comparison of what diverged has nothing to start from, and diverges.
  const end = start === null ? null : trained(run, from, to, start);
  const rows = from === 0 ? [rowOf(start), rowOf(end)] : [rowOf(end)];
  const column = (i: number) => Float32Array.from(rows, (row) => row[i] ?? Number.NaN);
  const diverged = outcome.kind === 'diverged' && outcome.step === to ? to : null;
  return {
    claimed: {
      end: shown.end === null ? null : { modes: shown.end },
      rows: rowsOfSegment(series, from, to),
      diverged,
    },
    replayed: {
      end: end === null ? null : { modes: end },
      rows: Object.fromEntries(COLUMNS.map((name, i) => [name, column(i)])),
      diverged: end === null ? to : null,
    },
    start: start === null ? {} : { modes: start },
    sizes: { reach: {}, columns: scalesOf(series) },
  };
}
