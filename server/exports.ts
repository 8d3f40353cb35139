/** Results as files: CSV and JSON of an investigation, and the file that reproduces one point. */
import { and, asc, eq } from 'drizzle-orm';
import type { RunInput } from '../compute/programs/program.ts';
import type { PointFile } from '../compute/studies/point.ts';
import { studyById } from '../compute/studies/registry.ts';
import type { Database } from '../db/open.ts';
import { cells, devices, handovers, investigations, runs, shards } from '../db/schema.ts';
import { versionsOf } from './claims/read.ts';
import { inSnapshot, type Snapshot } from './deltas.ts';
import { recordOf } from './fold.ts';
import type { SnapshotContent } from './protocol.ts';
import { legsIn, type RunLegs } from './run-legs.ts';
import { inputsAmong } from './stages.ts';
import { hashesOf } from './validate.ts';

/** A run with its cell and who trained it. */
export type ResultRow = Awaited<ReturnType<typeof rowsOf>>[number];

/** Every run of a room, finished or not. Over HTTP nobody says who she is: hidden names stay hidden. */
export async function rowsOf({ tx, found, names }: Pick<Snapshot, 'tx' | 'found' | 'names'>) {
  const nameOf = await names();
  const rows = await tx
    .select({ run: runs, config: cells.config, by: devices.nickname })
    .from(runs)
    .innerJoin(cells, and(eq(cells.investigation, runs.investigation), eq(cells.index, runs.cell)))
    .leftJoin(devices, eq(devices.id, runs.device))
    .where(eq(runs.investigation, found.id))
    .orderBy(asc(runs.cell), asc(runs.seed));
  if (nameOf === null) return rows;
  return rows.map((row) => ({
    ...row,
    by: row.run.device === null ? null : nameOf(row.run.device),
  }));
}

/** What devices of a room are called in its files. */
async function namesOf({ tx, found, names }: Pick<Snapshot, 'tx' | 'found' | 'names'>) {
  const neutral = await names();
  if (neutral !== null) return neutral;
  const rows = await tx
    .selectDistinct({ id: devices.id, nickname: devices.nickname })
    .from(handovers)
    .innerJoin(shards, eq(shards.id, handovers.shard))
    .innerJoin(devices, eq(devices.id, handovers.device))
    .where(eq(shards.investigation, found.id));
  const nicknames = new Map(rows.map(({ id, nickname }) => [id, nickname]));
  return (device: string) => nicknames.get(device) ?? '';
}

/** One row a run, finished or not; null without such a room. */
export async function resultsCsv(db: Database, code: string): Promise<string | null> {
  const read = await inSnapshot(db, code, async (snapshot) => ({
    rows: await rowsOf(snapshot),
    study: snapshot.found.study,
  }));
  if (read === null) return null;
  const { rows, study } = read;
  const params = studyById(study)?.params.map((p) => p.name) ?? [];
  const summaries = [...new Set(rows.flatMap(({ run }) => Object.keys(run.summary ?? {})))];
  const header = [
    'run',
    'cell',
    ...params,
    'seed',
    'outcome',
    ...summaries,
    'computed_by',
    'backend',
    'adapter',
  ];
  const lines = rows.map(({ run, config, by }) => [
    ...[run.id, run.cell, ...params.map((p) => config[p])],
    ...[run.seed, run.outcome?.kind ?? 'waiting', ...summaries.map((s) => run.summary?.[s])],
    ...[by, run.report?.backend, run.report?.adapter],
  ]);
  return csvOf([header, ...lines]);
}

/** One row a frozen run. */
export function snapshotCsv({ study, cells, runs }: SnapshotContent): string {
  const params = study.params.map((p) => p.name);
  const summaries = [...new Set(runs.flatMap((run) => Object.keys(run.summary)))];
  const configs = new Map(cells.map(({ index, config }) => [index, config]));
  const header = [
    ...['run', 'cell', ...params, 'seed', 'outcome', 'verified', ...summaries],
    ...['computed_by', 'backend'],
  ];
  const lines = runs.map((run) => [
    ...[run.id, run.cell, ...params.map((p) => configs.get(run.cell)?.[p])],
    ...[run.seed, run.outcome.kind, String(run.verified), ...summaries.map((s) => run.summary[s])],
    ...[run.by, run.backend],
  ]);
  return csvOf([header, ...lines]);
}

