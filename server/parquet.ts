/**
 * Results as Apache Parquet, typed and compressed: a row a run, and every recorded number in long
 * format. Each file names the sequence number of the room that it was read at, as results.json does:
 * files of one number are of one state.
 */
import type { ColumnSource } from 'hyparquet-writer';
import { studyById } from '../compute/studies/registry.ts';
import type { Database } from '../db/open.ts';
import { inSnapshot } from './deltas.ts';
import { type ResultRow, rowsOf } from './exports.ts';
import { recordOf } from './fold.ts';

/** Numbers in a file of series at most: it is made in memory, about 30 bytes each. */
const MOST_VALUES = 10_000_000;

export interface ParquetFile {
  readonly sequence: number;
  readonly bytes: Uint8Array;
}

/** One row a run, finished or not; null without such a room. */
export async function runsParquet(db: Database, code: string): Promise<ParquetFile | null> {
  const read = await readRows(db, code);
  if (read === null) return null;
  const { rows, found } = read;
  const specs = studyById(found.study)?.params ?? [];
  const summaries = [...new Set(rows.flatMap(({ run }) => Object.keys(run.summary ?? {})))];
  const column = (
    name: string,
    type: NonNullable<ColumnSource['type']>,
    of: (row: ResultRow) => unknown,
  ): ColumnSource => ({ name, type, data: rows.map((row) => of(row) ?? null) });
  const columns = [
    column('run', 'STRING', ({ run }) => run.id),
    column('cell', 'INT32', ({ run }) => run.cell),
    ...specs.map(({ name, kind }) =>
      column(name, kind === 'number' ? 'DOUBLE' : 'STRING', ({ config }) => config[name]),
    ),
    column('seed', 'INT64', ({ run }) => BigInt(run.seed)),
    column('outcome', 'STRING', ({ run }) => run.outcome?.kind ?? 'waiting'),
    column('diverged_at', 'INT32', ({ run: { outcome } }) =>
      outcome?.kind === 'diverged' ? outcome.step : null,
    ),
    column('verified', 'BOOLEAN', ({ run }) => run.verified),
    ...summaries.map((name) => column(name, 'DOUBLE', ({ run }) => run.summary?.[name])),
    column('computed_by', 'STRING', ({ by }) => by),
    column('backend', 'STRING', ({ run }) => run.report?.backend),
    column('adapter', 'STRING', ({ run }) => run.report?.adapter),
    column('numeric_class', 'STRING', ({ run }) => run.report?.numericClass),
  ];
  return await written(found, columns);
}

/**
 * Every recorded number: run, cell, seed, column, step, value (Float32; NaN and infinity are data).
 * Null without such a room; 'too-large' if that would be more than can be written.
 */
export async function seriesParquet(
  db: Database,
  code: string,
  most = MOST_VALUES,
): Promise<ParquetFile | 'too-large' | null> {
  const read = await readRows(db, code);
  if (read === null) return null;
  const { rows, found } = read;
  const long = rows.flatMap(({ run, config }) => {
    const record = recordOf(run, config);
    if (record === null) return [];
    const { steps, columns } = record.series;
    return Object.entries(columns).map(([name, values]) => ({ run, name, steps, values }));
  });
  const total = long.reduce((n, { values }) => n + values.length, 0);
  if (total > most) return 'too-large';
  const text = (of: (part: (typeof long)[number]) => string) =>
    long.flatMap((part) => Array.from(part.values, () => of(part)));
  const [cell, step] = [new Int32Array(total), new Int32Array(total)];
  const [seed, value] = [new BigInt64Array(total), new Float32Array(total)];
  let at = 0;
  for (const { run, steps, values } of long) {
    cell.fill(run.cell, at, at + values.length);
    seed.fill(BigInt(run.seed), at, at + values.length);
    step.set(steps, at);
    value.set(values, at);
    at += values.length;
  }
  return await written(found, [
    { name: 'run', type: 'STRING', data: text(({ run }) => run.id) },
    { name: 'cell', type: 'INT32', data: cell },
    { name: 'seed', type: 'INT64', data: seed },
    { name: 'column', type: 'STRING', data: text(({ name }) => name) },
    { name: 'step', type: 'INT32', data: step },
    { name: 'value', type: 'FLOAT', data: value },
  ]);
}

async function readRows(db: Database, code: string) {
  return await inSnapshot(db, code, async (snapshot) => ({
    rows: await rowsOf(snapshot),
    found: snapshot.found,
  }));
}

interface Source {
  readonly code: string;
  readonly seq: number;
  readonly study: string;
  readonly studyVersion: string;
}

async function written(
  { code, seq, study, studyVersion }: Source,
  columnData: ColumnSource[],
): Promise<ParquetFile> {
  // Loaded when somebody exports: a coordinator that nobody exports from does without.
  const { parquetWriteBuffer } = await import('hyparquet-writer');
  const source = { room: code, sequence: String(seq), study, studyVersion };
  const kvMetadata = Object.entries(source).map(([key, value]) => ({
    ...{ key: `manyhands.${key}`, value },
  }));
  const buffer = parquetWriteBuffer({ columnData, kvMetadata, createdBy: 'manyhands' });
  return { sequence: seq, bytes: new Uint8Array(buffer) };
}
