/**
 * Wide networks are kernel machines (Jacot et al. 2018; Lee et al. 2019): in the tangent
 * parametrization a ReLU network that starts at f = 0 (mirrored pairs) follows, at every step, the
 * regression with its tangent kernel, here known in closed form; and how well that generalizes follows
 * from the kernel's spectrum alone (Simon et al. 2021). The task: parities of one and two inputs on the
 * corners of a cube, where kernel and target share their eigenfunctions.
 *
 * Criteria. (1) The distance between network and kernel prediction, rms over records and held-out
 * corners, falls as N^−½: the mean over n of one fit a seed. (2) For every n, at the largest width, mean test
 * error over the eigenlearning prediction is 1 within 10%. A seed is one draw of n samples, and draws differ
 * by 20 to 30%; so the regression on each seed's own samples is a control variate: what is averaged
 * over seeds is network minus regression, and the regression's own mean is taken from 200 other draws,
 * whose standard error is in the interval. Errors are over all corners, the trained ones included, as in
 * the theory. On seeds 500–511 of the quick grid the exponent was −0.48 with 0.07 between seeds. Bands as
 * the theory has them: ½ ± 0.15, two such spreads, and 10%, more than twice the prediction's own error at
 * these n (≤ 4% over 100 draws; nearer the number of modes that the kernel sees it is worse).
 *
 * The null trains rich: α = 0.3/√N, where features move at any width and the regression must miss.
 * What is left out: the same on two classes of MNIST.
 */
import { eigenlearning } from '../analysis/eigenlearning.ts';
import { bootstrap, logLogSlope, mean } from '../analysis/stats.ts';
import { HYPER, MLP } from '../programs/program.ts';
import { ntkScales } from '../programs/scales.ts';
import { allBut, analysisOf, type Criterion, grouped, number } from './criteria.ts';
import { type CubeTask, cubeData, cubeModes, cubeRegression, meanErrors } from './cube-task.ts';
import type { Config, Fit, PlanOptions, RunRecord, RunSummary, Study } from './study.ts';
import { curveOf, distinctBy, pointOf, spanOf, traceOf, valueAt } from './traces.ts';

const SLOPE_BAND = [-0.65, -0.35] as const;
const ERROR_BAND = [0.9, 1.1] as const;
/** Width from which the exponent is read, and from which a network counts as wide when its test error is judged. */
const LEAST_WIDTH = 64;
const WIDE = 512;
/** The eigenlearning prediction is of interpolation: the training loss must have fallen to this share. */
const FITTED = 1e-3;
/**
 * Power that must be left to learn: below it the prediction's own error (of what is left) grows above 10%,
 * as regressions without any network show, and so does what the length of training leaves.
 */
const LEFT = 0.1;
/** Draws that the regression's mean error is taken from. */
const DRAWS = 200;
/** Of the null: α√N, and the factor on the learning rate that keeps rich training stable. */
const NULL_SCALE = 0.3;
const NULL_RATE = 0.2;
/** Held-out corners of a run in the pointwise picture. */
const SHOWN = 24;

const widthOf = (config: Config) => 2 * number(config, 'pairs');
const taskOf = (config: Config): CubeTask => ({
  inputs: number(config, 'inputs'),
  samples: number(config, 'samples'),
  linear: number(config, 'linear'),
});
const rateOf = (config: Config, options: PlanOptions) =>
  number(config, 'learningRate') * (options.null ? NULL_RATE : 1);
const predicted = (config: Config, samples = number(config, 'samples')) =>
  eigenlearning(cubeModes(taskOf(config)), samples).testError;

/** Mean square error over all corners at a record, from the two losses. */
function errorAt(run: RunRecord, row: number): number {
  const corners = 2 ** number(run.config, 'inputs');
  const share = number(run.config, 'samples') / corners;
  return 2 * (share * valueAt(run, 'loss', row) + (1 - share) * valueAt(run, 'testLoss', row));
}

/** Network and kernel prediction on the held-out corners that a run records, at one record. */
function pairsAt(run: RunRecord, row: number, options: PlanOptions) {
  const regression = cubeRegression(taskOf(run.config), run.seed, rateOf(run.config, options));
  const count = Object.keys(run.series.columns).filter((name) => /^f\d+$/.test(name)).length;
  const corners = regression.heldOut.slice(0, count);
  return regression
    .at(corners, run.series.steps.at(row) ?? 0)
    .map((kernel, i) => ({ kernel, network: valueAt(run, `f${i + 1}`, row) }));
}

/** Root mean square distance between network and kernel over all records after the first. */
function deviationOf(run: RunRecord, options: PlanOptions): number {
  const rows = [...run.series.steps.keys()].slice(1);
  const pairs = rows.flatMap((row) => pairsAt(run, row, options));
  return Math.sqrt(mean(pairs.map(({ kernel, network }) => (network - kernel) ** 2)));
}

