/**
 * Lazy and rich training: one network trains like a kernel machine or learns features, by the scale α
 * of its output alone (Chizat, Oyallon & Bach 2019). A two-layer ReLU student learns a teacher of a few
 * neurons, from f = 0 (mirrored pairs), on loss/α²: the loss sees α f, and the step is η/α². The
 * crossover is where α√N is of order one (Geiger et al. 2020); from α√N = 20 on, weights must move as
 * 1/α, and below 0.1 the hidden units must turn to the teacher's directions and generalize better.
 *
 * Three criteria, over seeds: the exponent of relative movement in α (one fit a seed), the mean
 * alignment of the units at the richest and at the laziest α, and the ratio of their held-out losses.
 * The bands are the law's, and wide against the spread: on seeds 500–511 of the quick grid the exponent
 * was −1.000 with 0.003 between seeds, alignment 0.953 (0.009 between seeds) against 0.283, the ratio
 * of losses 0.007; on 500–507 of the default grid alignment was 0.941 (0.011). The null leaves
 * the start uncentred: weights must then undo α f₀ at any α, and movement no longer falls.
 */
import { bootstrap, logLogSlope, mean } from '../analysis/stats.ts';
import { COSINE_BINS, HYPER, MLP } from '../programs/program.ts';
import { ntkScales } from '../programs/scales.ts';
import { allBut, analysisOf, type Criterion, grouped, number } from './criteria.ts';
import { dataOf, type LazyLimit, lazyLimit, randomShares, widthOf } from './lazy-limit.ts';
import type { Config, Panel, RunSummary, Study } from './study.ts';
import {
  between,
  distinctBy,
  moved,
  pointOf,
  spanOf,
  tasksOf,
  traceOf,
  valueAt,
} from './traces.ts';

/** α√N from which training is lazy, and up to which it is rich. */
const LAZY_FROM = 20;
const RICH_TO = 0.1;
/** A kernel that changes by less than this share of itself is as good as frozen. */
const LAZY_KERNEL = 0.1;
/** Relative movement ∝ 1/α: the band of the exponent. */
const SLOPE_BAND = [-1.15, -0.85] as const;
const RICH_ALIGNMENT = 0.9;
const LAZY_ALIGNMENT = 0.5;
/** A run counts as trained when its loss has fallen to this share of its first. */
const TRAINED = 0.2;
/** Where a run stands on the lazy–rich scale: α√N. */
const position = (config: Config) => number(config, 'alpha') * Math.sqrt(widthOf(config));

/** One point a run: α across, a column's last value up. */
const against =
  (column: string): Panel['observe'] =>
  (run) =>
    pointOf(column, run, number(run.config, 'alpha'), valueAt(run, column));

/** One theory line over α for every task: `of` takes the limit and α to the number drawn. */
const limitLines =
  (line: string, of: (limit: LazyLimit, alpha: number) => number): Panel['theory'] =>
  (cells) =>
    tasksOf(cells, allBut('alpha')).map(({ config, cells: own }) => {
      const x = spanOf(cells.map((c) => number(c, 'alpha')));
      return { cell: null, cells: own, line, x, y: x.map((alpha) => of(lazyLimit(config), alpha)) };
    });

const pick = (run: RunSummary | undefined, name: string) => run?.summary[name] ?? null;
const trained = (run: RunSummary) => (pick(run, 'progress') ?? 1) <= TRAINED;

/** Runs of one family and seed: what one seed says of the law. */
interface Member {
  readonly slope: number | null;
  readonly rich: number | null;
  readonly lazy: number | null;
  /** log of rich over lazy held-out loss. */
  readonly gain: number | null;
}

function memberOf(runs: readonly RunSummary[]): Member {
  const byAlpha = runs
    .filter(trained)
    .sort((a, b) => number(a.config, 'alpha') - number(b.config, 'alpha'));
  const lazy = byAlpha.filter((r) => position(r.config) >= LAZY_FROM);
  const [richest, laziest] = [byAlpha.find((r) => position(r.config) <= RICH_TO), lazy.at(-1)];
  const slope = logLogSlope(
    lazy.map((r) => [number(r.config, 'alpha'), pick(r, 'movement') ?? Number.NaN]),
  );
  const losses = [pick(richest, 'testLoss'), pick(laziest, 'testLoss')] as const;
  return {
    slope: Number.isFinite(slope) ? slope : null,
    rich: pick(richest, 'alignment'),
    lazy: pick(laziest, 'alignment'),
    gain: losses[0] === null || losses[1] === null ? null : Math.log(losses[0] / losses[1]),
  };
}

