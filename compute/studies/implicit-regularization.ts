/**
 * A step of finite size regularizes, and so does noise. (a) Descent with step η is not on the gradient
 * flow of L but, to one order more, on that of L + (η/4) ‖∇L‖² (Barrett & Dherin 2021): after a fixed time
 * it is O(η) away from the first and O(η²) from the second. (b) f = uv with label noise, which is exactly
 * solvable: the gradient of both weights is the same residual r, so D = u² − v² goes to (1 − η² r̄²) D each
 * step, r̄ the mean residual of the batch. Around the minimum, a random walk with E r̄² = (σ²/B) · 2/(2 − ηλ),
 * λ = u² + v² the sharpness. The noise drives the network to the flattest minimum, u² = v², at a rate η²σ²/B
 * a step: η/B per unit of time, whatever η and B.
 *
 * The verdict reads the two exponents of (a) in η; the distances over what backward error analysis predicts
 * for the very start of each run, at the smallest η; and for each batch size of (b) the measured
 * decay over the predicted one, from a tenth of the run on, when the start is forgotten. (c) What noise does
 * in a network that nobody solved, how final sharpness and held-out error go with η/B on digits, is
 * contested: measured, not judged. Bands are ± 0.1 and ± 0.2 for the
 * exponents, as the text has it, and ± 10% for what is compared with a prediction: several times the
 * spread over seeds 101–106, which was 0.01 for the exponents, below 1% for the distances
 * and 1–3% for the decay of single runs.
 */
import { leadingErrors } from '../analysis/backward-error.ts';
import { type SeedPoint, seedSlope } from '../analysis/slope.ts';
import { mean } from '../analysis/stats.ts';
import { flat } from '../observables/flow.ts';
import { madeSet } from '../programs/data.ts';
import { gradientOnHost } from '../programs/host-gradient.ts';
import { initialMlp } from '../programs/mlp.ts';
import { HYPER, type MadeDataSpec, MLP, type MlpSpec, type Schedule } from '../programs/program.ts';
import { standardScales } from '../programs/scales.ts';
import { fitsOf, type Judged, overSeeds, verdictOf } from './bands.ts';
import {
  batchOf,
  DIGIT_TIME,
  digitPanels,
  digitSummary,
  digitsSpec,
  measureDigits,
} from './noisy-digits.ts';
import type { Config, PlanOptions, RunRecord, RunSummary, Study, Summary } from './study.ts';
import { moved, tasksOf } from './traces.ts';

const FIRST_BAND = [0.9, 1.1] as const;
const SECOND_BAND = [1.8, 2.2] as const;
const SHARE_BAND = [0.9, 1.1] as const;
const DECAY_BAND = [0.9, 1.1] as const;
/** Standard deviation of the label noise. */
const SIGMA = 0.5;
/** Rows of a series; the first tenth of a noisy run is not read. */
const [ROWS, FORGOTTEN] = [50, 5];
const LAYERS = [3, 8, 1] as const;
const DATA = { kind: 'teacher', seed: 1, samples: 10 } as const satisfies MadeDataSpec;
/**
 * Rounding of float32 (a standard deviation of 0.4 · 2⁻²⁴ of a weight, each update) adds about this, times
 * the square root of the number of updates, to a distance of weights of norm 2. Second order is read only
 * where its prediction is so many times larger: that error, in quadrature, is below 5%.
 */
const [ROUNDING, CLEAR] = [0.8 * 2 ** -24, 3];
/** Runge–Kutta steps of the prediction: its error is below 1e-6 of it. */
const THEORY_STEPS = 60;
/** Starts that stand for all others where the theory is drawn before any run. */
const TYPICAL = [1, 2, 3, 4] as const;

const number = (config: Config, name: string) => Number(config[name]);

const STATEMENT =
  'Gradient descent follows the flow of L + (η/4)‖∇L‖² to second order in η, that of L only to first; and label noise flattens f = uv at the rate η²σ²/B a step.';

type Kind = 'descent' | 'noise' | 'digits';
const kindOf = ({ setting }: Config): Kind =>
  setting === 'descent' ? 'descent' : String(setting).startsWith('noise') ? 'noise' : 'digits';
const ofKind =
  (kind: Kind) =>
  ({ config }: { readonly config: Config }) =>
    kindOf(config) === kind;

/** Distances that descent ends with, to leading order, for the start of a seed: η first and η² second. */
const predictions = new Map<string, { readonly first: number; readonly second: number }>();

