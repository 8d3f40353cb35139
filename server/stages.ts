/**
 * Stages of a study in the database: which runs stand on which, and when those may be leased. Rules (SPEC.md):
 *
 * - T1 A run that stands on others waits until each of them is accepted, has no segment left to be settled,
 *   and its last state has come as it was committed (or it diverged, and has none). Verified first: one forged
 *   network would spoil every pair that it is in.
 * - T2 It is leased with the hashes of those states, and whoever trains or replays it is given no others.
 * - T3 When one of them leaves, everything that stood on it leaves with it, through all stages, and waits
 *   again; nobody who computed it is blamed.
 */
import { asc, eq, inArray, type SQL, sql } from 'drizzle-orm';
import type { RunInput } from '../compute/programs/program.ts';
import { audits, lastStates, runInputs, runs, shards } from '../db/schema.ts';
import { groupBy } from './group.ts';
import { programOf, programText } from './interned.ts';
import type { Tx } from './sequence.ts';
import { hashAt } from './validate.ts';

/** A run that is to be stored with those that it stands on, by cell and seed. */
export interface Standing {
  readonly id: string;
  readonly inputs: readonly { readonly cell: number; readonly seed: number }[];
}

/** Stores what runs stand on; all of it must be stored before. They wait from now on. */
export async function insertInputs(
  tx: Tx,
  investigation: string,
  standing: readonly Standing[],
): Promise<void> {
  const rows = standing.flatMap(({ id, inputs }) =>
    inputs.map(({ cell, seed }, position) => ({ run: id, position, cell, seed })),
  );
  if (rows.length === 0) return;
  await tx.execute(sql`
    insert into run_inputs (run, position, input)
    select v.run, v.position, i.id
    from json_to_recordset(${JSON.stringify(rows)}::json)
      as v(run text, position int, cell int, seed bigint)
    join runs i on i.investigation = ${investigation} and i.cell = v.cell and i.seed = v.seed`);
  await resettle(
    tx,
    sql`runs.id in (select * from json_array_elements_text(${idsOf(standing)}::json))`,
  );
}

const idsOf = (rows: readonly { readonly id: string }[]): string =>
  JSON.stringify(rows.map(({ id }) => id));

/** Whether one of a run's inputs is not there yet (T1). */
const WAITS = sql`exists (
  select 1 from ${runInputs} ri join runs i on i.id = ri.input
  where ri.run = runs.id and not (
    i.outcome is not null
    and not exists (
      select 1 from ${audits} a join ${shards} s on s.id = a.shard
      where a.shard = i.shard and a.attempt = s.accepted and a.state in ('asked', 'open'))
    and (i.outcome->>'kind' = 'diverged'
      or exists (select 1 from ${lastStates} l where l.run = i.id and l.bytes is not null))))`;

/** Works out anew which of these runs wait, of those that nobody has leased. */
async function resettle(tx: Tx, which: SQL): Promise<void> {
  await tx.execute(
    sql`update runs set waits = ${WAITS} where ${which} and runs.shard is null and runs.outcome is null`,
  );
}

/** Something of these runs is there now, or not any more: those that stand on them wait less, or more. */
export async function settleDependents(tx: Tx, inputs: readonly string[]): Promise<void> {
  if (inputs.length === 0) return;
  await resettle(
    tx,
    sql`runs.id in (select run from ${runInputs} where input in
      (select * from json_array_elements_text(${JSON.stringify(inputs)}::json)))`,
  );
}

/** Runs that stand on these, through all stages, with their shards; not these themselves. */
export async function dependentsOf(
  tx: Tx,
  inputs: readonly string[],
): Promise<readonly { readonly id: string; readonly shard: string | null }[]> {
  const found = new Map<string, string | null>();
  let last = [...new Set(inputs)];
  while (last.length > 0) {
    const rows = await tx
      .select({ id: runs.id, shard: runs.shard })
      .from(runInputs)
      .innerJoin(runs, eq(runs.id, runInputs.run))
      .where(inArray(runInputs.input, last));
    // Who shares a shard with one of them leaves with it, and so what stands on that.
    const held = [...new Set(rows.flatMap(({ shard }) => shard ?? []))];
    const beside =
      held.length === 0
        ? []
        : await tx
            .select({ id: runs.id, shard: runs.shard })
            .from(runs)
            .where(inArray(runs.shard, held));
    last = [];
    for (const { id, shard } of [...rows, ...beside]) {
      if (found.has(id)) continue;
      found.set(id, shard);
      last.push(id);
    }
  }
  return [...found].map(([id, shard]) => ({ id, shard }));
}

/** Takes runs out of their shards, which are empty then, and lets them wait for what they stand on (T3). */
export async function takeOut(tx: Tx, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await tx
    .update(runs)
    .set({ shard: null })
    .where(inArray(runs.id, [...ids]));
  await resettle(
    tx,
    sql`runs.id in (select * from json_array_elements_text(${JSON.stringify(ids)}::json))`,
  );
}

/**
 * What each of these runs stands on (T2), in order; none of those that train from their seeds.
 * @param hold keeps all of it from leaving until the transaction ends; rejects if some has left already
 */
export async function inputsAmong(
  tx: Pick<Tx, 'select'>,
  ids: readonly string[],
  hold = false,
): Promise<ReadonlyMap<string, readonly RunInput[]>> {
  if (ids.length === 0) return new Map();
  const asked = tx
    .select({
      ...{ run: runInputs.run, seed: runs.seed, hyper: runs.hyper, outcome: runs.outcome },
      ...{ hashes: runs.hashes, program: programText(runs.program) },
    })
    .from(runInputs)
    .innerJoin(runs, eq(runs.id, runInputs.input))
    .where(inArray(runInputs.run, [...ids]))
    .orderBy(asc(runInputs.run), asc(runInputs.position));
  const rows = await (hold ? asked.for('share', { of: runs }) : asked);
  if (hold && rows.some(({ outcome }) => outcome === null))
    throw new Error('A run that others stand on has left as they were leased.');
  const all = rows.map(({ run, seed, hyper, outcome, hashes, program: text }) => {
    const program = programOf(text);
    const sha256 =
      outcome?.kind === 'completed' ? hashAt({ program, outcome, hashes }, program.steps) : null;
    return { run, input: { seed, hyper, sha256 } satisfies RunInput };
  });
  return new Map(
    [...groupBy(all, ({ run }) => run)].map(([run, own]) => [run, own.map(({ input }) => input)]),
  );
}
