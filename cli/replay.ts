/**
 * `manyhands replay FILE`: trains the run of a point file again and compares. Training at the edge
 * of stability is chaotic, and devices round differently, so agreement is judged over the first
 * 50 steps, where honest devices agree to a small relative difference; the rest is reported.
 */
import { readFile } from 'node:fs/promises';
import { servedStates } from '../compute/engines/states.ts';
import { differencesOf } from '../compute/studies/differences.ts';
import { PointFile } from '../compute/studies/point.ts';
import { studyById } from '../compute/studies/registry.ts';
import type { Summary } from '../compute/studies/study.ts';
import { Backend, openHere, parseFlag, Server, UsageError } from './common.ts';

const EARLY_STEPS = 50;
/** Relative to the column's largest early value. Measured between backends: below 1e-4. */
const EARLY_TOLERANCE = 1e-3;

export interface ReplayFlags {
  readonly backend?: string;
  readonly json?: boolean;
  readonly server?: string;
}

export async function replayCommand(file: string, flags: ReplayFlags): Promise<void> {
  const point = parsePoint(file, await readFile(file, 'utf8').catch(() => null));
  const backend =
    flags.backend === undefined ? undefined : parseFlag(Backend, '--backend', flags.backend);
  const { hyper, inputs } = point.plan;
  if (inputs !== undefined && flags.server === undefined)
    throw new UsageError(
      'This run compares others, whose states it needs: say with --server which coordinator keeps them.',
    );
  const url = flags.server === undefined ? '' : parseFlag(Server, '--server', flags.server);
  const engine = await openHere(backend, servedStates(url));
  const run = { id: 'replay', seed: point.seed, hyper, ...(inputs && { inputs }) };
  const training = await engine.start({ program: point.plan.program, runs: [run] });
  while (!(await training.advance())) await new Promise((resolve) => setTimeout(resolve, 0));
  const [result] = training.results();
  training.dispose();
  if (result === undefined) throw new Error('The training returned no run.');
  const columns = differencesOf(point, result.series.columns, EARLY_STEPS);
  const study = studyById(point.study);
  const record = {
    config: point.config,
    seed: point.seed,
    series: result.series,
    outcome: result.outcome,
  };
  const summary: Summary = study === null ? {} : study.summarise(record, { null: point.null });
  const agrees =
    Object.values(columns).every((c) => c.early <= EARLY_TOLERANCE) &&
    result.outcome.kind === point.outcome.kind;
  const report = {
    ...{ study: point.study, seed: point.seed, config: point.config },
    backend: engine.device.backend,
    firstComputedOn: point.device,
    ...{ agrees, tolerance: EARLY_TOLERANCE, columns },
    outcome: { before: point.outcome, now: result.outcome },
    summary: { before: point.summary, now: summary },
  };
  engine.dispose();
  if (flags.json) process.stdout.write(`${JSON.stringify(report)}\n`);
  else {
    const lines = Object.entries(columns).map(
      ([name, c]) =>
        `  ${name}: largest relative difference ${c.early.toExponential(1)} up to step ${EARLY_STEPS}, ${c.whole.toExponential(1)} over the whole run`,
    );
    const numbers = Object.entries(point.summary).map(
      ([name, then]) => `  ${name}: then ${then}, now ${summary[name] ?? null}`,
    );
    const verdict = agrees ? 'agrees' : 'does NOT agree';
    process.stdout.write(
      `The replay ${verdict} (tolerance ${EARLY_TOLERANCE} up to step ${EARLY_STEPS}).\n${[...lines, ...numbers].join('\n')}\n`,
    );
  }
}

function parsePoint(file: string, text: string | null): PointFile {
  if (text === null) throw new UsageError(`The file ${file} cannot be read.`);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new UsageError(
      `${file} is not JSON. Export a point from a room to get a file to replay.`,
    );
  }
  const parsed = PointFile.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new UsageError(`${file} is not a point file: ${issue?.path.join('.')}: ${issue?.message}`);
}
