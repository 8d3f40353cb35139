/**
 * Segments that are asked for, shown and replayed, as `server/audits.ts` and `verifier.ts` have it in SQL. The
 * judging is the real code; what a judgement takes with it is said in `leaving.ts`. A restart loses which
 * segments were being replayed, and nothing else.
 */
import { toleranceOf } from '../../server/tolerances.ts';
import { type Judgement, judge, type Segment } from '../../server/trust.ts';
import type { SubmittedRun } from '../../server/validate.ts';
import type { Book } from './book.ts';
import { hashesIn } from './handovers.ts';
import type { AuditRow, ShardRow, Store } from './store.ts';
import type { Timeline } from './timeline.ts';
import { digestOf, type GivenRun, replay, type SimulatedRun, type State } from './training.ts';
import { STUDY } from './workload.ts';

const REPLAY_WITHIN_MS = 2 * 60_000;
const TOLERANCE = toleranceOf(STUDY);

/** Whose segments: of a result, or of a handover. */
export type AskedOf = Pick<AuditRow, 'attempt' | 'device' | 'handover'> & {
  readonly row: ShardRow;
};

export interface Audits {
  ask(of: AskedOf, results: readonly SubmittedRun[], segments: readonly Segment[]): void;
  /** Takes the states at the ends; false if they are not those that were committed. */
  show(audit: AuditRow, start: State | null, end: State | null): boolean;
  /** What is not settled yet is not asked for or replayed any more. */
  close(audits: readonly AuditRow[]): void;
  restart(): void;
  /** Segments that are not settled. */
  unsettled(): number;
  /** Most segments that ever waited for a verifier. */
  backlog(): number;
}

export interface AuditParts {
  readonly timeline: Timeline;
  readonly store: Store;
  readonly book: Book;
  readonly verifiers: { readonly count: number; readonly runStepsPerSecond: number };
  /** The run with what it stands on now. */
  readonly given: (run: SimulatedRun) => GivenRun;
  /** The segment is settled: what was found is stored. */
  readonly conclude: (audit: AuditRow, verdict: Judgement['verdict']) => void;
}

/** Segments of an attempt's result. */
export const ofResult = ({ audits }: ShardRow, attempt: number): readonly AuditRow[] =>
  audits.filter((a) => a.attempt === attempt && a.handover === null);

export const isOpen = ({ state }: AuditRow): boolean => state === 'asked' || state === 'open';

export function createAudits(parts: AuditParts): Audits {
  const { timeline, store, book, verifiers, given, conclude } = parts;
  let unsettled = 0;
  let replaying = new Set<AuditRow>();
  const open: AuditRow[] = [];
  let [taken, backlog] = [0, 0];

  function settle(audit: AuditRow, state: AuditRow['state']): void {
    audit.state = state;
    audit.shown = { start: null, end: null };
    unsettled -= 1;
  }

  function judgementOf({ shard, segment, shown, handover, id }: AuditRow): Judgement {
    const run = shard.runs.find((r) => r.id === segment.run);
    const result = (handover?.results ?? shard.results).find((r) => r.run === segment.run);
    if (run === undefined || result === undefined) throw new Error(`${id} has no run.`);
    const { claimed, replayed, start, sizes } = replay(given(run), segment, result, shown);
    return judge(claimed, replayed, start, TOLERANCE, sizes);
  }

  /** Sets idle verifiers to what has waited longest. */
  function verify(): void {
    while (replaying.size < verifiers.count && taken < open.length) {
      const audit = open[taken++];
      if (audit === undefined || audit.state !== 'open') continue;
      const { verdict } = judgementOf(audit);
      // What is inconclusive is replayed a second time another way.
      const times = verdict === 'inconclusive' ? 2 : 1;
      const steps = times * (audit.segment.to - audit.segment.from);
      book.replayed(steps);
      const mine = replaying;
      mine.add(audit);
      timeline.after((1000 * steps) / verifiers.runStepsPerSecond, () => {
        // A restart has taken the verifier: the segment waits until its time is up.
        if (mine !== replaying) return;
        mine.delete(audit);
        if (audit.state === 'open') {
          settle(audit, verdict);
          conclude(audit, verdict);
        }
        verify();
      });
    }
    if (taken > 10_000) {
      open.splice(0, taken);
      taken = 0;
    }
  }

  return {
    ask({ row, device, ...of }, results, segments) {
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
    },
    show(audit, start, end) {
      const { committed, segment } = audit;
      const fits = (digest: string | null, state: State | null) =>
        digest === null || (state !== null && digestOf(state) === digest);
      if ((segment.from !== 0 && !fits(committed.start, start)) || !fits(committed.end, end))
        return false;
      audit.state = 'open';
      audit.shown = {
        start: segment.from === 0 ? null : start,
        end: committed.end === null ? null : end,
      };
      open.push(audit);
      verify();
      backlog = Math.max(backlog, open.length - taken);
      return true;
    },
    close(audits) {
      for (const audit of audits) if (isOpen(audit)) settle(audit, 'declined');
    },
    restart() {
      const unfinished = [...replaying];
      replaying = new Set();
      timeline.after(REPLAY_WITHIN_MS, () => {
        open.push(...unfinished.filter((audit) => audit.state === 'open'));
        verify();
      });
      verify();
    },
    unsettled: () => unsettled,
    backlog: () => backlog,
  };
}
