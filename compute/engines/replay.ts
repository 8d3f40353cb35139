/**
 * A segment of somebody's run trained again: from the state that was committed at its start (or from
 * the seed) to its end, with what was recorded between. What is compared with what is not decided
 * here.
 */
import type { Hyper, Pack, PackedRun, ProgramSpec } from '../programs/program.ts';
import { rateFactor } from '../programs/schedule.ts';
import type { Series } from '../series.ts';
import type { Checkpoint, Engine, RunState } from './engine.ts';

export interface ReplayOrder {
  readonly program: ProgramSpec;
  readonly run: PackedRun;
  /** Committed state at the start; null: from the seed, at step 0. */
  readonly from: Checkpoint | null;
  /** The first recorded row of the run: divergence is measured against its loss. */
  readonly first: Series;
  /** A recorded step: where the segment ends. */
  readonly to: number;
}

export interface Replayed {
  /** Null where it diverged on the way. */
  readonly end: Checkpoint['arrays'] | null;
  /** State at the start, as computed or as given. */
  readonly start: Checkpoint['arrays'];
  /** Recorded after the start, up to the end; from the seed, the start too. */
  readonly rows: Readonly<Record<string, Float32Array>>;
  readonly diverged: number | null;
}

/** Trains the segment. Rejects if the engine cannot train the program. */
export async function replaySegment(engine: Engine, order: ReplayOrder): Promise<Replayed> {
  const { program, run, from, first, to } = order;
  const pack: Pack = { program, runs: [run] };
  const resumed: RunState[] = from === null ? [] : [stateOf(run.id, from, first)];
  const training = await engine.start(pack, from === null ? undefined : resumed);
  try {
    const [start] = await training.checkpoint();
    let finished = false;
    while (training.step < to && !finished) finished = await training.advance();
    const [end] = await training.checkpoint();
    if (start === undefined || end === undefined) throw new Error('The replay has no run.');
    const diverged = end.outcome?.kind === 'diverged' ? end.outcome.step : null;
    return {
      start: start.arrays,
      end: diverged === null ? end.arrays : null,
      rows: rowsOfSegment(end.series, from?.step ?? 0, to),
      diverged,
    };
  } finally {
    training.dispose();
  }
}

function stateOf(id: string, { step, arrays }: Checkpoint, first: Series): RunState {
  return { id, step, arrays, series: first, outcome: null, hashes: [] };
}

/** Values by column of the rows after the start of a segment, up to its end; from the seed, the start too. */
export function rowsOfSegment(
  { steps, columns }: Series,
  from: number,
  upTo: number,
): Readonly<Record<string, Float32Array>> {
  const after = from === 0 ? -1 : from;
  const kept = [...steps.keys()].filter((i) => {
    const step = steps[i] ?? Number.NaN;
    return step > after && step <= upTo;
  });
  const pick = (column: Float32Array) => Float32Array.from(kept, (i) => column[i] ?? Number.NaN);
  return Object.fromEntries(Object.entries(columns).map(([name, c]) => [name, pick(c)]));
}

/** How far one unit of an array will still move another. */
export interface Reach {
  readonly of: string;
  readonly times: number;
}

/**
 * What heavy ball's velocities, by name, will still do to the weights after a step: m moves them by at
 * most m η/(1 − β) in all, where the gradient gives nothing more and the learning rate does not grow.
 * Nothing of Adam's: its steps do not go with the size of what it keeps.
 */
export function reachOf(
  program: ProgramSpec,
  { learningRate, momentum }: Hyper,
  step: number,
): Readonly<Record<string, Reach>> {
  const rates = ratesOf(program, step);
  return Object.fromEntries(
    rates.map((rate, l) => [
      `m${l + 1}`,
      { of: `W${l + 1}`, times: (learningRate * rate) / (1 - momentum) },
    ]),
  );
}

/** Factors on the learning rate at a step, a layer each; none where no velocity is kept. */
function ratesOf(program: ProgramSpec, step: number): readonly number[] {
  switch (program.kind) {
    case 'mlp':
      return program.optimizer === 'adam'
        ? []
        : program.scales.map(
            ({ rate, bias }) => rateFactor(program, step) * Math.max(rate, bias?.rate ?? 0),
          );
    case 'linear':
      return Array.from({ length: program.depth }, () => 1);
    case 'spectrum':
      return [1];
    case 'transformer':
    case 'online':
    case 'comparison':
    case 'denoiser':
    case 'hierarchy':
    case 'statistics':
    case 'classifier':
      return [];
  }
}

/** Largest finite magnitude of each column. */
export function scalesOf({ columns }: Series): Readonly<Record<string, number>> {
  const largest = (values: Float32Array) =>
    values.reduce((most, v) => (Number.isFinite(v) ? Math.max(most, Math.abs(v)) : most), 0);
  return Object.fromEntries(Object.entries(columns).map(([name, c]) => [name, largest(c)]));
}

/** The first row of a series. */
export function firstRow({ steps, columns }: Series): Series {
  const named = Object.entries(columns).map(([name, c]) => [name, c.slice(0, 1)] as const);
  return { steps: steps.slice(0, 1), columns: Object.fromEntries(named) };
}