export function predicted(seed: number, horizon: number): { first: number; second: number } {
  const key = `${seed} ${horizon}`;
  const known = predictions.get(key);
  if (known !== undefined) return known;
  const { x, y } = madeSet(DATA, LAYERS[0], LAYERS[2]);
  const chain = LAYERS.slice(1).map((out, l) => ({
    ...{ in: LAYERS[l] ?? 0, out, bias: true, skip: false, rate: 1, biasRate: 1 },
    activation: l === 0 ? ('tanh' as const) : ('identity' as const),
  }));
  const start = flat(
    initialMlp(descentSpec({ steps: 1, recordEvery: 1, checkpointEvery: 1 }), seed, 1),
  );
  const made = leadingErrors(gradientOnHost(chain, x, y), start, horizon, THEORY_STEPS);
  predictions.set(key, made);
  return made;
}

const descentSpec = (schedule: Schedule): MlpSpec => ({
  ...{ ...MLP, layers: LAYERS, scales: standardScales(LAYERS), data: DATA },
  observe: ['loss', 'flow'],
  ...schedule,
});

/** f = uv x on x = ±1 with targets x + σ: on x = 1 the label is 1 + σ, on x = −1 it is, mirrored, 1 − σ. */
const noisySpec = (batch: number, schedule: Schedule): MlpSpec => ({
  ...{ ...MLP, layers: [1, 1, 1], activation: 'identity', batch },
  scales: [1, 2].map(() => ({ std: 1, rate: 1, bias: null })),
  data: {
    ...{ kind: 'cube', samples: 2 },
    terms: [
      { on: [0], coefficient: 1 },
      { on: [], coefficient: SIGMA },
    ],
  },
  observe: ['loss', 'balance', 'weightNorm'],
  ...schedule,
});

/** E r̄² of a batch around the minimum, at sharpness λ. */
export const residualSquare = (eta: number, batch: number, sharpness: number): number =>
  ((SIGMA ** 2 / batch) * 2) / (2 - eta * sharpness);

/** −ln D over the read part of a noisy run, measured and predicted; null where it cannot be read. */
function decayOf({
  config,
  series,
}: RunRecord): { measured: number; expected: number; steps: number } | null {
  const [eta, batch] = [number(config, 'learningRate'), batchOf(config)];
  const kept = series.columns.balanceKept ?? new Float32Array();
  const norms = series.columns.weightNorm ?? new Float32Array();
  const last = series.steps.length - 1;
  const steps = (series.steps[last] ?? 0) - (series.steps[FORGOTTEN] ?? 0);
  const measured = Math.log((kept[FORGOTTEN] ?? 0) / (kept[last] ?? 0));
  const noisy = kindOf(config) === 'noise' && batch !== null;
  if (!noisy || !(steps > 0) || !Number.isFinite(measured)) return null;
  const squares = [...norms.slice(FORGOTTEN)].map((n) => residualSquare(eta, batch, n ** 2));
  return { measured, expected: eta ** 2 * steps * mean(squares), steps };
}

const distancesOf = ({ series }: RunRecord, options: PlanOptions) => {
  const last = (name: string) => series.columns[name]?.at(-1) ?? Number.NaN;
  return {
    flow: last('flowDistance'),
    modified: last(options.null ? 'flippedDistance' : 'modifiedDistance'),
  };
};

const PLAIN = 'gradient flow';
const modifiedName = (options: PlanOptions) =>
  options.null ? 'flow of L − (η/4)‖∇L‖²' : 'flow of L + (η/4)‖∇L‖²';

function judgeDescent(runs: readonly RunSummary[], options: PlanOptions) {
  const judged: Judged[] = [];
  const missing: string[] = [];
  for (const horizon of new Set(runs.map((r) => number(r.config, 'horizon')))) {
    const own = runs.filter((r) => number(r.config, 'horizon') === horizon);
    for (const [name, key, band] of [
      ['gradient flow', 'flow', FIRST_BAND],
      [modifiedName(options), 'modified', SECOND_BAND],
    ] as const) {
      const points = own.flatMap(({ config, seed, summary }): SeedPoint[] => {
        const y = summary[key];
        return y == null ? [] : [{ seed, x: number(config, 'learningRate'), y }];
      });
      const slope = seedSlope(points);
      if (slope === null) {
        missing.push(
          `An exponent needs two learning rates or more, whose effect float32 does not round away (t = ${horizon}).`,
        );
        continue;
      }
      const { value, interval } = slope;
      judged.push({
        ...{ label: `exponent of the distance from the ${name} in η (t = ${horizon})`, band },
        ...{ value, interval, runs: points.length },
      });
      const smallest = Math.min(...points.map((p) => p.x));
      const finest = own.filter((r) => number(r.config, 'learningRate') === smallest);
      const share = overSeeds(finest, (r) => r.summary[`${key}Share`] ?? null);
      if (share !== null)
        judged.push({
          ...{
            label: `distance from the ${name} over its prediction (η = ${smallest}, t = ${horizon})`,
            band: SHARE_BAND,
          },
          ...share,
        });
    }
  }
  return { judged, missing: [...new Set(missing)] };
}

