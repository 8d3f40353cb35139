/**
 * Symmetries conserve: what can be rescaled between two layers without changing the network's function
 * leaves a quantity that gradient flow cannot change, Q = WᵀW of the lower minus WWᵀ of the upper layer
 * (linear), or ‖in‖² − ‖out‖² of each neuron (ReLU). Descent with step η breaks it at second order a
 * step, exactly by η² (gᵀg − ggᵀ); over a fixed physical time the drift is then ∝ η. Weight decay λ
 * makes it fall as e^(−2λt).
 *
 * The verdict reads, without decay: the exponent of the drift in η; and the drift over its bound: since
 * Σ η ‖g‖² = L(0) − L(t) to first order and each gradient enters two balances, ‖ΔQ‖ ≤ 2η (L(0) − L(t)).
 * With decay: what is kept of Q, over e^(−2λt). A step counts as flow-sized while η times the largest
 * sharpness stays below 0.5. On seeds 101–106 the exponents between neighbouring step sizes were 1.00–1.07
 * there, and 1.10–1.19 where η · sharpness was 0.57–1; what is kept was within 0.2% of e^(−2λt), and up to
 * 2.3% off for tanh (the null), which has no such symmetry: the bands are ± 0.1 and ± 0.5%.
 */
import { seedSlope } from '../analysis/slope.ts';
import { HYPER, MLP, type MlpSpec } from '../programs/program.ts';
import { fitsOf, type Judged, overSeeds, verdictOf } from './bands.ts';
import type { Config, PlanOptions, RunSummary, Study } from './study.ts';
import { moved, tasksOf } from './traces.ts';

const SLOPE_BAND = [0.9, 1.1] as const;
const KEPT_BAND = [0.995, 1.005] as const;
/** The drift over 2η (L(0) − L(t)): a bound. */
const BOUND_BAND = [null, 1] as const;
/** Largest η · sharpness at which a step still follows the flow. */
const FLOW_SIZED = 0.5;
const [INPUTS, OUTPUTS] = [16, 4];
/** Records after the start: the sharpness costs as much as hundreds of steps. */
const ROWS = 8;

const number = (config: Config, name: string) => Number(config[name]);

const STATEMENT =
  'What a symmetry between layers conserves drifts in proportion to the step size η, and under weight decay λ falls as e^(−2λt).';

function groupName(config: Config, options: PlanOptions): string {
  const kind = config.activation === 'relu' ? 'ReLU' : 'linear';
  return `${options.null ? `tanh for ${kind}` : kind}, N = ${config.width}, t = ${config.horizon}`;
}

function groups(runs: readonly RunSummary[], options: PlanOptions): [string, RunSummary[]][] {
  const map = new Map<string, RunSummary[]>();
  for (const run of runs) {
    if (run.outcome.kind === 'diverged') continue;
    const name = groupName(run.config, options);
    map.set(name, [...(map.get(name) ?? []), run]);
  }
  return [...map];
}

