/**
 * Accepted runs into the database: their series and traces, and the aggregates of the cells they
 * touch, each cell folded once however many of its runs came together.
 */
import { and, asc, eq, inArray, isNotNull, notInArray, or, sql } from 'drizzle-orm';
import type { DeviceInfo } from '../compute/engines/engine.ts';
import { studyById } from '../compute/studies/registry.ts';
import type { RunRecord, Study } from '../compute/studies/study.ts';
import { cells, runs } from '../db/schema.ts';
import { cellLines, tracesOf } from './aggregate.ts';
import { groupBy } from './group.ts';
import type { Investigation } from './investigations.ts';
import { numberedAll, type Tx } from './sequence.ts';
import { bytesOf, floatsOf, type SubmittedRun } from './validate.ts';

/** A run of an accepted result. */
export interface AcceptedRun {
  readonly investigation: string;
  readonly cell: number;
  readonly seed: number;
  readonly device: string;
  readonly report: DeviceInfo;
  readonly submitted: SubmittedRun;
}

/** Stores accepted runs and folds them; returns their investigations with their new numbers. */
export async function foldRuns(
  tx: Tx,
  accepted: readonly AcceptedRun[],
): Promise<ReadonlyMap<string, Investigation>> {
  if (accepted.length === 0) return new Map();
  const found = await numberedAll(tx, [...new Set(accepted.map((run) => run.investigation))]);
  const touched = cellsAmong(accepted);
  const [configs, earlier] = [
    await configsOf(tx, touched),
    await runsIn(
      tx,
      touched,
      accepted.map((r) => r.submitted.run),
    ),
  ];
  const records = accepted.map((run) => {
    const config = configs.get(cellKey(run));
    const investigation = found.get(run.investigation);
    if (config === undefined || investigation === undefined)
      throw new Error(`The cell of the run ${run.submitted.run} is gone.`);
    const { outcome, series } = run.submitted;
    const record: RunRecord = { config, seed: run.seed, outcome, series };
    return { run, investigation, record, study: studyOf(investigation) };
  });
  await writeRuns(tx, records);
  const folded = [...groupBy(records, ({ run }) => cellKey(run))].flatMap(([key, group]) => {
    const [first] = group;
    if (first === undefined) return [];
    const { run, investigation, study, record } = first;
    const old = (earlier.get(key) ?? []).flatMap((r) => recordOf(r, record.config) ?? []);
    const all = [...old, ...group.map((r) => r.record)];
    return foldedCell(investigation, study, run.cell, all);
  });
  await writeCells(tx, folded);
  return found;
}

/** Folds cells anew from the runs that they have, after some have left. */
export async function refoldCells(
  tx: Tx,
  touched: readonly CellOf[],
  found: ReadonlyMap<string, Investigation>,
): Promise<void> {
  const cellsTouched = cellsAmong(touched);
  if (cellsTouched.length === 0) return;
  const [configs, left] = [await configsOf(tx, cellsTouched), await runsIn(tx, cellsTouched, [])];
  await writeCells(
    tx,
    cellsTouched.map((at) => {
      const [config, investigation] = [configs.get(cellKey(at)), found.get(at.investigation)];
      if (config === undefined || investigation === undefined)
        throw new Error(`The cell ${at.cell} is gone.`);
      const all = (left.get(cellKey(at)) ?? []).flatMap((r) => recordOf(r, config) ?? []);
      return foldedCell(investigation, studyOf(investigation), at.cell, all);
    }),
  );
}

function foldedCell(
  investigation: Investigation,
  study: Study,
  index: number,
  all: readonly RunRecord[],
) {
  return {
    ...{ investigation: investigation.id, index, seq: investigation.seq },
    ...{ done: all.length, diverged: all.filter((r) => r.outcome.kind === 'diverged').length },
    lines: cellLines(study, all, investigation.isNull),
  };
}

async function writeCells(tx: Tx, folded: readonly ReturnType<typeof foldedCell>[]): Promise<void> {
  await tx.execute(sql`
    update cells set seq = v.seq, done = v.done, diverged = v.diverged, lines = v.lines
    from json_to_recordset(${JSON.stringify(folded)}::json)
      as v(investigation text, index int, seq int, done int, diverged int, lines json)
    where cells.investigation = v.investigation and cells.index = v.index`);
}

