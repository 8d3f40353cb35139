/**
 * `npm run simulate`: the real code of transitions, trust and aggregation among ten thousand simulated
 * volunteers. Prints a summary for people, or with `--json` one object.
 */
import { Command, CommanderError } from 'commander';
import { z } from 'zod';
import { CHEATERS, type CheaterKind } from './simulate/clients.ts';
import { DEFAULT_MIX } from './simulate/population.ts';
import { type Scenario, type Simulated, simulate } from './simulate/simulate.ts';

const whole = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d+$/, { error: 'takes a whole number.' })
    .transform(Number)
    .pipe(z.number().min(least).max(most));
const share = z
  .string()
  .regex(/^\d*\.?\d+$/, { error: 'takes a share between 0 and 1.' })
  .transform(Number)
  .pipe(z.number().max(1));

const MIXED: readonly ['broken', ...CheaterKind[]] = ['broken', ...CHEATERS];

const Options = z.object({
  json: z.boolean().default(false),
  clients: whole(10, 100_000).default(10_000),
  seed: whole(0, 2 ** 32 - 1).default(1),
  runs: whole(1, 1_000).default(20),
  verifiers: whole(1, 100_000).optional(),
  handover: whole(1, 1_000_000).default(60),
  stages: z.boolean().default(false),
  verifierSpeed: whole(1, 1_000_000).default(2_800),
  mix: z.partialRecord(z.enum(MIXED), share),
});

function scenarioOf(args: readonly string[]): { scenario: Scenario; json: boolean } {
  const command = new Command('simulate')
    .description('The coordinator among simulated volunteers, in virtual time.')
    .option('--json', 'one JSON object on standard output')
    .option('--clients <n>', 'volunteers altogether (10000)')
    .option('--seed <n>', 'the same seed gives the same report (1)')
    .option('--runs <n>', 'runs to train, for each client (20)')
    .option('--verifiers <n>', 'replays at a time (one for 100 clients)')
    .option('--handover <seconds>', 'how often a shard in training is handed over (60)')
    .option('--stages', 'with a second stage: comparisons, which stand on two runs each')
    .option('--verifier-speed <n>', 'run-steps a second of each (2800)')
    .exitOverride();
  for (const kind of MIXED)
    command.option(`--${kind} <share>`, `share of the clients (${DEFAULT_MIX[kind]})`);
  command.parse([...args], { from: 'user' });
  const given = command.opts();
  const mix = Object.fromEntries(
    MIXED.flatMap((k) => (k in given ? [[k, given[k] as unknown]] : [])),
  );
  const parsed = Options.safeParse({ ...given, mix });
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new Error(`--${String(issue?.path.at(-1))} ${issue?.message}`);
  }
  const { json, clients, seed, runs, verifiers, verifierSpeed, mix: wanted } = parsed.data;
  const handoverMs = 1000 * parsed.data.handover;
  return {
    json,
    scenario: {
      ...{ clients, seed, runsPerClient: runs, mix: { ...DEFAULT_MIX, ...wanted } },
      ...{ handoverMs, staged: parsed.data.stages },
      verifiers: {
        count: verifiers ?? Math.max(1, Math.ceil(clients / 100)),
        runStepsPerSecond: verifierSpeed,
      },
    },
  };
}

function summaryOf({ report, closing, ...more }: Simulated): string {
  const percent = (x: number) => `${(100 * x).toFixed(2)}%`;
  const { left } = closing;
  const lines = [
    `${report.runs} runs in ${more.shards} shards and ${more.attempts} attempts by ${report.clients} clients in ${more.minutes.toFixed(0)} min (99% in ${more.nearlyDone.toFixed(0)}), ${more.restarts} restarts`,
    `lost ${report.lost}, doubled ${report.doubled}, honest rejected ${report.honestRejected}, curves forged ${report.forged}, still in ${report.forgedAccepted}`,
    `overhead ${percent(report.overhead)}: replays ${percent(more.replayOverhead)}, honest work trained again ${percent(more.retrainOverhead)}`,
    `runs that left: ${left.invalid} invalid, ${left.inconclusive} inconclusive, ${left.declined} not shown, ${left.undone} undone, ${left.recalled} recalled`,
    ...(closing.compared > 0
      ? [`${closing.compared} comparisons counted, ${closing.spoiled} of them of forged networks`]
      : []),
    `${more.handovers} handovers verified, ${more.moved} shards by more than one attempt`,
    ...Object.entries(closing.kinds)
      .filter(([, tally]) => tally.forged > 0)
      .map(
        ([kind, { forged, forgedAccepted }]) =>
          `${kind}: ${forged} curves forged, ${forgedAccepted} still in`,
      ),
    `makespan over ideal ${report.makespanOverIdeal.toFixed(2)}, at most ${more.backlog} segments waiting for a verifier`,
    `verdict of the first investigation: ${more.verdict()}`,
  ];
  return `${lines.join('\n')}\n`;
}

try {
  const { scenario, json } = scenarioOf(process.argv.slice(2));
  const simulated = simulate(scenario);
  process.stdout.write(json ? `${JSON.stringify(simulated.report)}\n` : summaryOf(simulated));
} catch (error) {
  const help = error instanceof CommanderError && error.exitCode === 0;
  if (!(error instanceof CommanderError))
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = help ? 0 : 1;
}