function judge(runs: readonly RunSummary[], options: PlanOptions) {
  const judged: Judged[] = [];
  const missing: string[] = [];
  const notes: string[] = [];
  for (const [name, all] of groups(runs, options)) {
    const group = all.filter((r) => (r.summary.stepSize ?? Number.POSITIVE_INFINITY) <= FLOW_SIZED);
    const large = new Set(all.filter((r) => !group.includes(r)).map((r) => r.config.learningRate));
    if (large.size > 0)
      notes.push(
        `Too large a step to follow the gradient flow, not judged: η = ${[...large].join(', ')} (${name}).`,
      );
    const free = group.filter((r) => number(r.config, 'weightDecay') === 0);
    const points = free.flatMap(({ config, seed, summary }) =>
      summary.drift == null ? [] : { seed, x: number(config, 'learningRate'), y: summary.drift },
    );
    const slope = seedSlope(points);
    if (slope !== null) {
      const { value, interval } = slope;
      const runs = points.length;
      judged.push({
        label: `exponent of the drift in η (${name})`,
        value,
        interval,
        runs,
        band: SLOPE_BAND,
      });
      const share = overSeeds(free, (r) => r.summary.share ?? null);
      if (share !== null)
        judged.push({ label: `drift over its bound (${name})`, ...share, band: BOUND_BAND });
    } else if (free.length > 0) {
      missing.push(`For an exponent each seed needs two learning rates or more (${name}).`);
    }
    for (const decay of new Set(group.map((r) => number(r.config, 'weightDecay')))) {
      const kept = overSeeds(
        group.filter((r) => number(r.config, 'weightDecay') === decay),
        (r) => r.summary.kept ?? null,
      );
      if (decay > 0 && kept !== null)
        judged.push({
          ...{ label: `Q over e^(−2λt) at λ = ${decay} (${name})`, ...kept, band: KEPT_BAND },
        });
    }
    if (group.length === 0) missing.push(`No step is small enough to follow the flow (${name}).`);
  }
  return { judged, missing, notes };
}

