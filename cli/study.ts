/** `manyhands study`: one study, trained here without a server, with its verdict. */
import { z } from 'zod';
import { runStudy } from '../compute/studies/headless.ts';
import { checkGrid, studies, studyById } from '../compute/studies/registry.ts';
import type { Analysis, Grid, ParamValue, Study } from '../compute/studies/study.ts';
import { Backend, openHere, parseFlag, UsageError } from './common.ts';

export interface StudyFlags {
  readonly quick?: boolean;
  readonly null?: boolean;
  readonly set?: readonly string[];
  readonly seeds?: string;
  readonly backend?: string;
  readonly json?: boolean;
  readonly series?: boolean;
}

/** One line a study. */
export function listStudies(json: boolean): string {
  if (json)
    return JSON.stringify(
      studies.map(({ id, version, title, pillar, statement }) => ({
        id,
        version,
        title,
        pillar,
        statement,
      })),
    );
  return studies.map((s) => `${s.id.padEnd(20)}${s.title}: ${s.statement}`).join('\n');
}

/** Trains the study and prints its result; progress goes to standard error. */
export async function studyCommand(id: string, flags: StudyFlags): Promise<void> {
  const study = studyById(id);
  if (study === null) {
    throw new UsageError(
      `There is no study “${id}”. There are: ${studies.map((s) => s.id).join(', ')}.`,
    );
  }
  const grid = gridOf(study, flags);
  const backend =
    flags.backend === undefined ? undefined : parseFlag(Backend, '--backend', flags.backend);
  const engine = await openHere(backend);
  const isNull = flags.null ?? false;
  let shown = '';
  const { runs, analysis } = await runStudy(study, grid, engine, {
    null: isNull,
    onProgress: (done, total) => {
      const now = `${study.id} on ${engine.device.backend}: ${Math.floor((100 * done) / total)}%`;
      if (now !== shown) process.stderr.write(process.stderr.isTTY ? `\r${now} ` : `${now}\n`);
      shown = now;
    },
  });
  if (process.stderr.isTTY) process.stderr.write('\n');
  engine.dispose();
  const result = {
    study: study.id,
    version: study.version,
    backend: engine.device.backend,
    seeds: grid.seeds,
    null: isNull,
    runs: runs.map(({ config, seed, outcome, summary, series }) => ({
      ...{ config, seed, outcome, summary },
      ...(flags.series ? { series: seriesJson(series) } : {}),
    })),
    fits: analysis.fits,
    verdict: analysis.verdict,
  };
  process.stdout.write(`${flags.json ? JSON.stringify(result) : forPeople(study, result)}\n`);
}

function seriesJson(series: {
  steps: Float32Array;
  columns: Readonly<Record<string, Float32Array>>;
}) {
  const columns = Object.entries(series.columns).map(([name, c]) => [name, [...c]] as const);
  return { steps: [...series.steps], columns: Object.fromEntries(columns) };
}

function gridOf(study: Study, flags: StudyFlags): Grid {
  const base = flags.quick ? study.grids.quick : study.grids.default;
  const params: Record<string, readonly ParamValue[]> = { ...base.params };
  for (const assignment of flags.set ?? []) {
    const [name, values] = splitOnce(assignment);
    const spec = study.params.find((p) => p.name === name);
    if (spec === undefined) {
      const names = study.params.map((p) => p.name).join(', ');
      throw new UsageError(
        `--set ${assignment}: ${study.id} has no parameter “${name}”. It has: ${names}.`,
      );
    }
    params[name] = values
      .split(',')
      .map((v) => (spec.kind === 'number' ? numberOf(v, assignment) : v));
  }
  const seeds = flags.seeds === undefined ? base.seeds : seedsOf(flags.seeds);
  const checked = checkGrid(study, { params, seeds });
  if (!checked.ok) throw new UsageError(checked.message);
  return checked.grid;
}

function splitOnce(assignment: string): readonly [string, string] {
  const at = assignment.indexOf('=');
  if (at < 1)
    throw new UsageError(`--set ${assignment}: write it as name=value or name=value,value.`);
  return [assignment.slice(0, at), assignment.slice(at + 1)];
}

function numberOf(text: string, assignment: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (!Number.isFinite(value))
    throw new UsageError(`--set ${assignment}: “${text}” is not a number.`);
  return value;
}

const SeedRange = z.string().regex(/^\d+\.\.\d+$|^\d+(,\d+)*$/, 'write seeds as 1..5 or 1,2,7');

function seedsOf(text: string): number[] {
  const parsed = parseFlag(SeedRange, '--seeds', text);
  if (!parsed.includes('..')) return parsed.split(',').map(Number);
  const [from = 0, to = 0] = parsed.split('..').map(Number);
  if (to < from) throw new UsageError(`--seeds ${text}: the range ends before it starts.`);
  if (to - from >= 1000) throw new UsageError(`--seeds ${text}: at most 1000 seeds.`);
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

function forPeople(
  study: Study,
  {
    verdict,
    fits,
    backend,
    runs,
  }: Analysis & { readonly backend: string; readonly runs: readonly unknown[] },
): string {
  const interval = (i: readonly [number, number] | null) =>
    i === null ? '' : ` [${i[0].toPrecision(4)}, ${i[1].toPrecision(4)}]`;
  const lines = Object.values(fits).map(
    (f) => `  ${f.label}: ${f.value.toPrecision(4)}${interval(f.interval)} (${f.runs} runs)`,
  );
  const value =
    verdict.value === null ? '' : ` ${verdict.value.toPrecision(4)}${interval(verdict.interval)}`;
  return [
    `${study.title}, ${runs.length} runs on ${backend}`,
    ...lines,
    `Verdict: ${verdict.state}.${value}`,
    `  ${verdict.statement}`,
    `  ${verdict.because}`,
  ].join('\n');
}
