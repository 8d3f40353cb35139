/**
 * Results: what a volunteer sends back, decided by `transition` on rows that are locked for the
 * length of one transaction, and folded into the aggregates in the same transaction.
 */
import { and, eq, inArray, isNotNull } from 'drizzle-orm';
import type { DeviceInfo } from '../compute/engines/engine.ts';
import { studyById } from '../compute/studies/registry.ts';
import type { RunRecord } from '../compute/studies/study.ts';
import type { Database } from '../db/open.ts';
import { cells, runs } from '../db/schema.ts';
import { cellLines, tracesOf } from './aggregate.ts';
import { lockShard, readShard, writeShard } from './leases.ts';
import type { RequestValue } from './protocol.ts';
import { numbered, type Tx } from './sequence.ts';
import { type Outcome, transition } from './shards.ts';
import { bytesOf, floatsOf, problemOf, runsOf, type SubmittedRun } from './validate.ts';

/**
 * A result: checked, decided, and if it is the one that counts, stored with its runs, folded into
 * the aggregates of its cells and numbered, all in one transaction. Acknowledge only after this.
 */
export async function submitResult(
  db: Database,
  device: string,
  input: RequestValue<'result.submit'>,
  now: number,
): Promise<{
  readonly outcome: Outcome;
  readonly code: string | null;
  readonly problem: string | null;
}> {
  return await db.transaction(async (tx) => {
    const row = await lockShard(tx, input.shard);
    if (row === null) {
      return { outcome: { kind: 'refused', reason: 'not-found' }, code: null, problem: null };
    }
    const planned = await tx
      .select({ id: runs.id, cell: runs.cell, seed: runs.seed })
      .from(runs)
      .where(eq(runs.shard, row.id));
    const submitted = runsOf(input);
    const ids = planned.map((r) => r.id);
    const problem = problemOf(row.program, ids, submitted);
    const before = await readShard(tx, row.id, row.accepted);
    const { shard, outcome } = transition(before, {
      ...{ kind: 'submit', attempt: input.attempt, device, now, valid: problem === null },
    });
    if (shard !== before) await writeShard(tx, row.id, before, shard, input.device);
    const code =
      outcome.kind === 'accepted' && submitted !== null
        ? await store(tx, row.investigation, device, input.device, planned, submitted)
        : null;
    return { outcome, code, problem };
  });
}

async function store(
  tx: Tx,
  investigation: string,
  device: string,
  report: DeviceInfo,
  planned: readonly { readonly id: string; readonly cell: number; readonly seed: number }[],
  submitted: readonly SubmittedRun[],
): Promise<string> {
  const { seq, isNull: isNullCase, code, study: studyId } = await numbered(tx, investigation);
  const study = studyById(studyId);
  if (study === null) throw new Error(`The study ${studyId} is not part of this version.`);
  const touched = [...new Set(planned.map((r) => r.cell))];
  const rows = await tx
    .select({ index: cells.index, config: cells.config })
    .from(cells)
    .where(and(eq(cells.investigation, investigation), inArray(cells.index, touched)));
  const configs = new Map(rows.map(({ index, config }) => [index, config]));
  for (const submission of submitted) {
    const run = planned.find((r) => r.id === submission.run);
    const config = run === undefined ? undefined : configs.get(run.cell);
    if (run === undefined || config === undefined)
      throw new Error(`The run ${submission.run} is gone.`);
    const record: RunRecord = {
      ...{ config, seed: run.seed, outcome: submission.outcome },
      series: submission.series,
    };
    const { steps, columns } = submission.series;
    await tx
      .update(runs)
      .set({
        ...{
          outcome: submission.outcome,
          hashes: submission.hashes,
          device,
          report,
          seq,
        },
        summary: study.summarise(record, { null: isNullCase }),
        traces: tracesOf(study, record, isNullCase),
        steps: bytesOf(steps),
        columnNames: Object.keys(columns),
        columns: Buffer.concat(Object.values(columns).map(bytesOf)),
      })
      .where(eq(runs.id, submission.run));
  }
  const finished = await tx
    .select({
      ...{ cell: runs.cell, seed: runs.seed, outcome: runs.outcome },
      ...{ steps: runs.steps, columns: runs.columns, columnNames: runs.columnNames },
    })
    .from(runs)
    .where(
      and(
        eq(runs.investigation, investigation),
        inArray(runs.cell, touched),
        isNotNull(runs.outcome),
      ),
    );
  for (const [index, config] of configs) {
    const records = finished.flatMap((r) => (r.cell === index ? (recordOf(r, config) ?? []) : []));
    await tx
      .update(cells)
      .set({
        seq,
        done: records.length,
        diverged: records.filter((r) => r.outcome.kind === 'diverged').length,
        lines: cellLines(study, records, isNullCase),
      })
      .where(and(eq(cells.investigation, investigation), eq(cells.index, index)));
  }
  return code;
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