export const conservation: Study = {
  id: 'conservation',
  version: '1.0.0',
  title: 'Conservation laws',
  pillar: 'Simple laws',
  statement: STATEMENT,
  about:
    'Scale a neuron’s inputs up and its outputs down by the same factor: the network computes the same. As in physics, that symmetry conserves something: the difference of the squared weights in and out. A finite step breaks it a little, weight decay wears it down at a known rate, and a tanh has no such law.',
  student: {
    see: 'Drift that grows in proportion to the step size, below the line that bounds it; and with weight decay, all curves on one exponential.',
    matters:
      'What training cannot change is set by the initial weights: conserved quantities say which of the many solutions gradient descent ends in.',
    wrong:
      'A drift that stays as the step goes to zero, as it does for tanh; or a balance that decays at another rate than 2λ.',
  },
  references: [
    {
      authors: 'Du, Hu & Lee',
      year: 2018,
      title:
        'Algorithmic regularization in learning deep homogeneous models: layers are automatically balanced',
      where:
        'arXiv:1806.00900, §2 (theorem 2.1: neurons of homogeneous layers; theorem 2.2: linear layers)',
    },
    {
      authors: 'Kunin, Sagastuy-Breña, Ganguli, Yamins & Tanaka',
      year: 2021,
      title: 'Neural mechanics: symmetry and broken conservation laws in deep learning dynamics',
      where: 'arXiv:2012.04728, §4 (conservation) and §5 (weight decay, finite step)',
    },
  ],
  published: {
    value: 'no drift under gradient flow, η → 0',
    source: 'Du, Hu & Lee 2018, abstract',
  },
  params: [
    {
      kind: 'choice',
      name: 'activation',
      label: 'activation',
      help: 'Linear layers conserve a whole matrix a layer; ReLU layers one number a neuron.',
      choices: [
        { value: 'identity', label: 'linear' },
        { value: 'relu', label: 'ReLU' },
      ],
    },
    {
      kind: 'number',
      name: 'learningRate',
      label: 'learning rate',
      symbol: 'η',
      help: 'Step size. Over a fixed physical time the drift is proportional to it.',
      integer: false,
      min: 1e-3,
      max: 1,
    },
    {
      kind: 'number',
      name: 'weightDecay',
      label: 'weight decay',
      symbol: 'λ',
      help: 'Pulls every weight to zero; the conserved quantity then falls as e^(−2λt).',
      integer: false,
      min: 0,
      max: 1,
    },
    {
      kind: 'number',
      name: 'width',
      label: 'width',
      symbol: 'N',
      help: 'Units in each of the two hidden layers.',
      integer: true,
      min: 2,
      max: 128,
    },
    {
      kind: 'number',
      name: 'horizon',
      label: 'physical time',
      symbol: 't',
      help: 'Training time η × steps, the same for every learning rate.',
      integer: false,
      min: 0.5,
      max: 100,
    },
  ],
  grids: {
    default: {
      params: {
        activation: ['identity', 'relu'],
        learningRate: [0.004, 0.008, 0.016],
        weightDecay: [0, 0.05],
        width: [64],
        horizon: [10],
      },
      seeds: [1, 2, 3, 4],
    },
    quick: {
      params: {
        activation: ['identity', 'relu'],
        learningRate: [0.005, 0.01, 0.02],
        weightDecay: [0, 0.05],
        width: [16],
        horizon: [5],
      },
      seeds: [1, 2, 3],
    },
  },
  nullCase: {
    label: 'A network without the symmetry',
    explanation:
      'Trains tanh units, which cannot be rescaled without changing the function. Nothing protects the balance: it drifts just as far however small the step, and the verdict must fail.',
  },
  panels: [
    {
      id: 'drift',
      title: 'Drift of the conserved quantity',
      caption: 'Half the step, half the drift; never above the line that energy alone allows.',
      x: { label: 'learning rate η', scale: 'log' },
      y: { label: '‖ΔQ‖ / 2(L(0) − L(t))', scale: 'log' },
      draw: 'points',
      colorBy: 'line',
      observe: (run, options) => {
        const { drift, fallen } = endOf(run.series.columns);
        const y = drift / (2 * fallen);
        return number(run.config, 'weightDecay') > 0 || !(y > 0) || !Number.isFinite(y)
          ? []
          : [
              {
                line: groupName(run.config, options),
                x: [number(run.config, 'learningRate')],
                y: [y],
              },
            ];
      },
      theory: (cells) => {
        const rates = cells.map((c) => number(c, 'learningRate'));
        const ends = [Math.min(...rates) / 2, Math.max(...rates) * 2];
        return [{ cell: null, line: 'bound: η', x: ends, y: ends }];
      },
      collapse: {
        x: { label: 'learning rate η', scale: 'log' },
        y: { label: '‖ΔQ‖ / 2η(L(0) − L(t))', scale: 'log' },
        caption:
          'Divided by the step, one number is left for each kind of network, below the bound at 1.',
        source:
          'Kunin et al. 2021, arXiv:2012.04728, §5 (a finite step breaks the law at first order in η)',
        onto: 'level',
        rescale: (config, trace) =>
          number(config, 'weightDecay') > 0
            ? null
            : moved(trace.line, trace, (eta, y) => [eta, y / eta]),
      },
    },
    {
      id: 'kept',
      title: 'What weight decay leaves of it',
      caption: 'Whatever the network and the step, what is left falls as e^(−2λt).',
      x: { label: 'time t = η × step', scale: 'linear' },
      y: { label: '⟨Q, Q(0)⟩ / ‖Q(0)‖²', scale: 'linear', include: [0, 1] },
      draw: 'curves',
      colorBy: 'line',
      observe: (run, options) => {
        const decay = number(run.config, 'weightDecay');
        const points = [...run.series.steps]
          .map((step, i) => ({
            x: step * number(run.config, 'learningRate'),
            y: run.series.columns.balanceKept?.[i] ?? Number.NaN,
          }))
          .filter(({ y }) => Number.isFinite(y));
        return points.length === 0
          ? []
          : [
              {
                line: `${groupName(run.config, options)}, λ = ${decay}`,
                x: points.map((p) => p.x),
                y: points.map((p) => p.y),
              },
            ];
      },
      theory: (cells) => {
        const horizon = Math.max(...cells.map((c) => number(c, 'horizon')));
        const x = Array.from({ length: 61 }, (_, i) => (i * horizon) / 60);
        return tasksOf(cells, (c) => [c.weightDecay]).map(({ config, cells: own }) => {
          const decay = number(config, 'weightDecay');
          const y = x.map((t) => Math.exp(-2 * decay * t));
          return { cell: null, cells: own, line: `e^(−2λt), λ = ${decay}`, x, y };
        });
      },
      collapse: {
        x: { label: 'time in units of the decay λt', scale: 'linear' },
        y: { label: '⟨Q, Q(0)⟩ / ‖Q(0)‖²', scale: 'linear', include: [0, 1] },
        caption: 'In units of the weight decay all networks, steps and decays are on e^(−2x).',
        source: 'Kunin et al. 2021, arXiv:2012.04728, §5 (weight decay)',
        onto: 'curve',
        rescale(config, trace) {
          const decay = number(config, 'weightDecay');
          return decay > 0 ? moved('e^(−2x)', trace, (t, y) => [decay * t, y]) : null;
        },
      },
    },
  ],
  effect: 'share',
  summaries: {
    share: { label: 'drift over its bound (holds without decay)', scale: 'log' },
    drift: { label: 'drift of the conserved quantity ‖ΔQ‖', scale: 'log' },
    kept: { label: 'Q over e^(−2λt)', scale: 'linear' },
    stepSize: { label: 'η × largest sharpness', scale: 'log' },
  },
  phases: {
    ...{ x: 'learningRate', y: 'width' },
    classes: [
      { id: 'flow', label: `the step follows the flow: η × sharpness up to ${FLOW_SIZED}` },
      { id: 'large', label: 'the step is too large to judge' },
    ],
    classify: (cells) =>
      cells.map(({ runs }) => {
        const sizes = runs.flatMap((r) => r.summary.stepSize ?? []);
        if (sizes.length === 0) return null;
        return Math.max(...sizes) <= FLOW_SIZED ? 'flow' : 'large';
      }),
  },
  packSize: 16,
  plan(config, options) {
    const [width, learningRate] = [number(config, 'width'), number(config, 'learningRate')];
    const steps = Math.max(1, Math.round(number(config, 'horizon') / learningRate));
    const recordEvery = Math.max(1, Math.round(steps / ROWS));
    const layers = [INPUTS, width, width, OUTPUTS];
    const activation: MlpSpec['activation'] = config.activation === 'relu' ? 'relu' : 'identity';
    return {
      program: {
        ...{ ...MLP, layers, activation: options.null ? 'tanh' : activation },
        scales: layers.slice(1).map((_, l) => ({
          ...{ std: 1 / Math.sqrt(layers[l] ?? 1), rate: 1, bias: null },
        })),
        data: { kind: 'teacher', seed: 1, samples: 2 * width },
        observe: ['loss', 'balance', 'sharpness'],
        ...{ steps, recordEvery, checkpointEvery: recordEvery * 5 },
      },
      hyper: { ...HYPER, learningRate, weightDecay: number(config, 'weightDecay') },
    };
  },
  summarise({ config, series, outcome }) {
    if (outcome.kind === 'diverged')
      return { drift: null, share: null, kept: null, stepSize: null };
    const { drift, fallen, kept } = endOf(series.columns);
    const eta = number(config, 'learningRate');
    const t = eta * (series.steps.at(-1) ?? 0);
    return {
      drift,
      share: drift / (2 * fallen * eta),
      kept: kept / Math.exp(-2 * number(config, 'weightDecay') * t),
      stepSize: eta * Math.max(...(series.columns.sharpness ?? [])),
    };
  },
  analyse(runs, { expected, null: isNull }) {
    const { judged, missing, notes } = judge(runs, { null: isNull });
    const statement = isNull ? `${STATEMENT} Even in a tanh network.` : STATEMENT;
    return {
      fits: fitsOf(judged),
      verdict: verdictOf({ statement, runs, expected, judged, missing, notes }),
    };
  },
};

/** What a run ended with; NaN where it did not record it. */
function endOf(columns: Readonly<Record<string, Float32Array>>) {
  const last = (name: string) => columns[name]?.at(-1) ?? Number.NaN;
  return {
    drift: last('balanceDrift'),
    kept: last('balanceKept'),
    fallen: (columns.loss?.[0] ?? Number.NaN) - last('loss'),
  };
}
