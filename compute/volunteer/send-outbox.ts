/**
 * What is kept goes to the coordinator: results, and the committed states that it asks for to have them
 * replayed. States that are no longer at hand are trained again, from the last one before that is; what
 * does not come out as it was committed is not shown, and its result then leaves.
 */
import type { Checkpoint, RunResult } from '../engines/engine.ts';
import { firstRow, type Replayed, type ReplayOrder } from '../engines/replay.ts';
import { hashOf, packState } from '../engines/state-bytes.ts';
import type { Pack } from '../programs/program.ts';
import type { Ask, Courier, KeptResult, Outbox, ShownStates } from './parts.ts';

/** States that are shown in one message, if each by itself is not larger. */
const MOST_BYTES = 4_000_000;
const MOST_ASKS = 64;

/** What states are shown of: a result, or a pack in training. */
export interface Shown {
  readonly runs: readonly Pick<RunResult, 'id' | 'series' | 'hashes' | 'kept'>[];
  readonly pack?: Pack;
}

export interface Sending {
  /** Trains a part of a run again on this device; without it, only what is kept is shown. */
  readonly replay?: ((order: ReplayOrder) => Promise<Replayed>) | undefined;
  /** Hears of each result that counts and was asked no more for. */
  readonly onCounted?: (kept: KeptResult) => void;
}

/**
 * Sends every kept result once, shows what is asked for, and forgets those that were answered for.
 * Stops at the first that gets no answer: the others would get none either.
 */
export async function sendOutbox(
  outbox: Outbox,
  courier: Courier,
  { replay, onCounted }: Sending = {},
): Promise<void> {
  for (const kept of await outbox.all()) {
    const answer = await courier.submit(kept);
    if (answer.kind === 'offline') return;
    const asks = answer.kind === 'counted' ? answer.asks : [];
    const shown = await showAll(kept, asks, courier, replay);
    if (shown === 'offline') return;
    if (shown === 'later') continue;
    await outbox.remove(kept.shard, kept.attempt);
    if (answer.kind === 'counted') onCounted?.(kept);
  }
}

/** Shows what is asked for. `later`: some of it must be trained again, and there is nothing here to do so. */
export async function showAll(
  kept: Shown,
  asks: readonly Ask[],
  courier: Pick<Courier, 'show'>,
  replay: Sending['replay'],
): Promise<'done' | 'offline' | 'later'> {
  let together: ShownStates[] = [];
  let bytes = 0;
  for (const ask of asks) {
    const start = await committed(kept, ask, ask.from, replay);
    const end = await committed(kept, ask, ask.to, replay);
    if (start === 'later' || end === 'later') return 'later';
    const own = (start?.byteLength ?? 0) + (end?.byteLength ?? 0);
    if (together.length > 0 && (bytes + own > MOST_BYTES || together.length >= MOST_ASKS)) {
      if ((await courier.show(together)) === 'offline') return 'offline';
      [together, bytes] = [[], 0];
    }
    together.push({ ask, start, end });
    bytes += own;
  }
  return together.length === 0 ? 'done' : await courier.show(together);
}

/**
 * The state that was committed at a step, as bytes; null if none was, or it does not come out again.
 * `later`: it must be trained again, and there is nothing here to train with.
 */
async function committed(
  { runs, pack }: Shown,
  ask: Ask,
  step: number,
  replay: Sending['replay'],
): Promise<Uint8Array<ArrayBuffer> | null | 'later'> {
  const result = runs.find(({ id }) => id === ask.run);
  const hash = result?.hashes.find((h) => h.step === step)?.sha256;
  // At step 0 the state follows from the seed: nobody asks for it.
  if (result === undefined || hash === undefined || step === 0) return null;
  const state = result.kept?.find((k) => k.step === step)?.arrays;
  if (state !== undefined) return packState(state);
  const run = pack?.runs.find(({ id }) => id === ask.run);
  if (pack === undefined || run === undefined) return null;
  if (replay === undefined) return 'later';
  const { end } = await replay({
    ...{ program: pack.program, run, to: step },
    ...{ from: lastBefore(result, step), first: firstRow(result.series) },
  });
  return end !== null && hashOf(end) === hash ? packState(end) : null;
}

function lastBefore({ kept = [] }: Pick<RunResult, 'kept'>, step: number): Checkpoint | null {
  return kept.filter((k) => k.step < step).at(-1) ?? null;
}
