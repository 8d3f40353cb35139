/**
 * The volunteer's loop: lease → train → submit, again and again, with pause, stop and a kept result
 * for every answer that did not arrive. It knows no socket, worker or browser: they come in as a
 * `Courier` (the coordinator), a `Trainer` (where packs are trained) and an `Outbox` (what survives
 * a closed tab).
 *
 * Invariant: a finished result is in the outbox before it is sent, and leaves it only when the
 * coordinator has answered for it, accepted or refused for good. So a result is never lost between
 * the last training step and the acknowledgement; sending it twice is harmless, because the
 * coordinator counts by attempt.
 */
import type { DeviceInfo, RunResult } from '../engines/engine.ts';
import type { Pack } from '../programs/program.ts';
import type { Tally, VolunteerState } from './state.ts';

/** What the coordinator leased: the pack, and who it is for. */
export interface LeasedShard {
  readonly shard: string;
  readonly attempt: number;
  readonly pack: Pack;
}

/** A finished shard that waits for its acknowledgement. */
export interface KeptResult {
  readonly shard: string;
  readonly attempt: number;
  readonly device: DeviceInfo;
  readonly runs: readonly RunResult[];
}

/** `offline`: no answer, try again when the connection is back. */
export type LeaseAnswer =
  | { readonly kind: 'lease'; readonly lease: LeasedShard }
  | { readonly kind: 'none'; readonly why: string; readonly retryInMs: number }
  | { readonly kind: 'offline' };
export type ProgressAnswer = 'go-on' | 'lost' | 'offline';
export type SubmitAnswer =
  | { readonly kind: 'counted' }
  | { readonly kind: 'not-counted'; readonly why: string }
  | { readonly kind: 'offline' };

export interface Courier {
  lease(device: DeviceInfo): Promise<LeaseAnswer>;
  progress(lease: LeasedShard, done: number): Promise<ProgressAnswer>;
  release(
    lease: LeasedShard,
    reason: 'stopped' | 'hidden' | 'failed',
    detail?: string,
  ): Promise<void>;
  submit(result: KeptResult): Promise<SubmitAnswer>;
  /** Resolves when the coordinator can be reached (at once if it can), or when `signal` aborts. */
  online(signal: AbortSignal): Promise<void>;
}

export type TrainAnswer =
  | { readonly kind: 'finished'; readonly runs: readonly RunResult[] }
  /** Told to stop before the end. */
  | { readonly kind: 'stopped' };

export interface Trainer {
  readonly device: DeviceInfo;
  /** Trains a pack; `onProgress` gets run-steps done; stops soon after `signal` aborts. */
  train(pack: Pack, onProgress: (done: number) => void, signal: AbortSignal): Promise<TrainAnswer>;
  dispose(): void;
}

export interface Outbox {
  put(result: KeptResult): Promise<void>;
  all(): Promise<readonly KeptResult[]>;
  remove(shard: string, attempt: number): Promise<void>;
}

export interface VolunteerParts {
  readonly courier: Courier;
  readonly outbox: Outbox;
  /** Opens the engine; called when the volunteer starts and again after a trainer failed. */
  openTrainer(): Promise<Trainer>;
  /** Waits, or resolves early when `signal` aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** Milliseconds of a monotonic clock. */
  now(): number;
  onState(state: VolunteerState): void;
}

export interface Volunteer {
  start(): void;
  /** Stops at the next record and hands the shard back; `resume` asks for work again. */
  pause(cause: 'person' | 'hidden'): void;
  /** Asks for work again; a tab shown again (`hidden`) does not undo a person's pause. */
  resume(cause: 'person' | 'hidden'): void;
  /** As pause, and the engine is put away. */
  stop(): void;
  /** Resolves when the loop has ended after `stop` (or never started). */
  readonly settled: Promise<void>;
}

type Wish = 'work' | 'pause-person' | 'pause-hidden' | 'stop';

/** A device that failed so many shards in a row stops by itself: something is wrong with it. */
const MAX_FAILURES = 3;
const PROGRESS_EVERY_MS = 2_000;

