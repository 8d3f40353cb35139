/**
 * One simulation: an investigation after another, trained by volunteers that come, go, fail and cheat,
 * in virtual time, until every run is in and every audit settled. The same scenario gives the same
 * report, to the last digit.
 */
import type { VerdictState } from '../../compute/studies/study.ts';
import { transition } from '../../server/shards.ts';
import { drawHandover, drawSegments } from '../../server/trust.ts';
import { type Closing, createBook } from './book.ts';
import { createChance } from './chance.ts';
import { createCharts } from './charts.ts';
import { arrive, type World } from './clients.ts';
import { createCoordinator, type Rules } from './coordinator.ts';
import { createDispatch } from './dispatch.ts';
import { createNetwork } from './network.ts';
import { type Mix, population } from './population.ts';
import { isThere } from './stages.ts';
import { createStore } from './store.ts';
import { createTimeline } from './timeline.ts';
import { planWork } from './workload.ts';

export interface Scenario {
  readonly clients: number;
  readonly seed: number;
  /** Runs a client; what is asked of the volunteers altogether is so many times their number. */
  readonly runsPerClient: number;
  /** Shares of the clients that are not honest. */
  readonly mix: Mix;
  /** How often what was trained of a shard is handed over. */
  readonly handoverMs: number;
  /** With a second stage: comparisons, which stand on two networks each. */
  readonly staged: boolean;
  readonly verifiers: { readonly count: number; readonly runStepsPerSecond: number };
}

/** What a test may break, to see that it is found. */
export interface Breakage {
  readonly rules?: Partial<Rules>;
  /** Forgers know beforehand what is drawn. */
  readonly foresee?: World['foresee'];
  /** Counts what an invariant forbids instead of throwing. */
  readonly counts?: boolean;
}

export interface Report {
  readonly seed: number;
  readonly clients: number;
  readonly runs: number;
  /** Accepted runs that vanished without a withdrawal. */
  readonly lost: number;
  /** Runs that are counted more than once in an aggregate. */
  readonly doubled: number;
  /** Forged curves that were accepted provisionally. */
  readonly forged: number;
  /** Forged curves in the aggregates at the end. */
  readonly forgedAccepted: number;
  /** Honest runs refused or withdrawn as wrong. */
  readonly honestRejected: number;
  /** Replays, and honest work trained again because it left, over the work that was asked for. */
  readonly overhead: number;
  /** Time until the end over that in which all the speed that was there would have done the work. */
  readonly makespanOverIdeal: number;
}

/** The report with what it is made of, for people. */
export interface Simulated {
  readonly report: Report;
  readonly closing: Closing;
  readonly replayOverhead: number;
  readonly retrainOverhead: number;
  readonly minutes: number;
  /** When 99% of the runs counted for the first time. */
  readonly nearlyDone: number;
  readonly shards: number;
  readonly attempts: number;
  /** Handovers that were verified, and accepted results that went on from one. */
  readonly handovers: number;
  readonly moved: number;
  readonly restarts: number;
  /** Most segments that waited for a verifier at a time. */
  readonly backlog: number;
  /** Analyses the first investigation: some seconds. */
  readonly verdict: () => VerdictState;
}

const FOLD_EVERY_MS = 10 * 60_000;
const RESTART_EVERY_MS = 5 * 60_000;
const DOWN_MS = [3_000, 15_000] as const;
/** Stragglers are listened to for so long after the end. */
const AFTERWARDS_MS = 5 * 60_000;
/** An end that does not come is a mistake, not patience. */
const NEVER_MS = 7 * 24 * 3_600_000;

/** Actors whose chance is not a client's. */
const ACTOR = { world: 1, coordinator: 2, firstClient: 16 } as const;

