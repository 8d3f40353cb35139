/**
 * What a chart shows of the runs that are in: the traces of each, and the lines of its cell.
 * Folded when somebody looks, from the stored series alone, and then kept. A cell is stale while it
 * changed after it was folded; a run without traces is always in a stale cell. Folding is pure: two
 * who look at once, at two coordinators, fold the same, and what is kept is only ever saved work.
 */
import { and, asc, eq, inArray, isNotNull, lt, sql } from 'drizzle-orm';
import { studyById } from '../compute/studies/registry.ts';
import type { RunRecord, Study, Trace } from '../compute/studies/study.ts';
import type { Database } from '../db/open.ts';
import { cells, investigations, runs } from '../db/schema.ts';
import { cellLines, tracesOf } from './aggregate.ts';
import { groupBy } from './group.ts';
import type { Investigation } from './investigations.ts';
import type { AggregateLine } from './protocol.ts';
import type { Tx } from './sequence.ts';
import { floatsOf } from './validate.ts';

interface FoldedRun {
  readonly cell: number;
  readonly traces: Traces;
}
type Traces = Record<string, Trace[]>;
type Lines = Record<string, AggregateLine[]>;

/** What is stale in the database, folded. */
export interface Folds {
  readonly runs: ReadonlyMap<string, FoldedRun>;
  readonly cells: ReadonlyMap<number, Lines>;
  /** Keeps it, but for cells that have changed since. Not within the transaction that read it. */
  keep(db: Database): Promise<void>;
}

/** A cell has at most a hundred runs. */
const CELLS_AT_ONCE = 4;

/** Folds what is stale of an investigation in this snapshot. */
export async function foldStale(tx: Tx, found: Investigation): Promise<Folds> {
  const stale = await tx
    .select({ index: cells.index, config: cells.config, seq: cells.seq })
    .from(cells)
    .where(and(eq(cells.investigation, found.id), lt(cells.folded, cells.seq)))
    .orderBy(asc(cells.index));
  const folds = { runs: new Map<string, FoldedRun>(), cells: new Map<number, Lines>() };
  if (stale.length > 0) {
    const study = studyOf(found);
    let stored: Awaited<ReturnType<typeof runsIn>> = new Map();
    for (const [i, { index, config }] of stale.entries()) {
      // A few cells at a time: nobody else is kept waiting for all of them, nor are all series in memory.
      if (i % CELLS_AT_ONCE === 0) {
        const some = stale.slice(i, i + CELLS_AT_ONCE);
        stored = await runsIn(
          tx,
          found.id,
          some.map((cell) => cell.index),
        );
      }
      const records: RunRecord[] = [];
      for (const run of stored.get(index) ?? []) {
        const record = recordOf(run, config);
        if (record === null) continue;
        records.push(record);
        if (run.isFolded) continue;
        folds.runs.set(run.id, { cell: index, traces: tracesOf(study, record, found.isNull) });
      }
      folds.cells.set(index, cellLines(study, records, found.isNull));
    }
  }
  const keep = async (db: Database) => {
    if (stale.length === 0) return;
    const kept = stale.map(({ index, seq }) => ({
      index,
      seq,
      lines: folds.cells.get(index) ?? {},
    }));
    await keepFolds(db, found.id, kept, folds.runs);
  };
  return { ...folds, keep };
}

/** Accepted runs of these cells, by cell, in the order of their seeds. */
async function runsIn(tx: Tx, investigation: string, indices: readonly number[]) {
  const rows = await tx
    .select({
      ...{ id: runs.id, cell: runs.cell, seed: runs.seed, outcome: runs.outcome },
      ...{ steps: runs.steps, columns: runs.columns, columnNames: runs.columnNames },
      isFolded: sql<boolean>`${runs.traces} is not null`,
    })
    .from(runs)
    .where(
      and(
        eq(runs.investigation, investigation),
        inArray(runs.cell, [...indices]),
        isNotNull(runs.outcome),
      ),
    )
    .orderBy(asc(runs.seed));
  return groupBy(rows, (row) => row.cell);
}

/**
 * Whoever changes a cell numbers its investigation first, and so waits for this transaction: what is
 * the same number now is the same until it ends.
 */
async function keepFolds(
  db: Database,
  investigation: string,
  folded: readonly { readonly index: number; readonly seq: number; readonly lines: Lines }[],
  foldedRuns: ReadonlyMap<string, FoldedRun>,
): Promise<void> {
  await db.transaction(async (tx) => {
    await tx
      .select({ id: investigations.id })
      .from(investigations)
      .where(eq(investigations.id, investigation))
      .for('no key update');
    const now = await tx
      .select({ index: cells.index, seq: cells.seq })
      .from(cells)
      .where(eq(cells.investigation, investigation));
    const seqs = new Map(now.map(({ index, seq }) => [index, seq]));
    const kept = folded.filter(({ index, seq }) => seqs.get(index) === seq);
    if (kept.length === 0) return;
    await tx.execute(sql`
      update cells set lines = v.lines, folded = v.seq
      from json_to_recordset(${JSON.stringify(kept)}::json) as v(index int, seq int, lines json)
      where cells.investigation = ${investigation} and cells.index = v.index`);
    const unchanged = new Set(kept.map(({ index }) => index));
    const all = [...foldedRuns].flatMap(([id, { cell, traces }]) =>
      unchanged.has(cell) ? [{ id, traces }] : [],
    );
    if (all.length === 0) return;
    await tx.execute(sql`
      update runs set traces = v.traces
      from json_to_recordset(${JSON.stringify(all)}::json) as v(id text, traces json)
      where runs.id = v.id`);
  });
}

/** The study of an investigation. Throws if this version does not have it. */
export function studyOf({ study: id }: Investigation): Study {
  const study = studyById(id);
  if (study === null) throw new Error(`The study ${id} is not part of this version.`);
  return study;
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
