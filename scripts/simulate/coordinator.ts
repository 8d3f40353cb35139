/**
 * The coordinator on a database in memory. What it decides with is the real code: `transition` of
 * shards, the checks of `validate.ts`, the drawing, the judging and the consequences of `trust.ts`.
 * What the real one says in SQL is said again here in plain code, in the same order: here how messages
 * are answered, beside it how segments are asked for and replayed (`audits.ts`), what leaves again
 * (`leaving.ts`), when runs may be leased that stand on others (`stages.ts`), and what is handed over. A
 * restart loses what sockets held and which segments were being replayed, nothing else.
 */
import type { Durations, ShardEvent, Transition, transition } from '../../server/shards.ts';
import type { drawHandover, drawSegments } from '../../server/trust.ts';
import { problemOf, problemOfEnds, runsOf, type SubmittedRun } from '../../server/validate.ts';
import { createAudits, ofResult } from './audits.ts';
import type { Book } from './book.ts';
import type { Chance } from './chance.ts';
import type { Charts } from './charts.ts';
import type { Dispatch } from './dispatch.ts';
import { drawnFrom, problemAt, startOf, takenOf, tipOf } from './handovers.ts';
import { createLeaving } from './leaving.ts';
import { createOffers } from './offers.ts';
import { createStages, type isThere } from './stages.ts';
import { type DeviceRow, deviceIn, type HandoverRow, type ShardRow, type Store } from './store.ts';
import type { Timeline } from './timeline.ts';
import type { GivenRun, Made, Sent, SimulatedRun, State } from './training.ts';

/** The decisions under test: the real ones, but where a test breaks them on purpose. */
export interface Rules {
  readonly transition: typeof transition;
  readonly draw: typeof drawSegments;
  readonly drawHandover: typeof drawHandover;
  readonly isThere: typeof isThere;
}

/** As the settings of the coordinator, and the constants of `audits.ts` and `leases.ts`. */
const DEADLINES: Durations = { softMs: 60_000, hardMs: 600_000 };
const ANSWER_WITHIN_MS = 10 * 60_000;
const MAX_INVALID = 3;

interface Held {
  readonly attempt: number;
  /** The deadline that the socket set last. */
  readonly softAt: number;
}

export type LeaseAnswer =
  | {
      readonly kind: 'lease';
      readonly shard: string;
      readonly attempt: number;
      readonly runs: readonly GivenRun[];
      /** Where somebody else got to; null: from the seeds. */
      readonly start: HandoverRow | null;
    }
  | { readonly kind: 'no-work' | 'barred' };

export interface Ask {
  readonly audit: string;
  readonly run: string;
  readonly from: number;
  readonly to: number;
  /** The last state, because others stand on it; nothing is replayed. */
  readonly isLast?: true;
}

export interface Coordinator {
  lease(device: string, deviceClass: string): LeaseAnswer;
  progress(device: string, shard: string, attempt: number): 'go-on' | 'lost';
  release(device: string, shard: string, attempt: number): void;
  /** The device's socket is noticed to be gone: hands back what it holds. */
  vanished(device: string): void;
  /** Takes what was made up to a step, for whoever may have to go on from there. */
  handOver(given: Given): readonly Ask[];
  submit(result: Submission): { readonly counted: boolean; readonly asks: readonly Ask[] };
  answer(device: string, audit: string, start: State | null, end: State | null): void;
  /** Killed, and started again: what was in memory is gone. */
  restart(): void;
  /** Nothing is left to train, to ask or to replay. */
  isDone(): boolean;
  /** Runs that do not count yet, or not any more. */
  missing(): number;
  /** Most segments that ever waited for a verifier. */
  backlog(): number;
}

export interface Given {
  readonly device: string;
  readonly shard: string;
  readonly attempt: number;
  readonly made: Made;
  readonly step: number;
}

export interface Submission {
  readonly device: string;
  readonly deviceClass: string;
  readonly shard: string;
  readonly attempt: number;
  readonly made: Sent;
  readonly seconds: number;
}

export interface CoordinatorParts {
  readonly timeline: Timeline;
  readonly store: Store;
  readonly dispatch: Dispatch;
  readonly charts: Charts;
  readonly book: Book;
  readonly rules: Rules;
  readonly chance: Chance;
  /** Of all investigations. */
  readonly runs: readonly SimulatedRun[];
  readonly verifiers: { readonly count: number; readonly runStepsPerSecond: number };
}

