/**
 * What is judged of quadratic networks in the study beyond-linear: that the number of samples from which a student
 * recovers its teacher goes as d, as n₀ does (`beyond-linear-quadratic.ts`), and not as the d² numbers of a quadratic
 * form, which would be an exponent of one of the threshold over n₀; that this ratio is near one; and that on far fewer
 * samples none recovers the teacher, and on far more all do. With targets of other inputs none ever does.
 *
 * Theory says order d and no more, so the bands are wide. They were set when the same trainings in float64, of 16
 * draws, had thresholds of 1.15 to 1.27 n₀ at d = 8 to 32 for r = 1 and of 1.15 to 1.35 for r = 3; at d = 48 it was 1.34
 * and 1.45, so the ratio still rises slowly. It scatters less between draws the larger d is: by 0.17, 0.10 and 0.06 at
 * 8, 24 and 48 for r = 1. On the quick grid with seeds 101 to 116, four at a time, the exponent was 0.07 to 0.19, its
 * intervals within −0.02 and 0.28.
 */
import { type SeedPoint, seedSlope } from '../analysis/slope.ts';
import { bootstrap, mean } from '../analysis/stats.ts';
import { type Judged, overSeeds } from './bands.ts';
import { inputsOf, multipleOf, RECOVERED, rankOf } from './beyond-linear-quadratic.ts';
import { allBut, grouped } from './criteria.ts';
import type { Config, RunSummary } from './study.ts';

const THRESHOLD_BAND = [0.85, 1.5] as const;
const EXPONENT_BAND = [-0.35, 0.35] as const;
/** Multiples of n₀ that are far too few, and ample; and the share of runs that recover the teacher there. */
const [FEW, AMPLE] = [0.6, 1.8];
const [MOST_AT_FEW, LEAST_AT_AMPLE] = [0.1, 0.9];

/**
 * Where the runs of one seed begin to recover their teacher, as a multiple of n₀: between the last that does not and
 * the next, by a straight line in the logarithm of what is left; null where all do, or the last does not.
 */
export function thresholdOf(runs: readonly RunSummary[]): number | null {
  const points = runs
    .flatMap(({ config, summary: { unexplained = null } }) =>
      unexplained === null || unexplained <= 0
        ? []
        : [{ at: multipleOf(config), height: Math.log(unexplained / RECOVERED) }],
    )
    .sort((a, b) => a.at - b.at);
  const last = points.findLastIndex(({ height }) => height >= 0);
  const [before, after] = [points[last], points[last + 1]];
  if (before === undefined || after === undefined) return null;
  const share = before.height / (before.height - after.height);
  return before.at + share * (after.at - before.at);
}

export interface Judgement {
  readonly judged: Judged[];
  readonly reported: Omit<Judged, 'band'>[];
  readonly missing: string[];
}

const nameOf = (config: Config) =>
  [
    `r = ${rankOf(config)}`,
    ...['rate', 'length'].filter((p) => config[p] !== 1).map((p) => `${p} ${config[p]}`),
  ].join(', ');

/** Shares of runs that recover their teacher where none should, and where all should. */
const SHARES = [
  { about: `${FEW} n₀ or less`, band: [null, MOST_AT_FEW], is: (m: number) => m <= FEW },
  { about: `${AMPLE} n₀ or more`, band: [LEAST_AT_AMPLE, null], is: (m: number) => m >= AMPLE },
] as const;

const valuesOf = (runs: readonly RunSummary[], of: (config: Config) => number) =>
  [...new Set(runs.map(({ config }) => of(config)))].sort((a, b) => a - b);

/** The threshold of every seed at every number of inputs; null where its runs show none. */
const thresholdsOf = (runs: readonly RunSummary[]) =>
  valuesOf(runs, inputsOf).flatMap((d) => {
    const own = runs.filter(({ config }) => inputsOf(config) === d);
    return [...new Set(own.map((r) => r.seed))].map((seed) => ({
      ...{ d, seed, value: thresholdOf(own.filter((r) => r.seed === seed)) },
    }));
  });

/** Runs that differ in inputs and samples alone. */
function judgeRank(runs: readonly RunSummary[]): Judgement {
  const [judged, missing]: [Judged[], string[]] = [[], []];
  const name = nameOf(runs[0]?.config ?? {});
  const all = thresholdsOf(runs);
  const found = all.flatMap(({ d, seed, value }): SeedPoint[] =>
    value === null ? [] : [{ seed, x: d, y: value }],
  );
  if (found.length < all.length)
    missing.push(
      `${all.length - found.length} of ${all.length} series of runs show no threshold (${name}).`,
    );
  const slope = seedSlope(found);
  if (slope === null) missing.push(`An exponent of the threshold needs two dimensions (${name}).`);
  else
    judged.push({
      ...{ label: `exponent in d of the threshold over n₀ (${name})`, band: EXPONENT_BAND },
      ...{ value: slope.value, interval: slope.interval, runs: runs.length },
    });
  for (const d of valuesOf(runs, inputsOf)) {
    const own = found.filter(({ x }) => x === d).map(({ y }) => y);
    if (own.length === 0) continue;
    judged.push({
      ...{ label: `threshold over n₀ at d = ${d} (${name})`, band: THRESHOLD_BAND },
      ...{ value: mean(own), interval: bootstrap(own, mean) },
      runs: runs.filter(({ config }) => inputsOf(config) === d).length,
    });
  }
  for (const { about, band, is } of SHARES) {
    const own = runs.filter(({ config }) => is(multipleOf(config)));
    const share = overSeeds(own, (r) => r.summary.recovered ?? null);
    if (share === null) missing.push(`No run has ${about} (${name}).`);
    else
      judged.push({
        label: `share that recover the teacher on ${about} (${name})`,
        ...share,
        band,
      });
  }
  return { judged, reported: [], missing };
}

/** One judgement for each rank, of the runs that completed. */
export const judgeQuadratic = (runs: readonly RunSummary[]): Judgement[] =>
  grouped(runs, allBut('inputs', 'samples')).map(judgeRank);
