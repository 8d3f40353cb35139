/**
 * Results that leave again: what did not stand up to verification. In one transaction the attempts
 * are withdrawn, their shards open again, their runs have no result any more, and their cells are
 * counted anew, and folded anew when somebody looks (V4). What stood on those runs leaves with them (T3).
 */
import { and, eq, inArray, isNotNull, type SQL, sql } from 'drizzle-orm';
import { attempts, audits, cells, handovers, runs } from '../db/schema.ts';
import { endAudits } from './audit-rows.ts';
import { groupBy } from './group.ts';
import { forgetLastStates } from './last-states.ts';
import { numberedAll, type Tx } from './sequence.ts';
import {
  lockShards,
  readShards,
  type ShardChange,
  type ShardRow,
  writeShards,
} from './shard-rows.ts';
import { newShard, type Shard, transition } from './shards.ts';
import { dependentsOf, settleDependents, takeOut } from './stages.ts';

export interface AttemptOf {
  readonly shard: string;
  readonly attempt: number;
}

/**
 * Withdraws those of these attempts that count; returns the codes of the rooms that see it.
 * @param kind `undo`: also those that may still count, at no cost to their devices (L12)
 */
export async function withdraw(
  tx: Tx,
  which: readonly AttemptOf[],
  kind: 'withdraw' | 'undo' = 'withdraw',
): Promise<readonly string[]> {
  if (which.length === 0) return [];
  const own = [...new Set(which.map((a) => a.shard))];
  const inThem = await tx.select({ id: runs.id }).from(runs).where(inArray(runs.shard, own));
  const standing = await shardsStandingOn(tx, inThem);
  // All at once, in the order in which results lock them.
  const rows = await lockShards(tx, [...own, ...standing]);
  const before = await readShards(tx, [...rows.values()]);
  const after = new Map(before);
  for (const { shard: id, attempt } of which) {
    const was = after.get(id) ?? newShard;
    const device = was.attempts.find((a) => a.number === attempt)?.device;
    if (device === undefined || (kind === 'withdraw' && was.accepted !== attempt)) continue;
    after.set(id, transition(was, { kind, attempt, device }).shard);
  }
  const changed = own.flatMap((id): ShardChange[] => {
    const [was, is] = [before.get(id), after.get(id)];
    return was === undefined || is === undefined || was === is
      ? []
      : [{ id, before: was, after: is }];
  });
  const hasLeft = ({ before: was, after: is }: ShardChange) =>
    was.accepted !== null && is.accepted === null;
  await writeShards(
    tx,
    changed.filter((change) => !hasLeft(change)),
  );
  const changes = changed.filter(hasLeft);
  if (changes.length === 0) return [];
  const withdrawn = new Set(changes.map(({ id }) => id));
  const others = standing.filter((id) => !withdrawn.has(id));
  const codes = new Set<string>();
  let left = await leave(tx, rows, [...changes, ...recalls(others, before)], standing, codes);
  // Leased while this waited for its locks: not for long, as a lease holds the runs that it stands on.
  for (;;) {
    const late = await shardsStandingOn(tx, left);
    if (late.length === 0) return [...codes];
    const found = await lockShards(tx, late);
    const was = await readShards(tx, [...found.values()]);
    left = await leave(tx, found, recalls(late, was), late, codes);
  }
}

const recalls = (ids: readonly string[], before: ReadonlyMap<string, Shard>): ShardChange[] =>
  ids.map((id) => {
    const was = before.get(id) ?? newShard;
    return { id, before: was, after: transition(was, { kind: 'recall' }).shard };
  });

/** Shards with a run that stands on one of these, through all stages. */
async function shardsStandingOn(
  tx: Tx,
  inputs: readonly { readonly id: string }[],
): Promise<readonly string[]> {
  const dependents = await dependentsOf(
    tx,
    inputs.map(({ id }) => id),
  );
  return [...new Set(dependents.flatMap(({ shard }) => shard ?? []))];
}

/**
 * Stores what became of shards, whose runs have no result any more; those of `standing`, which stood on
 * others, are in no shard, are not replayed, and wait again. Returns all of these runs.
 */
async function leave(
  tx: Tx,
  rows: ReadonlyMap<string, ShardRow>,
  changes: readonly ShardChange[],
  standing: readonly string[],
  codes: Set<string>,
): Promise<readonly { readonly id: string }[]> {
  await writeShards(tx, changes);
  const investigations = changes.flatMap(({ id }) => rows.get(id)?.investigation ?? []);
  const found = await numberedAll(tx, [...new Set(investigations)]);
  const left = [];
  for (const { id, seq, code } of found.values()) {
    codes.add(code);
    const ids = changes.map((c) => c.id).filter((s) => rows.get(s)?.investigation === id);
    const gone = {
      ...{ outcome: null, summary: null, traces: null, steps: null, columns: null },
      ...{ columnNames: null, hashes: null, device: null, report: null, verified: false },
    };
    left.push(
      ...(await tx
        .update(runs)
        .set({ ...gone, seq })
        .where(inArray(runs.shard, ids))
        .returning({
          ...{ id: runs.id, shard: runs.shard },
          ...{ investigation: runs.investigation, cell: runs.cell },
        })),
    );
  }
  await recount(tx, left, found);
  await forgetLastStates(
    tx,
    changes.map(({ id }) => id),
  );
  if (standing.length > 0) {
    await endAudits(tx, inArray(audits.shard, [...standing]));
    const bytes = { runs: null, values: null, hashes: null, states: null };
    await tx
      .update(handovers)
      .set({ state: 'undone', ...bytes })
      .where(inArray(handovers.shard, [...standing]));
    const recalled = new Set(standing);
    const waiting = left.filter(({ shard }) => shard !== null && recalled.has(shard));
    await takeOut(
      tx,
      waiting.map(({ id }) => id),
    );
  }
  await settleDependents(
    tx,
    left.map(({ id }) => id),
  );
  return left;
}

/** Counts cells anew from the runs that they have, after some have left. */
async function recount(
  tx: Tx,
  left: readonly { readonly investigation: string; readonly cell: number }[],
  found: ReadonlyMap<string, { readonly seq: number }>,
): Promise<void> {
  for (const [id, group] of groupBy(left, (run) => run.investigation)) {
    const indices = [...new Set(group.map((run) => run.cell))];
    const has = (kind: SQL) => sql<number>`(select count(*) from ${runs} where
      ${runs.investigation} = ${cells.investigation} and ${runs.cell} = ${cells.index} and ${kind})`;
    await tx
      .update(cells)
      .set({
        done: has(isNotNull(runs.outcome)),
        diverged: has(sql`${runs.outcome}->>'kind' = 'diverged'`),
        seq: found.get(id)?.seq ?? 0,
      })
      .where(and(eq(cells.investigation, id), inArray(cells.index, indices)));
  }
}

/** Everything of a device that counts, anywhere. */
export async function acceptedOf(tx: Tx, device: string): Promise<readonly AttemptOf[]> {
  const rows = await tx
    .select({ shard: attempts.shard, attempt: attempts.number, state: attempts.state })
    .from(attempts)
    .where(eq(attempts.device, device));
  return rows.filter((row) => row.state === 'accepted');
}
