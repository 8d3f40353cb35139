/**
 * Accepted runs into the database, as they came: outcome, series, hashes. What a chart shows of them
 * is folded when somebody looks (`fold.ts`); here their cells are only counted and numbered, so that
 * an accepted result costs the same in a room that many watch and in one that nobody does.
 */
import { type SQL, sql } from 'drizzle-orm';
import type { DeviceInfo } from '../compute/engines/engine.ts';
import { groupBy } from './group.ts';
import type { Investigation } from './investigations.ts';
import { numberedAll, type Tx } from './sequence.ts';
import { bytesOf, type SubmittedRun } from './validate.ts';

/** A run of an accepted result. */
export interface AcceptedRun {
  readonly investigation: string;
  readonly cell: number;
  readonly device: string;
  readonly report: DeviceInfo;
  readonly submitted: SubmittedRun;
}

/** Stores accepted runs and counts them; returns their investigations with their new numbers. */
export async function storeRuns(
  tx: Tx,
  accepted: readonly AcceptedRun[],
): Promise<ReadonlyMap<string, Investigation>> {
  if (accepted.length === 0) return new Map();
  const found = await numberedAll(tx, [...new Set(accepted.map((run) => run.investigation))]);
  const seqOf = ({ investigation }: AcceptedRun): number => {
    const seq = found.get(investigation)?.seq;
    if (seq === undefined) throw new Error(`The investigation ${investigation} is gone.`);
    return seq;
  };
  await writeRuns(tx, accepted, seqOf);
  await countRuns(tx, accepted, seqOf);
  return found;
}

/** Numbers go as bytes, each a parameter of its own: as text they would be a third longer, and parsed. */
async function writeRuns(
  tx: Tx,
  accepted: readonly AcceptedRun[],
  seqOf: (run: AcceptedRun) => number,
): Promise<void> {
  const rows = accepted.map((run): SQL => {
    const { outcome, hashes, series } = run.submitted;
    const columns = Object.values(series.columns);
    return sql`(${run.submitted.run}, ${JSON.stringify(outcome)}, ${JSON.stringify(hashes)},
      ${run.device}, ${JSON.stringify(run.report)}, ${seqOf(run)}::int,
      ${JSON.stringify(Object.keys(series.columns))},
      ${bytesOf(series.steps)}::bytea, ${Buffer.concat(columns.map(bytesOf))}::bytea)`;
  });
  await tx.execute(sql`
    update runs set outcome = v.outcome::jsonb, hashes = v.hashes::jsonb, device = v.device,
      report = v.report::jsonb, seq = v.seq, verified = false, summary = null, traces = null,
      column_names = v.column_names::jsonb, steps = v.steps, columns = v.columns
    from (values ${sql.join(rows, sql`, `)})
      as v(id, outcome, hashes, device, report, seq, column_names, steps, columns)
    where runs.id = v.id`);
}

async function countRuns(
  tx: Tx,
  accepted: readonly AcceptedRun[],
  seqOf: (run: AcceptedRun) => number,
): Promise<void> {
  const counts = [...groupBy(accepted, (run) => `${run.cell} ${run.investigation}`).values()];
  const rows = counts.flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const { investigation, cell: index } = first;
    const diverged = group.filter((run) => run.submitted.outcome.kind === 'diverged').length;
    return [{ investigation, index, seq: seqOf(first), done: group.length, diverged }];
  });
  await tx.execute(sql`
    update cells set seq = v.seq, done = cells.done + v.done, diverged = cells.diverged + v.diverged
    from json_to_recordset(${JSON.stringify(rows)}::json)
      as v(investigation text, index int, seq int, done int, diverged int)
    where cells.investigation = v.investigation and cells.index = v.index`);
}
