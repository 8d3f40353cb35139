/**
 * What the verdict of beyond-linear reads. Of committee machines: √d times the largest distance of an order parameter
 * from the equations of infinite dimension over all records, at most 3 at every d, and the exponent of that distance
 * in d, −½ ± 0.15. Of single-index models: the share of trainings that find the direction, and the exponent in d of
 * the median time that they take over what drift alone predicts, 0 ± 0.25. The prediction goes as d, d log d and d²,
 * with corrections of d^−½ which a slope over a decade sees (0.1 to 0.2), so it is divided out; the exponent in d
 * itself is reported. So wide a band does not tell d log d from d; it tells both from d². A training that does not
 * find the direction counts as the last, or those that were lucky would stand for all.
 *
 * 3, 0.15 and 0.25 are the text's. On the quick grid with seeds 101–104 and 201–204 √d times the distance was 0.75 to
 * 0.95, its exponent −0.54 and −0.51 with intervals of ± 0.06; the exponents of time over prediction were −0.09 to 0.01
 * with intervals of up to ± 0.13, and 0.94 to 1 of the trainings found the direction, of which three quarters are
 * asked for. With the label of another input none finds it.
 */
import { type SeedPoint, seedSlope } from '../analysis/slope.ts';
import { mean, median } from '../analysis/stats.ts';
import { ofReplica } from '../programs/program.ts';
import { fitsOf, type Judged, overSeeds, verdictOf } from './bands.ts';
import { isQuadratic, quadraticSummary } from './beyond-linear-quadratic.ts';
import {
  alphasOf,
  dimensionOf,
  escapeTime,
  FOUND,
  orderTheory,
  REPLICAS,
  taskOf,
} from './beyond-linear-tasks.ts';
import { type Judgement, judgeQuadratic } from './beyond-linear-threshold.ts';
import { allBut, grouped } from './criteria.ts';
import type { Analysis, RunRecord, RunSummary, Summary } from './study.ts';
import { crossing, valueAt } from './traces.ts';

const MOST_SCALED = 3;
const SLOPE_BAND = [-0.65, -0.35] as const;
const ESCAPE_BAND = [-0.25, 0.25] as const;
const LEAST_FOUND = 0.75;

/** The replicas of a run, by number from 0. */
export const replicasOf = ({ config }: RunRecord): number[] =>
  Array.from({ length: REPLICAS[taskOf(config).kind] }, (_, i) => i);

/** The largest distance of an order parameter from the theory, mean of a committee's replicas; else NaN. */
export function deviationOf(run: RunRecord): number {
  const task = taskOf(run.config);
  if (task.kind !== 'committee') return Number.NaN;
  const theory = orderTheory(run.config, task, alphasOf(run.config));
  const largest = (i: number) =>
    theory.flatMap(({ loss, ...order }, row) =>
      Object.entries(order).map(([name, value]) =>
        Math.abs(valueAt(run, ofReplica(name, i), row) - value),
      ),
    );
  return mean(replicasOf(run).map((i) => Math.max(...largest(i))));
}

/** When each replica of a run found its direction; infinite if it did not, none if it is a committee. */
const timesOf = (run: RunRecord): number[] =>
  taskOf(run.config).kind === 'committee'
    ? []
    : replicasOf(run).map(
        (i) => crossing(run, ofReplica('overlap', i), FOUND, 'up') ?? Number.POSITIVE_INFINITY,
      );

/** The median of them, those that did not being the last; null if it is one of those. */
export function foundAt(run: RunRecord): number | null {
  const time = median(timesOf(run));
  return Number.isFinite(time) ? time : null;
}

export function summaryOf(run: RunRecord): Summary {
  if (isQuadratic(run.config)) return quadraticSummary(run);
  const done = run.outcome.kind === 'completed';
  const deviation = deviationOf(run);
  const known = done && Number.isFinite(deviation);
  const times = done ? timesOf(run) : [];
  const time = done ? foundAt(run) : null;
  return {
    deviation: known ? deviation : null,
    scaled: known ? deviation * Math.sqrt(dimensionOf(run.config)) : null,
    found: times.length > 0 ? times.filter(Number.isFinite).length / times.length : null,
    ...{ time, ratio: time === null ? null : time / escapeTime(run.config) },
  };
}

