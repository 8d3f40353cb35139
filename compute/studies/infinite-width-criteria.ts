/**
 * What the study infinite-width measures over all its runs: how the variance between seeds and the loss
 * above the widest scale with width, and the exact limit of the first step that they are drawn with.
 */
import {
  type Ensemble,
  seedsVariance,
  squaredBias,
  varianceBetween,
  varianceScaling,
} from '../analysis/between-seeds.ts';
import { powerLaw } from '../analysis/laws.ts';
import { powerFit } from '../analysis/power-fit.ts';
import { bootstrap, mean } from '../analysis/stats.ts';
import { madeSet } from '../programs/data.ts';
import type { MadeDataSpec } from '../programs/program.ts';
import { allBut, type Criterion, grouped, number } from './criteria.ts';
import { type FirstStep, firstStepMoments } from './first-step.ts';
import { sizeFits } from './size-law.ts';
import type { Config, Fit, RunSummary, SizeLaw } from './study.ts';

const SLOPE_BAND = [-1.2, -0.8] as const;
const BIAS_BAND = [-1.3, -0.7] as const;
/** Seeds from which on a bias can be told from noise. */
const BIAS_SEEDS = 6;
/** Outputs of the teacher, and held-out samples: all of what is predicted is recorded. */
export const OUTPUTS = 32;
export const HELD_OUT = 4;
const DATA_SEED = 3;
/** Pairs that the first step's moments are taken over: variance within about half a percent. */
const PAIRS = 8000;

export const widthOf = (config: Config): number => 2 * number(config, 'pairs');

export const dataOf = (config: Config): MadeDataSpec => ({
  ...{ kind: 'teacher', seed: DATA_SEED, samples: number(config, 'samples') + HELD_OUT },
});

interface Limit {
  /** Held-out outputs after the first step, at infinite width. */
  readonly mean: Float64Array;
  /** N times their variance between seeds, averaged over outputs. */
  readonly variance: number;
  /** Held-out loss at the start and after the first step, at infinite width. */
  readonly losses: readonly [number, number];
}

const limits = new Map<string, Limit>();

/** What holds after the first step, for any width. */
export function firstStepLimit(config: Config): Limit {
  const [inputs, trained] = [number(config, 'inputs'), number(config, 'samples')];
  const rate = number(config, 'learningRate');
  const key = `${inputs} ${trained} ${rate}`;
  const known = limits.get(key);
  if (known !== undefined) return known;
  const table = madeSet(dataOf(config), inputs, OUTPUTS);
  const task: FirstStep = { table, inputs, outputs: OUTPUTS, trained, rate };
  const { mean: limit, variance } = firstStepMoments(task, PAIRS);
  const aims = table.y.subarray(trained * OUTPUTS);
  const lossOf = (f: (i: number) => number) =>
    aims.reduce((sum, y, i) => sum + (f(i) - y) ** 2 / 2, 0) / HELD_OUT;
  const found: Limit = {
    mean: limit,
    variance: 2 * mean([...variance]),
    losses: [lossOf(() => 0), lossOf((i) => limit[i] ?? Number.NaN)],
  };
  limits.set(key, found);
  return found;
}

const predictionsOf = (run: RunSummary): number[] =>
  Array.from({ length: HELD_OUT * OUTPUTS }, (_, i) => run.summary[`f${i + 1}`] ?? Number.NaN);

interface WidthRuns extends Ensemble {
  readonly losses: readonly number[];
}

/** The widths of one family, each with what its seeds predict. */
const ensemblesOf = (family: readonly RunSummary[]): WidthRuns[] =>
  grouped(family, (c) => [c.pairs])
    .map((runs) => ({
      width: widthOf((runs[0] as RunSummary).config),
      predictions: runs.map(predictionsOf),
      losses: runs.flatMap((r) => r.summary.testLoss ?? []),
    }))
    .sort((a, b) => a.width - b.width);

/** " (d = 8, …)" where there are several families to tell apart. */
const nameOf = (family: readonly RunSummary[], of: number) => {
  const { inputs, samples, learningRate, steps } = (family[0] as RunSummary).config;
  return of > 1 ? ` (d = ${inputs}, n = ${samples}, η = ${learningRate}, T = ${steps})` : '';
};

function slopeCriterion(family: readonly RunSummary[], name: string): Criterion {
  const { slope, interval } = varianceScaling(ensemblesOf(family), OUTPUTS);
  return {
    ...{ key: `variance${name}`, label: `Exponent of the variance between seeds in width${name}` },
    ...{ value: Number.isFinite(slope) ? slope : null, interval },
    ...{ band: SLOPE_BAND, runs: family.length },
    missing: `Two widths of two seeds each are needed for an exponent${name}.`,
  };
}

