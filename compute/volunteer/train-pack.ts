/**
 * One pack trained slice by slice, politely: it gives way between slices, rests for the share of the
 * time that the volunteer wants to keep, stops between two slices, and gives out checkpoints from
 * which a lost device or a crashed worker goes on.
 */
import type { Engine, RunResult, RunState, Training } from '../engines/engine.ts';
import type { Pack } from '../programs/program.ts';

/** A checkpoint at least so many milliseconds after the last one … */
const CHECKPOINT_EVERY_MS = 5_000;
/** … and so many times what it took: reading states out is to cost at most about 1%. */
const CHECKPOINT_COST = 100;

/** A computer that slept for an hour has not earned an hour without rests. */
const MOST_AHEAD_MS = 50;

export type TrainAnswer =
  | { readonly kind: 'finished'; readonly runs: readonly RunResult[] }
  /** Told to stop before the end; the states to go on from. */
  | { readonly kind: 'stopped'; readonly states: readonly RunState[] };

export interface TrainOrder {
  readonly pack: Pack;
  /** Where to go on; null: from the seeds. */
  readonly from: readonly RunState[] | null;
  /** Run-steps done, and how it is computed, in words. */
  onProgress(done: number, how: string): void;
  onCheckpoint(states: readonly RunState[]): void;
  /** Aborted: stop after this slice. */
  readonly signal: AbortSignal;
}

export interface TrainHost {
  /** Share of the time to compute, above 0 and at most 1; read after every slice. */
  share(): number;
  /** Milliseconds of a monotonic clock. */
  now(): number;
  /** Lets messages in: `stop` is one, and would never be read otherwise. */
  turn(): Promise<void>;
  /** Waits, or resolves early when `signal` aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** Trains a pack to its end, or until it is told to stop. Rejects if the device is lost. */
export async function trainPack(
  engine: Engine,
  order: TrainOrder,
  host: TrainHost,
): Promise<TrainAnswer> {
  const { pack, from, signal } = order;
  const lost = engine.lost.then((why) => {
    throw new Error(why);
  });
  lost.catch(() => {});
  const training = await Promise.race([engine.start(pack, from ?? undefined), lost]);
  try {
    return await Promise.race([toTheEnd(training), lost]);
  } finally {
    training.dispose();
  }

  async function toTheEnd(training: Training): Promise<TrainAnswer> {
    let checkpointAt = host.now() + CHECKPOINT_EVERY_MS;
    let owed = 0;
    while (!signal.aborted) {
      const startedAt = host.now();
      const finished = await training.advance();
      order.onProgress(training.step * pack.runs.length, training.how);
      if (finished) return { kind: 'finished', runs: training.results() };
      const stepped = host.now();
      if (stepped >= checkpointAt) {
        order.onCheckpoint(await training.checkpoint());
        const cost = host.now() - stepped;
        checkpointAt = host.now() + Math.max(CHECKPOINT_EVERY_MS, CHECKPOINT_COST * cost);
      }
      const restAt = host.now();
      owed += (restAt - startedAt) * (1 / host.share() - 1);
      await (owed >= 1 ? host.sleep(owed, signal) : host.turn());
      // Timers are inexact: what was rested too little or too much counts next time.
      owed = Math.max(-MOST_AHEAD_MS, owed - (host.now() - restAt));
    }
    return { kind: 'stopped', states: await training.checkpoint() };
  }
}
