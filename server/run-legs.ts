/** The legs of stored runs, for cards and exports. */
import { inArray } from 'drizzle-orm';
import { type runs, shards } from '../db/schema.ts';
import { groupBy } from './group.ts';
import { basesOf, handoversOf, tipOf } from './handover-rows.ts';
import { type Carrier, legsOf, problemOfChain } from './legs.ts';
import type { Tx } from './sequence.ts';
import { hashesOf } from './validate.ts';

type StoredRun = Pick<
  typeof runs.$inferSelect,
  'id' | 'shard' | 'program' | 'outcome' | 'hashes' | 'device' | 'report'
>;

export interface RunLegs {
  readonly legs: readonly Carrier[];
  /** Why they are not one unbroken chain, in a sentence; null if they are, or while there is no result. */
  readonly broken: string | null;
}

/** Reads once what the runs of these shards need, and gives the legs of each. */
export async function legsIn(
  tx: Pick<Tx, 'select'>,
  which: readonly string[],
): Promise<(run: StoredRun) => RunLegs> {
  const ids = [...new Set(which)];
  const rows = await tx
    .select({ id: shards.id, accepted: shards.accepted })
    .from(shards)
    .where(inArray(shards.id, ids));
  const accepted = new Map(rows.map((row) => [row.id, row.accepted]));
  const moved = groupBy(await handoversOf(tx, ids), (h) => h.shard);
  const bases = await basesOf(tx, [...moved.keys()]);
  return (run) => {
    const { id, shard, device, outcome, report, program } = run;
    const all = moved.get(shard ?? '') ?? [];
    const number = accepted.get(shard ?? '') ?? null;
    if (shard === null || number === null || outcome === null || device === null) {
      const furthest = all.findLast((h) => h.state === 'valid') ?? null;
      return { legs: legsOf(id, all, furthest, null), broken: null };
    }
    const base = bases.get(`${shard}/${number}`) ?? null;
    const checkpoints = hashesOf(run);
    const end = outcome.kind === 'diverged' ? outcome.step : program.steps;
    const legs = legsOf(id, all, null, {
      ...{ attempt: number, device, backend: report?.backend ?? 'cpu', end, checkpoints },
      tip: tipOf(all, shard, { number, base }, true),
    });
    return { legs, broken: problemOfChain(legs, checkpoints, end) };
  };
}