function judgeNoise(runs: readonly RunSummary[]): Judged[] {
  return [...new Set(runs.map((r) => batchOf(r.config)))].flatMap((batch) => {
    const own = runs.filter((r) => batchOf(r.config) === batch);
    const ratio = overSeeds(own, (r) => r.summary.decay ?? null);
    return ratio === null
      ? []
      : [
          {
            label: `decay of u² − v² over its prediction at B = ${batch}`,
            band: DECAY_BAND,
            ...ratio,
          },
        ];
  });
}

export const implicitRegularization: Study = {
  id: 'implicit-regularization',
  version: '1.1.0',
  title: 'Implicit regularization',
  pillar: 'Hyperparameters',
  statement: STATEMENT,
  about:
    'Nobody adds a penalty, and there is one. A step of finite size steers descent away from steep places, as if the squared gradient were part of the loss; and noise pushes towards flat minima at a rate that can be computed.',
  student: {
    see: 'Two lines of points: the distance from the plain flow halves with the step, that from the penalized flow falls to a quarter. And u² − v² decays on one curve for all step and batch sizes.',
    matters:
      'Learning rate and batch size do more than set the speed: they choose among the solutions, and for small steps a formula says how.',
    wrong:
      'A distance from the penalized flow that falls no faster than from the plain one, or a decay that does not go as η²σ²/B.',
  },
  references: [
    {
      authors: 'Barrett & Dherin',
      year: 2021,
      title: 'Implicit gradient regularization',
      where:
        'arXiv:2009.11162, §2 (modified loss and its rate λ = ηm/4) and §3 (backward error analysis)',
    },
    {
      authors: 'Hairer, Lubich & Wanner',
      year: 2006,
      title: 'Geometric numerical integration',
      where: 'Springer, 2nd edition, §IX.1 (modified equations of Euler’s method)',
    },
    {
      authors: 'Blanc, Gupta, Valiant & Valiant',
      year: 2020,
      title:
        'Implicit regularization for deep neural networks driven by an Ornstein–Uhlenbeck like process',
      where: 'arXiv:1904.09080 (label noise seeks flat minima)',
    },
  ],
  params: [
    {
      kind: 'choice',
      name: 'setting',
      label: 'setting',
      help: 'A small tanh network on all of its data, compared with its flows; f = uv with label noise, so many labels a step; or a small network on digits, so many a step.',
      choices: [
        { value: 'descent', label: 'all data: descent against its flows' },
        { value: 'noise-1', label: 'f = uv, label noise, B = 1' },
        { value: 'noise-4', label: 'f = uv, label noise, B = 4' },
        { value: 'noise-16', label: 'f = uv, label noise, B = 16' },
        { value: 'digits-4', label: 'MNIST by batches, B = 4 (measured, not judged)' },
        { value: 'digits-16', label: 'MNIST by batches, B = 16 (measured, not judged)' },
        { value: 'digits-64', label: 'MNIST by batches, B = 64 (measured, not judged)' },
      ],
    },
    {
      kind: 'number',
      name: 'learningRate',
      label: 'learning rate',
      symbol: 'η',
      help: 'Step size. All predictions are for small ones: a large step leaves every flow.',
      integer: false,
      min: 2e-3,
      max: 0.5,
    },
    {
      kind: 'number',
      name: 'horizon',
      label: 'training time',
      symbol: 't',
      help: 'η × steps on all data, η² × steps with label noise: the time over which either effect adds up. On digits η × steps is 20 times this.',
      integer: false,
      min: 0.5,
      max: 20,
    },
  ],
  grids: {
    default: {
      params: {
        setting: [
          ...['descent', 'noise-1', 'noise-4', 'noise-16'],
          ...['digits-4', 'digits-16', 'digits-64'],
        ],
        learningRate: [0.03, 0.04, 0.06],
        horizon: [4],
      },
      seeds: [1, 2, 3, 4, 5, 6, 7, 8],
    },
    quick: {
      params: {
        setting: ['descent', 'noise-1', 'noise-4'],
        learningRate: [0.03, 0.06],
        horizon: [4],
      },
      seeds: [1, 2, 3, 4],
    },
  },
  nullCase: {
    label: 'Penalty with the wrong sign',
    explanation:
      'Compares descent with the flow of L − (η/4)‖∇L‖², as if steep places were sought. That is no better than the plain flow: the exponent stays at 1 and the verdict must fail.',
  },
  panels: [
    {
      id: 'distance',
      title: 'Distance of descent from its flows',
      caption: 'Half the step: half as far from the plain flow, a quarter from the penalized one.',
      x: { label: 'learning rate η', scale: 'log' },
      y: { label: 'distance of the weights', scale: 'log' },
      draw: 'points',
      colorBy: 'line',
      observe: (run, options) => {
        if (!ofKind('descent')(run) || run.outcome.kind === 'diverged') return [];
        const { flow, modified } = distancesOf(run, options);
        const x = [number(run.config, 'learningRate')];
        return [
          { line: PLAIN, x, y: [flow] },
          { line: modifiedName(options), x, y: [modified] },
        ].filter(({ y }) => y.every((v) => v > 0 && Number.isFinite(v)));
      },
      theory: (cells) =>
        tasksOf(cells, (c) => (kindOf(c) === 'descent' ? [c.horizon] : null)).flatMap((task) => {
          const horizon = number(task.config, 'horizon');
          const rates = cells.map((c) => number(c, 'learningRate'));
          const x = [Math.min(...rates) / 1.5, Math.max(...rates) * 1.5];
          const all = TYPICAL.map((seed) => predicted(seed, horizon));
          const typical = (pick: (p: { first: number; second: number }) => number) =>
            Math.exp(mean(all.map((p) => Math.log(pick(p)))));
          const [first, second] = [typical((p) => p.first), typical((p) => p.second)];
          return [
            { cell: null, cells: task.cells, line: PLAIN, x, y: x.map((eta) => eta * first) },
            {
              ...{ cell: null, cells: task.cells, line: 'flow of L + (η/4)‖∇L‖²', x },
              y: x.map((eta) => eta ** 2 * second),
            },
          ];
        }),
      collapse: {
        x: { label: 'learning rate η', scale: 'log' },
        y: { label: 'distance over η (penalized flow: over η²)', scale: 'log' },
        caption: 'Divided by the order that is predicted, one number is left for each flow.',
        source: 'Barrett & Dherin 2021, arXiv:2009.11162, §3 (order of the error of each flow)',
        onto: 'level',
        rescale: ({ horizon }, trace) =>
          moved(`${trace.line}, t = ${horizon}`, trace, (eta, y) => [
            eta,
            y / eta ** (trace.line === PLAIN ? 1 : 2),
          ]),
      },
    },
    {
      id: 'flattening',
      title: 'Label noise flattens',
      caption: 'In units of η²σ²/B all step and batch sizes decay on one curve.',
      x: { label: 'steps × η²σ²/B', scale: 'linear' },
      y: { label: '(u² − v²) over its start', scale: 'log' },
      draw: 'curves',
      colorBy: 'cell',
      observe: ({ config, series }) => {
        const batch = batchOf(config);
        if (batch === null || kindOf(config) !== 'noise') return [];
        const unit = (number(config, 'learningRate') * SIGMA) ** 2 / batch;
        const points = [...series.steps]
          .map((step, i) => ({ x: step * unit, y: series.columns.balanceKept?.[i] ?? Number.NaN }))
          .filter(({ y }) => y > 0 && Number.isFinite(y));
        return points.length === 0
          ? []
          : [{ line: 'u² − v²', x: points.map((p) => p.x), y: points.map((p) => p.y) }];
      },
      theory: (cells) => {
        const noisy = cells.filter((c) => kindOf(c) === 'noise');
        if (noisy.length === 0) return [];
        const end = Math.max(
          ...noisy.map((c) => (number(c, 'horizon') * SIGMA ** 2) / (batchOf(c) ?? 1)),
        );
        const x = Array.from({ length: 41 }, (_, i) => (i * end) / 40);
        return [{ cell: null, line: 'e^(−steps · η²σ²/B)', x, y: x.map((v) => Math.exp(-v)) }];
      },
    },
    {
      id: 'rates',
      title: 'Rate of flattening per unit of time',
      caption: 'Only η/B counts: double the batch with the step, and nothing changes.',
      x: { label: 'η/B', scale: 'log' },
      y: { label: 'rate of decay of u² − v²', scale: 'log' },
      draw: 'points',
      colorBy: 'line',
      observe: (run) => {
        const [eta, batch] = [number(run.config, 'learningRate'), batchOf(run.config)];
        const decay = run.outcome.kind === 'diverged' ? null : decayOf(run);
        return batch === null || decay === null || !(decay.measured > 0)
          ? []
          : [{ line: `B = ${batch}`, x: [eta / batch], y: [decay.measured / (eta * decay.steps)] }];
      },
      theory: (cells) => {
        const noisy = cells.filter((c) => kindOf(c) === 'noise');
        const ratios = noisy.map((c) => number(c, 'learningRate') / (batchOf(c) ?? 1));
        if (ratios.length === 0) return [];
        const x = [Math.min(...ratios) / 1.5, Math.max(...ratios) * 1.5];
        return [{ cell: null, line: 'σ² η/B', x, y: x.map((r) => SIGMA ** 2 * r) }];
      },
      collapse: {
        x: { label: 'η/B', scale: 'log' },
        y: { label: 'rate of decay of u² − v² over η/B', scale: 'log' },
        caption: `Over η/B one number is left for all steps and batches: σ² = ${SIGMA ** 2}.`,
        source: 'Blanc, Gupta, Valiant & Valiant 2020, arXiv:1904.09080 (here solved: f = uv)',
        onto: 'level',
        rescale: (_, trace) => moved('σ²', trace, (ratio, y) => [ratio, y / ratio]),
      },
    },
    ...digitPanels,
  ],
  summaries: {
    flowShare: { label: 'distance from the flow over its prediction', scale: 'log' },
    modifiedShare: { label: 'distance from the penalized flow over its prediction', scale: 'log' },
    decay: { label: 'decay of u² − v² over its prediction', scale: 'linear' },
    flow: { label: 'distance from the flow', scale: 'log' },
    modified: { label: 'distance from the penalized flow', scale: 'log' },
    sharp: { label: 'digits: sharpness at the end', scale: 'log' },
    error: { label: 'digits: held-out error', scale: 'log' },
  },
  packSize: 32,
  plan(config) {
    const [eta, horizon] = [number(config, 'learningRate'), number(config, 'horizon')];
    const [kind, batch] = [kindOf(config), batchOf(config) ?? 1];
    const time = { descent: horizon / eta, noise: horizon / eta ** 2 };
    const steps = Math.max(
      1,
      Math.round(kind === 'digits' ? DIGIT_TIME * time.descent : time[kind]),
    );
    const rows = kind === 'digits' ? 1 : ROWS;
    const recordEvery = Math.max(1, Math.round(steps / rows));
    const schedule = {
      ...{ steps, recordEvery },
      checkpointEvery: kind === 'digits' ? 100 : recordEvery * 10,
    };
    const program = {
      descent: descentSpec(schedule),
      noise: noisySpec(batch, schedule),
      digits: digitsSpec(batch, schedule),
    }[kind];
    return { program, hyper: { ...HYPER, learningRate: eta } };
  },
  summarise(run, options): Summary {
    const none = {
      ...{ flow: null, flowShare: null, modified: null, modifiedShare: null, decay: null },
      ...{ sharp: null, error: null },
    };
    if (run.outcome.kind === 'diverged') return none;
    if (ofKind('digits')(run)) return { ...none, ...digitSummary(run) };
    if (ofKind('noise')(run)) {
      const decay = decayOf(run);
      return { ...none, decay: decay === null ? null : decay.measured / decay.expected };
    }
    const eta = number(run.config, 'learningRate');
    const { flow, modified } = distancesOf(run, options);
    const { first, second } = predicted(run.seed, number(run.config, 'horizon'));
    const rounding = ROUNDING * Math.sqrt(run.series.steps.at(-1) ?? 0);
    // The null's distance is of first order: far above rounding.
    const clear = options.null || eta ** 2 * second > CLEAR * rounding;
    return {
      ...{ ...none, flow, flowShare: flow / (eta * first) },
      modified: clear ? modified : null,
      modifiedShare: clear ? modified / (eta ** 2 * second) : null,
    };
  },
  analyse(runs, { expected, null: isNull }) {
    const whole = runs.filter((r) => r.outcome.kind === 'completed');
    const descent = judgeDescent(whole.filter(ofKind('descent')), { null: isNull });
    const judged = [...descent.judged, ...judgeNoise(whole.filter(ofKind('noise')))];
    const measured = measureDigits(whole.filter(ofKind('digits')));
    const statement = isNull ? STATEMENT.replace('L + (η/4)', 'L − (η/4)') : STATEMENT;
    return {
      fits: fitsOf([...judged, ...measured]),
      verdict: verdictOf({ statement, runs, expected, judged, missing: descent.missing }),
    };
  },
};
