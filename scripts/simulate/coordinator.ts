/**
 * The coordinator on a database in memory. What it decides with is the real code: `transition` of
 * shards, the checks of `validate.ts`, the drawing, the judging and the consequences of `trust.ts`.
 * What the real one says in SQL (`audits.ts`, `withdraw.ts`, `leases.ts`) is said again here in plain
 * code, in the same order: who gets no more work, what a verdict takes with it, when a shard is
 * verified. A restart loses what sockets held and which segments were being replayed, nothing else.
 */
import {
  type Durations,
  heldUntil,
  type ShardEvent,
  type Transition,
  type transition,
} from '../../server/shards.ts';
import { toleranceOf } from '../../server/tolerances.ts';
import {
  type drawHandover,
  type drawSegments,
  type Judgement,
  judge,
  leavesWith,
  type Segment,
} from '../../server/trust.ts';
import { problemOf, runsOf, type SubmittedRun } from '../../server/validate.ts';
import type { Book, Leaving } from './book.ts';
import type { Chance } from './chance.ts';
import type { Charts } from './charts.ts';
import type { Dispatch } from './dispatch.ts';
import { drawnFrom, droppedOf, hashesIn, problemAt, startOf, takenOf, tipOf } from './handovers.ts';
import {
  type AuditRow,
  type DeviceRow,
  deviceIn,
  type HandoverRow,
  type ShardRow,
  type Store,
} from './store.ts';
import type { Timeline } from './timeline.ts';
import {
  digestOf,
  type Made,
  replay,
  type Sent,
  type SimulatedRun,
  type State,
} from './training.ts';
import { STUDY } from './workload.ts';

/** The decisions under test: the real ones, but where a test breaks them on purpose. */
export interface Rules {
  readonly transition: typeof transition;
  readonly draw: typeof drawSegments;
  readonly drawHandover: typeof drawHandover;
}

/** As the settings of the coordinator, and the constants of `audits.ts` and `leases.ts`. */
const DEADLINES: Durations = { softMs: 60_000, hardMs: 600_000 };
const ANSWER_WITHIN_MS = 10 * 60_000;
const REPLAY_WITHIN_MS = 2 * 60_000;
const MAX_INVALID = 3;
const TOLERANCE = toleranceOf(STUDY);

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
      readonly runs: readonly SimulatedRun[];
      /** Where somebody else got to; null: from the seeds. */
      readonly start: HandoverRow | null;
    }
  | { readonly kind: 'no-work' | 'barred' };

export interface Ask {
  readonly audit: string;
  readonly run: string;
  readonly from: number;
  readonly to: number;
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
  /** Runs of all investigations. */
  readonly runs: number;
  readonly verifiers: { readonly count: number; readonly runStepsPerSecond: number };
}

