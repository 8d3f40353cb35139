/**
 * Who carried a run from where to where, and whether that is one unbroken chain: pure, of what is kept of
 * handovers and of the hashes that the result committed.
 */
import type { BackendName, CheckpointHash } from '../compute/engines/engine.ts';
import type { HandoverRow } from './handover-rows.ts';
import type { Leg } from './protocol.ts';

export interface Carrier extends Leg {
  readonly device: string;
  readonly backend: BackendName;
}

/** The last part of a run: whose result it is, and the handover that it went on from. */
export interface LastLeg {
  readonly attempt: number;
  readonly device: string;
  readonly backend: BackendName;
  readonly tip: HandoverRow | null;
  /** Where the run ended: its last step, or its divergence. */
  readonly end: number;
  readonly checkpoints: readonly CheckpointHash[];
}

/**
 * The legs of a run, from its seed on. A device that came back to the same attempt has one leg of it.
 * @param last null while the run has no result: then as far as it was handed over
 */
export function legsOf(
  run: string,
  all: readonly HandoverRow[],
  furthest: HandoverRow | null,
  last: LastLeg | null,
): Carrier[] {
  const byId = new Map(all.map((h) => [h.id, h]));
  const chain: HandoverRow[] = [];
  for (
    let at = last === null ? furthest : last.tip;
    at !== null;
    at = byId.get(at.parent ?? '') ?? null
  )
    chain.unshift(at);
  const parts = chain.map(({ attempt, device, report, fromStep, toStep, ends }) => ({
    ...{ attempt, device, backend: report.backend, from: fromStep, to: toStep },
    ended: ends[run] ?? null,
  }));
  if (last !== null) {
    const { attempt, device, backend, end, checkpoints } = last;
    const ended = checkpoints.find(({ step }) => step === end)?.sha256 ?? null;
    // Of a run that diverged, what came after on the other runs of its shard is nobody's leg.
    const own = parts.filter(({ from }) => from < end);
    const to = own.at(-1)?.to ?? 0;
    parts.splice(0, parts.length, ...own.map((part) => ({ ...part, to: Math.min(part.to, end) })));
    if (to < end || parts.length === 0)
      parts.push({ attempt, device, backend, from: to, to: end, ended });
  }
  const legs: Carrier[] = [];
  let began = last?.checkpoints.find(({ step }) => step === 0)?.sha256 ?? null;
  for (const part of parts) {
    const before = legs.at(-1);
    if (before?.attempt === part.attempt)
      legs.splice(-1, 1, { ...before, to: part.to, ended: part.ended });
    else legs.push({ ...part, began });
    began = part.ended;
  }
  return legs;
}

/**
 * Why these legs and the hashes of the result are not one unbroken chain from the seed to the end, in a
 * sentence; null if they are: each leg begins where the one before ended, with the state that it ended
 * with, and that state is the one that the result committed there.
 * @param end the last step, or where the run diverged
 */
export function problemOfChain(
  legs: readonly Leg[],
  checkpoints: readonly CheckpointHash[],
  end: number,
): string | null {
  const committed = new Map(checkpoints.map(({ step, sha256 }) => [step, sha256]));
  let [at, state] = [0, committed.get(0) ?? null];
  if (state === null) return 'The result committed no state at its start.';
  for (const { from, to, began, ended } of legs) {
    if (from !== at) return `A leg begins at step ${from}, but the one before ended at step ${at}.`;
    if (to <= from) return `A leg from step ${from} to step ${to} goes nowhere.`;
    if (began !== state)
      return `At step ${from}, a leg begins with another state than was left there.`;
    if (ended !== (committed.get(to) ?? null))
      return `At step ${to}, the state that was handed over is not the one that the result committed.`;
    [at, state] = [to, ended];
  }
  return at === end ? null : `The legs end at step ${at}, and the run at step ${end}.`;
}
