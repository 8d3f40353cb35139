/**
 * Accepted runs into the database, as they came: outcome, series, hashes. What a chart shows of them
 * is folded when somebody looks (`fold.ts`); here their cells are only counted and numbered, so that
 * an accepted result costs the same in a room that many watch and in one that nobody does.
 */
import { sql } from 'drizzle-orm';
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

/**
 * What is said of the runs goes as one parameter, and their bytes as another, cut up there: with a
 * parameter for each, building the statement takes longer than carrying it out.
 */
async function writeRuns(
  tx: Tx,
  accepted: readonly AcceptedRun[],
  seqOf: (run: AcceptedRun) => number,
): Promise<void> {
  const parts: Uint8Array[] = [];
  let length = 0;
  /** Where the bytes begin, counted from one, and how many they are. */
  function put(...bytes: readonly Uint8Array[]): readonly [number, number] {
    const from = length;
    for (const one of bytes) length += one.byteLength;
    parts.push(...bytes);
    return [from + 1, length - from];
  }
  const rows = accepted.map((run) => {
    const { outcome, hashes, series } = run.submitted;
    const columns = Object.entries(series.columns);
    const [stepsAt, stepsLength] = put(bytesOf(series.steps));
    const [columnsAt, columnsLength] = put(...columns.map(([, values]) => bytesOf(values)));
    const [hashesAt, hashesLength] = put(hashes);
    return {
      ...{ id: run.submitted.run, outcome, device: run.device, report: run.report },
      ...{ seq: seqOf(run), names: columns.map(([name]) => name) },
      ...{ sa: stepsAt, sl: stepsLength, ca: columnsAt, cl: columnsLength },
      ...{ ha: hashesAt, hl: hashesLength },
    };
  });
  await tx.execute(sql`
    with blob as materialized (select ${Buffer.concat(parts)}::bytea as b)
    update runs set outcome = v.outcome, device = v.device, report = v.report, seq = v.seq,
      verified = false, summary = null, traces = null, column_names = v.names,
      steps = substring(b from v.sa for v.sl), columns = substring(b from v.ca for v.cl),
      hashes = substring(b from v.ha for v.hl)
    from blob, json_to_recordset(${JSON.stringify(rows)}::json)
      as v(id text, outcome jsonb, device text, report jsonb, seq int, names jsonb,
        sa int, sl int, ca int, cl int, ha int, hl int)
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
