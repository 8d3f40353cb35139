/**
 * Handovers of the simulated coordinator, as `server/handovers.ts` and `handover-rows.ts` say them in SQL,
 * in the same order: what is taken, who goes on from it, and what leaves with a device that forged. The
 * drawing, the checks of a start and what is drawn from are the real code.
 */
import { SEGMENTS_BETWEEN } from '../../compute/engines/carried.ts';
import type { CheckpointHash } from '../../compute/engines/engine.ts';
import {
  committedBetween,
  digestOf,
  prefixesOfResult,
  problemOfStart,
} from '../../server/handover-check.ts';
import type { Committed } from '../../server/trust.ts';
import { hashesOf, runsOf, type SubmittedRun } from '../../server/validate.ts';
import type { DeviceRow, HandoverRow, ShardRow } from './store.ts';
import type { Made } from './training.ts';

/** Where whoever is leased this shard goes on (V6); null: from the seeds. */
export function startOf({ handovers }: ShardRow): HandoverRow | null {
  const valid = handovers.filter((h) => h.state === 'valid');
  return valid.reduce<HandoverRow | null>((a, b) => (a !== null && a.to >= b.to ? a : b), null);
}

/** Where an attempt got to: its last handover that stands, else the one that it went on from. */
export function tipOf(row: ShardRow, attempt: number, verified: boolean): HandoverRow | null {
  const own = row.handovers.filter(
    (h) => h.attempt === attempt && (h.state === 'valid' || (!verified && h.state === 'asked')),
  );
  return own.at(-1) ?? row.bases.get(attempt) ?? null;
}

/** What is wrong with a result that does not go on from where its attempt began; null if nothing is. */
export const problemAt = (
  { program }: ShardRow,
  submitted: readonly SubmittedRun[] | null,
  tip: HandoverRow | null,
): string | null =>
  problemOfStart(
    program,
    prefixesOfResult(submitted ?? []),
    tip === null ? null : { toStep: tip.to, digest: tip.digest },
  );

const divergedIn = ({ outcome }: SubmittedRun): number | null =>
  outcome.kind === 'diverged' ? outcome.step : null;

/** What can be drawn of these runs from one step to another; without another, to the end. */
export function drawnFrom(
  { program }: ShardRow,
  results: readonly SubmittedRun[],
  from: number,
  to?: number,
): readonly Committed[] {
  const runs = results.map((r) => {
    const diverged = divergedIn(r);
    return { id: r.run, diverged: to !== undefined && (diverged ?? 0) > to ? null : diverged };
  });
  return committedBetween(program, runs, from, to);
}

/** What a device hands over of what it will have made, up to a step; null if it is no handover. */
export function takenOf(
  row: ShardRow,
  by: { readonly attempt: number; readonly device: DeviceRow },
  made: Made,
  step: number,
): HandoverRow | null {
  const { attempt, device } = by;
  if (row.handovers.some((h) => h.attempt === attempt && h.state !== 'valid')) return null;
  const parent = tipOf(row, attempt, true);
  const results = runsOf(made);
  const least = (parent?.to ?? 0) + SEGMENTS_BETWEEN * row.program.checkpointEvery;
  if (results === null || step < least) return null;
  const training = results.some((r) => (divergedIn(r) ?? Number.POSITIVE_INFINITY) > step);
  if (!training || problemAt(row, results, parent) !== null) return null;
  return {
    ...{ id: `${row.id}/${attempt}/${step}`, attempt, device, parent, from: parent?.to ?? 0 },
    ...{ to: step, state: 'asked', made, results },
    digest: digestOf(row.program, step, prefixesOfResult(results)),
  };
}

/** The hashes that it committed for a run. */
export const hashesIn = (
  { program }: ShardRow,
  result: SubmittedRun | undefined,
): readonly CheckpointHash[] => (result === undefined ? [] : hashesOf({ ...result, program }));

/** What leaves when a device forged: its handovers, and whatever goes on from one. */
export function droppedOf(row: ShardRow, device: DeviceRow): ReadonlySet<HandoverRow> {
  const gone = new Set<HandoverRow>();
  for (const h of [...row.handovers].sort((a, b) => a.to - b.to))
    if (h.device === device || (h.parent !== null && gone.has(h.parent))) gone.add(h);
  return gone;
}
