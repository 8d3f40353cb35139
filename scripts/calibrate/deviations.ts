/**
 * How far honest devices of other numeric classes come out from the verifier, segment by segment. The
 * verifier's engine trains every pack; then other ways train the same packs, of runs that stand on others
 * from the very states that the verifier got to; and what they committed is replayed as the verifier does.
 */
import type { Engine, RunState } from '../../compute/engines/engine.ts';
import type { PlannedRun } from '../../compute/engines/pack.ts';
import {
  firstRow,
  reachOf,
  replaySegment,
  rowsOfSegment,
  scalesOf,
} from '../../compute/engines/replay.ts';
import type { Pack } from '../../compute/programs/program.ts';
import { createShelf } from '../../compute/studies/shelf.ts';
import { judge, segmentsOf } from '../../server/trust.ts';
import { checkpointsOf, type Stretch, stretchesOf } from './stretches.ts';

/** A pack, and its runs as they stood when training ended. */
export interface Trained {
  readonly pack: Pack;
  readonly states: readonly RunState[];
}

/** Trains a pack from its seeds, or on from states at one step, until a step at least. */
export type Train = (
  pack: Pack,
  from: readonly RunState[] | undefined,
  until: number,
) => Promise<readonly RunState[]>;

export interface Deviations {
  /** Largest one. Infinite where only one of two ways diverged. */
  readonly worst: number;
  readonly segments: number;
}

export const trainOn =
  (engine: Engine): Train =>
  async (pack, from, until) => {
    const training = await engine.start(pack, from);
    try {
      while (!(await training.advance()) && training.step < until);
      return await training.checkpoint();
    } finally {
      training.dispose();
    }
  };

/** Trains the packs of a grid in order, what stands on others after those. */
export async function trainAll(
  train: Train,
  packs: readonly (readonly PlannedRun[])[],
): Promise<readonly Trained[]> {
  const all: Trained[] = [];
  const shelf = createShelf(packs.flat());
  for (const planned of packs) {
    const pack = shelf.packOf(planned);
    const states = await train(pack, undefined, pack.program.steps);
    shelf.put(planned, states.map(ended));
    all.push({ pack, states });
  }
  return all;
}

function ended({ outcome, ...state }: RunState) {
  if (outcome === null) throw new Error(`The run ${state.id} did not end.`);
  return { ...state, outcome };
}

/**
 * Deviations of what another way makes of the same packs.
 * @param count stretches of each pack that it trains; null: all of it
 */
export async function deviationsOf(
  verifier: Engine,
  train: Train,
  trained: readonly Trained[],
  count: number | null = null,
): Promise<Deviations> {
  const found: number[] = [];
  for (const [nth, { pack, states }] of trained.entries()) {
    for (const stretch of stretchesOf(states, count, nth)) {
      const from = states.flatMap((state) => stateAt(state, stretch.from));
      const runs = pack.runs.filter(({ id }) => from.some((state) => state.id === id));
      const part = { ...pack, runs };
      const made = await train(part, stretch.from === 0 ? undefined : from, stretch.to);
      const sizeOf = scalesIn(states);
      found.push(...(await replayed(verifier, { pack: part, states: made }, stretch, sizeOf)));
    }
  }
  return { worst: found.reduce((a, b) => Math.max(a, b), 0), segments: found.length };
}

/** A run as it stood at a committed step, to go on from there; nothing where it had diverged. */
function stateAt({ id, series, kept = [] }: RunState, step: number): readonly RunState[] {
  const from = { id, step, series: firstRow(series), outcome: null, hashes: [] };
  if (step === 0) return [{ ...from, arrays: {} }];
  const state = kept.find((k) => k.step === step);
  return state === undefined ? [] : [{ ...from, arrays: state.arrays, kept: [state] }];
}

type Scales = (id: string) => ReturnType<typeof scalesOf>;

/** Largest magnitudes over the whole run: of a stretch alone they would be smaller. */
const scalesIn =
  (states: readonly RunState[]): Scales =>
  (id) =>
    scalesOf(states.find((s) => s.id === id)?.series ?? { steps: new Float32Array(), columns: {} });

/** Deviations of the segments of a stretch, as the verifier finds them. */
async function replayed(
  verifier: Engine,
  { pack, states }: Trained,
  stretch: Stretch,
  sizeOf: Scales,
): Promise<readonly number[]> {
  const found: number[] = [];
  for (const state of states) {
    const { id, series, outcome, kept = [] } = state;
    const run = pack.runs.find((r) => r.id === id);
    if (run === undefined) throw new Error(`The pack has no run ${id}.`);
    const checkpoints = checkpointsOf(state).filter((s) => s >= stretch.from && s <= stretch.to);
    for (const { from, to } of segmentsOf({ run: id, checkpoints, diverged: null })) {
      const order = { program: pack.program, run, first: firstRow(series), to };
      const start = kept.find((k) => k.step === from) ?? null;
      const replay = await replaySegment(verifier, { ...order, from: start });
      const claimed = {
        end: kept.find((k) => k.step === to)?.arrays ?? null,
        rows: rowsOfSegment(series, from, to),
        diverged: outcome?.kind === 'diverged' && outcome.step === to ? to : null,
      };
      const sizes = { columns: sizeOf(id), reach: reachOf(pack.program, run.hyper, to) };
      found.push(judge(claimed, replay, replay.start, 0, sizes).deviation);
    }
  }
  return found;
}
