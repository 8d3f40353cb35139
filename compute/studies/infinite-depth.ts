/**
 * Residual networks of more and more layers, h_{l+1} = h_l + b tanh(W_l h_l), at the start of training. Two ways
 * lead to a limit. With independent weights and b = L^−½ every layer adds a random step whose squares add up
 * to a constant: a diffusion (Bordelon et al. 2023; Yang et al. 2023: the scaling of depth-μP). With weights
 * that go smoothly from layer to layer and b = 1/L the network is Euler's method for an ordinary differential
 * equation (Cohen et al. 2021; Marion et al. 2022).
 *
 * The verdict reads, of independent weights, the exponent of the quadratic variation in L and the variation
 * over what infinite width predicts; of smooth ones, the exponent of the variation, which must vanish as 1/L, and
 * that of the distance of the network's outputs on held-out samples from those of the differential equation,
 * integrated in float64. Increments are the root of variation over L: shown, not judged twice. Bands are ± 0.1
 * and ± 0.2 for exponents of variation, as the text has it (± 0.1 for increments), ± 0.15 for the distance, ± 10%
 * for the ratio: on seeds 11–14 at width 64 single runs were at 0.99–1.07 of the prediction. What training
 * makes of it, by gradient descent with rates that keep each layer's share (L^{2β − 1}), is shown: the exponent
 * of the final loss in L is reported and not judged.
 */
import { meanSquareTanh, quadraticVariation, residualFlow } from '../analysis/residual-limits.ts';
import { type SeedPoint, seedSlope } from '../analysis/slope.ts';
import { mean } from '../analysis/stats.ts';
import { madeSet } from '../programs/data.ts';
import { initialWeights, turned, turningDraws } from '../programs/mlp.ts';
import { HYPER, type LayerScale, type MadeDataSpec, MLP } from '../programs/program.ts';
import { fitsOf, type Judged, overSeeds, verdictOf } from './bands.ts';
import { number } from './criteria.ts';
import type { Axis, Config, Panel, RunRecord, RunSummary, Study } from './study.ts';
import { curveOf, distinctBy, pointOf, spanOf, valueAt } from './traces.ts';

const [INPUTS, OUTPUTS] = [8, 32];
const [TRAINED, HELD_OUT] = [24, 4];
const DATA = {
  ...{ kind: 'teacher', seed: 5, samples: TRAINED + HELD_OUT },
} as const satisfies MadeDataSpec;
/** Runge–Kutta steps of the differential equation: halving them moves its outputs by less than 1e-6. */
const FLOW_STEPS = 32;

type Setting = 'independent' | 'smooth';
const SETTINGS: Readonly<
  Record<Setting, { readonly label: string; readonly beta: number; readonly bands: Bands }>
> = {
  independent: {
    ...{ label: 'independent weights, b = L^−½', beta: 0.5 },
    bands: { variation: [-0.1, 0.1] },
  },
  smooth: {
    ...{ label: 'smooth weights, b = 1/L', beta: 1 },
    bands: { variation: [-1.2, -0.8] },
  },
};
interface Bands {
  readonly variation: Judged['band'];
}
const FLOW_BAND = [-1.15, -0.85] as const;
const RATIO_BAND = [0.9, 1.1] as const;

const STATEMENT =
  'Deeper and deeper residual networks have limits: with independent weights and branches L^−½ the quadratic variation of hidden states stays as predicted; with smooth weights and branches 1/L it vanishes, and outputs go to those of a differential equation as 1/L.';

const settingOf = ({ setting }: Config): Setting =>
  setting === 'smooth' ? 'smooth' : 'independent';
const depthOf = (config: Config) => number(config, 'depth');
const widthOf = (config: Config) => number(config, 'width');
const branchOf = (config: Config) => depthOf(config) ** -SETTINGS[settingOf(config)].beta;

/** Quadratic variation in infinite width, averaged over all samples: what comes in is tanh of a Gaussian too. */
function predictedVariation(config: Config): number {
  const { x } = madeSet(DATA, INPUTS, OUTPUTS);
  return mean(
    Array.from({ length: DATA.samples }, (_, i) => {
      const own = x.subarray(i * INPUTS, (i + 1) * INPUTS);
      const q0 = meanSquareTanh(own.reduce((sum, v) => sum + v * v, 0) / INPUTS);
      return quadraticVariation(q0, depthOf(config), branchOf(config));
    }),
  );
}

