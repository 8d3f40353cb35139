/**
 * Wide networks are kernel machines (Jacot et al. 2018; Lee et al. 2019): in the tangent
 * parametrization a ReLU network that starts at f = 0 (mirrored pairs) follows, at every step, the
 * regression with its tangent kernel, here known in closed form; and how well that generalizes follows
 * from the kernel's spectrum alone (Simon et al. 2021). Two tasks: parities of one and two inputs on the
 * corners of a cube, where kernel and target share their eigenfunctions; and handwritten threes against
 * eights, where the spectrum is that of the kernel on a population of 1024 pictures.
 *
 * Criteria. (1) The distance between network and kernel prediction, rms over records and held-out
 * samples, falls as N^−½: the mean over n of one fit a seed. (2) For every n, at the largest width, mean test
 * error over the eigenlearning prediction is 1 within 10%. A seed is one draw of n samples, and draws differ
 * by 20 to 30%; so the regression on each seed's own samples is a control variate: what is averaged
 * over seeds is network minus regression, plus the regression's mean over 128 other draws of each seed. Errors
 * are over the whole table, the trained samples included, as in the theory. On seeds 500–511 of the quick grid
 * the exponent was −0.48 with 0.07 between seeds. Bands as the theory has them: ½ ± 0.15, two such spreads, and
 * 10%, more than twice the prediction's own error at these n (over 100 draws ≤ 4% on the cube, where it is
 * worse nearer the number of modes that the kernel sees, and 3 ± 1.5% on the digits).
 *
 * The null trains rich: α = 0.3/√N, where features move at any width and the regression must miss.
 */
import { eigenlearning } from '../analysis/eigenlearning.ts';
import { meanOf } from '../analysis/law-fit.ts';
import { powerLaw } from '../analysis/laws.ts';
import { bootstrap, logLogSlope, mean } from '../analysis/stats.ts';
import { HYPER, MLP } from '../programs/program.ts';
import { ntkScales } from '../programs/scales.ts';
import { allBut, analysisOf, type Criterion, grouped, number } from './criteria.ts';
import { type CubeTask, cubeData, cubeModes, meanErrors } from './cube-task.ts';
import { DIGIT_INPUTS, DIGIT_MODES, DIGITS } from './digit-task.ts';
import { sizeFits } from './size-law.ts';
import type { Config, Fit, PlanOptions, RunRecord, RunSummary, SizeLaw, Study } from './study.ts';
import { curveOf, moved, pointOf, spanOf, tasksOf, traceOf, valueAt } from './traces.ts';

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
/** Of the null: α√N, and the factor on the learning rate that keeps rich training stable. */
const NULL_SCALE = 0.3;
const NULL_RATE = 0.2;
/** Held-out samples of a run in the pointwise picture. */
const SHOWN = 24;

const widthOf = (config: Config) => 2 * number(config, 'pairs');
const taskOf = (config: Config): CubeTask => ({
  inputs: number(config, 'inputs'),
  samples: number(config, 'samples'),
  linear: number(config, 'linear'),
});
const rateOf = (config: Config, options: PlanOptions) =>
  number(config, 'learningRate') * (options.null ? NULL_RATE : 1);
const isCube = ({ data }: Config) => data === 'cube';
/** Samples that a seed draws its own from. */
const populationOf = (config: Config) =>
  isCube(config) ? 2 ** number(config, 'inputs') : DIGITS.samples;
const predicted = (config: Config, samples = number(config, 'samples')) =>
  eigenlearning(isCube(config) ? cubeModes(taskOf(config)) : DIGIT_MODES, samples).testError;
/** What tells tasks apart, beyond the number of samples, in words. */
const taskName = (config: Config) =>
  isCube(config) ? `cube, d = ${config.inputs}, p = ${config.linear}` : 'digits';

/** Mean square error over the whole table at a record, from the two losses. */
function errorAt(run: RunRecord, row: number): number {
  const share = number(run.config, 'samples') / populationOf(run.config);
  return 2 * (share * valueAt(run, 'loss', row) + (1 - share) * valueAt(run, 'testLoss', row));
}

