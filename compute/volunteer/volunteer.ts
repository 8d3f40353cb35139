/**
 * The volunteer's loop: lease → train → submit, again and again. It knows no socket, worker or
 * browser: they come in as a `Courier` (the coordinator), a `Trainer` (where packs are trained) and
 * an `Outbox` (what survives a closed tab).
 *
 * It computes nearly all the time: the next shard is leased shortly before this one ends, and results
 * are sent while the next one trains. A pause hands everything back and keeps the states; resuming
 * takes the shard up where it was, if nobody else has. So does a new trainer after a lost device.
 *
 * Invariant: a finished result is in the outbox before it is sent, and leaves it only when the
 * coordinator has answered for it, accepted or refused for good, and has been shown the states that it
 * asked for. So a result is never lost between
 * the last training step and the acknowledgement; sending it twice is harmless, because the
 * coordinator counts by attempt.
 */
import { statesFrom } from '../engines/carried.ts';
import type { RunState } from '../engines/engine.ts';
import type { Pack } from '../programs/program.ts';
import { createHandover, type Handover } from './hand-over.ts';
import type { Courier, LeaseAnswer, LeasedShard, Outbox, Trainer } from './parts.ts';
import { sendOutbox } from './send-outbox.ts';
import type { Tally, VolunteerState } from './state.ts';
import type { TrainAnswer } from './train-pack.ts';

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
  /** Stops after this slice and hands the shard back; `resume` takes it up again. */
  pause(cause: 'person' | 'hidden'): void;
  /** Goes on; a tab shown again (`hidden`) does not undo a person's pause. */
  resume(cause: 'person' | 'hidden'): void;
  /** Computes for this share of the time, above 0 and at most 1, from now on. */
  limit(share: number): void;
  /** As pause, and the engine is put away. */
  stop(): void;
  /** Resolves when the loop has ended after `stop` (or never started). */
  readonly settled: Promise<void>;
}

type Wish = 'work' | 'pause-person' | 'pause-hidden' | 'stop';

/** A shard at hand, and how far it is. */
interface Work {
  readonly lease: LeasedShard;
  /** Where to go on; null: from the seeds. */
  states: readonly RunState[] | null;
  /** Seconds of training so far. */
  seconds: number;
  handedBack: boolean;
  readonly handover: Handover;
}

/** A device that failed so often in a row, without a checkpoint between, stops: something is wrong. */
const MAX_FAILURES = 3;
const PROGRESS_EVERY_MS = 2_000;
/** What could not be sent is tried again after so long, whatever is trained meanwhile. */
const RESEND_MS = 3_000;
/** So long before the end of a shard the next one is leased. */
const PREFETCH_SECONDS = 5;

