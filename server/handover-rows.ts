/**
 * Handovers as rows: read, settled, and undone. The bytes are kept of the furthest verified one of a shard,
 * and of those that are being verified; of the others stays who got from where to where, and a digest that
 * holds whoever goes on to it.
 */
import { and, asc, desc, eq, inArray, isNotNull, or } from 'drizzle-orm';
import { type PackedCarried, unpackCarried } from '../compute/engines/carried.ts';
import { packHashes } from '../compute/engines/result-bytes.ts';
import type { ProgramSpec } from '../compute/programs/program.ts';
import { attempts, audits, handovers, type runs, shards } from '../db/schema.ts';
import { endAudits } from './audit-rows.ts';
import type { Tx } from './sequence.ts';
import { bytesOf } from './validate.ts';
import { type AttemptOf, withdraw } from './withdraw.ts';

export type Handover = typeof handovers.$inferSelect;

/** All of it but the bytes. */
const columns = {
  ...{ id: handovers.id, shard: handovers.shard, attempt: handovers.attempt },
  ...{ device: handovers.device, report: handovers.report, parent: handovers.parent },
  ...{ fromStep: handovers.fromStep, toStep: handovers.toStep, state: handovers.state },
  ...{ ends: handovers.ends, digest: handovers.digest, createdAt: handovers.createdAt },
};
export type HandoverRow = Pick<Handover, keyof typeof columns>;

/** All of these shards, the shortest first. */
export async function handoversOf(
  tx: Pick<Tx, 'select'>,
  which: readonly string[],
): Promise<readonly HandoverRow[]> {
  if (which.length === 0) return [];
  return await tx
    .select(columns)
    .from(handovers)
    .where(inArray(handovers.shard, [...which]))
    .orderBy(asc(handovers.toStep), asc(handovers.createdAt));
}

/**
 * Where an attempt got to: its last handover that stands, else the one that it went on from.
 * @param verified only what stood up to replay
 */
export function tipOf(
  all: readonly HandoverRow[],
  shard: string,
  attempt: { readonly number: number; readonly base: string | null },
  verified: boolean,
): HandoverRow | null {
  const own = all.filter(
    (h) =>
      h.shard === shard &&
      h.attempt === attempt.number &&
      (h.state === 'valid' || (!verified && h.state === 'asked')),
  );
  return own.at(-1) ?? all.find((h) => h.id === attempt.base) ?? null;
}

/** What attempts went on from, by `shard/attempt`; of those that began at the seeds, nothing. */
export async function basesOf(
  tx: Pick<Tx, 'select'>,
  which: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (which.length === 0) return new Map();
  const rows = await tx
    .select({ shard: attempts.shard, number: attempts.number, base: attempts.base })
    .from(attempts)
    .where(and(inArray(attempts.shard, [...which]), isNotNull(attempts.base)));
  return new Map(rows.map(({ shard, number, base }) => [`${shard}/${number}`, base ?? '']));
}

const isFurthest = and(eq(handovers.state, 'valid'), isNotNull(handovers.values));

/** Where whoever is leased this shard goes on; null: from the seeds. */
export async function startOf(
  tx: Pick<Tx, 'select'>,
  shard: string,
): Promise<{ readonly id: string; readonly carried: PackedCarried } | null> {
  const [row] = await tx
    .select()
    .from(handovers)
    .where(and(eq(handovers.shard, shard), isFurthest))
    .orderBy(desc(handovers.toStep))
    .limit(1);
  const carried = row === undefined ? null : packedOf(row);
  return row === undefined || carried === null ? null : { id: row.id, carried };
}

function packedOf({ toStep, runs, values, hashes, states }: Handover): PackedCarried | null {
  if (runs === null || values === null || hashes === null || states === null) return null;
  return { step: toStep, runs, values, hashes, states };
}

const GONE = { runs: null, values: null, hashes: null, states: null };

/** Drops the bytes of all verified handovers of a shard but the furthest. */
export async function keepFurthest(tx: Tx, shard: string): Promise<void> {
  const kept = await tx
    .select({ id: handovers.id })
    .from(handovers)
    .where(and(eq(handovers.shard, shard), isFurthest))
    .orderBy(desc(handovers.toStep), asc(handovers.createdAt));
  const others = kept.slice(1).map(({ id }) => id);
  if (others.length > 0) await tx.update(handovers).set(GONE).where(inArray(handovers.id, others));
}

