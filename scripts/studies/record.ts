/**
 * What was measured of a study: one JSON file a study in `docs/studies/`, one entry a part, so that
 * `docs/studies.md` can be made again from these and the specs alone. A part is keyed by a digest of all
 * that its numbers depend on by intent: study, version, grid with seeds, null, backend. The commit is
 * stated beside it and is not part of the key.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { Analysis, Grid, Study } from '../../compute/studies/study.ts';
import { PARTS, type Part, planOf } from './parts.ts';

export const FOLDER = path.resolve(
  path.dirname(fileURLToPath(import.meta.url)),
  '../../docs/studies',
);

const Interval = z.tuple([z.number(), z.number()]).nullable();
const Band = z.tuple([z.number().nullable(), z.number().nullable()]);

const AnalysisFile = z.object({
  fits: z.record(
    z.string(),
    z.object({ label: z.string(), value: z.number(), interval: Interval, runs: z.number() }),
  ),
  verdict: z.object({
    ...{ state: z.enum(['holds', 'fails', 'undecided']), statement: z.string() },
    ...{ value: z.number().nullable(), interval: Interval, threshold: Band },
    ...{ because: z.string(), runs: z.number() },
  }),
}) satisfies z.ZodType<Analysis>;

const MachineFile = z.object({
  cpu: z.string(),
  cores: z.int().min(1),
  node: z.string(),
});
export type Machine = z.infer<typeof MachineFile>;

const MeasuredFile = z.object({
  digest: z.string(),
  version: z.string(),
  grid: z.object({
    params: z.record(z.string(), z.array(z.union([z.number(), z.string()]))),
    seeds: z.array(z.int().min(0)),
  }),
  null: z.boolean(),
  backend: z.enum(['wasm', 'webgpu']),
  /** GPU adapter, where there was one. */
  adapter: z.string().nullable(),
  runs: z.int().min(0),
  /** Of the clock, from the first step to the verdict. */
  seconds: z.number().min(0),
  /** Of all threads of this process; null where a browser did the work. */
  processorSeconds: z.number().min(0).nullable(),
  /** Day it was measured, UTC. */
  date: z.iso.date(),
  commit: z.string(),
  /** Whether sources differed from the commit. */
  changed: z.boolean(),
  machine: MachineFile,
  analysis: AnalysisFile,
});
export type Measured = z.infer<typeof MeasuredFile>;

const RecordFile = z.object({
  manyhands: z.literal('study-record'),
  study: z.string(),
  parts: z.partialRecord(z.enum(PARTS), MeasuredFile),
});
export type StudyRecord = z.infer<typeof RecordFile>;

export const emptyRecord = (study: Study): StudyRecord => ({
  ...{ manyhands: 'study-record', study: study.id },
  parts: {},
});

/** A grid as it stands in a record. */
export const gridFile = ({ params, seeds }: Grid): Measured['grid'] => ({
  params: Object.fromEntries(Object.entries(params).map(([name, values]) => [name, [...values]])),
  seeds: [...seeds],
});

/** SHA-256 (hex, 16 digits) of what a part measures. */
export function digestOf(study: Study, part: Part): string {
  const { grid, isNull, backend } = planOf(study, part);
  const key = JSON.stringify([
    study.id,
    study.version,
    study.params.map(({ name }) => [name, grid.params[name] ?? null]),
    grid.seeds,
    isNull,
    backend,
  ]);
  return createHash('sha256').update(key).digest('hex').slice(0, 16);
}

/** What the part holds for the study as it is now; null if it was not measured, or of another version or grid. */
export function currentOf(study: Study, record: StudyRecord, part: Part): Measured | null {
  const measured = record.parts[part];
  return measured?.digest === digestOf(study, part) ? measured : null;
}

const fileOf = (id: string, folder: string) => path.join(folder, `${id}.json`);

/** The record of a study, empty if there is none. Rejects with a sentence if the file is not one. */
export async function readRecord(study: Study, folder = FOLDER): Promise<StudyRecord> {
  const file = fileOf(study.id, folder);
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (text === null) return emptyRecord(study);
  const parsed = RecordFile.safeParse(parsedJson(text));
  if (!parsed.success || parsed.data.study !== study.id) {
    const [issue] = parsed.error?.issues ?? [];
    const where = issue === undefined ? 'study' : issue.path.join('.');
    throw new Error(
      `${file} is not a record of ${study.id} (${where}). Remove it, and measure the study again.`,
    );
  }
  return parsed.data;
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Stores a record whole or not at all: an interrupted run finds the last one. Curves of fits are left out. */
export async function writeRecord(record: StudyRecord, folder = FOLDER): Promise<void> {
  await mkdir(folder, { recursive: true });
  const file = fileOf(record.study, folder);
  await writeFile(`${file}.part`, `${JSON.stringify(RecordFile.parse(record), null, 2)}\n`);
  await rename(`${file}.part`, file);
}
