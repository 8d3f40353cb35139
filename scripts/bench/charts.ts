/**
 * `npm run bench:charts`: what a chart costs the page that shows it, beside a plain Recharts scatter of
 * the same points, and how long an accepted result takes to the pixels of a page. In real Chromium. A
 * JSON line a number on standard output.
 */
import { Command, CommanderError } from 'commander';
import type { Page } from 'playwright';
import { z } from 'zod';
import { openPage } from '../browser.ts';
import { resultToPixels } from './charts-live.ts';
import type { Side, Times } from './charts-page.tsx';

const Options = z.object({
  points: z
    .string()
    .regex(/^\d+(,\d+)*$/, 'takes numbers with commas.')
    .transform((text) => text.split(',').map(Number))
    .default([1_000, 10_000, 50_000]),
  naive: z.boolean().default(true),
  live: z.boolean().default(true),
  viewers: z.coerce.number().int().min(1).max(200).default(40),
  results: z.coerce.number().int().min(5).max(500).default(60),
});
type Options = z.infer<typeof Options>;

function optionsOf(args: readonly string[]): Options {
  const command = new Command('bench:charts')
    .description('Cost of charts, and the time from an accepted result to the pixels.')
    .option('--points <numbers>', 'sizes of the chart (1000,10000,50000)')
    .option('--no-naive', 'without the plain Recharts scatter')
    .option('--no-live', 'without the time from result to pixels')
    .option('--viewers <n>', 'people who look at the room (40)')
    .option('--results <n>', 'results of which the time is measured (60)')
    .exitOverride();
  command.parse([...args], { from: 'user' });
  const parsed = Options.safeParse(command.opts());
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Error(`--${issue?.path.join('.')} ${issue?.message}`);
}

function say(what: string, points: number, value: number, unit: string): void {
  const rounded = Number(value.toPrecision(4));
  process.stdout.write(
    `${JSON.stringify({ bench: 'charts', what, points, value: rounded, unit })}\n`,
  );
}

/** The value below which this part of the times lies. */
function quantile(times: Times, part: number): number {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN;
}

/** Seconds of the main thread since the page began, painting and layout among them. */
async function mainThread(page: Page): Promise<() => Promise<number>> {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  return async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    return metrics.find((m) => m.name === 'TaskDuration')?.value ?? Number.NaN;
  };
}

/** Appends: p50 and p95 of script, style and layout; and all of the main thread, an append. */
async function appends(page: Page, side: Side, points: number, count: number): Promise<number> {
  await page.evaluate(([s, p]) => globalThis.charts.mount(s, p), [side, points] as const);
  const busy = await mainThread(page);
  await page.evaluate(() => globalThis.charts.append(2));
  const before = await busy();
  const times = await page.evaluate((n) => globalThis.charts.append(n), count);
  const each = (1000 * ((await busy()) - before)) / count;
  say(`${side}: append, script and layout, p50`, points, quantile(times, 0.5), 'ms');
  say(`${side}: append, script and layout, p95`, points, quantile(times, 0.95), 'ms');
  say(`${side}: append, all of the main thread, mean`, points, each, 'ms');
  return quantile(times, 0.5);
}

async function main(options: Options): Promise<void> {
  const { page, dispose } = await openPage('scripts/bench/charts-page.tsx');
  try {
    for (const points of options.points) {
      const ours = await appends(page, 'ours', points, 60);
      for (const what of ['hover', 'pan'] as const) {
        const times = await page.evaluate((w) => globalThis.charts[w](60), what);
        say(`ours: frames a second, ${what}`, points, 1000 / quantile(times, 0.5), '1/s');
        say(`ours: frame, ${what}, p95`, points, quantile(times, 0.95), 'ms');
      }
      if (!options.naive) continue;
      const naive = await appends(page, 'recharts', points, points > 10_000 ? 3 : 5);
      say('append, recharts / ours, p50', points, naive / ours, '×');
    }
  } finally {
    await dispose();
  }
  if (!options.live) return;
  const { pixels, told, points } = await resultToPixels(options);
  say(`result to pixels, ${options.viewers} viewers, p50`, points, quantile(pixels, 0.5), 'ms');
  say(`result to pixels, ${options.viewers} viewers, p95`, points, quantile(pixels, 0.95), 'ms');
  say(`result to socket, ${options.viewers} viewers, p95`, points, quantile(told, 0.95), 'ms');
}

try {
  await main(optionsOf(process.argv.slice(2)));
} catch (error) {
  const help = error instanceof CommanderError && error.exitCode === 0;
  if (!(error instanceof CommanderError))
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = help ? 0 : 1;
}
// The people of the room would go on trying to reach a server that is gone.
process.exit();