/** Drops all bytes of a shard that nobody will go on with: its result is in, and verified. */
export async function forgetHandovers(tx: Tx, shard: string): Promise<void> {
  await tx
    .update(handovers)
    .set(GONE)
    .where(and(eq(handovers.shard, shard), isFurthest));
}

/** All that was drawn of it stood up to replay: it can be gone on from (V6). */
export async function verifyHandover(tx: Tx, id: string): Promise<void> {
  const [row] = await tx
    .update(handovers)
    .set({ state: 'valid' })
    .where(and(eq(handovers.id, id), eq(handovers.state, 'asked')))
    .returning({ shard: handovers.shard });
  if (row !== undefined) await keepFurthest(tx, row.shard);
}

/** It was not shown, or its replay settled nothing: nobody goes on from it, and nothing else happens (V5). */
export async function declineHandover(tx: Tx, id: string): Promise<void> {
  await tx
    .update(handovers)
    .set({ state: 'declined', ...GONE })
    .where(and(eq(handovers.id, id), eq(handovers.state, 'asked')));
  await endAudits(tx, eq(audits.handover, id));
}

/** What an accepted attempt had handed over and nobody has verified yet is its result's from now on. */
export async function takeIntoResult(tx: Tx, which: readonly AttemptOf[]): Promise<void> {
  if (which.length === 0) return;
  const own = or(
    ...which.map((a) => and(eq(handovers.shard, a.shard), eq(handovers.attempt, a.attempt))),
  );
  const waiting = await tx
    .delete(handovers)
    .where(and(eq(handovers.state, 'asked'), own))
    .returning({ id: handovers.id });
  const ids = waiting.map(({ id }) => id);
  if (ids.length > 0)
    await tx.update(audits).set({ handover: null }).where(inArray(audits.handover, ids));
}

/**
 * A device forged: its legs leave, and with them every attempt that went on from one, as far as it counts
 * or may count, at no cost to whoever trained it (V4, L12).
 * @returns codes of the rooms that see it
 */
export async function dropLegsOf(tx: Tx, device: string): Promise<readonly string[]> {
  const own = await tx
    .selectDistinct({ shard: handovers.shard })
    .from(handovers)
    .where(eq(handovers.device, device));
  const all = await handoversOf(
    tx,
    own.map(({ shard }) => shard),
  );
  const gone = new Set<string>();
  // The shortest first: whatever goes on from another comes after it.
  for (const h of all)
    if (h.state !== 'declined') {
      const goesOn = h.parent !== null && gone.has(h.parent);
      if (h.device === device || goesOn) gone.add(h.id);
    }
  if (gone.size === 0) return [];
  const ids = [...gone];
  const after = await tx
    .select({ shard: attempts.shard, attempt: attempts.number })
    .from(attempts)
    .where(inArray(attempts.base, ids));
  // Before the handovers, as everybody locks: results come to their shards first.
  const rooms = await withdraw(tx, after, 'undo');
  await tx
    .update(handovers)
    .set({ state: 'undone', ...GONE })
    .where(inArray(handovers.id, ids));
  await endAudits(tx, inArray(audits.handover, ids));
  return rooms;
}

/** What a run would have in its row, if what was handed over were its result. */
type AsResult = Pick<
  typeof runs.$inferSelect,
  'outcome' | 'hashes' | 'steps' | 'columns' | 'columnNames' | 'report'
>;

/** Runs as these handovers have them, by `handover run`: what their segments are compared with. */
export async function handedRuns(
  tx: Pick<Tx, 'select'>,
  ids: readonly string[],
): Promise<ReadonlyMap<string, AsResult>> {
  if (ids.length === 0) return new Map();
  const rows = await tx
    .select({ handover: handovers, program: shards.program })
    .from(handovers)
    .innerJoin(shards, eq(shards.id, handovers.shard))
    .where(inArray(handovers.id, [...new Set(ids)]));
  return new Map(rows.flatMap(({ handover, program }) => resultsOf(handover, program)));
}

function resultsOf(handover: Handover, program: ProgramSpec): [string, AsResult][] {
  const packed = packedOf(handover);
  const carried = packed === null ? null : unpackCarried(program, packed);
  return (carried?.runs ?? []).map(({ id, series, diverged, hashes }) => [
    `${handover.id} ${id}`,
    {
      outcome:
        diverged === null ? { kind: 'completed' as const } : { kind: 'diverged', step: diverged },
      hashes: packHashes(hashes),
      steps: bytesOf(series.steps),
      columns: Buffer.concat(Object.values(series.columns).map(bytesOf)),
      columnNames: Object.keys(series.columns),
      report: handover.report,
    },
  ]);
}
