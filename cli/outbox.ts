/**
 * Results that the coordinator has not acknowledged, a file each in a folder: they survive a killed
 * process and a machine that is switched off.
 */
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { packState, unpackState } from '../compute/engines/state-bytes.ts';
import { PackFile } from '../compute/studies/point.ts';
import type { KeptResult, Outbox } from '../compute/volunteer/parts.ts';
import { DeviceReport, RunSubmission } from '../server/protocol.ts';

const Floats = z.base64().transform((text) => {
  const bytes = new Uint8Array(Buffer.from(text, 'base64'));
  return new Float32Array(bytes.buffer, 0, Math.floor(bytes.length / 4));
});

const State = z.base64().transform((text, context) => {
  const arrays = unpackState(Buffer.from(text, 'base64'));
  if (arrays !== null) return arrays;
  context.addIssue('These are not the bytes of a state.');
  return z.NEVER;
});

const KeptFile = z.object({
  shard: z.string(),
  attempt: z.int(),
  device: DeviceReport,
  runs: z.array(
    z.object({
      id: z.string(),
      outcome: RunSubmission.shape.outcome,
      hashes: z.array(z.object({ step: z.int(), sha256: z.string() })),
      series: z.object({ steps: Floats, columns: z.record(z.string(), Floats) }),
      kept: z.array(z.object({ step: z.int(), arrays: State })).exactOptional(),
    }),
  ),
  pack: PackFile.exactOptional(),
  seconds: z.number().min(0),
}) satisfies z.ZodType<KeptResult>;

const textOf = (values: Float32Array) =>
  Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64');

/** @param onBroken hears of a file that cannot be read; it is left where it is */
export async function openFolderOutbox(
  folder: string,
  onBroken: (file: string) => void,
): Promise<Outbox> {
  await mkdir(folder, { recursive: true });
  const broken = new Set<string>();
  const fileOf = (shard: string, attempt: number) =>
    path.join(folder, `${encodeURIComponent(shard)}.${attempt}.json`);

  async function read(name: string): Promise<KeptResult | null> {
    const file = path.join(folder, name);
    try {
      return KeptFile.parse(JSON.parse(await readFile(file, 'utf8')));
    } catch {
      if (!broken.has(name)) onBroken(file);
      broken.add(name);
      return null;
    }
  }

  return {
    async put(result) {
      const runs = result.runs.map((run) => ({
        ...run,
        kept: run.kept?.map(({ step, arrays }) => ({
          step,
          arrays: Buffer.from(packState(arrays)).toString('base64'),
        })),
        series: {
          steps: textOf(run.series.steps),
          columns: Object.fromEntries(
            Object.entries(run.series.columns).map(([name, values]) => [name, textOf(values)]),
          ),
        },
      }));
      const file = fileOf(result.shard, result.attempt);
      // Whole or not at all: a process may be killed while it writes.
      await writeFile(`${file}.part`, JSON.stringify({ ...result, runs }));
      await rename(`${file}.part`, file);
    },
    async all() {
      const names = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort();
      return (await Promise.all(names.map(read))).flatMap((kept) => kept ?? []);
    },
    remove: (shard, attempt) => rm(fileOf(shard, attempt), { force: true }),
  };
}