function criteriaOf(runs: readonly RunSummary[]): Criterion[] {
  // One group a family and seed: a seed is compared with itself.
  const seeds = [...new Set(runs.map((r) => r.seed))];
  const members = seeds.flatMap((seed) =>
    grouped(
      runs.filter((r) => r.seed === seed),
      allBut('alpha'),
    ).map(memberOf),
  );
  const criterion = (
    name: keyof Member,
    text: Pick<Criterion, 'label' | 'band' | 'missing'>,
    shown: (v: number) => number = (v) => v,
  ): Criterion => {
    const values = members.flatMap((m) => m[name] ?? []);
    const of = (list: readonly number[]) => shown(mean(list));
    return {
      ...{ key: name, ...text, runs: values.length },
      value: values.length > 0 ? of(values) : null,
      interval: bootstrap(values, of),
    };
  };
  const lazyCells = `A lazy cell, α√N ≥ ${LAZY_FROM}, that has trained to ${100 * TRAINED}% of its first loss is needed.`;
  return [
    criterion('slope', {
      label: 'Exponent of relative weight movement in α, lazy range',
      band: SLOPE_BAND,
      missing: `No exponent yet: two values of α with α√N ≥ ${LAZY_FROM}, trained, are needed.`,
    }),
    criterion('rich', {
      label: 'Alignment of units with the teacher, richest α',
      band: [RICH_ALIGNMENT, null],
      missing: `A rich cell, α√N ≤ ${RICH_TO}, that has trained is needed.`,
    }),
    criterion('lazy', {
      label: 'Alignment of units with the teacher, laziest α',
      band: [null, LAZY_ALIGNMENT],
      missing: lazyCells,
    }),
    criterion(
      'gain',
      {
        label: 'Held-out loss, rich over lazy',
        band: [null, 1],
        missing: 'No seed has both a rich and a lazy run yet.',
      },
      Math.exp,
    ),
  ];
}

const STATEMENT =
  'The scale of the output alone decides: large, and weights move as 1/α, as little as a kernel machine needs; small, and hidden units turn to the teacher’s directions and generalize better.';

