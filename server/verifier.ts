/**
 * The coordinator's own verifier: takes segments whose states are there, has them replayed in a
 * thread, and settles what `trust.ts` says of them. What is inconclusive is replayed a second time
 * another way, and the nearer of the two counts. Any number of coordinators share the segments.
 */
import { isExact } from '../compute/engines/canary.ts';
import {
  firstRow,
  type Replayed,
  type ReplayOrder,
  reachOf,
  rowsOfSegment,
  scalesOf,
} from '../compute/engines/replay.ts';
import { unpackState } from '../compute/engines/state-bytes.ts';
import { inputsOf } from '../compute/programs/program.ts';
import type { Database } from '../db/open.ts';
import { auditKey } from './audit-rows.ts';
import { recordOf } from './fold.ts';
import { stateByHash } from './last-states.ts';
import type { FromReplay, ToReplay, Way } from './replay.worker.ts';
import { type Replay, settleReplay, takeReplay } from './replays.ts';
import { inputsAmong } from './stages.ts';
import { openThread, type Thread } from './thread.ts';
import { type Judgement, judge, stateDeviation } from './trust.ts';

export interface Verifier {
  dispose(): Promise<void>;
}

export interface VerifierParts {
  readonly db: Database;
  /** Who replays, on record with each segment. */
  readonly name: string;
  /** Hears of the rooms that see what was settled. */
  readonly onSettled: (rooms: readonly string[]) => void;
  readonly onError: (error: unknown) => void;
}

/** Without a segment to replay, it looks again so often. */
const LOOK_EVERY_MS = 1_000;
/** A segment whose replay failed so often (not: was found wrong) is inconclusive. */
const MAX_FAILURES = 3;

export function createVerifier({ db, name, onSettled, onError }: VerifierParts): Verifier {
  let over = false;
  let thread: Thread<ToReplay, FromReplay> | null = null;
  let wakeUp = () => {};
  const failures = new Map<string, number>();
  const running = loop();

  async function loop(): Promise<void> {
    while (!over) {
      try {
        const replay = await takeReplay(db, name, Date.now());
        if (replay === null) await pause();
        else await settle(replay);
      } catch (error) {
        if (over) return;
        onError(error);
        await pause();
      }
    }
  }

  function pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, LOOK_EVERY_MS);
      wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
      if (over) wakeUp();
    });
  }

  async function settle(replay: Replay): Promise<void> {
    const id = `${auditKey(replay)}/${replay.segment}`;
    const judgement = await judged(replay).catch((error: unknown) => {
      // A thread that fails starts anew; the segment waits for its turn again.
      thread?.dispose();
      thread = null;
      const count = (failures.get(id) ?? 0) + 1;
      failures.set(id, count);
      if (count < MAX_FAILURES) throw error;
      onError(error);
      return { verdict: 'inconclusive', deviation: Number.POSITIVE_INFINITY } satisfies Judgement;
    });
    if (over) return;
    failures.delete(id);
    onSettled(await settleReplay(db, replay, judgement, name));
  }

  async function judged(replay: Replay): Promise<Judgement> {
    const own = await replayed(replay, 'generated');
    const first = judgedBy(replay, own.replayed);
    const { numericClass } = replay.run.report ?? {};
    if (numericClass === own.numericClass && isExact(own.numericClass)) {
      // The very same weights are due: what is merely near was not computed as it says.
      const { judgement } = first;
      const near = judgement.verdict === 'valid' && !first.sameState;
      return near ? { ...judgement, verdict: 'inconclusive' } : judgement;
    }
    if (first.judgement.verdict !== 'inconclusive') return first.judgement;
    const second = judgedBy(replay, (await replayed(replay, 'products')).replayed);
    return second.judgement.deviation < first.judgement.deviation
      ? second.judgement
      : first.judgement;
  }

  async function replayed(replay: Replay, way: Way): Promise<FromReplay> {
    const order = await withInputs(db, orderOf(replay));
    thread ??= openThread(new URL('./replay.thread.mjs', import.meta.url), 'The verifier’s thread');
    return await thread.ask({ order, way });
  }

  return {
    async dispose() {
      over = true;
      wakeUp();
      thread?.dispose();
      await running;
    },
  };
}

/** The run as it was submitted. */
function seriesOf({ run }: Replay) {
  const record = recordOf(run, {});
  if (record === null) throw new Error(`The run ${run.id} has no result.`);
  return record;
}

function orderOf(replay: Replay): ReplayOrder {
  const { program, seed, hyper, id } = replay.run;
  const arrays = replay.start === null ? null : unpackState(replay.start);
  return {
    ...{ program, run: { id, seed, hyper }, to: endOf(replay) },
    from: arrays === null ? null : { step: replay.from, arrays },
    first: firstRow(seriesOf(replay).series),
  };
}

/** The order with what its run stands on, and the states of that. */
async function withInputs(db: Database, order: ReplayOrder): Promise<ReplayOrder> {
  if (inputsOf(order.program).length === 0) return order;
  const inputs = (await inputsAmong(db, [order.run.id])).get(order.run.id) ?? [];
  const given = await Promise.all(
    inputs.map(async (input) => {
      const bytes = input.sha256 === null ? null : await stateByHash(db, input.sha256);
      return { ...input, state: (bytes && unpackState(bytes)) ?? undefined };
    }),
  );
  return { ...order, run: { ...order.run, inputs: given } };
}

/** Where the replay ends: a divergence may be noticed a little later elsewhere. */
function endOf({ to, run }: Replay): number {
  const { steps, recordEvery } = run.program;
  return hasDiverged(run, to) ? Math.min(steps, to + 2 * recordEvery) : to;
}

const hasDiverged = ({ outcome }: Replay['run'], at: number): boolean =>
  outcome?.kind === 'diverged' && outcome.step === at;

/** What is said of it, and whether the state at its end has the very bits of the replay. */
function judgedBy(
  replay: Replay,
  { start, ...replayed }: Replayed,
): { readonly judgement: Judgement; readonly sameState: boolean } {
  const { from, to, tolerance } = replay;
  const { series } = seriesOf(replay);
  const rows = rowsOfSegment(series, from, to);
  const diverged = hasDiverged(replay.run, to) ? to : null;
  const end = replay.end === null ? null : unpackState(replay.end);
  const sizes = {
    columns: scalesOf(series),
    reach: reachOf(replay.run.program, replay.run.hyper, to),
  };
  return {
    judgement: judge({ end, rows, diverged }, replayed, start, tolerance, sizes),
    sameState: end === null || stateDeviation(end, replayed.end, start, {}) === 0,
  };
}