/** Runs the scenario. Throws an Error that names the seed if an invariant is broken. */
export function simulate(scenario: Scenario, breakage: Breakage = {}): Simulated {
  const { seed, clients, staged, verifiers } = scenario;
  const again = `npm run simulate -- --clients ${clients} --seed ${seed}${staged ? ' --stages' : ''}`;
  const chance = createChance(seed, ACTOR.world);
  const timeline = createTimeline();
  const plans = planWork(clients * scenario.runsPerClient, chance, staged);
  const store = createStore();
  const charts = createCharts(plans);
  const book = createBook((what) => {
    if (breakage.counts !== true) throw new Error(`${what} Again: ${again}`);
  });
  const runs = plans.flatMap((p) => p.runs);
  const coordinator = createCoordinator({
    ...{ timeline, store, charts, book, verifiers, runs },
    dispatch: createDispatch(plans, store),
    rules: { transition, draw: drawSegments, drawHandover, isThere, ...breakage.rules },
    chance: createChance(seed, ACTOR.coordinator),
  });
  const network = createNetwork(timeline);
  const work = runs.reduce((n, run) => n + run.program.steps, 0);
  const ideal = idealClock(timeline, work);
  const { foresee = null } = breakage;
  const world: World = {
    ...{ timeline, coordinator, network, store, book, foresee },
    handoverMs: scenario.handoverMs,
    available: ideal.available,
  };
  for (const [i, { arrivesAtMs, profile }] of population(scenario, chance).entries()) {
    const own = createChance(seed, ACTOR.firstClient + i);
    timeline.after(arrivesAtMs, () => arrive(world, profile, own));
  }

  let restarts = 0;
  const restart = () => {
    restarts += 1;
    network.crash(chance.between(...DOWN_MS), coordinator.restart);
    timeline.after(chance.exponential(RESTART_EVERY_MS), restart);
  };
  timeline.after(chance.exponential(RESTART_EVERY_MS), restart);
  const fold = () => {
    book.checkCells(charts.fold());
    timeline.after(FOLD_EVERY_MS, fold);
  };
  fold();

  let nearlyDone: number | null = null;
  while (!coordinator.isDone()) {
    if (coordinator.missing() <= 0.01 * runs.length) nearlyDone ??= timeline.now();
    if (!timeline.step() || timeline.now() > NEVER_MS) throw new Error(`It does not end: ${again}`);
  }
  const end = timeline.now();
  while (timeline.now() < end + AFTERWARDS_MS) timeline.step();
  book.checkCells(charts.fold());
  const closing = book.close(charts.cells(), store.shards.values());
  const shardRows = [...store.shards.values()];
  const kinds = Object.values(closing.kinds);
  const sum = (of: 'forged' | 'forgedAccepted') => kinds.reduce((n, k) => n + k[of], 0);
  return {
    report: {
      ...{ seed, clients, runs: runs.length, lost: closing.lost, doubled: closing.doubled },
      ...{ forged: sum('forged'), forgedAccepted: sum('forgedAccepted') },
      honestRejected: closing.honestRejected,
      overhead: (closing.replayed + closing.retrained) / work,
      makespanOverIdeal: end / ideal.end(),
    },
    ...{ closing, restarts, backlog: coordinator.backlog(), verdict: charts.verdict },
    ...{ minutes: end / 60_000, nearlyDone: (nearlyDone ?? end) / 60_000 },
    replayOverhead: closing.replayed / work,
    retrainOverhead: closing.retrained / work,
    shards: store.shards.size,
    handovers: shardRows.reduce(
      (n, s) => n + s.handovers.filter((h) => h.state === 'valid').length,
      0,
    ),
    moved: shardRows.filter((s) => s.bases.has(s.shard.accepted ?? 0)).length,
    attempts: shardRows.reduce((n, s) => n + s.shard.attempts.length, 0),
  };
}

/** When all the speed that was there would have done this work. */
function idealClock(timeline: ReturnType<typeof createTimeline>, work: number) {
  let [speed, done, at] = [0, 0, 0];
  let end: number | null = null;
  const advance = () => {
    const now = timeline.now();
    const more = (speed * (now - at)) / 1000;
    if (end === null && done + more >= work) end = at + ((work - done) / speed) * 1000;
    done += more;
    at = now;
  };
  return {
    available(change: number): void {
      advance();
      speed += change;
    },
    end(): number {
      advance();
      if (end === null) throw new Error('More was trained than there was speed for.');
      return end;
    },
  };
}
