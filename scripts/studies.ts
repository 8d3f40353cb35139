/**
 * `npm run studies [ID …]`: measures the studies (scripts/studies/parts.ts says what), keeps each part as
 * soon as it is done, and makes `docs/studies.md` from all records and the specs. What is measured already,
 * of this version and grid, is not measured again, so that an interrupted run goes on where it was.
 */
import { Command, CommanderError } from 'commander';
import { z } from 'zod';
import { UsageError } from '../cli/common.ts';
import { studies } from '../compute/studies/registry.ts';
import type { Study } from '../compute/studies/study.ts';
import { measure } from './studies/measure.ts';
import { writePage } from './studies/page.ts';
import { PARTS, type Part } from './studies/parts.ts';
import { currentOf, emptyRecord, readRecord, writeRecord } from './studies/record.ts';

const known = studies.map((s) => s.id);
const Request = z.object({
  ids: z.array(
    z.enum(known, {
      error: ({ input }) => `There is no study “${input}”. There are: ${known.join(', ')}.`,
    }),
  ),
  again: z.boolean().default(false),
  page: z.boolean().default(false),
  webgpu: z.boolean().default(false),
});
type Request = z.infer<typeof Request>;

function requestOf(args: readonly string[]): Request {
  const command = new Command('studies')
    .description('Measures the studies and writes docs/studies.md.')
    .argument('[ids...]', 'studies; without, all')
    .option('--again', 'forget what was measured of them, and measure it again')
    .option('--webgpu', 'the quick grids on WebGPU too, in Chromium')
    .option('--page', 'measure nothing: make the page from the records')
    .exitOverride();
  command.parse([...args], { from: 'user' });
  const parsed = Request.safeParse({ ids: command.args, ...command.opts() });
  if (parsed.success) return parsed.data;
  throw new UsageError(parsed.error.issues[0]?.message);
}

/** Measures what is missing or stale of one study. */
async function bringUpToDate(study: Study, parts: readonly Part[], again: boolean): Promise<void> {
  let record = again ? emptyRecord(study) : await readRecord(study);
  for (const part of parts) {
    if (currentOf(study, record, part) !== null) continue;
    let shown = -1;
    const measured = await measure(study, part, (share) => {
      const tenth = Math.floor(share * 10);
      if (tenth > shown) process.stderr.write(`${study.id}, ${part}: ${10 * tenth}%\n`);
      shown = tenth;
    });
    record = { ...record, parts: { ...record.parts, [part]: measured } };
    await writeRecord(record);
    const { state, because } = measured.analysis.verdict;
    console.log(`${study.id}, ${part}: ${state} in ${measured.seconds} s. ${because}`);
  }
}

async function main({ ids, again, page, webgpu }: Request): Promise<void> {
  if (!page) {
    const parts = PARTS.filter((part) => webgpu || part !== 'webgpu');
    for (const study of studies.filter((s) => ids.length === 0 || ids.includes(s.id)))
      await bringUpToDate(study, parts, again);
  }
  console.log(`Written: ${await writePage()}`);
}

try {
  await main(requestOf(process.argv.slice(2)));
  process.exit(0);
} catch (error) {
  if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? 0 : 2);
  console.error(error instanceof Error ? error.message : error);
  process.exit(error instanceof UsageError ? 2 : 1);
}
