/**
 * Networks of finite width approximate a limit (the discretization hypothesis: Vyas et al. 2023;
 * Bordelon & Pehlevan 2023). Two-layer tanh networks in the mean-field parametrization learn features at
 * any width, and what they predict, at equal step and rate, is a number plus noise: between seeds it has
 * variance ∝ 1/N. They start from f = 0 (mirrored pairs), early in training, on the outputs of a teacher.
 *
 * Criteria. (1) The exponent of the variance between seeds in N, at the last step, of 128 held-out
 * outputs; its interval resamples seeds at each width, and outputs. (2) The exponent of the held-out loss
 * above that of the widest, which is the bias that is measurable: where three widths have one above
 * noise, and its interval is no wider than the band, from six seeds on; else it is reported. Also reported:
 * the squared bias of outputs, below noise at these sizes; and after the first step, where mean and variance
 * are known exactly for every N (`first-step.ts`), the squared distance from the limit over its
 * expectation, which is 1. Bands are −1 ± 0.2 and −1 ± 0.3: on seeds 500–511, in threes, the exponent of
 * the quick grid was −0.95 to −1.01 with intervals of ± 0.11; on 500–507 of the default one −0.978 ± 0.04.
 *
 * The null is the standard parametrization at one learning rate for all widths: the start is random, the
 * speed grows with N, and there is no common limit.
 */
import {
  type Ensemble,
  squaredBias,
  varianceBetween,
  varianceScaling,
} from '../analysis/between-seeds.ts';
import { bootstrap, logLogSlope, mean } from '../analysis/stats.ts';
import { madeSet } from '../programs/data.ts';
import { HYPER, type LayerScale, type MadeDataSpec, MLP } from '../programs/program.ts';
import { meanFieldScales } from '../programs/scales.ts';
import { allBut, analysisOf, type Criterion, grouped, number } from './criteria.ts';
import { type FirstStep, firstStepMoments } from './first-step.ts';
import type { Config, Fit, RunRecord, RunSummary, Study, Trace } from './study.ts';

const SLOPE_BAND = [-1.2, -0.8] as const;
const BIAS_BAND = [-1.3, -0.7] as const;
/** Seeds from which on a bias can be told from noise. */
const BIAS_SEEDS = 6;
/** Outputs of the teacher, and held-out samples: all of what is predicted is recorded. */
const OUTPUTS = 32;
const HELD_OUT = 4;
const DATA_SEED = 3;
/** Pairs that the first step's moments are taken over: variance within about half a percent. */
const PAIRS = 8000;
/** The null's learning rate is η over this at every width: stable up to the widest. */
const NULL_DIVISOR = 2048;

