/**
 * A volunteer's machine: asks, trains, reports, submits, shows what it is asked for, and does all that
 * machines of strangers do: falls asleep, vanishes, hears nothing, sends twice and late. Cheaters
 * keep the same protocol, take the time an honest device would, and differ in what they train.
 */
import { STREAMS, uniformAt } from '../../compute/random.ts';
import type { Committed, Segment } from '../../server/trust.ts';
import { checkpointSteps, floatsOf, scheduledSteps } from '../../server/validate.ts';
import type { Book } from './book.ts';
import type { Chance } from './chance.ts';
import type { Ask, Coordinator, LeaseAnswer } from './coordinator.ts';
import type { Network } from './network.ts';
import type { ShardRow, Store } from './store.ts';
import type { Timeline } from './timeline.ts';
import {
  type Made,
  type Maker,
  makeResult,
  type Sent,
  type SimulatedRun,
  segmentKey,
} from './training.ts';

export type ClientKind = 'honest' | 'broken' | CheaterKind;
export const CHEATERS = [
  'lazy',
  'fabricating',
  'colluding',
  'sybil',
  'sleeper',
  'dodging',
] as const;
/**
 * - lazy: does not train half of the segments.
 * - fabricating: trains nothing; now and then it trains what is asked for, too late for its hashes.
 * - colluding: trains nothing; all of them write down the same numbers.
 * - sybil: trains nothing, under a new identity for each shard.
 * - sleeper: honest until it has a record, then lazy.
 * - dodging: lazy, and vanishes from an audit that would find it out.
 */
export type CheaterKind = (typeof CHEATERS)[number];

export interface Profile {
  readonly id: string;
  readonly kind: ClientKind;
  readonly deviceClass: string;
  /** Largest relative deviation of its class. */
  readonly noise: number;
  readonly runStepsPerSecond: number;
  /** How fast its clock goes; 1 is right. */
  readonly clock: number;
  readonly leavesAfterMs: number;
}

export interface World {
  readonly timeline: Timeline;
  readonly coordinator: Coordinator;
  readonly network: Network;
  readonly store: Store;
  /** How often what was trained is handed over. */
  readonly handoverMs: number;
  readonly book: Book;
  /** What forgers know of the drawing beforehand; null: nothing. */
  readonly foresee: ((committed: readonly Committed[]) => readonly Segment[]) | null;
  /** The speed that is there has changed. */
  readonly available: (change: number) => void;
}

/** Segments that a lazy device does not train. */
const LAZY_SHARE = 0.5;
/** A sleeper's honest shards. */
const HONEST_FIRST = 3;
const RETRY_MS = 3_000;
const PROGRESS_EVERY_MS = 20_000;
/** A socket that says nothing is taken for gone after so long. */
const SILENT_MS = 25_000;
/** Of shards: during which the laptop is closed; after which nobody is there to show the states. */
const ASLEEP = 0.03;
const UNANSWERED = 0.003;
/** Of results: that overtake their last progress, which then comes late. */
const OVERTAKEN = 0.02;
/** Of a fabricating device's answers: trained after they were asked for. */
const TRAINED_LATE = 0.2;

type Lease = Extract<LeaseAnswer, { kind: 'lease' }>;

/** A shard in training. */
interface Working {
  readonly lease: Lease;
  readonly nth: number;
  over: boolean;
  asleep: boolean;
  /** How long it slept over it. */
  slept: number;
  /** What it will have made, once that is looked at. */
  made: Made | null;
}