export function createCoordinator(parts: CoordinatorParts): Coordinator {
  const { timeline, store, dispatch, charts, book, rules, chance, verifiers } = parts;
  let [missing, unsettled] = [parts.runs, 0];
  // Lost by a restart: the leases of each device's socket with the deadlines it set, and the verifiers.
  const sockets = new Map<string, Map<ShardRow, Held>>();
  let replaying = new Set<AuditRow>();
  const watched = new Set<ShardRow>();
  const open: AuditRow[] = [];
  let [taken, backlog] = [0, 0];

  function apply(row: ShardRow, event: ShardEvent): Transition['outcome'] {
    const { shard, outcome } = rules.transition(row.shard, event);
    row.shard = shard;
    book.checkShard(row);
    return outcome;
  }

  /** Offers the shard again as soon as nobody holds it. */
  function watch(row: ShardRow): void {
    if (row.shard.accepted !== null || watched.has(row)) return;
    const until = heldUntil(row.shard);
    if (until === null || until < timeline.now()) {
      dispatch.returned(row);
      return;
    }
    watched.add(row);
    timeline.after(until + 1 - timeline.now(), () => {
      watched.delete(row);
      watch(row);
    });
  }

  const holds = (device: string, row: ShardRow, attempt: number, softAt: number) => {
    const held = sockets.get(device) ?? new Map<ShardRow, Held>();
    sockets.set(device, held.set(row, { attempt, softAt }));
  };

  function releases(device: string, row: ShardRow, attempt: number, softAt: number | null): void {
    sockets.get(device)?.delete(row);
    apply(row, { kind: 'release', attempt, device, softAt });
    watched.delete(row);
    watch(row);
  }

  function accept(
    row: ShardRow,
    device: DeviceRow,
    attempt: number,
    results: readonly SubmittedRun[],
  ) {
    // Hashes are kept with the audits that need them.
    row.results = results.map((run) => ({ ...run, hashes: new Uint8Array() }));
    device.accepted.set(row, attempt);
    missing -= row.runs.length;
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
    ask(by, results, rules.draw(committed, device.standing, chance.uniform));
    timeline.after(ANSWER_WITHIN_MS + 1, () => {
      if (ofResult(row, attempt).some((a) => a.state === 'asked'))
        decline(row, attempt, 'declined');
    });
  }

  const ofResult = ({ audits }: ShardRow, attempt: number) =>
    audits.filter((a) => a.attempt === attempt && a.handover === null);

  function ask(
    by: Pick<AuditRow, 'attempt' | 'device' | 'handover'> & { readonly row: ShardRow },
    results: readonly SubmittedRun[],
    segments: readonly Segment[],
  ): void {
    const { row, device, ...of } = by;
    for (const segment of segments) {
      const hashes = hashesIn(
        row,
        results.find((r) => r.run === segment.run),
      );
      const at = (step: number) => hashes.find((h) => h.step === step)?.sha256 ?? null;
      const audit: AuditRow = {
        ...{ id: `a${store.audits.size}`, shard: row, device, ...of, segment },
        ...{ committed: { start: at(segment.from), end: at(segment.to) }, state: 'asked' },
        shown: { start: null, end: null },
      };
      store.audits.set(audit.id, audit);
      row.audits.push(audit);
      device.audits.push(audit);
      unsettled += 1;
    }
  }

  function declineHandover(handover: HandoverRow, row: ShardRow): void {
    if (handover.state === 'asked') {
      handover.state = 'declined';
      countFailure(handover.device, row);
    }
    close(row.audits.filter((a) => a.handover === handover));
  }

  /** Its legs leave, and what went on from them, at no cost to whoever trained that (V4, L12). */
  function dropLegs(device: DeviceRow): void {
    for (const row of device.legs) {
      const gone = droppedOf(row, device);
      for (const [attempt, base] of [...row.bases]) if (gone.has(base)) undo(row, attempt);
      for (const handover of gone) {
        handover.state = 'undone';
        close(row.audits.filter((a) => a.handover === handover));
      }
    }
  }

  function undo(row: ShardRow, attempt: number): void {
    const by = row.shard.attempts.find((a) => a.number === attempt);
    if (by === undefined) return;
    const counted = row.shard.accepted === attempt;
    apply(row, { kind: 'undo', attempt, device: by.device });
    if (counted && row.shard.accepted === null) {
      close(ofResult(row, attempt));
      leaves(row, attempt, deviceIn(store, by.device), 'undone');
    } else {
      watched.delete(row);
      watch(row);
    }
  }

  function withdraw(row: ShardRow, attempt: number, why: Leaving): void {
    const by = row.shard.attempts.find((a) => a.number === attempt);
    if (by === undefined || row.shard.accepted !== attempt) return;
    const outcome = apply(row, { kind: 'withdraw', attempt, device: by.device });
    if (outcome.kind !== 'withdrawn') return;
    const device = deviceIn(store, by.device);
    countFailure(device, row);
    leaves(row, attempt, device, why);
  }

  function leaves(row: ShardRow, attempt: number, device: DeviceRow, why: Leaving): void {
    device.accepted.delete(row);
    charts.remove(row, attempt);
    book.left(row, attempt, why);
    missing += row.runs.length;
    row.results = [];
    row.verified = false;
    watch(row);
  }

  function countFailure(device: DeviceRow, { investigation }: ShardRow): void {
    device.failed.set(investigation, (device.failed.get(investigation) ?? 0) + 1);
  }

  function close(audits: readonly AuditRow[]): void {
    for (const audit of audits) {
      if (audit.state === 'asked' || audit.state === 'open') settle(audit, 'declined');
    }
  }

  function settle(audit: AuditRow, state: AuditRow['state']): void {
    audit.state = state;
    audit.shown = { start: null, end: null };
    unsettled -= 1;
  }

  function decline(row: ShardRow, attempt: number, why: Leaving): void {
    close(ofResult(row, attempt));
    withdraw(row, attempt, why);
  }

  /** What a replay found (V4, V5). */
  function conclude(audit: AuditRow, { verdict }: Judgement): void {
    const { shard: row, attempt, device, handover } = audit;
    settle(audit, verdict);
    const { valid, invalid } = device.standing;
    if (verdict === 'valid') device.standing = { valid: valid + 1, invalid };
    if (verdict === 'invalid') device.standing = { valid, invalid: invalid + 1 };
    switch (leavesWith(verdict)) {
      case 'nothing':
        if (handover !== null) {
          const own = row.audits.filter((a) => a.handover === handover);
          if (handover.state === 'asked' && own.every((a) => a.state === 'valid'))
            handover.state = 'valid';
          return;
        }
        row.verified =
          row.shard.accepted === attempt &&
          ofResult(row, attempt).every((a) => a.state === 'valid');
        return;
      case 'attempt':
        if (handover !== null) declineHandover(handover, row);
        else decline(row, attempt, 'inconclusive');
        return;
      case 'device':
        close(device.audits);
        for (const [other, by] of [...device.accepted]) withdraw(other, by, 'invalid');
        dropLegs(device);
    }
  }

  /** Sets idle verifiers to what has waited longest. */
  function verify(): void {
    while (replaying.size < verifiers.count && taken < open.length) {
      const audit = open[taken++];
      if (audit === undefined || audit.state !== 'open') continue;
      const run = audit.shard.runs.find((r) => r.id === audit.segment.run);
      const results = audit.handover?.results ?? audit.shard.results;
      const result = results.find((r) => r.run === audit.segment.run);
      if (run === undefined || result === undefined) throw new Error(`${audit.id} has no run.`);
      const { claimed, replayed, start, sizes } = replay(run, audit.segment, result, audit.shown);
      const judgement = judge(claimed, replayed, start, TOLERANCE, sizes);
      // What is inconclusive is replayed a second time another way.
      const times = judgement.verdict === 'inconclusive' ? 2 : 1;
      const steps = times * (audit.segment.to - audit.segment.from);
      book.replayed(steps);
      const mine = replaying;
      mine.add(audit);
      timeline.after((1000 * steps) / verifiers.runStepsPerSecond, () => {
        // A restart has taken the verifier: the segment waits until its time is up.
        if (mine !== replaying) return;
        mine.delete(audit);
        if (audit.state === 'open') conclude(audit, judgement);
        verify();
      });
    }
    if (taken > 10_000) {
      open.splice(0, taken);
      taken = 0;
    }
  }

  const asksOf = (row: ShardRow, attempt: number): Ask[] =>
    row.audits
      .filter((a) => a.attempt === attempt && a.handover === null && a.state === 'asked')
      .map(({ id, segment: { run, from, to } }) => ({ audit: id, run, from, to }));

  return {
    lease(id, deviceClass) {
      const device = deviceIn(store, id);
      const now = timeline.now();
      if (device.standing.invalid > 0) return { kind: 'barred' };
      const row = dispatch.next(device, deviceClass, now);
      if (row === null) return { kind: 'no-work' };
      if ((device.failed.get(row.investigation) ?? 0) >= MAX_INVALID) {
        watch(row);
        return { kind: 'barred' };
      }
      const outcome = apply(row, { kind: 'lease', device: id, now, ...DEADLINES });
      if (outcome.kind !== 'leased') throw new Error(`The shard ${row.id} was not free.`);
      holds(id, row, outcome.attempt, outcome.softAt);
      watch(row);
      const start = startOf(row);
      if (start !== null) row.bases.set(outcome.attempt, start);
      return { kind: 'lease', shard: row.id, attempt: outcome.attempt, runs: row.runs, start };
    },
    progress(device, shard, attempt) {
      const row = store.shards.get(shard);
      if (row === undefined) return 'lost';
      const now = timeline.now();
      const event = { kind: 'progress', attempt, device, now, done: 0, ...DEADLINES } as const;
      const outcome = apply(row, event);
      if (outcome.kind !== 'renewed') return 'lost';
      holds(device, row, attempt, outcome.softAt);
      watch(row);
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
        ask({ row, attempt, device, handover }, handover.results, drawn);
        timeline.after(ANSWER_WITHIN_MS + 1, () => {
          const own = row.audits.filter((a) => a.handover === handover);
          if (own.some((a) => a.state === 'asked')) declineHandover(handover, row);
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
      const submitted = runsOf(made);
      const expected = row.runs.map((r) => r.id);
      const problem =
        problemOf(row.program, expected, submitted) ??
        problemAt(row, submitted, tipOf(row, attempt, false));
      const was = row.shard.attempts.find((a) => a.number === attempt && a.device === id)?.state;
      const now = timeline.now();
      const event = { kind: 'submit', attempt, device: id, now, valid: problem === null } as const;
      const outcome = apply(row, event);
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
            countFailure(device, row);
            book.refusedAsInvalid(row, attempt);
            watched.delete(row);
            watch(row);
          }
          return { counted: false, asks: [] };
        default:
          return { counted: false, asks: [] };
      }
    },
    answer(device, id, start, end) {
      const audit = store.audits.get(id);
      if (audit === undefined || audit.device.id !== device || audit.state !== 'asked') return;
      const { committed, segment, shard, attempt } = audit;
      const fits = (digest: string | null, state: State | null) =>
        digest === null || (state !== null && digestOf(state) === digest);
      if ((segment.from !== 0 && !fits(committed.start, start)) || !fits(committed.end, end)) {
        if (audit.handover === null) decline(shard, attempt, 'declined');
        else declineHandover(audit.handover, shard);
        return;
      }
      audit.state = 'open';
      audit.shown = {
        start: segment.from === 0 ? null : start,
        end: committed.end === null ? null : end,
      };
      open.push(audit);
      verify();
      backlog = Math.max(backlog, open.length - taken);
    },
    restart() {
      sockets.clear();
      const unfinished = [...replaying];
      replaying = new Set();
      timeline.after(REPLAY_WITHIN_MS, () => {
        open.push(...unfinished.filter((audit) => audit.state === 'open'));
        verify();
      });
      verify();
    },
    isDone: () => missing <= 0 && unsettled === 0,
    missing: () => missing,
    backlog: () => backlog,
  };
}