/** Rows [rows × in] times a matrix [in × out]. */
function times(rows: ArrayLike<number>, matrix: ArrayLike<number>, inner: number): Float64Array {
  const [count, out] = [rows.length / inner, matrix.length / inner];
  return Float64Array.from({ length: count * out }, (_, at) => {
    const [i, j] = [Math.floor(at / out), at % out];
    let sum = 0;
    for (let k = 0; k < inner; k++) sum += (rows[i * inner + k] ?? 0) * (matrix[k * out + j] ?? 0);
    return sum;
  });
}

/** Outputs on the held-out samples of the differential equation that a seed's smooth weights belong to. */
export function flowOutputs(config: Config, seed: number): Float64Array {
  const width = widthOf(config);
  const { x } = madeSet(DATA, INPUTS, OUTPUTS);
  const first = initialWeights(seed, 0, INPUTS * width, 1 / Math.sqrt(INPUTS));
  // Two draws stand for all of the smooth layers: what comes after them is the third.
  const last = initialWeights(seed, 3, width * OUTPUTS, 1 / Math.sqrt(width));
  const states = times(x.subarray(TRAINED * INPUTS), first, INPUTS).map(Math.tanh);
  const draws = turningDraws(seed, 1, width * width);
  const known = new Map<number, Float64Array>();
  const matrixAt = (t: number) => {
    const made = known.get(t) ?? turned(draws, t).map((z) => z / Math.sqrt(width));
    known.set(t, made);
    return made;
  };
  const ends = Array.from({ length: HELD_OUT }, (_, i) => [
    ...residualFlow(states.subarray(i * width, (i + 1) * width), matrixAt, 1, FLOW_STEPS),
  ]);
  return times(ends.flat(), last, width);
}

/** ‖f − f_flow‖ / ‖f_flow‖ over held-out outputs at the start of a run with smooth weights. */
function flowDistance(run: RunRecord): number | null {
  if (settingOf(run.config) !== 'smooth') return null;
  const limit = flowOutputs(run.config, run.seed);
  let [apart, size] = [0, 0];
  for (const [i, f] of limit.entries()) {
    apart += (valueAt(run, `f${i + 1}`, 0) - f) ** 2;
    size += f ** 2;
  }
  return Math.sqrt(apart / size);
}

const familyOf = ({ setting, width, learningRate, steps }: Config) => [
  ...[setting, width, learningRate, steps],
];
const nameOf = (config: Config) => `${SETTINGS[settingOf(config)].label}, N = ${widthOf(config)}`;

/** The exponent in depth of a summary, each seed with its own. */
function exponent(runs: readonly RunSummary[], summary: string, label: string) {
  const points = runs.flatMap(({ config, seed, summary: s }): SeedPoint[] => {
    const y = s[summary];
    return y == null ? [] : [{ seed, x: depthOf(config), y }];
  });
  const slope = seedSlope(points);
  return slope && { label, value: slope.value, interval: slope.interval, runs: points.length };
}

function judge(runs: readonly RunSummary[]) {
  const judged: Judged[] = [];
  const reported: Omit<Judged, 'band'>[] = [];
  const missing: string[] = [];
  for (const config of distinctBy(
    runs.map((r) => r.config),
    familyOf,
  )) {
    const key = JSON.stringify(familyOf(config));
    const own = runs.filter((r) => JSON.stringify(familyOf(r.config)) === key);
    const [setting, name] = [settingOf(config), nameOf(config)];
    const variation = exponent(
      own,
      'variation',
      `exponent of the quadratic variation in L (${name})`,
    );
    if (variation === null) {
      missing.push(`An exponent needs two depths (${name}).`);
      continue;
    }
    judged.push({ ...variation, band: SETTINGS[setting].bands.variation });
    if (setting === 'independent') {
      const deepest = Math.max(...own.map((r) => depthOf(r.config)));
      const ratio = overSeeds(
        own.filter((r) => depthOf(r.config) === deepest),
        (r) => r.summary.ratio ?? null,
      );
      const label = `quadratic variation over that of infinite width at L = ${deepest} (${name})`;
      if (ratio !== null) judged.push({ label, ...ratio, band: RATIO_BAND });
    } else {
      const flow = exponent(
        own,
        'flow',
        `exponent of the distance from the differential equation in L (${name})`,
      );
      if (flow !== null) judged.push({ ...flow, band: FLOW_BAND });
    }
    const increment = exponent(own, 'increment', `exponent of the increments in L (${name})`);
    const loss = exponent(
      own,
      'loss',
      `exponent of the loss after training in L, not judged (${name})`,
    );
    reported.push(...[increment, loss].filter((f) => f !== null));
  }
  return { judged, reported, missing };
}

const DEPTH: Axis = { label: 'layers L', scale: 'log' };