/** Network and kernel prediction on the held-out samples that a run records, at one record. */
function pairsAt(run: RunRecord, row: number) {
  const count = Object.keys(run.series.columns).filter((name) => /^f\d+$/.test(name)).length;
  return Array.from({ length: count }, (_, i) => ({
    kernel: valueAt(run, `k${i + 1}`, row),
    network: valueAt(run, `f${i + 1}`, row),
  }));
}

/** Root mean square distance between network and kernel over all records after the first. */
function deviationOf(run: RunRecord): number {
  const rows = [...run.series.steps.keys()].slice(1);
  const pairs = rows.flatMap((row) => pairsAt(run, row));
  return Math.sqrt(mean(pairs.map(({ kernel, network }) => (network - kernel) ** 2)));
}

const numbersOf = (runs: readonly RunSummary[], name: string) =>
  runs.flatMap((r) => r.summary[name] ?? []);

/** The distance from the kernel as a law in width, from where its exponent is read. */
const DISTANCE_LAW: SizeLaw = {
  ...{ parameter: 'pairs', x: (pairs) => 2 * pairs, over: [], law: powerLaw },
  ...{ of: 'the distance from the kernel', label: 'width N', panel: 'width', lines: ['distance'] },
  measure(runs) {
    const wide = runs.filter((r) => widthOf(r.config) >= LEAST_WIDTH);
    const distances = numbersOf(wide, 'deviation');
    return distances.length === 0 ? null : meanOf(distances);
  },
};

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

/** The exponent of the distance in width, on each kind of data; one that is missing where there is no run. */
function slopeCriteria(runs: readonly RunSummary[]): Criterion[] {
  const kinds = grouped(runs, (config) => [config.data]);
  return (kinds.length > 0 ? kinds : [[]]).map((own) => {
    const slopes = slopesOf(own);
    const kind = own[0]?.config.data ?? 'any';
    return {
      ...{
        key: `slope(${kind})`,
        label: `Exponent of the distance from the kernel in width (${kind})`,
      },
      value: slopes.length > 0 ? mean(slopes) : null,
      interval: bootstrap(slopes, mean),
      ...{ band: SLOPE_BAND, runs: slopes.length },
      missing: `Two widths of ${LEAST_WIDTH} or more are needed for an exponent.`,
    };
  });
}

