/**
 * Whether claims still stand on what they were made on. Each claim keeps what was there when it was last
 * looked at; who reads the room compares it with what changed since, in the same snapshot, and keeps the
 * outcome: like a fold it is pure, and two coordinators that look at once find the same. So a room
 * without claims pays one query, and others for the runs and cells that changed.
 */

import { and, asc, eq, gt, isNotNull, lte, sql } from 'drizzle-orm';
import type { Panel, RunRecord } from '../../compute/studies/study.ts';
import type { Database } from '../../db/open.ts';
import { cells, claims, investigations, runs } from '../../db/schema.ts';
import type { Standing } from '../../db/standing.ts';
import { meanAt } from '../aggregate.ts';
import { type Folds, recordOf, studyOf } from '../fold.ts';

import type { Investigation } from '../investigations.ts';
import type { Anchor, RoomVerdict } from '../protocol.ts';
import type { Tx } from '../sequence.ts';
import { analysisAt } from '../verdict.ts';
import { measured, sameStanding, standingOfFit, type Traces, withRuns } from './standing.ts';

type Of<K extends Anchor['kind']> = Extract<Anchor, { kind: K }>;

export interface CheckedClaim {
  readonly present: Standing;
  /** The number at which its evidence was last found to be otherwise. */
  readonly moved: number;
}

export interface CheckedClaims {
  /** By id; those that nobody withdrew. */
  readonly claims: ReadonlyMap<string, CheckedClaim>;
  /** Keeps it, but for claims that were changed since. Not within the transaction that read it. */
  keep(db: Database): Promise<void>;
}

/**
 * Compares the claims of an investigation with what there is in this snapshot.
 * @param fits the verdict that claims about it and its fits are compared with; null leaves them as they are
 */
export async function checkClaims(
  tx: Tx,
  found: Investigation,
  folds: Folds,
  fits: () => Promise<RoomVerdict | null>,
): Promise<CheckedClaims> {
  const rows = await tx
    .select({
      ...{ id: claims.id, anchor: claims.anchor, present: claims.present, seq: claims.seq },
      ...{ checked: claims.checked, moved: claims.moved },
    })
    .from(claims)
    .where(and(eq(claims.investigation, found.id), eq(claims.withdrawn, false)))
    .orderBy(asc(claims.id));
  const behind = rows.filter((row) => row.checked < found.seq);
  const look = lookerOf(tx, found, folds, Math.min(...behind.map((row) => row.checked)));
  const verdict = behind.some(({ anchor }) => anchor.kind === 'fit') ? await fits() : null;
  const result = new Map<string, CheckedClaim>();
  const looked: Looked[] = [];
  for (const row of rows) {
    const { id, anchor, present, moved, checked } = row;
    // A verdict is of its own evidence, which may be less than what is in.
    const upTo = anchor.kind === 'fit' ? (verdict?.evidence ?? 0) : found.seq;
    const isBehind = checked < upTo;
    const now = isBehind ? await look(row, verdict) : present;
    const isOther = !sameStanding(present, now);
    result.set(id, { present: now, moved: isOther ? found.seq : moved });
    if (isBehind) looked.push({ id, seq: row.seq, upTo, present: isOther ? now : null });
  }
  const keep = async (db: Database) => {
    if (looked.length > 0) await keepChecked(db, found, looked);
  };
  return { claims: result, keep };
}

interface Looked {
  readonly id: string;
  /** The number of the claim when it was read. */
  readonly seq: number;
  /** The number up to which it was looked at. */
  readonly upTo: number;
  /** What is there now; null if that is what was there. */
  readonly present: Standing | null;
}

/** In the order of whoever changes a claim: the investigation first, so that nobody waits in a circle. */
async function keepChecked(
  db: Database,
  { id, seq }: Investigation,
  looked: readonly Looked[],
): Promise<void> {
  await db.transaction(async (tx) => {
    await tx
      .select({ id: investigations.id })
      .from(investigations)
      .where(eq(investigations.id, id))
      .for('no key update');
    await tx.execute(sql`
      update claims set checked = v."upTo", present = coalesce(v.present, claims.present),
        moved = case when v.present is null then claims.moved else ${seq} end
      from json_to_recordset(${JSON.stringify(looked)}::json)
        as v(id text, seq int, "upTo" int, present json)
      where claims.id = v.id and claims.seq = v.seq and claims.checked < v."upTo"`);
  });
}