export function createCoordinator(parts: CoordinatorParts): Coordinator {
  const { timeline, store, dispatch, charts, book, rules, chance, verifiers, runs } = parts;
  let counted = 0;
  // Lost by a restart: the leases of each device's socket with the deadlines it set, and the verifiers.
  const sockets = new Map<string, Map<ShardRow, Held>>();
  const offers = createOffers(timeline, dispatch);
  const stages = createStages(runs, { store, dispatch, there: rules.isThere });
  const audits = createAudits({
    ...{ timeline, store, book, verifiers, given: stages.given },
    conclude: (audit, verdict) => leaving.conclude(audit, verdict),
  });
  const leaving = createLeaving({ store, charts, book, offers, audits, stages, apply });

  function apply(row: ShardRow, event: ShardEvent): Transition['outcome'] {
    const { shard, outcome } = rules.transition(row.shard, event);
    row.shard = shard;
    book.checkShard(row);
    return outcome;
  }

  const holds = (device: string, row: ShardRow, attempt: number, softAt: number) => {
    const held = sockets.get(device) ?? new Map<ShardRow, Held>();
    sockets.set(device, held.set(row, { attempt, softAt }));
  };

  function releases(device: string, row: ShardRow, attempt: number, softAt: number | null): void {
    sockets.get(device)?.delete(row);
    apply(row, { kind: 'release', attempt, device, softAt });
    offers.again(row);
  }

  function accept(
    row: ShardRow,
    device: DeviceRow,
    attempt: number,
    results: readonly SubmittedRun[],
  ) {
    row.results = results;
    device.accepted.set(row, attempt);
    counted += row.runs.length;
    book.accepted(row, attempt);
    charts.add(row, attempt, results);
    // What was handed over before was drawn from when it came; what waits is the result's from now on.
    const committed = drawnFrom(row, results, tipOf(row, attempt, true)?.to ?? 0);
    for (const waiting of row.handovers.filter(
      (h) => h.attempt === attempt && h.state === 'asked',
    )) {
      row.handovers.splice(row.handovers.indexOf(waiting), 1);
      for (const audit of row.audits) if (audit.handover === waiting) audit.handover = null;
    }
    const by = { row, attempt, device, handover: null };
    audits.ask(by, results, rules.draw(committed, device.standing, chance.uniform));
    stages.askLast(row, attempt, device, results);
    // One that diverged has no state to wait for, and may have no segment.
    stages.settle(row.runs);
    // Hashes are kept with the audits and states that need them.
    row.results = results.map((run) => ({ ...run, hashes: new Uint8Array() }));
    timeline.after(ANSWER_WITHIN_MS + 1, () => {
      if (asksOf(row, attempt).length > 0) leaving.decline(row, attempt, 'declined');
    });
  }

  /** What is asked for of a result, and has not been shown yet. */
  const asksOf = (row: ShardRow, attempt: number): Ask[] => [
    ...ofResult(row, attempt)
      .filter((a) => a.state === 'asked')
      .map(({ id, segment: { run, from, to } }) => ({ audit: id, run, from, to })),
    ...row.lasts
      .filter((last) => last.attempt === attempt && last.state === null)
      .map(({ id, run, step }) => ({ audit: id, run, from: 0, to: step, isLast: true as const })),
  ];

  return {
    lease(id, deviceClass) {
      const device = deviceIn(store, id);
      const now = timeline.now();
      if (device.standing.invalid > 0) return { kind: 'barred' };
      const row = dispatch.next(device, deviceClass, now);
      if (row === null) return { kind: 'no-work' };
      if ((device.failed.get(row.investigation) ?? 0) >= MAX_INVALID) {
        offers.watch(row);
        return { kind: 'barred' };
      }
      const outcome = apply(row, { kind: 'lease', device: id, now, ...DEADLINES });
      if (outcome.kind !== 'leased') throw new Error(`The shard ${row.id} was not free.`);
      const { attempt, softAt } = outcome;
      holds(id, row, attempt, softAt);
      offers.watch(row);
      const start = startOf(row);
      if (start !== null) row.bases.set(attempt, start);
      book.leased(row, attempt);
      return { kind: 'lease', shard: row.id, attempt, runs: row.runs.map(stages.given), start };
    },
    progress(device, shard, attempt) {
      const row = store.shards.get(shard);
      if (row === undefined) return 'lost';
      const now = timeline.now();
      const event = { kind: 'progress', attempt, device, now, done: 0, ...DEADLINES } as const;
      const outcome = apply(row, event);
      if (outcome.kind !== 'renewed') return 'lost';
      holds(device, row, attempt, outcome.softAt);
      offers.watch(row);
      return 'go-on';
    },
    release(device, shard, attempt) {
      const row = store.shards.get(shard);
      if (row !== undefined) releases(device, row, attempt, null);
    },
    vanished(device) {
      const held = sockets.get(device) ?? new Map();
      for (const [row, { attempt, softAt }] of [...held]) releases(device, row, attempt, softAt);
    },
    handOver({ device: id, shard, attempt, made, step }) {
      const row = store.shards.get(shard);
      const mine = row?.shard.attempts.find((a) => a.number === attempt && a.device === id);
      if (row === undefined || mine?.state !== 'active' || row.shard.accepted !== null) return [];
      const device = deviceIn(store, id);
      const waiting = row.handovers.find((h) => h.attempt === attempt && h.state === 'asked');
      const handover = waiting ?? takenOf(row, { attempt, device }, made, step);
      if (handover === null) return [];
      if (waiting === undefined) {
        row.handovers.push(handover);
        device.legs.add(row);
        const committed = drawnFrom(row, handover.results, handover.from, step);
        const drawn = rules.drawHandover(committed, device.standing, chance.uniform);
        audits.ask({ row, attempt, device, handover }, handover.results, drawn);
        timeline.after(ANSWER_WITHIN_MS + 1, () => {
          const own = row.audits.filter((a) => a.handover === handover);
          if (own.some((a) => a.state === 'asked')) leaving.declineHandover(handover, row);
        });
      }
      return row.audits
        .filter((a) => a.handover === handover && a.state === 'asked')
        .map(({ id: audit, segment: { run, from, to } }) => ({ audit, run, from, to }));
    },
    submit({ device: id, deviceClass, shard, attempt, made, seconds }) {
      const row = store.shards.get(shard);
      if (row === undefined) return { counted: false, asks: [] };
      const device = deviceIn(store, id);
      const was = row.shard.attempts.find((a) => a.number === attempt && a.device === id)?.state;
      const now = timeline.now();
      const submitted = runsOf(made);
      const valid = problemWith(row, attempt, submitted) === null;
      const outcome = apply(row, { kind: 'submit', attempt, device: id, now, valid });
      sockets.get(id)?.delete(row);
      switch (outcome.kind) {
        case 'accepted': {
          if (submitted === null) throw new Error('A result without numbers was accepted.');
          accept(row, device, attempt, submitted);
          dispatch.observed(device, deviceClass, {
            ...{ program: row.program, seconds },
            runs: row.runs.length * (1 - (row.bases.get(attempt)?.to ?? 0) / row.program.steps),
          });
          return { counted: true, asks: asksOf(row, attempt) };
        }
        case 'already-accepted':
          return { counted: true, asks: asksOf(row, attempt) };
        case 'refused':
          if (outcome.reason === 'invalid-result' && (was === 'active' || was === 'away')) {
            leaving.countFailure(device, row);
            book.refusedAsInvalid(row, attempt);
            offers.again(row);
          }
          return { counted: false, asks: [] };
        default:
          return { counted: false, asks: [] };
      }
    },
    answer(device, id, start, end) {
      const last = store.lasts.get(id);
      if (last !== undefined) {
        const { shard, attempt } = last;
        // Its result may have left, and the shard been trained by another attempt.
        if (last.device.id !== device || last.state !== null || !shard.lasts.includes(last)) return;
        if (stages.keep(last, end)) stages.settle(shard.runs);
        else leaving.decline(shard, attempt, 'declined');
        return;
      }
      const audit = store.audits.get(id);
      if (audit === undefined || audit.device.id !== device || audit.state !== 'asked') return;
      if (audits.show(audit, start, end)) return;
      if (audit.handover === null) leaving.decline(audit.shard, audit.attempt, 'declined');
      else leaving.declineHandover(audit.handover, audit.shard);
    },
    restart() {
      sockets.clear();
      audits.restart();
    },
    isDone: () => runs.length - counted + leaving.left() <= 0 && audits.unsettled() === 0,
    missing: () => runs.length - counted + leaving.left(),
    backlog: audits.backlog,
  };

  /** What is wrong with a result; null if nothing is. Of an attempt that was recalled nothing is asked any more. */
  function problemWith(
    row: ShardRow,
    attempt: number,
    submitted: readonly SubmittedRun[] | null,
  ): string | null {
    const expected = row.runs.map((r) => r.id);
    return (
      problemOf(row.program, expected, submitted) ??
      problemOfEnds(submitted ?? [], stages.inputsOf(row.runs)) ??
      problemAt(row, submitted, tipOf(row, attempt, false))
    );
  }
}