/** Mean test error of the widest network over its prediction, for runs of one task. */
function errorCriterion(group: readonly RunSummary[]): Criterion {
  const widest = Math.max(...group.map((r) => widthOf(r.config)));
  const fitted = group.filter(
    (r) => widthOf(r.config) === widest && (r.summary.fit ?? 1) <= FITTED,
  );
  const { config } = group[0] as RunSummary;
  const [n, steps] = [number(config, 'samples'), number(config, 'steps')];
  const errors = fitted.flatMap(({ summary: { error, regression, control } }) =>
    error == null || regression == null || control == null ? [] : error - regression + control,
  );
  const theory = predicted(config);
  const narrow = `At n = ${n} the widest network, N = ${widest}, is too narrow to be judged by the limit: take N ≥ ${WIDE}.`;
  const beyond = `At n = ${n} less than ${100 * LEFT}% of the target is left to learn, where the prediction itself is not good to 10%: take fewer samples.`;
  const text = {
    key: `error(n=${n}, ${taskName(config)}, η=${config.learningRate}, T=${steps})`,
    label: `Test error over prediction at n = ${n}, N = ${widest} (${taskName(config)})`,
    ...{ band: ERROR_BAND, runs: errors.length },
    missing: `At n = ${n} (${taskName(config)}) no run of the widest network has fitted its samples: train longer.`,
  };
  if (widest < WIDE) return { ...text, value: null, interval: null, missing: narrow };
  if (!(theory >= LEFT)) return { ...text, value: null, interval: null, missing: beyond };
  if (errors.length === 0) return { ...text, value: null, interval: null };
  const of = (list: readonly number[]) => mean(list) / theory;
  return { ...text, value: of(errors), interval: bootstrap(errors, of) };
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
      const theory = predicted(config);
      const of = (list: readonly number[]) => mean(list) / theory;
      const fit: Fit = {
        label: `the same over these seeds' draws alone, n = ${config.samples} (${taskName(config)})`,
        ...{ value: of(errors), interval: bootstrap(errors, of), runs: errors.length },
      };
      return errors.length > 0 && Number.isFinite(fit.value)
        ? [
            [
              `plain(n=${config.samples}, ${taskName(config)}, η=${config.learningRate}, T=${config.steps})`,
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
  version: '1.1.0',
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
      ...{ kind: 'choice', name: 'data', label: 'data' },
      help: 'A function on the corners of a cube, whose spectrum is known by symmetry; or handwritten threes against eights, averaged over squares of 4 × 4 pixels.',
      choices: [
        { value: 'cube', label: 'parities on a cube' },
        { value: 'digits', label: 'MNIST, 3 against 8' },
      ],
    },
    {
      ...{ kind: 'number', name: 'pairs', label: 'mirrored pairs', symbol: 'N/2' },
      help: 'Half the width: every hidden ReLU unit starts with a partner of opposite output weight. Wider is nearer to the kernel.',
      ...{ integer: true, min: 4, max: 4096 },
    },
    {
      ...{ kind: 'number', name: 'samples', label: 'training samples', symbol: 'n' },
      help: 'What a seed draws to train on, of the 2^d corners or of 1024 digits. On the cube up to about d all is guesswork; towards d²/2 the pairs are learnt, and test error is no longer judged.',
      ...{ integer: true, min: 2, max: 120 },
    },
    {
      ...{ kind: 'number', name: 'inputs', label: 'dimension of the cube', symbol: 'd' },
      help: 'Inputs of the cube: each is −1 or 1. Digits have 49 pixels.',
      ...{ integer: true, min: 8, max: 12 },
    },
    {
      ...{ kind: 'number', name: 'linear', label: 'share of degree one', symbol: 'p' },
      help: 'Of the cube: the target’s power in parities of one input, which the kernel finds easy; the rest is in pairs.',
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
        ...{
          data: ['cube', 'digits'],
          pairs: [32, 128, 512, 2048],
          samples: [8, 16, 24, 32],
          inputs: [10],
          linear: [0.5],
        },
        ...{ learningRate: [1], steps: [600] },
      },
      seeds: [1, 2, 3, 4],
    },
    quick: {
      params: {
        ...{
          data: ['cube'],
          pairs: [32, 128, 512, 1024],
          samples: [12, 24],
          inputs: [8],
          linear: [0.5],
        },
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
        'Outputs on held-out samples against what the kernel of infinite width predicts: the diagonal is agreement.',
      x: { label: 'kernel prediction', scale: 'linear', include: [-1, 1] },
      y: { label: 'network output', scale: 'linear', include: [-1, 1] },
      ...{ draw: 'points', colorBy: 'cell' },
      observe: (run) => {
        const pairs = run.outcome.kind === 'completed' ? pairsAt(run, -1) : [];
        const points = pairs
          .slice(0, SHOWN)
          .sort((a, b) => a.kernel - b.kernel)
          .map(({ kernel, network }) => [kernel, network] as const);
        return traceOf('held out', points);
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
      observe: (run) => pointOf('distance', run, widthOf(run.config), deviationOf(run)),
      theory: (cells) => {
        const x = spanOf(cells.map(widthOf));
        const y = x.map((n) => 1.5 / Math.sqrt(n));
        return [{ cell: null, line: 'N^−½', x, y, guide: true }];
      },
      collapse: {
        x: { label: 'width N', scale: 'log' },
        y: { label: '√N × rms |f − f_kernel|', scale: 'log' },
        caption: `Times √N, one number is left for every width from ${LEAST_WIDTH} on, for each task and number of samples.`,
        source: 'Lee, Xiao, Schoenholz et al. 2019, arXiv:1902.06720 (distance of order N^−½)',
        onto: 'level',
        rescale: (config, trace) =>
          widthOf(config) < LEAST_WIDTH
            ? null
            : moved(JSON.stringify(allBut('pairs')(config)), trace, (n, y) => [
                n,
                Math.sqrt(n) * y,
              ]),
      },
    },
    {
      id: 'test-error',
      title: 'Test error',
      caption:
        'Mean square error over the whole table against samples: the curves are the kernel’s spectrum, drawn before any run.',
      x: { label: 'training samples n', scale: 'log' },
      y: { label: 'mean square error', scale: 'log' },
      ...{ draw: 'points', colorBy: 'cell' },
      observe: (run) => pointOf('error', run, number(run.config, 'samples'), errorAt(run, -1)),
      theory: (cells) =>
        tasksOf(cells, (c) => [taskName(c)]).map(({ config, cells: own }) => {
          const most = Math.max(...cells.map((c) => number(c, 'samples')));
          const all = Array.from({ length: 25 }, (_, i) => 4 * (most / 2) ** (i / 24));
          const points = all
            .map((n) => [n, predicted(config, n)] as const)
            .filter(([, y]) => Number.isFinite(y) && y > 0);
          return {
            ...{ cell: null, cells: own, line: `eigenlearning (${taskName(config)})` },
            ...{ x: points.map(([n]) => n), y: points.map(([, y]) => y) },
          };
        }),
    },
    {
      id: 'training',
      title: 'Error over training',
      caption:
        'Each degree of the target is learnt at its own pace. Dashed, on the cube: the regression, averaged over a few draws.',
      x: { label: 'training step', scale: 'linear' },
      y: { label: 'mean square error', scale: 'log' },
      ...{ draw: 'curves', colorBy: 'cell' },
      observe: (run) => curveOf('error', run, (row) => errorAt(run, row), true),
      theory: (cells, options) =>
        cells.flatMap((config, cell) => {
          if (!isCube(config)) return [];
          const last = number(config, 'steps');
          // Denser where errors fall, and then where runs are recorded: residuals are read there.
          const tenths = Array.from({ length: 10 }, (_, i) => (i + 1) / 10);
          const x = [0, 0.01, 0.03, 0.06, ...tenths].map((part) => Math.round(part * last));
          const rate = rateOf(config, options);
          const y = meanErrors(taskOf(config), rate, x, 8).map(({ value }) => value);
          return { cell, line: 'error', x, y };
        }),
    },
  ],
  effect: 'deviation',
  summaries: {
    deviation: { label: 'rms distance from the kernel', scale: 'log' },
    error: { label: 'mean square error over the whole table', scale: 'log' },
    regression: { label: 'the same of the regression on this draw', scale: 'log' },
    control: { label: 'the same of regressions on other draws', scale: 'log' },
    fit: { label: 'training loss over its start', scale: 'log' },
  },
  size: DISTANCE_LAW,
  packSize: 8,
  plan(config, options) {
    const [steps, width] = [number(config, 'steps'), widthOf(config)];
    const layers = [isCube(config) ? number(config, 'inputs') : DIGIT_INPUTS, width, 1];
    const recordEvery = Math.max(1, Math.round(steps / 10));
    const alpha = options.null ? NULL_SCALE / Math.sqrt(width) : 1;
    return {
      program: {
        ...{ ...MLP, layers, scales: ntkScales(layers, 2), activation: 'relu', antithetic: true },
        data: isCube(config) ? cubeData(taskOf(config)) : DIGITS,
        train: { count: number(config, 'samples'), draw: 'run' },
        observe: ['loss', 'testLoss', 'predictions', 'kernelMachine'],
        ...{ steps, recordEvery, checkpointEvery: recordEvery * 5 },
      },
      hyper: {
        ...HYPER,
        ...{ learningRate: rateOf(config, options) / alpha ** 2, outputScale: alpha },
      },
    };
  },
  summarise(run) {
    const whole = run.outcome.kind === 'completed';
    const of = (value: number) => (whole && Number.isFinite(value) ? value : null);
    return {
      deviation: of(deviationOf(run)),
      error: of(errorAt(run, -1)),
      regression: of(valueAt(run, 'kernelError')),
      control: of(valueAt(run, 'kernelControl')),
      fit: of(valueAt(run, 'loss', -1) / valueAt(run, 'loss', 0)),
    };
  },
  analyse(runs, { expected }) {
    const groups = grouped(runs, allBut('pairs'));
    const errors = groups.map(errorCriterion);
    const slopes = slopeCriteria(runs);
    const more = { ...sizeFits(DISTANCE_LAW, runs), ...plainErrors(groups) };
    return analysisOf(STATEMENT, [...slopes, ...errors], runs, expected, more);
  },
};