/** The exponent in d of a summary, each seed with its own. */
function exponent(runs: readonly RunSummary[], summary: string) {
  const points = runs.flatMap(({ config, seed, summary: s }): SeedPoint[] => {
    const y = s[summary];
    return y == null ? [] : [{ seed, x: dimensionOf(config), y }];
  });
  const slope = seedSlope(points);
  return slope && { value: slope.value, interval: slope.interval, runs: points.length };
}

function judgeCommittee(runs: readonly RunSummary[], name: string): Judgement {
  const judged: Judged[] = [];
  const slope = exponent(runs, 'deviation');
  if (slope !== null)
    judged.push({ label: `exponent of the deviation in d (${name})`, ...slope, band: SLOPE_BAND });
  const dimensions = [...new Set(runs.map((r) => dimensionOf(r.config)))].sort((a, b) => a - b);
  for (const d of dimensions) {
    const own = runs.filter((r) => dimensionOf(r.config) === d);
    const scaled = overSeeds(own, (r) => r.summary.scaled ?? null);
    const label = `√d times the largest deviation at d = ${d} (${name})`;
    if (scaled !== null) judged.push({ label, ...scaled, band: [null, MOST_SCALED] });
  }
  const missing = slope === null ? [`An exponent needs two dimensions (${name}).`] : [];
  return { judged, reported: [], missing };
}

function judgeIndex(runs: readonly RunSummary[], name: string, scale: string): Judgement {
  const judged: Judged[] = [];
  const missing: string[] = [];
  const rest = exponent(runs, 'ratio');
  if (rest !== null) {
    const label = `exponent in d of the time over its prediction, which goes as ${scale} (${name})`;
    judged.push({ label, ...rest, band: ESCAPE_BAND });
  } else missing.push(`An exponent needs two dimensions (${name}).`);
  const found = overSeeds(runs, (r) => r.summary.found ?? null);
  const label = `share of trainings that find the direction (${name})`;
  if (found !== null) judged.push({ label, ...found, band: [LEAST_FOUND, null] });
  // Left out, they would leave the quicker ones to stand for all.
  const late = runs.filter((r) => r.summary.time == null).length;
  if (late > 0)
    missing.push(
      `In ${late} of ${runs.length} runs half of the trainings did not find it (${name}).`,
    );
  const whole = exponent(runs, 'time');
  const reported =
    whole === null ? [] : [{ label: `exponent of the time in d, not judged (${name})`, ...whole }];
  return { judged, missing, reported };
}

/** The verdict on these runs, and every number that it reads. */
export function analysisOf(
  statement: string,
  runs: readonly RunSummary[],
  expected: number,
): Analysis {
  const online = grouped(
    runs.filter(({ config }) => !isQuadratic(config)),
    allBut('dimension'),
  ).map((own): Judgement => {
    const config = own[0]?.config ?? {};
    const task = taskOf(config);
    const name = [
      task.label,
      ...['rate', 'length'].filter((p) => config[p] !== 1).map((p) => `${p} ${config[p]}`),
    ].join(', ');
    return task.kind === 'committee'
      ? judgeCommittee(own, name)
      : judgeIndex(own, name, task.scale);
  });
  const quadratic = judgeQuadratic(runs.filter(({ config }) => isQuadratic(config)));
  const judgements = [...online, ...quadratic];
  const judged = judgements.flatMap((j) => j.judged);
  const missing = judgements.flatMap((j) => j.missing);
  return {
    fits: fitsOf([...judged, ...judgements.flatMap((j) => j.reported)]),
    verdict: verdictOf({ statement, runs, expected, judged, missing }),
  };
}
