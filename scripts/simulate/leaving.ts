/**
 * What leaves again, as `server/withdraw.ts` and `handover-rows.ts` say it in SQL, in the same order: what a
 * verdict takes with it (V4, V5), what went on from a leg that was forged (L12), and what stood on a run that
 * left (T3).
 */
import type { ShardEvent, Transition } from '../../server/shards.ts';
import { type Judgement, leavesWith } from '../../server/trust.ts';
import { type Audits, ofResult } from './audits.ts';
import type { Book, Leaving as Why } from './book.ts';
import type { Charts } from './charts.ts';
import { droppedOf } from './handovers.ts';
import type { Offers } from './offers.ts';
import type { Stages } from './stages.ts';
import {
  type AuditRow,
  type DeviceRow,
  deviceIn,
  type HandoverRow,
  type ShardRow,
  type Store,
} from './store.ts';

export interface Leaving {
  /** What a replay found takes with it. */
  conclude(audit: AuditRow, verdict: Judgement['verdict']): void;
  /** The result was not shown, or did not settle. */
  decline(row: ShardRow, attempt: number, why: Why): void;
  declineHandover(handover: HandoverRow, row: ShardRow): void;
  /** The device failed in this investigation once more. */
  countFailure(device: DeviceRow, row: ShardRow): void;
  /** Runs that have left so far, and counted before. */
  left(): number;
}

export interface LeavingParts {
  readonly store: Store;
  readonly charts: Charts;
  readonly book: Book;
  readonly offers: Offers;
  readonly audits: Audits;
  readonly stages: Stages;
  readonly apply: (row: ShardRow, event: ShardEvent) => Transition['outcome'];
}

export function createLeaving(parts: LeavingParts): Leaving {
  const { store, charts, book, offers, audits, stages, apply } = parts;
  let left = 0;

  function countFailure(device: DeviceRow, { investigation }: ShardRow): void {
    device.failed.set(investigation, (device.failed.get(investigation) ?? 0) + 1);
  }

  /** The result of an attempt does not count any more, nor what stood on it. */
  function leaves(row: ShardRow, attempt: number, device: DeviceRow, why: Why): void {
    device.accepted.delete(row);
    charts.remove(row, attempt);
    book.left(row, attempt, why);
    left += row.runs.length;
    row.results = [];
    row.lasts = [];
    for (const standing of stages.standingOn(row.runs)) recall(standing);
    stages.settle(row.runs);
  }

  /** Nobody who computed it is blamed. */
  function recall(row: ShardRow): void {
    const { accepted, attempts } = row.shard;
    const by = attempts.find((a) => a.number === accepted);
    apply(row, { kind: 'recall' });
    audits.close(row.audits);
    for (const handover of row.handovers) handover.state = 'undone';
    if (by !== undefined && accepted !== null && row.shard.accepted === null)
      leaves(row, accepted, deviceIn(store, by.device), 'recalled');
    stages.takeOut(row);
  }

  function withdraw(row: ShardRow, attempt: number, why: Why): void {
    const by = row.shard.attempts.find((a) => a.number === attempt);
    if (by === undefined || row.shard.accepted !== attempt) return;
    const outcome = apply(row, { kind: 'withdraw', attempt, device: by.device });
    if (outcome.kind !== 'withdrawn') return;
    const device = deviceIn(store, by.device);
    countFailure(device, row);
    leaves(row, attempt, device, why);
    offers.watch(row);
  }

  function decline(row: ShardRow, attempt: number, why: Why): void {
    audits.close(ofResult(row, attempt));
    withdraw(row, attempt, why);
  }

  function declineHandover(handover: HandoverRow, row: ShardRow): void {
    if (handover.state === 'asked') {
      handover.state = 'declined';
      countFailure(handover.device, row);
    }
    audits.close(row.audits.filter((a) => a.handover === handover));
  }

  /** Its legs leave, and what went on from them, at no cost to whoever trained that (V4, L12). */
  function dropLegs(device: DeviceRow): void {
    for (const row of device.legs) {
      const gone = droppedOf(row, device);
      for (const [attempt, base] of [...row.bases]) if (gone.has(base)) undo(row, attempt);
      for (const handover of gone) {
        handover.state = 'undone';
        audits.close(row.audits.filter((a) => a.handover === handover));
      }
    }
  }

  function undo(row: ShardRow, attempt: number): void {
    const by = row.shard.attempts.find((a) => a.number === attempt);
    if (by === undefined) return;
    const counted = row.shard.accepted === attempt;
    apply(row, { kind: 'undo', attempt, device: by.device });
    if (counted && row.shard.accepted === null) {
      audits.close(ofResult(row, attempt));
      leaves(row, attempt, deviceIn(store, by.device), 'undone');
      offers.watch(row);
    } else {
      offers.again(row);
    }
  }

  return {
    conclude({ shard: row, attempt, device, handover }, verdict) {
      const { valid, invalid } = device.standing;
      if (verdict === 'valid') device.standing = { valid: valid + 1, invalid };
      if (verdict === 'invalid') device.standing = { valid, invalid: invalid + 1 };
      switch (leavesWith(verdict)) {
        case 'nothing': {
          const own = row.audits.filter((a) => a.handover === handover);
          if (handover?.state === 'asked' && own.every((a) => a.state === 'valid'))
            handover.state = 'valid';
          stages.settle(row.runs);
          return;
        }
        case 'attempt':
          if (handover !== null) declineHandover(handover, row);
          else decline(row, attempt, 'inconclusive');
          return;
        case 'device':
          audits.close(device.audits);
          for (const [other, by] of [...device.accepted]) withdraw(other, by, 'invalid');
          dropLegs(device);
      }
    },
    decline,
    declineHandover,
    countFailure,
    left: () => left,
  };
}