/** The two ends of the depths of each setting that there is, with what the theory says there. */
const overDepths = (cells: readonly Config[], of: (config: Config) => number) =>
  distinctBy(cells, (c) => [c.setting, c.width]).map((config) => {
    const own = cells.filter((c) => c.setting === config.setting && c.width === config.width);
    const x = spanOf(own.map(depthOf)).map((depth) => Math.max(1, Math.round(depth)));
    const y = x.map((depth) => of({ ...config, depth }));
    return { cell: null, line: SETTINGS[settingOf(config)].label, x, y };
  });

const depthPanel = (
  id: string,
  title: string,
  caption: string,
  label: string,
  of: (run: RunRecord) => number,
  theory: Panel['theory'],
): Panel => ({
  ...{ id, title, caption, x: DEPTH, y: { label, scale: 'log' }, draw: 'points' },
  ...{ colorBy: 'line', theory },
  observe: (run) =>
    pointOf(SETTINGS[settingOf(run.config)].label, run, depthOf(run.config), of(run)),
});

export const infiniteDepth: Study = {
  id: 'infinite-depth',
  version: '1.0.0',
  title: 'The limit of infinite depth',
  pillar: 'Insightful limits',
  statement: STATEMENT,
  about:
    'Add layers to a residual network for ever. If each one’s branch is scaled right, the network does not blow up: it becomes a random walk with a fixed amount of noise, or a smooth motion that a differential equation describes.',
  student: {
    see: 'Two lines of points: squared steps that add up to the same number at every depth, and squared steps that vanish as one over the depth, where the network follows a differential equation ever more closely.',
    matters:
      'What has a limit can be understood without counting layers, and what is tuned on a shallow network can hope to work on a deep one.',
    wrong:
      'A quadratic variation that goes on growing or shrinking with depth under L^−½, or outputs that come no nearer to the differential equation.',
  },
  references: [
    {
      authors: 'Cohen, Cont, Rossier & Xu',
      year: 2021,
      title: 'Scaling properties of deep residual networks',
      where: 'arXiv:2105.12245',
    },
    {
      authors: 'Marion, Fermanian, Biau & Vert',
      year: 2022,
      title: 'Scaling ResNets in the large-depth regime',
      where: 'arXiv:2206.06929 (independent weights and L^−½, smooth ones and 1/L)',
    },
    {
      authors: 'Bordelon, Noci, Li, Hanin & Pehlevan',
      year: 2023,
      title: 'Depthwise hyperparameter transfer in residual networks: dynamics and scaling limit',
      where: 'arXiv:2309.16620',
    },
    {
      authors: 'Yang, Yu, Zhu & Hayou',
      year: 2023,
      title: 'Tensor programs VI: feature learning in infinite-depth neural networks',
      where: 'arXiv:2310.02244 (depth-μP)',
    },
  ],
  params: [
    {
      kind: 'choice',
      name: 'setting',
      label: 'weights over depth',
      help: 'Every layer’s weights for themselves, with branches L^−½; or turning smoothly from the first layer to the last, with branches 1/L.',
      choices: Object.entries(SETTINGS).map(([value, { label }]) => ({ value, label })),
    },
    {
      kind: 'number',
      name: 'depth',
      label: 'layers',
      symbol: 'L',
      help: 'Residual layers. Two depths or more are needed for an exponent.',
      integer: true,
      min: 2,
      max: 60,
    },
    {
      kind: 'number',
      name: 'width',
      label: 'width',
      symbol: 'N',
      help: 'Units a layer. The predicted variation is that of infinite width; narrow networks scatter about it.',
      integer: true,
      min: 8,
      max: 256,
    },
    {
      kind: 'number',
      name: 'learningRate',
      label: 'learning rate',
      symbol: 'η',
      help: 'Of the training that follows, which is shown and not judged.',
      integer: false,
      min: 1e-3,
      max: 2,
    },
    {
      kind: 'number',
      name: 'steps',
      label: 'training steps',
      symbol: 'T',
      help: 'Updates of each run. What the verdict reads is there before the first one.',
      integer: true,
      min: 1,
      max: 2000,
    },
  ],
  grids: {
    default: {
      params: {
        ...{ setting: ['independent', 'smooth'], depth: [6, 12, 24, 48], width: [96] },
        ...{ learningRate: [0.3], steps: [50] },
      },
      seeds: [1, 2, 3, 4, 5, 6],
    },
    quick: {
      params: {
        ...{ setting: ['independent', 'smooth'], depth: [4, 8, 16], width: [64] },
        ...{ learningRate: [0.3], steps: [5] },
      },
      seeds: [1, 2, 3],
    },
  },
  nullCase: {
    label: 'Branches that are not scaled',
    explanation:
      'Adds every layer’s whole activation, b = 1, with learning rates as much smaller. Then hidden states grow with every layer, there is no limit, and the verdict must fail.',
  },
  panels: [
    depthPanel(
      'variation',
      'Quadratic variation',
      'The squared steps of all layers together: constant where weights are independent, falling as 1/L where they are smooth.',
      'Σ ‖Δh‖² / ‖h₀‖²',
      (run) => valueAt(run, 'variation', 0),
      (cells) =>
        overDepths(
          cells.filter((c) => settingOf(c) === 'independent'),
          predictedVariation,
        ),
    ),
    depthPanel(
      'increments',
      'One layer’s step',
      'As L^−½ or as 1/L.',
      '‖Δh‖ / ‖h₀‖',
      (run) => valueAt(run, 'increment', 0),
      (cells) =>
        overDepths(
          cells.filter((c) => settingOf(c) === 'independent'),
          (c) => Math.sqrt(predictedVariation(c) / depthOf(c)),
        ),
    ),
    depthPanel(
      'flow',
      'Distance from the differential equation',
      'Twice the layers, half the distance: smooth weights only.',
      '‖f − f_flow‖ / ‖f_flow‖',
      (run) => flowDistance(run) ?? Number.NaN,
      () => [],
    ),
    {
      id: 'training',
      title: 'Training at every depth',
      caption: 'With the right scaling curves of deep networks lie on one another.',
      x: { label: 'training step', scale: 'linear' },
      y: { label: 'training loss', scale: 'log' },
      ...{ draw: 'curves', colorBy: 'cell' },
      observe: (run) => curveOf('loss', run, (row) => valueAt(run, 'loss', row), true),
      theory: () => [],
    },
  ],
  effect: 'variation',
  summaries: {
    variation: { label: 'quadratic variation of the hidden state', scale: 'log' },
    increment: { label: 'change of the hidden state in a layer', scale: 'log' },
    ratio: { label: 'quadratic variation over its prediction', scale: 'log' },
    flow: { label: 'distance from the differential equation', scale: 'log' },
    loss: { label: 'loss after training', scale: 'log' },
  },
  packSize: 4,
  plan(config, options) {
    const [depth, width, steps] = [depthOf(config), widthOf(config), number(config, 'steps')];
    const branch = options.null ? 1 : branchOf(config);
    const layers = [INPUTS, ...Array.from({ length: depth + 1 }, () => width), OUTPUTS];
    // A layer's share of what a step changes goes as b²; all of them together are to change as much at any depth.
    const share = 1 / (depth * branch ** 2);
    const scaleOf = (fanIn: number, l: number): LayerScale => ({
      std: 1 / Math.sqrt(fanIn),
      rate: (l === 0 || l === depth + 1 ? 1 : share) / fanIn,
      bias: null,
    });
    return {
      program: {
        ...{ ...MLP, layers, skip: true, branch, scales: layers.slice(0, -1).map(scaleOf) },
        ...(settingOf(config) === 'smooth' ? { alongDepth: 'smooth' as const } : {}),
        ...{ data: DATA, train: { count: TRAINED, draw: 'first' } },
        observe: ['loss', 'testLoss', 'depth', 'predictions'],
        ...{ steps, recordEvery: Math.max(1, Math.round(steps / 10)) },
        checkpointEvery: Math.max(1, Math.round(steps / 2)),
      },
      hyper: {
        ...HYPER,
        // Without the limit hidden states, and gradients with them, grow as L.
        learningRate: number(config, 'learningRate') / (options.null ? 10 * depth : 1),
      },
    };
  },
  summarise(run) {
    const done = run.outcome.kind === 'completed';
    const at = (column: string, row: number) => {
      const value = valueAt(run, column, row);
      return done && Number.isFinite(value) ? value : null;
    };
    const variation = at('variation', 0);
    const independent = settingOf(run.config) === 'independent';
    return {
      variation,
      increment: at('increment', 0),
      ratio: variation !== null && independent ? variation / predictedVariation(run.config) : null,
      flow: done ? flowDistance(run) : null,
      loss: at('loss', -1),
    };
  },
  analyse(runs, { expected, null: isNull }) {
    const { judged, reported, missing } = judge(runs.filter((r) => r.outcome.kind === 'completed'));
    const statement = isNull ? `${STATEMENT} Even with branches that are not scaled.` : STATEMENT;
    return {
      fits: fitsOf([...judged, ...reported]),
      verdict: verdictOf({ statement, runs, expected, judged, missing }),
    };
  },
};
