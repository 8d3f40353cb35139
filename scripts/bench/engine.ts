/**
 * `npm run bench:engine`: run-steps a second of our engine beside a plain TensorFlow.js model and
 * jax-js, in one browser in one run. A table on standard error, a JSON line a row on standard output.
 */
import { Command, CommanderError } from 'commander';
import { z } from 'zod';
import { openPage } from '../browser.ts';
import type { GpuOrWasm, RowResult } from './engine-page.ts';
import { PROGRAM_NAMES, type Row, rowsFor } from './rows.ts';

const names = (allowed: readonly string[]) =>
  z
    .string()
    .transform((text) => text.split(','))
    .refine((list) => list.every((name) => allowed.includes(name)), {
      error: `takes ${allowed.join(', ')}, or several with commas.`,
    });

const Options = z.object({
  quick: z.boolean().default(false),
  backend: names(['webgpu', 'wasm']).default(['webgpu', 'wasm']),
  rows: names(PROGRAM_NAMES).default([...PROGRAM_NAMES]),
  adapter: z
    .enum(['software', 'hardware'], { error: 'takes software or hardware.' })
    .default('software'),
});
type Options = z.infer<typeof Options>;

function optionsOf(args: readonly string[]): Options {
  const command = new Command('bench:engine')
    .description('Run-steps a second of our engine, TensorFlow.js and jax-js.')
    .option('--quick', 'fewer rows, within a minute')
    .option('--backend <names>', 'webgpu, wasm')
    .option('--rows <names>', PROGRAM_NAMES.join(', '))
    .option('--adapter <kind>', 'software (the default, found on every machine) or hardware')
    .exitOverride();
  command.parse([...args], { from: 'user' });
  const parsed = Options.safeParse(command.opts());
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Error(`--${issue?.path.join('.')} ${issue?.message}`);
}

const COLUMNS = ['ours', 'packed', 'fit', 'jax', 'ours/fit', 'ours/jax', 'GFLOP/s', 'of limit'];

async function main(options: Options): Promise<void> {
  const timing = options.quick ? { rounds: 5, ms: 100 } : { rounds: 5, ms: 400 };
  const head = ['backend'.padEnd(8), 'program'.padEnd(28), 'pack'.padStart(5)];
  process.stderr.write(`${[...head, ...COLUMNS.map((c) => c.padStart(9))].join(' ')}\n`);
  for (const backend of options.backend as GpuOrWasm[]) {
    const { page, dispose } = await openPage('scripts/bench/engine-page.ts', options.adapter);
    try {
      const device = await page.evaluate((b) => globalThis.bench.open(b), backend);
      const limit = await page.evaluate(() => globalThis.bench.limit());
      process.stderr.write(
        `${backend}: adapter ${device.adapter ?? 'none'}; the limit is ${(limit.flops / 1e9).toFixed(1)} GFLOP/s, a product of ${limit.size} × ${limit.size}\n`,
      );
      for (const row of rowsFor({ quick: options.quick, programs: options.rows })) {
        const result = await page.evaluate(([p, t]) => globalThis.bench.row(p, t), [
          row.pack,
          timing,
        ] as const);
        report(backend, row, result, limit.flops);
      }
    } finally {
      await dispose();
    }
  }
}

function report(
  backend: GpuOrWasm,
  row: Row,
  { rates, notes, how, flops }: RowResult,
  limit: number,
): void {
  const { ours, packed, fit, jax } = rates;
  const ratio = (other: number | null) => (ours === null || other === null ? null : ours / other);
  const gflops = ours === null ? null : (ours * flops) / 1e9;
  const line = {
    ...{ bench: 'engine', backend, program: row.program, pack: row.pack.runs.length },
    ...{ ours, packed, fit, jax, ratioToFit: ratio(fit), ratioToJax: ratio(jax) },
    ...{ gflops, shareOfLimit: gflops === null ? null : gflops / (limit / 1e9) },
  };
  process.stdout.write(`${JSON.stringify(line, (_, v) => rounded(v))}\n`);
  const cells = [
    ...[ours, packed, fit, jax].map((v) => v?.toFixed(v < 100 ? 1 : 0)),
    ...[line.ratioToFit, line.ratioToJax].map((v) => v?.toFixed(2)),
    ...[gflops?.toFixed(2), line.shareOfLimit?.toFixed(2)],
  ].map((text) => (text ?? '–').padStart(9));
  const head = [backend.padEnd(8), row.title.padEnd(28), String(line.pack).padStart(5)];
  process.stderr.write(`${[...head, ...cells].join(' ')}  ${how}\n`);
  for (const note of notes) process.stderr.write(`  ${note}\n`);
}

/** Four digits: no measurement here has more. */
const rounded = (value: unknown) =>
  typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value;

/** Playwright adds the browser's whole log to a message. */
const firstLine = (error: unknown) =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0];

try {
  await main(optionsOf(process.argv.slice(2)));
} catch (error) {
  const help = error instanceof CommanderError && error.exitCode === 0;
  // The library has said its own mistakes already.
  if (!(error instanceof CommanderError)) process.stderr.write(`${firstLine(error)}\n`);
  process.exitCode = help ? 0 : 1;
}