const numbersOf = (runs: readonly RunSummary[], name: string) =>
  runs.flatMap((r) => r.summary[name] ?? []);

/** One exponent a seed: the mean over the other parameters of the fit over widths. */
function slopesOf(runs: readonly RunSummary[]): number[] {
  return grouped(runs, () => []).flatMap((whole) =>
    [...new Set(whole.map((r) => r.seed))].flatMap((seed) => {
      const slopes = grouped(
        whole.filter((r) => r.seed === seed),
        allBut('pairs'),
      )
        .map((group) =>
          logLogSlope(
            group
              .filter((r) => widthOf(r.config) >= LEAST_WIDTH)
              .map((r) => [widthOf(r.config), r.summary.deviation ?? Number.NaN]),
          ),
        )
        .filter(Number.isFinite);
      return slopes.length > 0 ? [mean(slopes)] : [];
    }),
  );
}

/** Mean test error of the widest network over its prediction, for runs of one task. */
function errorCriterion(group: readonly RunSummary[], options: PlanOptions): Criterion {
  const widest = Math.max(...group.map((r) => widthOf(r.config)));
  const fitted = group.filter(
    (r) => widthOf(r.config) === widest && (r.summary.fit ?? 1) <= FITTED,
  );
  const { config } = group[0] as RunSummary;
  const [n, steps] = [number(config, 'samples'), number(config, 'steps')];
  const differences = fitted.flatMap(({ summary: { error, regression } }) =>
    error == null || regression == null ? [] : error - regression,
  );
  const theory = predicted(config);
  const narrow = `At n = ${n} the widest network, N = ${widest}, is too narrow to be judged by the limit: take N ≥ ${WIDE}.`;
  const beyond = `At n = ${n} less than ${100 * LEFT}% of the target is left to learn, where the prediction itself is not good to 10%: take fewer samples.`;
  const text = {
    key: `error(n=${n}, d=${config.inputs}, p=${config.linear}, η=${config.learningRate}, T=${steps})`,
    label: `Test error over prediction at n = ${n}, N = ${widest}`,
    ...{ band: ERROR_BAND, runs: differences.length },
    missing: `At n = ${n} no run of the widest network has fitted its samples: train longer.`,
  };
  if (widest < WIDE) return { ...text, value: null, interval: null, missing: narrow };
  if (!(theory >= LEFT)) return { ...text, value: null, interval: null, missing: beyond };
  if (differences.length === 0) return { ...text, value: null, interval: null };
  const [draws = { value: Number.NaN, error: Number.NaN }] = meanErrors(
    taskOf(config),
    rateOf(config, options),
    [steps],
    DRAWS,
  );
  const of = (list: readonly number[]) => (mean(list) + draws.value) / theory;
  const interval = bootstrap(differences, of);
  // Both errors are independent: the standard error of the draws adds in quadrature on each side.
  const value = of(differences);
  const side = (by: number) => Math.hypot(by, (1.96 * draws.error) / theory);
  return {
    ...text,
    value,
    interval: interval && [value - side(value - interval[0]), value + side(interval[1] - value)],
  };
}

/** The plain means over seeds at the widest: reported, not judged, for three draws say little. */
function plainErrors(groups: readonly (readonly RunSummary[])[]): Record<string, Fit> {
  return Object.fromEntries(
    groups.flatMap((group) => {
      const widest = Math.max(...group.map((r) => widthOf(r.config)));
      const errors = numbersOf(
        group.filter((r) => widthOf(r.config) === widest),
        'error',
      );
      const { config } = group[0] as RunSummary;
      const of = (list: readonly number[]) => mean(list) / predicted(config);
      const fit: Fit = {
        label: `the same over these seeds' draws alone, n = ${config.samples}`,
        ...{ value: of(errors), interval: bootstrap(errors, of), runs: errors.length },
      };
      return errors.length > 0 && Number.isFinite(fit.value)
        ? [
            [
              `plain(n=${config.samples}, d=${config.inputs}, p=${config.linear}, η=${config.learningRate}, T=${config.steps})`,
              fit,
            ],
          ]
        : [];
    }),
  );
}

const STATEMENT =
  'A wide network is a kernel machine: its predictions are those of regression with its tangent kernel, up to N^−½, and its test error is the one that the kernel’s spectrum predicts.';