const widthOf = (config: Config) => 2 * number(config, 'pairs');
const dataOf = (config: Config): MadeDataSpec => ({
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

/** Held-out outputs at a record, by sample and output. */
const outputsAt = (run: RunRecord, row: number): number[] =>
  Array.from(
    { length: HELD_OUT * OUTPUTS },
    (_, i) => run.series.columns[`f${i + 1}`]?.at(row) ?? Number.NaN,
  );

/** Mean squared distance from the limit after the first step; null if that was not recorded. */
function firstDistance(run: RunRecord): number | null {
  const row = run.series.steps.indexOf(1);
  if (row < 0) return null;
  const limit = firstStepLimit(run.config).mean;
  const distance = mean(outputsAt(run, row).map((f, i) => (f - (limit[i] ?? 0)) ** 2));
  return Number.isFinite(distance) ? distance : null;
}

/** One trace a run, whose mean over runs is the variance between seeds: n/(n − 1) of squared distances from the mean. */
function spreadTraces(
  runs: readonly RunRecord[],
  line: string,
  pointsOf: (run: RunRecord) => readonly (readonly [x: number, row: number, factor: number])[],
): Trace[] {
  const n = runs.length;
  if (n < 2) return [];
  return runs.map((run) => {
    const points = pointsOf(run).map(([x, row, factor]) => {
      const all = runs.map((r) => outputsAt(r, row));
      const own = outputsAt(run, row);
      const distances = own.map(
        (f, i) => (f - mean(all.map((other) => other[i] ?? Number.NaN))) ** 2,
      );
      return { x, y: (factor * n * mean(distances)) / (n - 1) };
    });
    const drawn = points.filter(({ y }) => Number.isFinite(y) && y > 0);
    return { line, x: drawn.map((p) => p.x), y: drawn.map((p) => p.y) };
  });
}

const completed = (runs: readonly RunRecord[]) =>
  runs.filter((r) => r.outcome.kind === 'completed');

/** A column over steps, where it is finite. */
function curveOf(run: RunRecord, column: string, line: string): Trace[] {
  const points = [...run.series.steps]
    .map((x, i) => ({ x, y: run.series.columns[column]?.[i] ?? Number.NaN }))
    .filter(({ y }) => Number.isFinite(y));
  return points.length > 0 ? [{ line, x: points.map((p) => p.x), y: points.map((p) => p.y) }] : [];
}

/** One config of each task: cells that differ in more than width. */
const tasks = (cells: readonly Config[]) => [
  ...new Map(cells.map((c) => [JSON.stringify([c.inputs, c.samples, c.learningRate]), c])).values(),
];

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

/** The exponent of the bias of the loss where there are seeds enough and three widths have one above noise; else null. */
function biasCriterion(family: readonly RunSummary[], name: string): Criterion | null {
  const ensembles = ensemblesOf(family);
  const widest = ensembles.at(-1);
  const count = Math.min(...ensembles.map((e) => e.losses.length));
  if (widest === undefined || count < BIAS_SEEDS) return null;
  const seeds = Array.from({ length: count }, (_, i) => i);
  const lossOf = ({ losses }: WidthRuns, own: readonly number[]) =>
    mean(own.map((i) => losses[i] ?? Number.NaN));
  const excess = (e: WidthRuns, own: readonly number[]) => lossOf(e, own) - lossOf(widest, own);
  const clear = ensembles.slice(0, -1).filter((e) => {
    const interval = bootstrap(seeds, (own) => excess(e, own));
    return interval !== null && interval[0] > 0;
  });
  if (clear.length < 3) return null;
  // The widest network has a bias of its own: what is measured goes as 1/N − 1/N_widest.
  const of = (own: readonly number[]) =>
    logLogSlope(clear.map((e) => [1 / (1 / e.width - 1 / widest.width), excess(e, own)]));
  return {
    ...{ key: `bias${name}`, label: `Exponent of the loss above the widest’s in width${name}` },
    ...{ value: of(seeds), interval: bootstrap(seeds, of) },
    ...{ band: BIAS_BAND, runs: family.length, missing: '' },
  };
}

/** Whether an interval could lie in the band at all: where it is wider, it says nothing either way. */
const isPrecise = ({ interval }: Criterion): boolean =>
  interval !== null && interval[1] - interval[0] <= BIAS_BAND[1] - BIAS_BAND[0];

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
    const bias = (own: readonly number[]) => squaredBias(e.predictions, widest.predictions, own);
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

const STATEMENT =
  'In a parametrization with a limit, width only takes away noise: at equal step, predictions of different seeds differ by a variance that falls as 1/N.';

export const infiniteWidth: Study = {
  id: 'infinite-width',
  version: '1.0.0',
  title: 'The limit of infinite width',
  pillar: 'Insightful limits',
  statement: STATEMENT,
  about:
    'Train the same network at many widths and from many seeds, with initial sizes and learning rates scaled so that a limit exists. All widths then follow one curve, and seeds scatter about it: half the variance at twice the width. A finite network is a noisy picture of an infinite one.',
  student: {
    see: 'A fan of seeds about one common curve: wide for narrow networks, thin for wide ones; and the variance on a line of slope −1.',
    matters:
      'If finite networks approximate a limit, theory may study the limit, and what is tuned on a narrow network carries over to a wide one.',
    wrong:
      'A variance that does not fall with width, or falls at another power, or means that drift apart as networks grow.',
  },
  references: [
    {
      authors: 'Vyas, Atanasov, Bordelon et al.',
      year: 2023,
      title: 'Feature-learning networks are consistent across widths at realistic scales',
      where: 'arXiv:2305.18411',
    },
    {
      authors: 'Bordelon & Pehlevan',
      year: 2023,
      title:
        'Dynamics of finite width kernel and prediction fluctuations in mean field neural networks',
      where: 'arXiv:2304.03408 (variance of order 1/N, also while features are learnt)',
    },
    {
      authors: 'Yang & Hu',
      year: 2021,
      title: 'Tensor programs IV: feature learning in infinite-width neural networks',
      where: 'arXiv:2011.14522 (the parametrization)',
    },
  ],
  params: [
    {
      ...{ kind: 'number', name: 'pairs', label: 'mirrored pairs', symbol: 'N/2' },
      help: 'Half the width: every hidden unit starts with a partner of opposite output weights. Twice as many, half the variance.',
      ...{ integer: true, min: 2, max: 2048 },
    },
    {
      ...{ kind: 'number', name: 'inputs', label: 'input dimension', symbol: 'd' },
      help: 'Gaussian inputs of the network and of the teacher.',
      ...{ integer: true, min: 2, max: 32 },
    },
    {
      ...{ kind: 'number', name: 'samples', label: 'training samples', symbol: 'n' },
      help: 'The same for every seed: only the start of the network is drawn.',
      ...{ integer: true, min: 4, max: 256 },
    },
    {
      ...{ kind: 'number', name: 'learningRate', label: 'learning rate', symbol: 'η' },
      help: 'Full-batch step size in the mean-field parametrization, the same at every width.',
      ...{ integer: false, min: 1e-2, max: 2 },
    },
    {
      ...{ kind: 'number', name: 'steps', label: 'training steps', symbol: 'T' },
      help: 'Updates of each run, each of them recorded. Much longer training wears the common limit away.',
      ...{ integer: true, min: 2, max: 200 },
    },
  ],
  grids: {
    default: {
      params: {
        ...{ pairs: [8, 16, 32, 64, 128, 256, 512, 1024], inputs: [8], samples: [32] },
        ...{ learningRate: [0.5], steps: [40] },
      },
      seeds: [1, 2, 3, 4, 5, 6, 7, 8],
    },
    quick: {
      params: {
        ...{ pairs: [8, 32, 128, 512], inputs: [8], samples: [32] },
        ...{ learningRate: [0.5], steps: [20] },
      },
      seeds: [1, 2, 3],
    },
  },
  nullCase: {
    label: 'Standard parametrization',
    explanation: `Weights of variance 1/fan-in, no mirrored pairs, and one learning rate, η/${NULL_DIVISOR}, for all widths. The start is then random at any width and wide networks learn faster: there is no common limit, and the verdict must fail.`,
  },
  panels: [
    {
      id: 'variance',
      title: 'Variance between seeds',
      caption:
        'Falls as 1/N. After the first step the line is exact, height and all; later only its slope is predicted.',
      x: { label: 'width N', scale: 'log' },
      y: { label: 'variance of held-out outputs', scale: 'log' },
      ...{ draw: 'points', colorBy: 'line' },
      observe: (run) => {
        const y = firstDistance(run);
        return y === null || y <= 0
          ? []
          : [{ line: 'first step', x: [widthOf(run.config)], y: [y] }];
      },
      observeTogether: (runs) => {
        const whole = completed(runs);
        return [1, -1].flatMap((row) =>
          spreadTraces(whole, row === 1 ? 'first step' : 'last step', (run) => [
            [widthOf(run.config), row === 1 ? run.series.steps.indexOf(1) : row, 1],
          ]),
        );
      },
      theory: (cells) =>
        tasks(cells).map((config) => {
          const widths = cells.map(widthOf);
          const x = [Math.min(...widths) / 1.5, Math.max(...widths) * 1.5];
          const { variance } = firstStepLimit(config);
          return { cell: null, line: 'first step', x, y: x.map((n) => variance / n) };
        }),
    },
    {
      id: 'scaled-variance',
      title: 'N × variance over training',
      caption: 'Multiplied by the width, the variances of all widths fall on one curve.',
      x: { label: 'training step', scale: 'linear' },
      y: { label: 'N × variance of held-out outputs', scale: 'linear', include: [0] },
      ...{ draw: 'curves', colorBy: 'cell' },
      observe: () => [],
      observeTogether: (runs) =>
        spreadTraces(completed(runs), 'variance', (run) =>
          [...run.series.steps].map((step, row) => [step, row, widthOf(run.config)] as const),
        ),
      theory: (cells) =>
        tasks(cells).map((config) => ({
          ...{ cell: null, line: 'exact first step', x: [0, 1] },
          y: [0, firstStepLimit(config).variance],
        })),
    },
    {
      id: 'output',
      title: 'One output of every seed',
      caption:
        'The first held-out output: a fan about a common curve, thinner the wider the network.',
      x: { label: 'training step', scale: 'linear' },
      y: { label: 'f', scale: 'linear' },
      ...{ draw: 'curves', colorBy: 'cell' },
      observe: (run) => curveOf(run, 'f1', 'f'),
      theory: (cells) =>
        tasks(cells).map((config) => ({
          ...{ cell: null, line: 'limit, first step', x: [0, 1] },
          y: [0, firstStepLimit(config).mean[0] ?? 0],
        })),
    },
    {
      id: 'test-loss',
      title: 'Held-out loss',
      caption: 'One curve for all widths, up to noise and a bias that both fall with N.',
      x: { label: 'training step', scale: 'linear' },
      y: { label: 'held-out loss', scale: 'log' },
      ...{ draw: 'curves', colorBy: 'cell' },
      observe: (run) => curveOf(run, 'testLoss', 'loss').filter(({ y }) => y.every((v) => v > 0)),
      theory: (cells) =>
        tasks(cells).map((config) => ({
          ...{ cell: null, line: 'limit, first step', x: [0, 1] },
          y: [...firstStepLimit(config).losses],
        })),
    },
  ],
  effect: 'testLoss',
  packSize: 16,
  plan(config, options) {
    const layers = [number(config, 'inputs'), widthOf(config), OUTPUTS];
    const steps = number(config, 'steps');
    const standard = layers
      .slice(0, -1)
      .map((fanIn): LayerScale => ({ std: 1 / Math.sqrt(fanIn), rate: 1, bias: null }));
    return {
      program: {
        ...{ ...MLP, layers, scales: options.null ? standard : meanFieldScales(layers) },
        antithetic: !options.null,
        data: dataOf(config),
        train: { count: number(config, 'samples'), draw: 'first' },
        observe: ['loss', 'testLoss', 'predictions'],
        ...{ steps, recordEvery: 1, checkpointEvery: Math.max(1, Math.round(steps / 2)) },
      },
      hyper: {
        ...HYPER,
        learningRate: number(config, 'learningRate') / (options.null ? NULL_DIVISOR : 1),
      },
    };
  },
  summarise(run) {
    const whole = run.outcome.kind === 'completed';
    const distance = firstDistance(run);
    const expected = firstStepLimit(run.config).variance / widthOf(run.config);
    const testLoss = run.series.columns.testLoss?.at(-1) ?? Number.NaN;
    return {
      first: whole && distance !== null ? distance / expected : null,
      testLoss: whole && Number.isFinite(testLoss) ? testLoss : null,
      ...Object.fromEntries(
        outputsAt(run, -1).map((f, i) => [`f${i + 1}`, whole && Number.isFinite(f) ? f : null]),
      ),
    };
  },
  analyse(runs, { expected }) {
    const families = grouped(runs, allBut('pairs'));
    const named = families.map((family) => [family, nameOf(family, families.length)] as const);
    const slopes =
      named.length > 0
        ? named.map(([family, name]) => slopeCriterion(family, name))
        : [slopeCriterion([], '')];
    const biases = named.flatMap(([family, name]) => biasCriterion(family, name) ?? []);
    const judged = biases.filter(isPrecise);
    const more: Record<string, Fit> = Object.assign(
      firstStepFit(runs),
      ...named.map(([family, name]) => reported(family, name)),
    );
    for (const { key, label, value, interval, runs: count } of biases)
      if (!judged.some((c) => c.key === key) && value !== null)
        more[key] = { label: `${label}, too noisy to judge`, value, interval, runs: count };
    const criteria = [...slopes, ...judged];
    return analysisOf(STATEMENT, criteria, runs, expected, more);
  },
};