/** Makes a volunteer that does nothing until `start`. One sitting: after `stop`, make a new one. */
export function createVolunteer(parts: VolunteerParts): Volunteer {
  let wish: Wish = 'work';
  let wake = new AbortController();
  let tally: Tally = { shards: 0, runs: 0, unsent: 0 };
  let running: Promise<void> | null = null;
  let lastFailure = '';

  const change = (next: Wish) => {
    if (wish === 'stop' || wish === next) return;
    wish = next;
    wake.abort();
    wake = new AbortController();
  };

  return {
    start() {
      running ??= loop();
    },
    pause: (cause) => {
      // A person's pause outranks the tab's: showing the tab again must not undo it.
      if (wish !== 'pause-person') change(cause === 'person' ? 'pause-person' : 'pause-hidden');
    },
    resume: (cause) => {
      if (cause === 'person' || wish === 'pause-hidden') change('work');
    },
    stop: () => change('stop'),
    get settled() {
      return running ?? Promise.resolve();
    },
  };

  async function loop(): Promise<void> {
    parts.onState({ kind: 'starting', tally });
    let trainer: Trainer | null = null;
    let failures = 0;
    try {
      while (currentWish() !== 'stop') {
        trainer ??= await parts.openTrainer();
        await sendKept();
        if (currentWish() !== 'work') {
          await rest(trainer);
          continue;
        }
        const outcome = await oneShard(trainer);
        if (outcome !== 'failed') {
          failures = 0;
          continue;
        }
        failures += 1;
        trainer.dispose();
        trainer = null;
        if (failures >= MAX_FAILURES) {
          throw new Error(`Training failed ${failures} times in a row. ${lastFailure}`);
        }
      }
      parts.onState({ kind: 'off', tally });
    } catch (error) {
      parts.onState({ kind: 'failed', tally, message: messageOf(error) });
    } finally {
      trainer?.dispose();
    }
  }

  /** Read through a function: the wish changes between awaits, which narrowing cannot know. */
  function currentWish(): Wish {
    return wish;
  }

  async function rest(trainer: Trainer): Promise<void> {
    const now = currentWish();
    if (now === 'stop' || now === 'work') return;
    const cause = now === 'pause-hidden' ? 'hidden' : 'person';
    parts.onState({ kind: 'paused', device: trainer.device, tally, cause });
    await parts.sleep(Number.POSITIVE_INFINITY, wake.signal);
  }

  async function oneShard(trainer: Trainer): Promise<'done' | 'waited' | 'failed'> {
    const { device } = trainer;
    const answer = await parts.courier.lease(device);
    if (answer.kind === 'offline') {
      const why = 'The coordinator cannot be reached; this goes on by itself when it is back.';
      parts.onState({ kind: 'waiting', device, tally, why });
      await parts.courier.online(wake.signal);
      return 'waited';
    }
    if (answer.kind === 'none') {
      parts.onState({ kind: 'waiting', device, tally, why: answer.why });
      await parts.sleep(answer.retryInMs, wake.signal);
      return 'waited';
    }
    return await train(trainer, answer.lease);
  }

  async function train(trainer: Trainer, lease: LeasedShard): Promise<'done' | 'failed'> {
    const { device } = trainer;
    const { shard, pack } = lease;
    const total = pack.program.steps * pack.runs.length;
    const startedAt = parts.now();
    let reportedAt = startedAt;
    let lost = false;
    const halt = new AbortController();
    const haltSoon = () => halt.abort();
    const wakeSignal = wake.signal;
    wakeSignal.addEventListener('abort', haltSoon, { once: true });
    if (currentWish() !== 'work') halt.abort();

    const show = (done: number) => {
      const seconds = (parts.now() - startedAt) / 1000;
      const secondsLeft = done > 0 ? (seconds / done) * (total - done) : null;
      const runs = pack.runs.length;
      parts.onState({ kind: 'working', device, tally, shard, runs, done, total, secondsLeft });
    };
    show(0);
    const onProgress = (done: number) => {
      show(done);
      if (parts.now() - reportedAt < PROGRESS_EVERY_MS) return;
      reportedAt = parts.now();
      void parts.courier.progress(lease, done).then((reply) => {
        if (reply !== 'lost') return;
        lost = true;
        halt.abort();
      });
    };

    try {
      const answer = await trainer.train(pack, onProgress, halt.signal);
      if (answer.kind === 'finished') {
        await parts.outbox.put({ shard, attempt: lease.attempt, device, runs: answer.runs });
        await sendKept();
      } else if (!lost) {
        const reason = currentWish() === 'pause-hidden' ? 'hidden' : 'stopped';
        await parts.courier.release(lease, reason);
      }
      return 'done';
    } catch (error) {
      lastFailure = messageOf(error);
      await parts.courier.release(lease, 'failed', lastFailure);
      return 'failed';
    } finally {
      wakeSignal.removeEventListener('abort', haltSoon);
    }
  }

  /** Sends what is kept; what gets no answer stays for the next time. */
  async function sendKept(): Promise<void> {
    await sendOutbox(parts.outbox, parts.courier, (kept) => {
      tally = { ...tally, shards: tally.shards + 1, runs: tally.runs + kept.runs.length };
    });
    tally = { ...tally, unsent: (await parts.outbox.all()).length };
  }
}

/**
 * Sends every kept result once and forgets those that were answered for, calling `onCounted` for
 * each that counts. Stops at the first that gets no answer: the others would get none either.
 */
export async function sendOutbox(
  outbox: Outbox,
  courier: Courier,
  onCounted: (kept: KeptResult) => void = () => {},
): Promise<void> {
  for (const kept of await outbox.all()) {
    const answer = await courier.submit(kept);
    if (answer.kind === 'offline') return;
    await outbox.remove(kept.shard, kept.attempt);
    if (answer.kind === 'counted') onCounted(kept);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