/** What is there now, of claims that were last looked at after this number, or at it. */
function lookerOf(tx: Tx, found: Investigation, folds: Folds, after: number) {
  const once: {
    runs?: Promise<readonly ChangedRun[]>;
    cells?: Promise<ReadonlyMap<number, number>>;
  } = {};
  return async (
    claim: {
      readonly anchor: Anchor;
      readonly present: Standing;
      readonly checked: number;
    },
    verdict: RoomVerdict | null,
  ): Promise<Standing> => {
    const { anchor, present, checked } = claim;
    if (anchor.kind === 'fit') {
      return verdict === null ? present : standingOfFit(anchor.fit, verdict.analysis);
    }
    if (anchor.kind === 'point' && anchor.of.kind === 'cell') {
      once.cells ??= seqOfCells(tx, found);
      const seq = (await once.cells).get(anchor.of.cell) ?? 0;
      return seq <= checked ? present : await meanStanding(tx, found, anchor, anchor.of.cell);
    }
    once.runs ??= changedRuns(tx, found, folds, after);
    const before = present.kind === 'runs' ? present.runs : {};
    const changed = (await once.runs).filter(({ seq }) => seq > checked);
    return changed.length === 0
      ? present
      : { kind: 'runs', runs: withRuns(before, anchor, changed) };
  };
}

interface ChangedRun {
  readonly id: string;
  readonly seq: number;
  /** Null where the run has no result (any more). */
  readonly traces: Traces | null;
}

async function changedRuns(
  tx: Tx,
  found: Investigation,
  folds: Folds,
  after: number,
): Promise<readonly ChangedRun[]> {
  const rows = await tx
    .select({ id: runs.id, seq: runs.seq, outcome: runs.outcome, traces: runs.traces })
    .from(runs)
    .where(and(eq(runs.investigation, found.id), gt(runs.seq, after)))
    .orderBy(asc(runs.id));
  return rows.map(({ id, seq, outcome, traces }) => ({
    ...{ id, seq },
    traces: outcome === null ? null : (folds.runs.get(id)?.traces ?? traces),
  }));
}

async function seqOfCells(tx: Tx, found: Investigation): Promise<ReadonlyMap<number, number>> {
  const rows = await tx
    .select({ index: cells.index, seq: cells.seq })
    .from(cells)
    .where(eq(cells.investigation, found.id));
  return new Map(rows.map(({ index, seq }) => [index, seq]));
}

/** The mean of a cell at a point, of the runs that had come under this number. */
async function meanStanding(
  tx: Tx,
  found: Investigation,
  anchor: Of<'point'>,
  cell: number,
  upTo = found.seq,
): Promise<Standing> {
  const panel = panelOf(found, anchor.panel);
  if (panel === undefined) return { kind: 'mean', mean: null };
  const rows = await tx
    .select({
      ...{ seed: runs.seed, outcome: runs.outcome, config: cells.config },
      ...{ steps: runs.steps, columns: runs.columns, columnNames: runs.columnNames },
    })
    .from(runs)
    .innerJoin(cells, and(eq(cells.investigation, runs.investigation), eq(cells.index, runs.cell)))
    .where(
      and(
        ...[eq(runs.investigation, found.id), eq(runs.cell, cell)],
        ...[isNotNull(runs.outcome), lte(runs.acceptedSeq, upTo)],
      ),
    )
    .orderBy(asc(runs.seed));
  const records = rows.flatMap((row): RunRecord[] => {
    const record = recordOf(row, row.config);
    return record === null ? [] : [record];
  });
  const at = meanAt(panel, records, found.isNull, anchor);
  const mean = at === null ? null : measured(at.mean, at.interval, at.n);
  return { kind: 'mean', mean };
}

export function panelOf(found: Investigation, id: string): Panel | undefined {
  return studyOf(found).panels.find((panel) => panel.id === id);
}

/** What an anchor stands on in this snapshot, to somebody who had seen the room up to a number. */
export async function standingAt(
  tx: Tx,
  found: Investigation,
  folds: Folds,
  anchor: Anchor,
  upTo: number,
): Promise<Standing> {
  if (anchor.kind === 'fit') {
    return standingOfFit(anchor.fit, await analysisAt(tx, found, upTo));
  }
  if (anchor.kind === 'point' && anchor.of.kind === 'cell') {
    return await meanStanding(tx, found, anchor, anchor.of.cell, upTo);
  }
  const stored = await tx
    .select({ id: runs.id, traces: runs.traces })
    .from(runs)
    .where(
      and(
        ...[eq(runs.investigation, found.id), isNotNull(runs.outcome)],
        lte(runs.acceptedSeq, upTo),
      ),
    )
    .orderBy(asc(runs.id));
  const seen = stored.map(({ id, traces }) => ({
    id,
    traces: folds.runs.get(id)?.traces ?? traces,
  }));
  return { kind: 'runs', runs: withRuns({}, anchor, seen) };
}

/** The y of a run's point, as the coordinator has it; null where there is none. */
export async function runPoint(
  tx: Tx,
  found: Investigation,
  folds: Folds,
  anchor: Of<'point'>,
  run: string,
): Promise<number | null> {
  const [stored] = await tx
    .select({ traces: runs.traces })
    .from(runs)
    .where(and(eq(runs.investigation, found.id), eq(runs.id, run)));
  const traces = folds.runs.get(run)?.traces ?? stored?.traces;
  const trace = traces?.[anchor.panel]?.find(({ line }) => line === anchor.line);
  return trace?.y[trace.x.indexOf(anchor.x)] ?? null;
}