/** The client comes: from now on it does by itself what it does. */
export function arrive(world: World, profile: Profile, chance: Chance): void {
  const { timeline, coordinator, network, book } = world;
  const { kind, deviceClass, runStepsPerSecond } = profile;
  const { handoverMs } = world;
  let [gone, identities, shards] = [false, 0, 0];
  let device = profile.id;
  let current: Working | null = null;
  const maker = makerOf(world, profile, chance);

  world.available(runStepsPerSecond);
  if (Number.isFinite(profile.leavesAfterMs)) timeline.after(profile.leavesAfterMs, leave);
  seek();

  function leave(): void {
    if (gone) return;
    gone = true;
    if (current?.asleep !== true) world.available(-runStepsPerSecond);
    const how = chance.uniform();
    if (how < 0.2 && current !== null && !current.over) {
      const { shard, attempt } = current.lease;
      network.send(chance, () => coordinator.release(device, shard, attempt));
    } else if (how < 0.8) {
      network.disconnect(SILENT_MS * chance.uniform(), () => coordinator.vanished(device));
    }
  }

  function seek(): void {
    if (gone) return;
    network.send(
      chance,
      () => coordinator.lease(device, deviceClass),
      (answer) => {
        if (gone) return;
        if (answer?.kind === 'lease') return train(answer);
        if (answer?.kind === 'barred' && kind !== 'sybil') return leave();
        if (answer?.kind === 'barred') rename();
        timeline.after(RETRY_MS * chance.between(1, 1.2), seek);
      },
    );
  }

  function rename(): void {
    identities += 1;
    device = `${profile.id}-${identities}`;
  }

  function train(lease: Lease): void {
    const of = { nth: shards++, made: null };
    const work: Working = { lease, ...of, over: false, asleep: false, slept: 0 };
    current = work;
    const begun = lease.start?.to ?? 0;
    const runSteps = lease.runs.reduce((n, run) => n + run.program.steps - begun, 0);
    const ms = (1000 * runSteps) / runStepsPerSecond;
    const sleepMs = chance.happens(ASLEEP) ? chance.magnitude(20_000, 1_800_000) : 0;
    if (sleepMs > 0) timeline.after(ms * chance.uniform(), () => sleep(work, sleepMs));
    timeline.after(PROGRESS_EVERY_MS, () => report(work));
    const startedAt = timeline.now();
    timeline.after(handoverMs, () => handOver(work, startedAt));
    timeline.after(ms + sleepMs, () => {
      if (gone || work.over) return;
      work.over = true;
      finish(work, (ms + sleepMs) / 1000);
    });
  }

  function sleep(work: NonNullable<typeof current>, ms: number): void {
    if (gone || work.over) return;
    work.asleep = true;
    world.available(-runStepsPerSecond);
    if (chance.happens(0.5)) network.disconnect(SILENT_MS, () => coordinator.vanished(device));
    timeline.after(ms, () => {
      if (gone) return;
      work.asleep = false;
      work.slept += ms;
      world.available(runStepsPerSecond);
      // Some look first whether the shard is still theirs; others go on and submit late.
      if (chance.happens(0.7)) report(work);
    });
  }

  function report(work: NonNullable<typeof current>): void {
    if (gone || work.over) return;
    timeline.after(PROGRESS_EVERY_MS, () => report(work));
    if (work.asleep) return;
    const { shard, attempt } = work.lease;
    network.send(
      chance,
      () => coordinator.progress(device, shard, attempt),
      (answer) => {
        if (gone || work.over || answer !== 'lost') return;
        work.over = true;
        seek();
      },
    );
  }

  function madeIn(work: Working): Made {
    const { lease, nth } = work;
    const { runs, start } = lease;
    work.made ??= makeResult(runs, maker(runs, nth), start);
    return work.made;
  }

  /** As of its last checkpoint, with the states that are asked for; nobody waits for it. */
  function handOver(work: Working, startedAt: number): void {
    if (gone || work.over) return;
    timeline.after(handoverMs, () => handOver(work, startedAt));
    if (work.asleep || kind === 'broken') return;
    const { lease } = work;
    const { shard, attempt, runs, start } = lease;
    const [mine, made] = [device, madeIn(work)];
    const trainedMs = timeline.now() - startedAt - work.slept;
    const reached = (start?.to ?? 0) + (trainedMs * runStepsPerSecond) / 1000 / runs.length;
    const program = runs[0]?.program;
    const steps = program === undefined ? [] : scheduledSteps(program).slice(0, -1);
    const step = steps.findLast((s) => s <= reached) ?? 0;
    const left = ((program?.steps ?? 0) - reached) * runs.length;
    if ((1000 * left) / runStepsPerSecond < handoverMs) return;
    network.send(
      chance,
      () => coordinator.handOver({ device: mine, shard, attempt, made, step }),
      (asks) => {
        if (gone || asks === null || asks.length === 0) return;
        const found = asks.some((ask) => made.skipped.has(segmentKey(ask)));
        if ((kind === 'dodging' && found) || chance.happens(UNANSWERED)) return;
        for (const { audit, run, from, to } of asks) {
          const states = made.states.get(run);
          const [first, last] = [states?.get(from) ?? null, states?.get(to) ?? null];
          network.send(chance, () => coordinator.answer(mine, audit, first, last) ?? true);
        }
      },
    );
  }

  function finish(work: Working, seconds: number): void {
    const { lease } = work;
    const mine = device;
    const made = madeIn(work);
    const sent = kind === 'broken' ? malformed(made, chance) : made;
    const row = world.store.shards.get(lease.shard) as ShardRow;
    book.submitted(row, lease.attempt, { kind, forged: made.forged });
    submit();
    if (chance.happens(OVERTAKEN)) {
      const late = () => coordinator.progress(mine, lease.shard, lease.attempt);
      timeline.after(chance.between(0, 20_000), () => network.send(chance, late));
    }
    if (kind === 'sybil') rename();
    seek();

    function submit(): void {
      if (gone) return;
      const { shard, attempt } = lease;
      const result = { device: mine, deviceClass, shard, attempt, made: sent };
      network.send(
        chance,
        () => coordinator.submit({ ...result, seconds: seconds * profile.clock }),
        (answer) => {
          if (gone) return;
          if (answer === null) {
            timeline.after(RETRY_MS, submit);
            return;
          }
          if (answer.asks.length === 0) return;
          const found = answer.asks.some((ask) => !ask.isLast && made.skipped.has(segmentKey(ask)));
          if (kind === 'dodging' && found) return;
          if (chance.happens(UNANSWERED)) return leave();
          show(answer.asks);
        },
      );
    }

    function show([ask, ...others]: readonly Ask[]): void {
      if (ask === undefined || gone) return;
      const honest =
        kind === 'fabricating' && chance.happens(TRAINED_LATE)
          ? makeResult(lease.runs, { ...maker(lease.runs, 0), skips: () => false }, lease.start)
          : made;
      const states = honest.states.get(ask.run);
      const [start, end] = [states?.get(ask.from) ?? null, states?.get(ask.to) ?? null];
      network.send(
        chance,
        () => coordinator.answer(mine, ask.audit, start, end) ?? true,
        (answer) => {
          if (gone) return;
          // What was asked for is asked again by submitting again.
          if (answer === null) timeline.after(RETRY_MS, submit);
          else show(others);
        },
      );
    }
  }
}

