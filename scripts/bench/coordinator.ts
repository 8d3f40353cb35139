/**
 * `npm run bench:coordinator`: what one coordinator takes, over real sockets and on a real database:
 * accepted results a second, how soon a room sees one, people who idle, and people who come all at
 * once. A table on standard error, a JSON line a measure on standard output. The load comes from other
 * processes of the same machine, and so takes its share of the processor.
 */
import { spawnSync } from 'node:child_process';
import { Command, CommanderError } from 'commander';
import { z } from 'zod';
import { endHelpers } from './coordinator-helper.ts';
import { large } from './coordinator-large.ts';
import {
  deltas,
  FULL,
  idle,
  type Measured,
  QUICK,
  results,
  type Scale,
  single,
  storm,
  submissions,
} from './coordinator-measures.ts';
import { DATABASES, type DatabaseName, startTarget, type Target } from './coordinator-target.ts';

const MEASURES = ['results', 'single', 'deltas', 'idle', 'storm', 'large'] as const;
type MeasureName = (typeof MEASURES)[number];
/** What targets are set for. The others say more of the same, and take longer. */
const AIMED: readonly MeasureName[] = ['results', 'deltas', 'idle', 'storm'];

const WANTED = { postgresql: 2_000, pglite: 500 } as const;
/** A storm into one room, and the same people as classes. */
const CLASSES = 25;

const listOf = <T extends string>(allowed: readonly [T, ...T[]]) =>
  z
    .string()
    .transform((text) => text.split(','))
    .pipe(
      z.array(z.enum(allowed, { error: `takes ${allowed.join(', ')}, or several with commas.` })),
    );

const Options = z.object({
  quick: z.boolean().default(false),
  database: listOf(DATABASES).default([...DATABASES]),
  measure: listOf(MEASURES).optional(),
});
type Options = z.infer<typeof Options>;

function optionsOf(args: readonly string[]): Options {
  const command = new Command('bench:coordinator')
    .description('What one coordinator takes, over real sockets and on a real database.')
    .option('--quick', 'what has a target, smaller')
    .option('--database <names>', DATABASES.join(', '))
    .option('--measure <names>', MEASURES.join(', '))
    .exitOverride();
  command.parse([...args], { from: 'user' });
  const parsed = Options.safeParse(command.opts());
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Error(`--${issue?.path[0]?.toString()} ${issue?.message}`);
}

const take: {
  readonly [M in MeasureName]: (
    target: Target,
    scale: Scale,
    database: DatabaseName,
  ) => AsyncGenerator<Measured[]>;
} = {
  async *results(target, scale, database) {
    yield await results(target, scale, WANTED[database]);
    yield await submissions(target, scale);
  },
  async *single(target, scale) {
    yield await single(target, scale);
  },
  async *deltas(target, scale) {
    yield await deltas(target, scale);
  },
  async *idle(target, scale) {
    yield await idle(target, scale);
  },
  async *storm(target, scale) {
    yield await storm(target, scale, 1);
    yield await storm(target, scale, CLASSES);
  },
  async *large(target, scale) {
    yield await large(target, scale.largeSeeds);
  },
};

async function main({ quick, database: databases, measure }: Options): Promise<void> {
  const measures = measure ?? (quick ? AIMED : MEASURES);
  const scale = quick ? QUICK : FULL;
  if (measures.includes('idle')) checkFiles(scale.idle.people);
  process.stderr.write(`${row(['database', 'what', 'value', 'unit', 'wanted'])}\n`);
  for (const database of databases) {
    for (const measure of measures) {
      // An empty database and a coordinator that has done nothing yet: what it learned of devices sizes shards.
      const target = await startTarget(database);
      try {
        for await (const all of take[measure](target, scale, database))
          for (const one of all) report(database, one);
      } finally {
        endHelpers();
        await target.dispose();
      }
    }
  }
}

/** Node raises its own limit to the hard one, so that one must do: a file a socket, and a few. */
function checkFiles(sockets: number): void {
  const said = spawnSync('sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' }).stdout.trim();
  if (said === 'unlimited' || Number(said) > sockets + 500) return;
  throw new Error(
    `${sockets} sockets need as many open files, and this shell allows ${said}: ulimit -Hn ${2 * sockets}`,
  );
}

function report(database: DatabaseName, { what, value, unit, target }: Measured): void {
  const line = { bench: 'coordinator', database, what, value: rounded(value), unit };
  process.stdout.write(`${JSON.stringify(line)}\n`);
  process.stderr.write(`${row([database, what, String(line.value), unit, target ?? ''])}\n`);
}

const row = ([database = '', what = '', value = '', unit = '', wanted = '']: readonly string[]) =>
  `${database.padEnd(11)} ${what.padEnd(52)} ${value.padStart(8)} ${unit.padEnd(10)} ${wanted}`;

/** Three digits: no measurement here has more. Counts are told whole. */
const rounded = (value: number) =>
  Number.isInteger(value) ? value : Number(value.toPrecision(value >= 1000 ? 4 : 3));

// The measure under way fails without its helpers, and whatever it started is put away.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, endHelpers);
try {
  await main(optionsOf(process.argv.slice(2)));
} catch (error) {
  const help = error instanceof CommanderError && error.exitCode === 0;
  // The library has said its own mistakes already.
  if (!(error instanceof CommanderError))
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = help ? 0 : 1;
}
