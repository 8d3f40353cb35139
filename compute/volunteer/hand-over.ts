/**
 * A shard that takes long is handed over while it is trained: every so often, the last committed states
 * and all that led to them go to the coordinator, with the states that it asks for to verify them. When
 * this volunteer leaves, the next one goes on from there. A shard of the usual half minute never is.
 */
import { carriedOf, SEGMENTS_BETWEEN } from '../engines/carried.ts';
import type { RunState } from '../engines/engine.ts';
import type { Courier, LeasedShard, Trainer } from './parts.ts';
import { showAll } from './send-outbox.ts';

export interface Handover {
  /**
   * Hears of each checkpoint, and of how long the rest takes at this pace; hands over if it is time. Never
   * rejects.
   */
  reached(on: Trainer, states: readonly RunState[], secondsLeft: number | null): Promise<void>;
  /** The shard is about to be handed back: what is worth it goes before. Never rejects. */
  leaving(on: Trainer, states: readonly RunState[]): Promise<void>;
}

export interface HandoverParts {
  readonly courier: Pick<Courier, 'handOver' | 'show'>;
  readonly lease: LeasedShard;
  /** Milliseconds of a monotonic clock. */
  now(): number;
}

/** Of one lease; its clock starts when the training does. */
export function createHandover({ courier, lease, now }: HandoverParts): Handover {
  const { pack, handover, from } = lease;
  let dueAt = now() + handover.everyMs;
  let furthest = from?.step ?? 0;
  const least = SEGMENTS_BETWEEN * pack.program.checkpointEvery;
  let underWay = false;

  async function handOver(on: Trainer, states: readonly RunState[]): Promise<void> {
    const carried = carriedOf(states);
    if (carried === null || carried.step < furthest + least) return;
    const bytes = carried.runs
      .flatMap(({ arrays }) => Object.values(arrays ?? {}))
      .reduce((sum, { byteLength }) => sum + byteLength, 0);
    // The names and lengths of the arrays travel too.
    if (bytes > 0.9 * handover.mostBytes) return;
    dueAt = now() + handover.everyMs;
    const answer = await courier.handOver(lease, on.device, carried);
    if (answer.kind !== 'taken') return;
    furthest = carried.step;
    await showAll({ runs: states, pack }, answer.asks, courier, on.replay);
  }

  async function inTurn(on: Trainer, states: readonly RunState[]): Promise<void> {
    underWay = true;
    // What fails here costs nothing but this handover: the training goes on.
    await handOver(on, states).catch(() => {});
    underWay = false;
  }

  return {
    async reached(on, states, secondsLeft) {
      if (underWay || now() < dueAt) return;
      // Who is nearly there will hardly be missed.
      if (secondsLeft !== null && 1_000 * secondsLeft < handover.everyMs) return;
      await inTurn(on, states);
    },
    async leaving(on, states) {
      // The coordinator takes no two within half the time.
      if (!underWay && now() >= dueAt - handover.everyMs / 2) await inTurn(on, states);
    },
  };
}