/** The exponent of the loss above the widest's, where there are seeds and widths enough; else null. */
function biasCriterion(family: readonly RunSummary[], name: string): Criterion | null {
  const ensembles = ensemblesOf(family);
  const widest = ensembles.at(-1);
  const count = Math.min(...ensembles.map((e) => e.losses.length));
  if (widest === undefined || ensembles.length < 4 || count < BIAS_SEEDS) return null;
  const seeds = Array.from({ length: count }, (_, i) => i);
  const lossOf = ({ losses }: WidthRuns, own: readonly number[]) =>
    mean(own.map((i) => losses[i] ?? Number.NaN));
  const errorOf = ({ losses }: WidthRuns) => {
    const m = mean(losses);
    return mean(losses.map((l) => (l - m) ** 2)) / (losses.length - 1);
  };
  // The widest network has a bias of its own: what is measured goes as 1/N − 1/N_widest.
  const of = (own: readonly number[]) =>
    -powerFit(
      ensembles.slice(0, -1).map((e) => ({
        x: 1 / e.width - 1 / widest.width,
        y: lossOf(e, own) - lossOf(widest, own),
        error: Math.sqrt(errorOf(e) + errorOf(widest)),
      })),
    );
  const value = of(seeds);
  return Number.isFinite(value)
    ? {
        ...{ key: `bias${name}`, label: `Exponent of the loss above the widest’s in width${name}` },
        ...{ value, interval: bootstrap(seeds, of) },
        ...{ band: BIAS_BAND, runs: family.length, missing: '' },
      }
    : null;
}

/**
 * Whether an interval is no wider than half the band: then a true exponent of −1 lies in the band whole
 * even where chance has moved it by as much as the interval allows. Where it is wider it is not judged.
 */
const isPrecise = ({ interval }: Criterion): boolean =>
  interval !== null && interval[1] - interval[0] <= (BIAS_BAND[1] - BIAS_BAND[0]) / 2;

/** The squared distance from the limit after the first step over theory: 1 on average, at any width. */
function firstStepFit(runs: readonly RunSummary[]): Record<string, Fit> {
  const ratios = runs.flatMap((r) => r.summary.first ?? []);
  const label = 'squared distance from the limit after the first step, over theory';
  return ratios.length === 0
    ? {}
    : {
        first: {
          ...{ label, value: mean(ratios), interval: bootstrap(ratios, mean) },
          runs: ratios.length,
        },
      };
}

/** What is reported and not judged: variance by width, bias, excess of test loss over the widest. */
function reported(family: readonly RunSummary[], name: string): Record<string, Fit> {
  const ensembles = ensemblesOf(family).filter((e) => e.predictions.length >= 2);
  const widest = ensembles.at(-1);
  if (widest === undefined) return {};
  const fits: Record<string, Fit> = {};
  for (const e of ensembles) {
    const runs = e.predictions.length;
    fits[`N·variance(N=${e.width})${name}`] = {
      label: `N × variance between seeds at N = ${e.width}${name}`,
      ...{ value: e.width * varianceBetween(e.predictions), interval: null, runs },
    };
    if (e === widest) continue;
    const seeds = Array.from({ length: Math.min(runs, widest.predictions.length) }, (_, i) => i);
    const bias = squaredBias(e.predictions, widest.predictions);
    fits[`bias²(N=${e.width})${name}`] = {
      label: `squared bias against N = ${widest.width} at N = ${e.width}${name}`,
      ...{ value: bias(seeds), interval: bootstrap(seeds, bias), runs },
    };
    const excess = (list: readonly number[]) => mean(list) - mean(widest.losses);
    fits[`excess(N=${e.width})${name}`] = {
      label: `held-out loss above that of N = ${widest.width} at N = ${e.width}${name}`,
      ...{ value: excess(e.losses), interval: bootstrap(e.losses, excess), runs },
    };
  }
  return fits;
}

/** The variance between seeds as a law in width. */
export const VARIANCE_LAW: SizeLaw = {
  ...{ parameter: 'pairs', x: (pairs) => 2 * pairs, over: [], law: powerLaw },
  ...{
    of: 'the variance between seeds',
    label: 'width N',
    panel: 'variance',
    lines: ['last step'],
  },
  measure: (runs) => (runs.length < 2 ? null : seedsVariance(runs.map(predictionsOf))),
};

/** What is judged, and what is reported beside it. */
export function withCriteria(runs: readonly RunSummary[]): {
  readonly criteria: readonly Criterion[];
  readonly more: Readonly<Record<string, Fit>>;
} {
  const families = grouped(runs, allBut('pairs'));
  const named = families.map((family) => [family, nameOf(family, families.length)] as const);
  const slopes =
    named.length > 0
      ? named.map(([family, name]) => slopeCriterion(family, name))
      : [slopeCriterion([], '')];
  const biases = named.flatMap(([family, name]) => biasCriterion(family, name) ?? []);
  const judged = biases.filter(isPrecise);
  const more: Record<string, Fit> = Object.assign(
    sizeFits(VARIANCE_LAW, runs),
    firstStepFit(runs),
    ...named.map(([family, name]) => reported(family, name)),
  );
  for (const { key, label, value, interval, runs: count } of biases)
    if (!judged.some((c) => c.key === key) && value !== null)
      more[key] = { label: `${label}, too noisy to judge`, value, interval, runs: count };
  const criteria = [...slopes, ...judged];
  return { criteria, more };
}