type Field = string | number | null | undefined;

/** RFC 4180. */
function csvOf(lines: readonly (readonly Field[])[]): string {
  return `${lines.map((line) => line.map(csvField).join(',')).join('\r\n')}\r\n`;
}

/** RFC 4180; text that a spreadsheet would run as a formula is disarmed by an apostrophe. */
export function csvField(value: Field): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number') return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** All of an investigation but the full series: grid, cells, runs, claims, fits, verdict. */
export async function resultsJson(db: Database, code: string): Promise<object | null> {
  const read = await inSnapshot(db, code, async (snapshot) => {
    const { shown: delta } = await snapshot.since(0);
    const verdict = await snapshot.verdict();
    const ids = delta.claims.map(({ id }) => id);
    const versions = await versionsOf(snapshot.tx, ids, false, await snapshot.names());
    const rows = await rowsOf(snapshot);
    const legsOf = await legsIn(
      snapshot.tx,
      rows.flatMap(({ run }) => run.shard ?? []),
    );
    return { delta, verdict, versions, rows, legsOf, nameOf: await namesOf(snapshot) };
  });
  if (read === null) return null;
  const { delta, verdict, versions, rows, legsOf, nameOf } = read;
  return {
    ...{ manyhands: 'results', version: 1, sequence: delta.to },
    ...{ investigation: delta.investigation, progress: delta.progress },
    ...verdict.analysis,
    predictions: verdict.predictions,
    cells: delta.cells,
    runs: rows.map(({ run, config, by }) => ({
      ...{
        id: run.id,
        cell: run.cell,
        config,
        seed: run.seed,
        hyper: run.hyper,
        outcome: run.outcome,
      },
      ...{ summary: run.summary, hashes: hashesOf(run), computedBy: by, device: run.report },
      ...carriedBy(legsOf(run), (device) => (device === run.device ? (by ?? '') : nameOf(device))),
    })),
    claims: delta.claims.map((claim) => ({ ...claim, history: versions.get(claim.id) ?? [] })),
    withheldClaims: delta.withheld,
  };
}

/** Who carried a run from step to step, and whether its chain of hashes is unbroken. */
function carriedBy({ legs, broken }: RunLegs, nameOf: (device: string) => string) {
  return {
    legs: legs.map(({ device, ...leg }) => ({ ...leg, computedBy: nameOf(device) })),
    broken,
  };
}

/** The file that `manyhands replay` reads; null for an unknown or unfinished run. */
export async function pointFile(db: Database, runId: string): Promise<PointFile | null> {
  const [row] = await db
    .select({ run: runs, investigation: investigations, config: cells.config })
    .from(runs)
    .innerJoin(investigations, eq(investigations.id, runs.investigation))
    .innerJoin(cells, and(eq(cells.investigation, runs.investigation), eq(cells.index, runs.cell)))
    .where(eq(runs.id, runId));
  const record = row === undefined ? null : recordOf(row.run, row.config);
  const study = row === undefined ? null : studyById(row.investigation.study);
  if (row === undefined || record === null || study === null) return null;
  const { run, investigation, config } = row;
  const { program } = study.plan(config, { null: investigation.isNull });
  const inputs = (await inputsAmong(db, [run.id])).get(run.id);
  const columns = Object.entries(record.series.columns).map(
    ([name, c]) => [name, [...c].map((v) => (Number.isFinite(v) ? v : null))] as const,
  );
  const { backend = '', adapter, build = '' } = run.report ?? {};
  return {
    ...{
      manyhands: 'point',
      version: 1,
      study: study.id,
      studyVersion: investigation.studyVersion,
    },
    ...{ null: investigation.isNull, config: { ...config }, seed: run.seed },
    plan: {
      ...{ program: structuredClone(program) as PointFile['plan']['program'], hyper: run.hyper },
      ...(inputs === undefined
        ? {}
        : { inputs: structuredClone(inputs) as (RunInput & { state?: never })[] }),
    },
    outcome: record.outcome,
    steps: [...record.series.steps],
    columns: Object.fromEntries(columns),
    summary: { ...run.summary },
    device: [backend, adapter, build].filter(Boolean).join(', '),
    hashes: hashesOf(run),
  };
}
