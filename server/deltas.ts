/**
 * What changed after a sequence number: one query a table, all in one snapshot, and what is stale in it
 * folded. `from` 0 is everything.
 */
import { and, asc, count, eq, gt } from 'drizzle-orm';
import { studyById } from '../compute/studies/registry.ts';
import type { Analysis, RunSummary } from '../compute/studies/study.ts';
import type { Database } from '../db/open.ts';
import { attempts, cells, claims, devices, replies, runs, shards } from '../db/schema.ts';
import { type Folds, foldStale } from './fold.ts';
import { findInvestigation, type Investigation } from './investigations.ts';
import { predictionsOf } from './predictions.ts';
import type { Delta, RunView } from './protocol.ts';
import type { Tx } from './sequence.ts';
import { stopOf } from './stops.ts';
import { summariesOf } from './summaries.ts';

/**
 * Reads what a room is at one moment; `since` is what changed after a number, up to that moment.
 * (Statement by statement, a result between two of them would show in the verdict and not in the chart.)
 * Null if there is no such room.
 * @param tell hears what was read before anything is kept of it: somebody waits
 */
export async function inSnapshot<T>(
  db: Database,
  code: string,
  read: (snapshot: Snapshot) => Promise<T>,
  tell: (value: T) => void = () => {},
): Promise<T | null> {
  const once: { folds?: Promise<Folds> } = {};
  const result = await db.transaction(
    async (tx) => {
      const found = await findInvestigation(tx, code);
      if (found === null) return null;
      const folded = () => {
        once.folds ??= foldStale(tx, found);
        return once.folds;
      };
      const since = async (from: number) => await deltaOf(tx, found, await folded(), from);
      return { value: await read({ tx, found, folded, since }) };
    },
    { isolationLevel: 'repeatable read', accessMode: 'read only' },
  );
  if (result === null) return null;
  tell(result.value);
  await (await once.folds)?.keep(db);
  return result.value;
}

/** A room as it is at one moment. */
export interface Snapshot {
  readonly tx: Tx;
  readonly found: Investigation;
  /** What is stale in the database, folded. */
  folded(): Promise<Folds>;
  /** What changed after this number. */
  since(from: number): Promise<Delta>;
}

async function deltaOf(db: Tx, found: Investigation, folds: Folds, from: number): Promise<Delta> {
  const { id, code } = found;
  const [owner] = await db.select().from(devices).where(eq(devices.id, found.owner));
  const changedCells = await db
    .select()
    .from(cells)
    .where(and(eq(cells.investigation, id), gt(cells.seq, from)))
    .orderBy(asc(cells.index));
  const changedRuns = await db.query.runs.findMany({
    where: and(eq(runs.investigation, id), gt(runs.seq, from)),
    columns: {
      ...{ id: true, cell: true, seed: true, outcome: true, traces: true, report: true },
      ...{ verified: true, summary: true, device: true },
    },
    with: { by: { columns: { nickname: true } } },
    orderBy: [asc(runs.seq), asc(runs.id)],
  });
  const changedClaims = await db.query.claims.findMany({
    where: and(eq(claims.investigation, id), gt(claims.seq, from)),
    with: { by: true, replies: { with: { by: true }, orderBy: [asc(replies.createdAt)] } },
    orderBy: [asc(claims.createdAt)],
  });
  const [total] = await db.select({ n: count() }).from(runs).where(eq(runs.investigation, id));
  const [verified] = await db
    .select({ n: count() })
    .from(runs)
    .where(and(eq(runs.investigation, id), eq(runs.verified, true)));
  const [withdrawn] = await db
    .select({ n: count() })
    .from(attempts)
    .innerJoin(shards, eq(shards.id, attempts.shard))
    .where(and(eq(shards.investigation, id), eq(attempts.state, 'withdrawn')));
  const summaries = await summariesOf(db, found);
  const stopped = await stopOf(db, found.study, found.studyVersion);
  return {
    ...{ code, from, to: found.seq },
    investigation: {
      ...{ code, study: found.study, studyVersion: found.studyVersion, title: found.title },
      ...{ grid: found.grid, null: found.isNull, state: found.state, stopped },
      openedBy: owner?.nickname ?? '',
      openedAt: found.createdAt.toISOString(),
    },
    cells: changedCells.map(({ index, config, done, of, diverged, lines }) => ({
      index,
      config,
      done,
      of,
      diverged,
      lines: folds.cells.get(index) ?? lines,
    })),
    runs: changedRuns.flatMap((run): RunView[] => {
      const { outcome, report, by, verified } = run;
      const traces = folds.runs.get(run.id)?.traces ?? run.traces;
      if (outcome === null || traces === null) return [];
      return [
        {
          ...{ id: run.id, cell: run.cell, seed: run.seed, outcome, traces },
          by: by?.nickname ?? '',
          device: run.device ?? '',
          backend: report?.backend ?? '',
          ...{ verified, summary: run.summary ?? {} },
        },
      ];
    }),
    // A snapshot has nothing to take away. What was never in is not missed.
    gone: from === 0 ? [] : changedRuns.flatMap((r) => (r.outcome === null ? r.id : [])),
    claims: changedClaims.map((claim) => ({
      ...{
        id: claim.id,
        author: claim.author,
        panel: claim.panel,
        region: claim.region,
        text: claim.text,
      },
      ...{ evidence: claim.evidence, runs: claim.runs, withdrawn: claim.withdrawn },
      authorName: claim.by.nickname,
      at: claim.createdAt.toISOString(),
      replies: claim.replies.map((r) => ({
        ...{ id: r.id, author: r.author, authorName: r.by.nickname, text: r.text },
        at: r.createdAt.toISOString(),
      })),
    })),
    analysis: analysisOf(found, summaries, total?.n ?? 0),
    predictions: await predictionsOf(db, found, summaries),
    progress: {
      ...{ runs: summaries.length, ofRuns: total?.n ?? 0 },
      ...{ verified: verified?.n ?? 0, withdrawn: withdrawn?.n ?? 0 },
    },
  };
}

/** The verdict is a pure function of the stored summaries: nothing to keep, nothing to lose. */
function analysisOf(
  found: Investigation,
  summaries: readonly RunSummary[],
  expected: number,
): Analysis {
  const study = studyById(found.study);
  if (study === null) throw new Error(`The study ${found.study} is not part of this version.`);
  return study.analyse(summaries, { null: found.isNull, expected });
}