export const lazyRich: Study = {
  id: 'lazy-rich',
  version: '1.0.0',
  title: 'Lazy and rich training',
  pillar: 'Insightful limits',
  statement: STATEMENT,
  about:
    'Multiply a network’s output by α and divide its learning rate by α²: nothing seems to change, yet everything does. With a large α the weights hardly move and the network is a kernel machine; with a small one the hidden units turn to what the task is made of.',
  student: {
    see: 'A cloud of random directions that stays where it was at large α, and gathers on the teacher’s directions at small α; weight movement on the line 1/α.',
    matters:
      'Whether a network learns features is not a matter of its architecture alone: one number, which every initialization sets without being asked, decides.',
    wrong:
      'Movement that does not fall as 1/α when α grows, or units that stay scattered at small α while the loss goes to zero.',
  },
  references: [
    {
      authors: 'Chizat, Oyallon & Bach',
      year: 2019,
      title: 'On lazy training in differentiable programming',
      where:
        'arXiv:1812.07956, §2 (scaled model, loss/α², centred start), §3 (neurons of a student)',
    },
    {
      authors: 'Geiger, Spigler, Jacot & Wyart',
      year: 2020,
      title: 'Disentangling feature and lazy training in deep neural networks',
      where: 'arXiv:1906.08034 (crossover at α√N of order one)',
    },
    {
      authors: 'Woodworth, Gunasekar, Lee et al.',
      year: 2020,
      title: 'Kernel and rich regimes in overparametrized models',
      where: 'arXiv:2002.09277',
    },
  ],
  params: [
    {
      ...{ kind: 'number', name: 'alpha', label: 'output scale', symbol: 'α' },
      help: 'Multiplies the output; the learning rate is divided by its square. Large is lazy, small is rich; rich training becomes unstable where α is very small.',
      ...{ integer: false, min: 1e-3, max: 100 },
    },
    {
      ...{ kind: 'number', name: 'pairs', label: 'mirrored pairs', symbol: 'N/2' },
      help: 'Half the width: every hidden ReLU unit starts with a partner of opposite output weight. What matters is α√N.',
      ...{ integer: true, min: 2, max: 512 },
    },
    {
      ...{ kind: 'number', name: 'inputs', label: 'input dimension', symbol: 'd' },
      help: 'Gaussian inputs. The more dimensions, the harder the teacher is for a kernel.',
      ...{ integer: true, min: 4, max: 64 },
    },
    {
      ...{ kind: 'number', name: 'neurons', label: 'teacher neurons', symbol: 'K' },
      help: 'The target is a sum of so many ReLU neurons of signs in turn, each along its own axis.',
      ...{ integer: true, min: 1, max: 4 },
    },
    {
      ...{ kind: 'number', name: 'samples', label: 'training samples', symbol: 'n' },
      help: 'Drawn for each seed. With too few, the rich network cannot find the teacher either.',
      ...{ integer: true, min: 8, max: 512 },
    },
    {
      ...{ kind: 'number', name: 'learningRate', label: 'learning rate', symbol: 'η' },
      help: 'Step size at α = 1, full batch, in the tangent parametrization.',
      ...{ integer: false, min: 1e-3, max: 1 },
    },
    {
      ...{ kind: 'number', name: 'steps', label: 'training steps', symbol: 'T' },
      help: 'Updates of each run.',
      ...{ integer: true, min: 20, max: 20_000 },
    },
  ],
  grids: {
    default: {
      params: {
        alpha: [0.005, 0.02, 0.1, 0.5, 2.5, 5, 12, 30],
        ...{ pairs: [48], inputs: [20], neurons: [3], samples: [256] },
        ...{ learningRate: [0.1], steps: [2000] },
      },
      seeds: [1, 2, 3, 4],
    },
    quick: {
      params: {
        alpha: [0.01, 0.2, 3, 30],
        ...{ pairs: [32], inputs: [10], neurons: [3], samples: [128] },
        ...{ learningRate: [0.1], steps: [800] },
      },
      seeds: [1, 2, 3],
    },
  },
  nullCase: {
    label: 'Uncentred start',
    explanation:
      'Starts without mirrored pairs, so that the output at the start is not zero but α f₀. A large α then makes it large, and the weights have to undo it however large α is: movement stops falling, and the verdict must fail.',
  },
  panels: [
    {
      id: 'movement',
      title: 'How far the weights go',
      caption:
        'At large α movement follows 1/α. The line is predicted from the kernel of infinite width, height and all.',
      x: { label: 'output scale α', scale: 'log' },
      y: { label: 'relative movement ‖w − w₀‖ / ‖w₀‖', scale: 'log' },
      ...{ draw: 'points', colorBy: 'cell' },
      observe: against('movement'),
      theory: limitLines('kernel limit', ({ movement }, alpha) => movement / alpha),
      collapse: {
        x: { label: 'output scale α', scale: 'log' },
        y: { label: 'α ‖w − w₀‖ / ‖w₀‖', scale: 'log' },
        caption: `Times α, one number is left for all lazy runs, α√N ≥ ${LAZY_FROM}: the kernel’s.`,
        source: 'Chizat, Oyallon & Bach 2019, arXiv:1812.07956, §2 (movement of order 1/α)',
        onto: 'level',
        rescale: (config, trace) =>
          position(config) < LAZY_FROM
            ? null
            : moved(JSON.stringify(allBut('alpha')(config)), trace, (alpha, y) => [
                alpha,
                alpha * y,
              ]),
      },
    },
    {
      id: 'directions',
      title: 'Where the hidden units point',
      caption:
        'Share of the network by the cosine between a unit and the nearest teacher neuron. Dashed: random directions, as at the start.',
      x: { label: 'largest cosine with a teacher neuron', scale: 'linear', include: [0, 1] },
      y: { label: 'share of Σ |a| ‖w‖', scale: 'linear', include: [0, 1] },
      ...{ draw: 'curves', colorBy: 'cell' },
      observe: (run) =>
        run.outcome.kind === 'completed'
          ? traceOf(
              'units',
              COSINE_BINS.map((c, i) => [c, valueAt(run, `cosine${i + 1}`)]),
            )
          : [],
      theory: (cells) =>
        distinctBy(cells, (c) => [c.inputs, c.neurons]).map((config) => ({
          ...{ cell: null, line: 'random directions', x: COSINE_BINS, guide: true },
          y: randomShares(number(config, 'inputs'), number(config, 'neurons')),
        })),
    },
    {
      id: 'test-loss',
      title: 'Held-out loss',
      caption:
        'Features pay on a sparse teacher: small α generalizes better. The line is the kernel of infinite width.',
      x: { label: 'output scale α', scale: 'log' },
      y: { label: 'held-out loss', scale: 'log' },
      ...{ draw: 'points', colorBy: 'cell' },
      observe: against('testLoss'),
      theory: limitLines('kernel limit', ({ testLoss }) => testLoss),
    },
    {
      id: 'kernel',
      title: 'How far the tangent kernel goes',
      caption: 'Frozen at large α, replaced at small α: the network makes its own kernel.',
      x: { label: 'output scale α', scale: 'log' },
      y: { label: '‖Θ − Θ₀‖ / ‖Θ₀‖', scale: 'log' },
      ...{ draw: 'points', colorBy: 'cell' },
      observe: against('kernelMovement'),
      theory: () => [],
      collapse: {
        x: { label: 'lazy–rich scale α√N', scale: 'log' },
        y: { label: '‖Θ − Θ₀‖ / ‖Θ₀‖', scale: 'log' },
        caption:
          'Against α√N the curves of all widths lie on one another: it alone says how lazy training is.',
        source:
          'Geiger, Spigler, Jacot & Wyart 2020, arXiv:1906.08034 (crossover at α√N of order one)',
        ...{ onto: 'curve', along: ['alpha'] },
        rescale: (config, trace) =>
          moved(JSON.stringify(allBut('alpha', 'pairs')(config)), trace, (alpha, y) => [
            alpha * Math.sqrt(widthOf(config)),
            y,
          ]),
      },
    },
  ],
  effect: 'movement',
  summaries: {
    movement: { label: 'relative movement of the weights', scale: 'log' },
    kernel: { label: 'relative change of the tangent kernel', scale: 'log' },
    alignment: { label: 'alignment with the teacher', scale: 'linear' },
    testLoss: { label: 'held-out loss', scale: 'log' },
    progress: { label: 'loss over its start', scale: 'log' },
  },
  phases: {
    ...{ x: 'alpha', y: 'pairs' },
    classes: [
      { id: 'lazy', label: `lazy: the kernel changes by less than ${LAZY_KERNEL} of itself` },
      { id: 'between', label: 'between' },
      { id: 'rich', label: 'rich: the kernel changes by more than itself' },
      { id: 'untrained', label: `loss not yet down to ${TRAINED} of its start` },
    ],
    classify: (cells) =>
      cells.map(({ runs }) => {
        const whole = runs.filter((r) => pick(r, 'kernel') !== null);
        if (whole.length === 0) return null;
        if (!whole.some(trained)) return 'untrained';
        const change = mean(whole.filter(trained).map((r) => pick(r, 'kernel') ?? Number.NaN));
        return change < LAZY_KERNEL ? 'lazy' : change > 1 ? 'rich' : 'between';
      }),
    boundary(cells) {
      const y = between(cells.map(({ config }) => number(config, 'pairs')));
      return [{ label: 'crossover α√N = 1', x: y.map((pairs) => 1 / Math.sqrt(2 * pairs)), y }];
    },
  },
  packSize: 8,
  plan(config, options) {
    const [alpha, steps] = [number(config, 'alpha'), number(config, 'steps')];
    const layers = [number(config, 'inputs'), widthOf(config), 1];
    const recordEvery = Math.max(1, Math.round(steps / 10));
    return {
      program: {
        ...{ ...MLP, layers, scales: ntkScales(layers, 2), activation: 'relu' },
        antithetic: !options.null,
        data: dataOf(config),
        train: { count: number(config, 'samples'), draw: 'run' },
        observe: ['loss', 'testLoss', 'movement', 'kernelMovement', 'neurons'],
        ...{ steps, recordEvery, checkpointEvery: recordEvery * 5 },
      },
      hyper: {
        ...HYPER,
        learningRate: number(config, 'learningRate') / alpha ** 2,
        outputScale: alpha,
      },
    };
  },
  summarise(run) {
    const loss = run.series.columns.loss ?? new Float32Array();
    const whole = run.outcome.kind === 'completed';
    const of = (value: number) => (whole && Number.isFinite(value) ? value : null);
    return {
      movement: of(valueAt(run, 'movement')),
      kernel: of(valueAt(run, 'kernelMovement')),
      alignment: of(valueAt(run, 'neuronAlignment')),
      testLoss: of(valueAt(run, 'testLoss')),
      progress: of((loss.at(-1) ?? Number.NaN) / (loss[0] ?? Number.NaN)),
    };
  },
  analyse: (runs, { expected }) => analysisOf(STATEMENT, criteriaOf(runs), runs, expected),
};