const cellKey = (at: { readonly investigation: string; readonly cell: number }): string =>
  `${at.cell} ${at.investigation}`;

function studyOf({ study: id }: Investigation): Study {
  const study = studyById(id);
  if (study === null) throw new Error(`The study ${id} is not part of this version.`);
  return study;
}

type CellOf = Pick<AcceptedRun, 'investigation' | 'cell'>;

/** Each cell once. */
const cellsAmong = (all: readonly CellOf[]): CellOf[] =>
  [...groupBy(all, cellKey).values()].flatMap((group) => group[0] ?? []);

/** Cells of each investigation, as a condition on two columns. */
function inCells(
  investigation: typeof cells.investigation | typeof runs.investigation,
  index: typeof cells.index | typeof runs.cell,
  touched: readonly CellOf[],
) {
  return or(
    ...[...groupBy(touched, (c) => c.investigation)].map(([id, group]) => {
      const numbers = group.map((c) => c.cell);
      return and(eq(investigation, id), inArray(index, numbers));
    }),
  );
}

async function configsOf(tx: Tx, touched: readonly CellOf[]) {
  const rows = await tx
    .select({ investigation: cells.investigation, cell: cells.index, config: cells.config })
    .from(cells)
    .where(inCells(cells.investigation, cells.index, touched));
  return new Map(rows.map((row) => [cellKey(row), row.config]));
}

/** Accepted runs of these cells, but for some. */
async function runsIn(tx: Tx, touched: readonly CellOf[], except: readonly string[]) {
  const rows = await tx
    .select({
      ...{ investigation: runs.investigation, cell: runs.cell, seed: runs.seed },
      ...{ outcome: runs.outcome, steps: runs.steps, columns: runs.columns },
      columnNames: runs.columnNames,
    })
    .from(runs)
    .where(
      and(
        inCells(runs.investigation, runs.cell, touched),
        isNotNull(runs.outcome),
        notInArray(runs.id, [...except]),
      ),
    )
    .orderBy(asc(runs.seed));
  return groupBy(rows, cellKey);
}

async function writeRuns(
  tx: Tx,
  records: readonly {
    readonly run: AcceptedRun;
    readonly investigation: Investigation;
    readonly record: RunRecord;
    readonly study: Study;
  }[],
): Promise<void> {
  const rows = records.map(({ run, investigation, record, study }) => {
    const { steps, columns } = record.series;
    const isNull = investigation.isNull;
    return {
      ...{ id: run.submitted.run, outcome: record.outcome, hashes: run.submitted.hashes },
      ...{ device: run.device, report: run.report, seq: investigation.seq },
      summary: study.summarise(record, { null: isNull }),
      traces: tracesOf(study, record, isNull),
      steps: Buffer.from(bytesOf(steps)).toString('base64'),
      column_names: Object.keys(columns),
      columns: Buffer.concat(Object.values(columns).map(bytesOf)).toString('base64'),
    };
  });
  await tx.execute(sql`
    update runs set outcome = v.outcome, hashes = v.hashes, device = v.device, report = v.report,
      seq = v.seq, verified = false, summary = v.summary, traces = v.traces, column_names = v.column_names,
      steps = decode(v.steps, 'base64'), columns = decode(v.columns, 'base64')
    from json_to_recordset(${JSON.stringify(rows)}::json)
      as v(id text, outcome jsonb, hashes jsonb, device text, report jsonb, seq int, summary jsonb,
        traces json, steps text, column_names jsonb, columns text)
    where runs.id = v.id`);
}

/** The stored run as the study sees it; null while it has no result. */
export function recordOf(
  run: Pick<typeof runs.$inferSelect, 'seed' | 'outcome' | 'steps' | 'columns' | 'columnNames'>,
  config: RunRecord['config'],
): RunRecord | null {
  const { outcome, steps, columns, columnNames, seed } = run;
  if (outcome === null || steps === null || columns === null || columnNames === null) return null;
  const width = steps.byteLength;
  const named = columnNames.map(
    (name, i) => [name, floatsOf(columns.slice(i * width, (i + 1) * width))] as const,
  );
  return {
    config,
    seed,
    outcome,
    series: { steps: floatsOf(steps), columns: Object.fromEntries(named) },
  };
}