/** How a device makes its n-th shard. */
function makerOf({ foresee }: World, { kind, noise }: Profile, chance: Chance) {
  return (runs: readonly SimulatedRun[], nth: number): Maker => {
    const share = skippedShare(kind, nth);
    const spared =
      share > 0 && foresee !== null ? foresee(runs.map(committedOf)).map(segmentKey) : [];
    return {
      noise,
      uniform: chance.uniform,
      skips: (run, to) =>
        chance.happens(share) && !spared.includes(segmentKey({ run: run.id, to })),
      invents: kind === 'colluding' ? agreed : () => chance.between(0.02, 1),
    };
  };
}

function skippedShare(kind: ClientKind, nth: number): number {
  switch (kind) {
    case 'honest':
    case 'broken':
      return 0;
    case 'lazy':
    case 'dodging':
      return LAZY_SHARE;
    case 'sleeper':
      return nth < HONEST_FIRST ? 0 : LAZY_SHARE;
    case 'fabricating':
    case 'colluding':
    case 'sybil':
      return 1;
  }
}

/** What all that collude write down. */
const agreed: Maker['invents'] = (run, to, mode) =>
  0.02 + 0.98 * uniformAt(run.seed, STREAMS.probe, run.cell, 8 * to + mode);

/** A run as it will be committed, if it completes. */
const committedOf = ({ id, program }: SimulatedRun): Committed => ({
  run: id,
  checkpoints: checkpointSteps(program, { kind: 'completed' }),
  diverged: null,
});

/** What the checks of `validate.ts` are there for, one of it. */
function malformed({ runs, values, hashes }: Made, chance: Chance): Sent {
  const [first, ...others] = runs;
  if (first === undefined) return { runs, values, hashes };
  const numbers = floatsOf(values);
  switch (Math.floor(chance.between(0, 5))) {
    case 0:
      return { runs, values: values.slice(0, -4), hashes };
    case 1:
      return { runs: others.length > 0 ? others : [first, first], values, hashes };
    case 2:
      return {
        runs: [{ ...first, checkpoints: first.checkpoints - 1 }, ...others],
        values,
        hashes,
      };
    case 3:
      return { runs: [{ ...first, run: 'unknown' }, ...others], values, hashes };
    default:
      // The loss at step 0, after the steps of the first run.
      numbers[first.rows] = -1;
      return {
        runs: [{ ...first, outcome: { kind: 'completed' } }, ...others],
        values: new Uint8Array(Float32Array.from(numbers).buffer),
        hashes,
      };
  }
}