export const ntk: Study = {
  id: 'ntk',
  version: '1.0.0',
  title: 'Neural tangent kernel',
  pillar: 'Solvable settings',
  statement: STATEMENT,
  about:
    'An infinitely wide network, trained by gradient descent, does something that was known before neural networks: regression with a kernel. The kernel can be written down, every prediction computed without a network, and the test error read off the kernel’s spectrum before any training.',
  student: {
    see: 'Points on the diagonal: what the network says against what the kernel says. The wider the network, the thinner the cloud; and test error falls along the curve drawn before.',
    matters:
      'It is the one limit in which training and generalization of a neural network are solved: which parts of a function it learns from how many samples.',
    wrong:
      'A cloud that does not thin out with width, or a test error off the curve where the samples are fitted.',
  },
  references: [
    {
      authors: 'Jacot, Gabriel & Hongler',
      year: 2018,
      title: 'Neural tangent kernel: convergence and generalization in neural networks',
      where: 'arXiv:1806.07572, §4 (the kernel), §5 (least squares)',
    },
    {
      authors: 'Lee, Xiao, Schoenholz et al.',
      year: 2019,
      title: 'Wide neural networks of any depth evolve as linear models under gradient descent',
      where: 'arXiv:1902.06720 (distance of order N^−½)',
    },
    {
      authors: 'Simon, Dickens, Karkada & DeWeese',
      year: 2021,
      title:
        'The eigenlearning framework: a conservation law perspective on kernel regression and wide neural networks',
      where: 'arXiv:2110.03922 (the eigenlearning equations: 𝓛, κ and test error)',
    },
  ],
  params: [
    {
      ...{ kind: 'number', name: 'pairs', label: 'mirrored pairs', symbol: 'N/2' },
      help: 'Half the width: every hidden ReLU unit starts with a partner of opposite output weight. Wider is nearer to the kernel.',
      ...{ integer: true, min: 4, max: 4096 },
    },
    {
      ...{ kind: 'number', name: 'samples', label: 'training samples', symbol: 'n' },
      help: 'Corners of the cube that a seed draws to train on. Up to about d all is guesswork; towards d²/2 the pairs are learnt, and test error is no longer judged.',
      ...{ integer: true, min: 2, max: 120 },
    },
    {
      ...{ kind: 'number', name: 'inputs', label: 'dimension of the cube', symbol: 'd' },
      help: 'Inputs: each is −1 or 1. The cube has 2^d corners.',
      ...{ integer: true, min: 8, max: 12 },
    },
    {
      ...{ kind: 'number', name: 'linear', label: 'share of degree one', symbol: 'p' },
      help: 'The target’s power in parities of one input, which the kernel finds easy; the rest is in pairs.',
      ...{ integer: false, min: 0, max: 1 },
    },
    {
      ...{ kind: 'number', name: 'learningRate', label: 'learning rate', symbol: 'η' },
      help: 'Full-batch step size in the tangent parametrization; unstable above about 2.',
      ...{ integer: false, min: 1e-2, max: 1.5 },
    },
    {
      ...{ kind: 'number', name: 'steps', label: 'training steps', symbol: 'T' },
      help: 'Updates of each run. The test error is judged where the samples are fitted.',
      ...{ integer: true, min: 20, max: 10_000 },
    },
  ],
  grids: {
    default: {
      params: {
        ...{ pairs: [32, 128, 512, 2048], samples: [8, 16, 24, 32], inputs: [10], linear: [0.5] },
        ...{ learningRate: [1], steps: [600] },
      },
      seeds: [1, 2, 3, 4],
    },
    quick: {
      params: {
        ...{ pairs: [32, 128, 512, 1024], samples: [12, 24], inputs: [8], linear: [0.5] },
        ...{ learningRate: [1.2], steps: [400] },
      },
      seeds: [1, 2, 3],
    },
  },
  nullCase: {
    label: 'Rich scaling',
    explanation: `Scales the output by α = ${NULL_SCALE}/√N and the loss by 1/α², as in feature learning, with a step ${1 / NULL_RATE} times smaller for stability. Then the kernel changes while it trains, at any width: the network leaves the regression, and the verdict must fail.`,
  },
  panels: [
    {
      id: 'pointwise',
      title: 'Network against kernel',
      caption:
        'Outputs on held-out corners against what the kernel of infinite width predicts: the diagonal is agreement.',
      x: { label: 'kernel prediction', scale: 'linear', include: [-1, 1] },
      y: { label: 'network output', scale: 'linear', include: [-1, 1] },
      ...{ draw: 'points', colorBy: 'cell' },
      observe: (run, options) => {
        const pairs = run.outcome.kind === 'completed' ? pairsAt(run, -1, options) : [];
        const points = pairs
          .slice(0, SHOWN)
          .sort((a, b) => a.kernel - b.kernel)
          .map(({ kernel, network }) => [kernel, network] as const);
        return traceOf('corners', points);
      },
      theory: () => [{ cell: null, line: 'network = kernel', x: [-2, 2], y: [-2, 2] }],
    },
    {
      id: 'width',
      title: 'Distance from the kernel',
      caption: 'Falls as N^−½. The line has that slope; its height is not predicted.',
      x: { label: 'width N', scale: 'log' },
      y: { label: 'rms |f − f_kernel|', scale: 'log' },
      ...{ draw: 'points', colorBy: 'cell' },
      observe: (run, options) =>
        pointOf('distance', run, widthOf(run.config), deviationOf(run, options)),
      theory: (cells) => {
        const x = spanOf(cells.map(widthOf));
        return [{ cell: null, line: 'N^−½', x, y: x.map((n) => 1.5 / Math.sqrt(n)) }];
      },
    },
    {
      id: 'test-error',
      title: 'Test error',
      caption:
        'Mean square error over all corners against samples: the curve is the kernel’s spectrum, drawn before any run.',
      x: { label: 'training samples n', scale: 'log' },
      y: { label: 'mean square error', scale: 'log' },
      ...{ draw: 'points', colorBy: 'cell' },
      observe: (run) => pointOf('error', run, number(run.config, 'samples'), errorAt(run, -1)),
      theory: (cells) =>
        distinctBy(cells, (c) => [c.inputs, c.linear]).map((config) => {
          const most = Math.max(...cells.map((c) => number(c, 'samples')));
          const all = Array.from({ length: 25 }, (_, i) => 4 * (most / 2) ** (i / 24));
          const points = all
            .map((n) => [n, predicted(config, n)] as const)
            .filter(([, y]) => Number.isFinite(y) && y > 0);
          return {
            ...{ cell: null, line: 'eigenlearning' },
            ...{ x: points.map(([n]) => n), y: points.map(([, y]) => y) },
          };
        }),
    },
    {
      id: 'training',
      title: 'Error over training',
      caption:
        'Each degree of the target is learnt at its own pace. Dashed: the regression, averaged over a few draws.',
      x: { label: 'training step', scale: 'linear' },
      y: { label: 'mean square error', scale: 'log' },
      ...{ draw: 'curves', colorBy: 'cell' },
      observe: (run) => curveOf('error', run, (row) => errorAt(run, row), true),
      theory: (cells, options) =>
        cells.map((config, cell) => {
          const last = number(config, 'steps');
          const x = [0, 0.01, 0.03, 0.06, 0.12, 0.25, 0.5, 1].map((part) =>
            Math.round(part * last),
          );
          const rate = rateOf(config, options);
          const y = meanErrors(taskOf(config), rate, x, 8).map(({ value }) => value);
          return { cell, line: 'error', x, y };
        }),
    },
  ],
  effect: 'deviation',
  packSize: 8,
  plan(config, options) {
    const [steps, width] = [number(config, 'steps'), widthOf(config)];
    const layers = [number(config, 'inputs'), width, 1];
    const recordEvery = Math.max(1, Math.round(steps / 10));
    const alpha = options.null ? NULL_SCALE / Math.sqrt(width) : 1;
    return {
      program: {
        ...{ ...MLP, layers, scales: ntkScales(layers, 2), activation: 'relu', antithetic: true },
        data: cubeData(taskOf(config)),
        train: { count: number(config, 'samples'), draw: 'run' },
        observe: ['loss', 'testLoss', 'predictions'],
        ...{ steps, recordEvery, checkpointEvery: recordEvery * 5 },
      },
      hyper: {
        ...HYPER,
        ...{ learningRate: rateOf(config, options) / alpha ** 2, outputScale: alpha },
      },
    };
  },
  summarise(run, options) {
    const whole = run.outcome.kind === 'completed';
    const of = (value: number) => (Number.isFinite(value) ? value : null);
    if (!whole) return { deviation: null, error: null, regression: null, fit: null };
    const rate = rateOf(run.config, options);
    const steps = number(run.config, 'steps');
    const [regression] = cubeRegression(taskOf(run.config), run.seed, rate).errors([steps]);
    return {
      deviation: of(deviationOf(run, options)),
      error: of(errorAt(run, -1)),
      regression: of(regression ?? Number.NaN),
      fit: of(valueAt(run, 'loss', -1) / valueAt(run, 'loss', 0)),
    };
  },
  analyse(runs, { expected, null: isNull }) {
    const slopes = slopesOf(runs);
    const groups = grouped(runs, allBut('pairs'));
    const slope: Criterion = {
      ...{ key: 'slope', label: 'Exponent of the distance from the kernel in width' },
      value: slopes.length > 0 ? mean(slopes) : null,
      interval: bootstrap(slopes, mean),
      ...{ band: SLOPE_BAND, runs: slopes.length },
      missing: `Two widths of ${LEAST_WIDTH} or more are needed for an exponent.`,
    };
    const errors = groups.map((group) => errorCriterion(group, { null: isNull }));
    return analysisOf(STATEMENT, [slope, ...errors], runs, expected, plainErrors(groups));
  },
};
