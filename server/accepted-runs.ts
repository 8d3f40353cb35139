/**
 * Accepted runs into the database: outcome, series, hashes, and the summary that verdicts read. What a
 * chart shows of them is folded when somebody looks (`fold.ts`); here their cells are only counted and
 * numbered, so that an accepted result costs the same in a room that many watch and in one that nobody
 * does.
 */
import { sql } from 'drizzle-orm';
import type { DeviceInfo } from '../compute/engines/engine.ts';
import type { Config, Summary } from '../compute/studies/study.ts';
import { cells } from '../db/schema.ts';
import { createBlob } from './blob.ts';
import { studyOf } from './fold.ts';
import { groupBy } from './group.ts';
import type { Investigation } from './investigations.ts';
import { recordPredictions } from './predictions.ts';
import { numberedAll, type Tx } from './sequence.ts';
import { bytesOf, type SubmittedRun } from './validate.ts';

/** A run of an accepted result. */
export interface AcceptedRun {
  readonly investigation: string;
  readonly cell: number;
  readonly seed: number;
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
  const configs = await countRuns(tx, accepted, seqOf);
  const summaries = accepted.map((run) => {
    const [investigation, config] = [found.get(run.investigation), configs.get(cellKey(run))];
    if (investigation === undefined || config === undefined)
      throw new Error(`The cell of the run ${run.submitted.run} is gone.`);
    const { series, outcome } = run.submitted;
    const record = { config, seed: run.seed, series, outcome };
    return studyOf(investigation).summarise(record, { null: investigation.isNull });
  });
  await writeRuns(tx, accepted, summaries, seqOf);
  for (const investigation of found.values()) await recordPredictions(tx, investigation);
  return found;
}

const cellKey = (at: { readonly investigation: string; readonly cell: number }): string =>
  `${at.cell} ${at.investigation}`;

async function writeRuns(
  tx: Tx,
  accepted: readonly AcceptedRun[],
  summaries: readonly Summary[],
  seqOf: (run: AcceptedRun) => number,
): Promise<void> {
  const blob = createBlob();
  const rows = accepted.map((run, i) => {
    const { outcome, hashes, series } = run.submitted;
    const columns = Object.entries(series.columns);
    const steps = blob.put(bytesOf(series.steps));
    const values = blob.put(...columns.map(([, one]) => bytesOf(one)));
    const committed = blob.put(hashes);
    return {
      ...{ id: run.submitted.run, outcome, device: run.device, report: run.report },
      ...{ summary: summaries[i], seq: seqOf(run), names: columns.map(([name]) => name) },
      ...{ sa: steps.at, sl: steps.length, ca: values.at, cl: values.length },
      ...{ ha: committed.at, hl: committed.length },
    };
  });
  await tx.execute(sql`
    with blob as materialized (select ${blob.bytes()}::bytea as b)
    update runs set outcome = v.outcome, device = v.device, report = v.report, seq = v.seq,
      accepted_seq = v.seq,
      verified = false, summary = v.summary, traces = null, column_names = v.names,
      steps = substring(b from v.sa for v.sl), columns = substring(b from v.ca for v.cl),
      hashes = substring(b from v.ha for v.hl)
    from blob, json_to_recordset(${JSON.stringify(rows)}::json)
      as v(id text, outcome jsonb, device text, report jsonb, summary jsonb, seq int, names jsonb,
        sa int, sl int, ca int, cl int, ha int, hl int)
    where runs.id = v.id`);
}

/** Counts them in their cells; returns the configurations of those, by `cellKey`. */
async function countRuns(
  tx: Tx,
  accepted: readonly AcceptedRun[],
  seqOf: (run: AcceptedRun) => number,
): Promise<Map<string, Config>> {
  const rows = [...groupBy(accepted, cellKey).values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const { investigation, cell } = first;
    const diverged = group.filter((run) => run.submitted.outcome.kind === 'diverged').length;
    return [{ investigation, cell, seq: seqOf(first), done: group.length, diverged }];
  });
  const counted = await tx
    .update(cells)
    .set({
      ...{ seq: sql`v.seq`, done: sql`${cells.done} + v.done` },
      diverged: sql`${cells.diverged} + v.diverged`,
      seen: sql`coalesce(${cells.seen}, v.seq)`,
    })
    .from(
      sql`json_to_recordset(${JSON.stringify(rows)}::json)
        as v(investigation text, cell int, seq int, done int, diverged int)`,
    )
    .where(sql`${cells.investigation} = v.investigation and ${cells.index} = v.cell`)
    .returning({
      ...{ investigation: cells.investigation, cell: cells.index, config: cells.config },
    });
  return new Map(counted.map((row) => [cellKey(row), row.config]));
}
