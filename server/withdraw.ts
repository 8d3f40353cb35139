/**
 * Results that leave again: what did not stand up to verification. In one transaction the attempts
 * are withdrawn, their shards open again, their runs have no result any more, and their cells are
 * counted anew, and folded anew when somebody looks (V4).
 */
import { and, eq, inArray, isNotNull, type SQL, sql } from 'drizzle-orm';
import { attempts, cells, runs } from '../db/schema.ts';
import { groupBy } from './group.ts';
import { numberedAll, type Tx } from './sequence.ts';
import { lockShards, readShards, writeShards } from './shard-rows.ts';
import { newShard, transition } from './shards.ts';

export interface AttemptOf {
  readonly shard: string;
  readonly attempt: number;
}

/** Withdraws those of these attempts that count; returns the codes of the rooms that see it. */
export async function withdraw(tx: Tx, which: readonly AttemptOf[]): Promise<readonly string[]> {
  if (which.length === 0) return [];
  const rows = await lockShards(tx, [...new Set(which.map((a) => a.shard))]);
  const before = await readShards(tx, [...rows.values()]);
  const changes = which.flatMap(({ shard: id, attempt }) => {
    const was = before.get(id) ?? newShard;
    const device = was.attempts.find((a) => a.number === attempt)?.device;
    if (device === undefined || was.accepted !== attempt) return [];
    const { shard, outcome } = transition(was, { kind: 'withdraw', attempt, device });
    return outcome.kind === 'withdrawn' ? [{ id, before: was, after: shard }] : [];
  });
  if (changes.length === 0) return [];
  await writeShards(tx, changes);
  const investigations = changes.flatMap(({ id }) => rows.get(id)?.investigation ?? []);
  const found = await numberedAll(tx, [...new Set(investigations)]);
  const left = [];
  for (const { id, seq } of found.values()) {
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
        .returning({ investigation: runs.investigation, cell: runs.cell })),
    );
  }
  await recount(tx, left, found);
  return [...found.values()].map(({ code }) => code);
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