/** Makes a volunteer that does nothing until `start`. One sitting: after `stop`, make a new one. */
export function createVolunteer(parts: VolunteerParts): Volunteer {
  const { courier } = parts;
  let wish: Wish = 'work';
  let wake = new AbortController();
  let tally: Tally = { shards: 0, runs: 0, unsent: 0 };
  let running: Promise<void> | null = null;
  let share = 1;
  let trainer: Trainer | null = null;
  let work: Work | null = null;
  let next: Promise<LeaseAnswer> | null = null;
  let sending: Promise<void> = Promise.resolve();
  let resending = false;
  let broken: { readonly error: unknown } | null = null;

  const change = (wanted: Wish) => {
    if (wish === 'stop' || wish === wanted) return;
    wish = wanted;
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
    limit: (wanted) => {
      share = wanted;
      trainer?.limit(wanted);
    },
    stop: () => change('stop'),
    get settled() {
      return running ?? Promise.resolve();
    },
  };

  async function loop(): Promise<void> {
    parts.onState({ kind: 'starting', tally });
    let failures = 0;
    try {
      await send();
      while (currentWish() !== 'stop') {
        if (broken !== null) throw broken.error;
        if (currentWish() !== 'work') {
          await rest();
          continue;
        }
        trainer ??= await openTrainer();
        work = await workFor(trainer);
        if (work === null || currentWish() !== 'work') continue;
        const before = work.states;
        const failure = await train(trainer, work);
        if (failure === null) {
          failures = 0;
          continue;
        }
        failures = work.states === before ? failures + 1 : 1;
        trainer.dispose();
        trainer = null;
        if (failures < MAX_FAILURES) continue;
        await courier.release(work.lease, 'failed', failure);
        work = null;
        throw new Error(`Training failed ${failures} times in a row. ${failure}`);
      }
      await handBack('stopped');
      await send();
      parts.onState({ kind: 'off', tally });
    } catch (error) {
      await handBack('failed');
      parts.onState({ kind: 'failed', tally, message: messageOf(error) });
    } finally {
      trainer?.dispose();
    }
  }

  /** Read through a function: the wish changes between awaits, which narrowing cannot know. */
  function currentWish(): Wish {
    return wish;
  }

  async function openTrainer(): Promise<Trainer> {
    const opened = await parts.openTrainer();
    opened.limit(share);
    return opened;
  }

  async function rest(): Promise<void> {
    const now = currentWish();
    const cause = now === 'pause-hidden' ? 'hidden' : 'person';
    parts.onState({ kind: 'paused', device: trainer?.device ?? null, tally, cause });
    await handBack(cause === 'hidden' ? 'hidden' : 'stopped');
    if (currentWish() === now) await parts.sleep(Number.POSITIVE_INFINITY, wake.signal);
  }

  /** Lets go of the shard at hand, whose states stay, and of the next. */
  async function handBack(reason: 'stopped' | 'hidden' | 'failed'): Promise<void> {
    const ahead = await next;
    next = null;
    if (ahead?.kind === 'lease') await courier.release(ahead.lease, reason);
    if (work === null || work.handedBack) return;
    work.handedBack = true;
    const { lease, states, handover } = work;
    if (trainer !== null && states !== null && reason !== 'failed')
      await handover.leaving(trainer, states);
    await courier.release(lease, reason);
  }

  /** The shard at hand, or the next; null after a wait, or when something else is wished. */
  async function workFor({ device }: Trainer): Promise<Work | null> {
    if (work !== null) {
      const { lease, states, handedBack } = work;
      if (!handedBack) return work;
      if ((await courier.progress(lease, doneOf(lease.pack, states))) !== 'lost') {
        work.handedBack = false;
        return work;
      }
    }
    const ahead = await next;
    next = null;
    const answer = ahead?.kind === 'lease' ? ahead : await courier.lease(device);
    if (answer.kind === 'lease') {
      return workOn(answer.lease);
    }
    if (currentWish() !== 'work') return null;
    const signal = wake.signal;
    await send();
    if (answer.kind === 'none') {
      parts.onState({ kind: 'waiting', device, tally, why: answer.why });
      await parts.sleep(answer.retryInMs, signal);
      return null;
    }
    const why = 'The coordinator cannot be reached; this goes on by itself when it is back.';
    parts.onState({ kind: 'waiting', device, tally, why });
    await courier.online(signal);
    return null;
  }

  function workOn(lease: LeasedShard): Work {
    const { pack, from } = lease;
    const states = from === null ? null : statesFrom(pack, from);
    const handover = createHandover({ courier, lease, now: parts.now });
    return { lease, states, seconds: 0, handedBack: false, handover };
  }

  /** Trains the shard at hand; returns why it failed, or null. */
  async function train(on: Trainer, mine: Work): Promise<string | null> {
    const { device } = on;
    const { lease, states } = mine;
    const { shard, attempt, pack } = lease;
    const total = pack.program.steps * pack.runs.length;
    const begun = doneOf(pack, states);
    const startedAt = parts.now();
    let reportedAt = startedAt;
    let lost = false;
    const halt = new AbortController();
    const haltSoon = () => halt.abort();
    const wakeSignal = wake.signal;
    wakeSignal.addEventListener('abort', haltSoon, { once: true });
    if (currentWish() !== 'work') halt.abort();

    const show = (done: number, how: string | null): number | null => {
      const seconds = (parts.now() - startedAt) / 1000;
      const secondsLeft = done > begun ? (seconds / (done - begun)) * (total - done) : null;
      const runs = pack.runs.length;
      parts.onState({ kind: 'working', device, tally, shard, runs, done, total, secondsLeft, how });
      return secondsLeft;
    };
    show(begun, null);
    let left: number | null = null;
    const onProgress = (done: number, how: string) => {
      const secondsLeft = show(done, how);
      left = secondsLeft;
      if (halt.signal.aborted) return;
      if (secondsLeft !== null && secondsLeft < PREFETCH_SECONDS) next ??= courier.lease(device);
      if (parts.now() - reportedAt < PROGRESS_EVERY_MS) return;
      reportedAt = parts.now();
      void courier.progress(lease, done).then((reply) => {
        if (reply !== 'lost') return;
        lost = true;
        halt.abort();
      });
      void next?.then((ahead) => {
        if (ahead.kind === 'lease' && !halt.signal.aborted) void courier.progress(ahead.lease, 0);
      });
    };
    const onCheckpoint = (reached: readonly RunState[]) => {
      mine.states = reached;
      if (!halt.signal.aborted) void mine.handover.reached(on, reached, left);
    };

    const signal = halt.signal;
    let answer: TrainAnswer;
    try {
      answer = await on.train({ pack, from: states, onProgress, onCheckpoint, signal });
    } catch (error) {
      return messageOf(error);
    } finally {
      mine.seconds += (parts.now() - startedAt) / 1000;
      wakeSignal.removeEventListener('abort', haltSoon);
    }
    if (answer.kind === 'stopped') {
      mine.states = answer.states;
      if (lost) work = null;
      return null;
    }
    work = null;
    const { runs } = answer;
    await parts.outbox.put({ shard, attempt, device, runs, pack, seconds: mine.seconds });
    void send();
    return null;
  }

  /** Sends what is kept, one sending at a time; what gets no answer stays for the next time. */
  function send(): Promise<void> {
    sending = sending
      .then(async () => {
        await sendOutbox(parts.outbox, courier, {
          replay: trainer?.replay,
          onCounted: (kept) => {
            tally = { ...tally, shards: tally.shards + 1, runs: tally.runs + kept.runs.length };
          },
        });
        tally = { ...tally, unsent: (await parts.outbox.all()).length };
        if (tally.unsent > 0) void resend();
      })
      .catch((error: unknown) => {
        broken = { error };
      });
    return sending;
  }

  /** Sends again by and by: the next shard may take long, and somebody waits for this one. */
  async function resend(): Promise<void> {
    if (resending || currentWish() === 'stop') return;
    resending = true;
    await parts.sleep(RESEND_MS, wake.signal);
    resending = false;
    if (currentWish() !== 'stop') await send();
  }
}

/** Run-steps that these states have behind them. */
function doneOf(pack: Pack, states: readonly RunState[] | null): number {
  return (states?.[0]?.step ?? 0) * pack.runs.length;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
