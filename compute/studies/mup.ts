/**
 * Maximal update parametrization (μP): initial sizes and learning rates of the layers go with width such
 * that every layer learns at a rate of order one however wide the network is. The best learning rate of
 * a narrow network is then the best one of a wide one. Under the standard parametrization (the null)
 * with Adam it falls as 1/width.
 *
 * For each width the loss at the end of training, averaged over seeds in its logarithm, is a curve over
 * log₂ η; its minimum is that of a cubic fitted to all points up to a height of 0.8 above the lowest one, and
 * must be inside the grid. (A parabola through the five points around the lowest one jumped with chance: with
 * it seeds 1–4 gave 0.08 [−0.16, 0.55] with one hidden layer and 0.31 [0.23, 0.69] with two, with the cubic
 * 0.06 [−0.07, 0.31] and 0.29 [0.12, 0.44]; heights of 0.6 and 1 change these by less than 0.1.) The verdict
 * reads the shift of the minimum over the whole range of widths (slope of a least-squares line × doublings), in
 * octaves, with a bootstrap over seeds. Half an octave is the text's threshold, a factor of √2 in η.
 *
 * The law is one of wide networks, and the correction is seen: valleys of all widths lie on one another where
 * the step is small, but a large step hurts a narrow network more, the more so the smaller the batch, and
 * pushes its optimum to smaller rates. On 14 × 14 pixels with two hidden layers it rose from N = 64 to 512 by
 * 0.73 octaves at batch 64 (seeds 101, 102) and by 0.49 at batch 256 (103, 104), of that 0.31 from N = 128 on
 * (by the parabola). So widths count from 128 on, the base width, and batches are of 256. On 7 × 7 pixels the
 * shift from 128 to 512 was then 0.06 [−0.05, 0.27] with two hidden layers (105–107) and 0.06 [−0.01, 0.13] with
 * one (101–103). Single seeds differ by 0.2 octaves: in half octaves of η seeds 1000–1002 gave 0.11
 * [−0.27, 0.51] with one hidden layer, 0.22 [0.16, 0.37] with two. So the default grid has quarter octaves, one
 * hidden layer, and five seeds; chosen after that was seen, single seeds of 101–106 then gave 0.09 ± 0.14, and
 * three at a time 0.02 [−0.17, 0.32] (1000–1002), 0.24 [0.12, 0.53] (2000–2002), 0.18 [0.09, 0.37] (3000–3002):
 * three seeds may still be undecided. That wider is better at the optimum, and that
 * what features change does not go with width, is measured beside it and not judged.
 */
import type { SeedsNumber } from '../analysis/law-fit.ts';
import { powerLaw } from '../analysis/laws.ts';
import { minimumOf } from '../analysis/optimum.ts';
import { bootstrap, logLogSlope, mean } from '../analysis/stats.ts';
import { HYPER, MLP, type MlpSpec } from '../programs/program.ts';
import { mupScales, standardScales } from '../programs/scales.ts';
import { fitsOf, type Judged, verdictOf } from './bands.ts';
import { sizeFits } from './size-law.ts';
import type {
  Boundary,
  CellRuns,
  Config,
  PlanOptions,
  RunRecord,
  RunSummary,
  SizeLaw,
  Study,
} from './study.ts';
import { between, moved, pointOf } from './traces.ts';

/** Shift of the optimum over all widths, in octaves. */
const BAND = [-0.5, 0.5] as const;
/** Hidden width at which μP and the standard parametrization meet, and from which on the law is judged. */
const BASE_WIDTH = 128;
/** Height of what counts as valley, in log loss. */
const VALLEY = 0.8;
const CLASSES = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
const SAMPLES = 8192;
const PROBE = 512;
/** Records after the start: what is observed costs as much as what is learnt. */
const RECORDS = 2;
const POOLS = { '28': 1, '14': 2, '7': 4 } as const;

const number = (config: Config, name: string) => Number(config[name]);

const STATEMENT =
  'Under μP the best learning rate of networks of 128 units a layer or more moves by no more than half an octave over the whole range of widths.';

/** Everything but width and learning rate: what is compared. */
const familyOf = ({ optimizer, depth, side, batch, steps }: Config) =>
  `${optimizer === 'adam' ? 'Adam' : 'SGD'}, depth ${depth}, ${side} × ${side}, batch ${batch}, ${steps} steps`;

type Curves = Map<number, Map<number, number[]>>;

/** Log losses by width and learning rate; a run that diverged has lost everything. */
function curvesOf(runs: readonly RunSummary[]): Curves {
  const curves: Curves = new Map();
  for (const { config, summary } of runs) {
    const [width, rate] = [number(config, 'width'), number(config, 'learningRate')];
    const own = curves.get(width) ?? new Map<number, number[]>();
    curves.set(width, own);
    const loss = summary.loss == null ? Number.POSITIVE_INFINITY : Math.log(summary.loss);
    const losses = own.get(rate);
    if (losses === undefined) own.set(rate, [loss]);
    else losses.push(loss);
  }
  return curves;
}

/** Of each width in ascending order: log₂ of its best learning rate, and the lowest mean log loss. */
function optima(runs: readonly RunSummary[]) {
  return [...curvesOf(runs)]
    .sort(([a], [b]) => a - b)
    .map(([width, byRate]) => {
      const points = [...byRate]
        .sort(([a], [b]) => a - b)
        .map(([rate, losses]) => [Math.log2(rate), mean(losses)] as const);
      return {
        width,
        best: minimumOf(points, VALLEY),
        loss: Math.min(...points.map(([, y]) => y)),
      };
    });
}

/** Octaves that the optimum moves from the narrowest to the widest, on a line through all widths. */
function shiftOf(runs: readonly RunSummary[]): number {
  const all = optima(runs);
  const widths = all.map((o) => o.width);
  const slope = logLogSlope(all.map((o) => [o.width, 2 ** o.best] as const));
  return all.every((o) => Number.isFinite(o.best))
    ? slope * Math.log2(Math.max(...widths) / Math.min(...widths))
    : Number.NaN;
}

/** A number of runs, and its interval over their seeds. */
function overSeeds(
  runs: readonly RunSummary[],
  statistic: (runs: readonly RunSummary[]) => number,
) {
  const seeds = [...new Set(runs.map((r) => r.seed))].map((seed) =>
    runs.filter((r) => r.seed === seed),
  );
  const interval = bootstrap(seeds, (sample) => statistic(sample.flat()));
  return { value: statistic(runs), interval, runs: runs.length };
}

/** The loss at the best learning rate: lowest geometric mean over seeds that have every rate. */
function bestLoss(runs: readonly RunSummary[]): SeedsNumber | null {
  const rates = [...new Set(runs.map((r) => number(r.config, 'learningRate')))];
  const bySeed = new Map<number, number[]>();
  for (const { config, seed, summary } of runs) {
    if (summary.loss == null) continue;
    const own = bySeed.get(seed) ?? new Array<number>(rates.length).fill(Number.NaN);
    bySeed.set(seed, own);
    own[rates.indexOf(number(config, 'learningRate'))] = Math.log(summary.loss);
  }
  const losses = [...bySeed.values()].filter((own) => own.every(Number.isFinite));
  const of = (seeds: readonly number[]) => {
    let best = Number.POSITIVE_INFINITY;
    for (let rate = 0; rate < rates.length; rate++) {
      let sum = 0;
      for (const seed of seeds) sum += losses[seed]?.[rate] ?? Number.NaN;
      best = Math.min(best, sum / seeds.length);
    }
    return Math.exp(best);
  };
  const seeds = losses.length;
  return seeds === 0 ? null : { value: of(losses.map((_, i) => i)), seeds, of };
}

/** How much better wider is, each at its best rate: reported, and what the widest is predicted by. */
const LOSS_LAW: SizeLaw = {
  ...{ parameter: 'width', x: (width) => width, over: ['learningRate'], law: powerLaw },
  ...{ of: 'the best loss', label: 'width N', panel: 'width', lines: [] },
  measure: bestLoss,
};

/** What the widest networks' features changed, over the narrowest's: the exponent in width at one learning rate. */
function featureExponent(runs: readonly RunSummary[], rate: number): number {
  return logLogSlope(
    runs
      .filter((r) => number(r.config, 'learningRate') === rate)
      .map((r) => [number(r.config, 'width'), r.summary.featureChange ?? Number.NaN] as const)
      .filter(([, y]) => Number.isFinite(y)),
  );
}

function measure(runs: readonly RunSummary[]) {
  const judged: Judged[] = [];
  const measured: Omit<Judged, 'band'>[] = [];
  const missing: string[] = [];
  for (const family of new Set(runs.map((r) => familyOf(r.config)))) {
    const own = runs.filter((r) => familyOf(r.config) === family);
    const all = optima(own);
    for (const { width, best } of all.filter((o) => Number.isFinite(o.best))) {
      const ofWidth = own.filter((r) => number(r.config, 'width') === width);
      const at = overSeeds(ofWidth, (sample) => 2 ** (optima(sample)[0]?.best ?? Number.NaN));
      measured.push({ label: `best η at N = ${width} (${family})`, ...at, value: 2 ** best });
    }
    const wide = own.filter((r) => number(r.config, 'width') >= BASE_WIDTH);
    const optimaOfWide = all.filter((o) => o.width >= BASE_WIDTH);
    if (optimaOfWide.length < 2) {
      missing.push(`A shift needs two widths of ${BASE_WIDTH} or more (${family}).`);
      continue;
    }
    const atEnd = optimaOfWide.filter((o) => !Number.isFinite(o.best)).map((o) => `N = ${o.width}`);
    if (atEnd.length > 0) {
      missing.push(
        `The lowest loss is at the end of the learning rates for ${atEnd.join(', ')} (${family}): give more of them.`,
      );
      continue;
    }
    judged.push({
      ...{ label: `shift of the best η in octaves (${family})`, band: BAND },
      ...overSeeds(wide, shiftOf),
    });
    const lossSlope = (sample: readonly RunSummary[]) =>
      logLogSlope(optima(sample).map((o) => [o.width, Math.exp(o.loss)] as const));
    measured.push({
      label: `exponent of the best loss in width (${family})`,
      ...overSeeds(wide, lossSlope),
    });
    const rate = nearest(wide, 2 ** mean(optimaOfWide.map((o) => o.best)));
    measured.push({
      label: `exponent in width of what features change in half the run, at η = ${rate} (${family})`,
      ...overSeeds(wide, (sample) => featureExponent(sample, rate)),
    });
  }
  return { judged, measured, missing };
}

/** The learning rate of the grid next to a value, in its logarithm. */
function nearest(runs: readonly RunSummary[], value: number): number {
  const rates = [...new Set(runs.map((r) => number(r.config, 'learningRate')))];
  const far = (rate: number) => Math.abs(Math.log(rate / value));
  return rates.reduce((best, rate) => (far(rate) < far(best) ? rate : best));
}

/** Mean log loss of a cell; infinite if every run of it diverged, NaN while none is in. */
const logLossOf = ({ runs }: CellRuns) =>
  mean(
    runs.map(({ summary }) =>
      summary.loss == null ? Number.POSITIVE_INFINITY : Math.log(summary.loss),
    ),
  );

/** Of each cell, whether it is the best of its width, in the valley around it, or outside. */
function classesOf(cells: readonly CellRuns[]): (string | null)[] {
  const key = ({ config }: CellRuns) => `${familyOf(config)} ${config.width}`;
  const least = new Map<string, number>();
  for (const cell of cells) {
    const [loss, before] = [logLossOf(cell), least.get(key(cell)) ?? Number.POSITIVE_INFINITY];
    if (loss < before) least.set(key(cell), loss);
  }
  return cells.map((cell) => {
    const [loss, best] = [logLossOf(cell), least.get(key(cell))];
    if (best === undefined || Number.isNaN(loss)) return null;
    return loss === best ? 'best' : loss - best <= VALLEY ? 'valley' : 'outside';
  });
}

/**
 * Where the best learning rate of the narrowest judged width should be found at all others: under μP where it is,
 * under the standard parametrization with Adam at η ∝ 1/N. Nothing while that width has no minimum inside.
 */
function ridgeOf(cells: readonly CellRuns[], { null: isNull }: PlanOptions): Boundary[] {
  const families = new Set(cells.map((c) => familyOf(c.config)));
  if (families.size !== 1 || cells.some((c) => isNull && c.config.optimizer !== 'adam')) return [];
  const [narrowest] = optima(cells.flatMap((c) => c.runs)).filter((o) => o.width >= BASE_WIDTH);
  if (narrowest === undefined || !Number.isFinite(narrowest.best)) return [];
  const y = between(cells.map((c) => number(c.config, 'width')));
  const x = y.map((width) => 2 ** narrowest.best * (isNull ? narrowest.width / width : 1));
  const law = isNull ? 'standard parametrization: η ∝ 1/N' : 'μP: the same η';
  return [{ label: `${law}, from the best of N = ${narrowest.width}`, x, y }];
}

const lastLoss = ({ series }: RunRecord) => series.columns.loss?.at(-1) ?? Number.NaN;
const lineOf = (config: Config) => `N = ${config.width}`;

export const mup: Study = {
  id: 'mup',
  version: '1.0.0',
  title: 'Learning rates that transfer (μP)',
  pillar: 'Hyperparameters',
  statement: STATEMENT,
  about:
    'Tune a small network, train a large one: usually the best learning rate changes with width, and has to be searched for again where it is most expensive. Scale each layer’s learning rate and initial size rightly, and it does not move.',
  student: {
    see: 'Loss against learning rate, one valley a width: under μP the valleys lie above one another; switch to the null and they march to the left.',
    matters:
      'Large models are tuned on small ones. It works if the hyperparameters of the infinitely wide limit exist, which only the right scaling gives.',
    wrong:
      'A best learning rate that moves under μP by more than half an octave from the narrowest network to the widest.',
  },
  references: [
    {
      authors: 'Yang & Hu',
      year: 2021,
      title: 'Feature learning in infinite-width neural networks',
      where: 'arXiv:2011.14522, §3 (abc-parametrizations) and §5 (maximal update)',
    },
    {
      authors: 'Yang, Hu, Babuschkin, Sidor, Liu, Farhi, Ryder, Pachocki, Chen & Gao',
      year: 2022,
      title:
        'Tensor programs V: tuning large neural networks via zero-shot hyperparameter transfer',
      where: 'arXiv:2203.03466, table 3 (scaling rules) and figures 1 and 3 (shifting optima)',
    },
  ],
  params: [
    {
      kind: 'choice',
      name: 'optimizer',
      label: 'optimizer',
      help: 'μP scales learning rates differently for the two. Under the standard parametrization the optimum moves most with Adam.',
      choices: [
        { value: 'adam', label: 'Adam (β₁ = 0.9)' },
        { value: 'descent', label: 'gradient descent' },
      ],
    },
    {
      kind: 'number',
      name: 'width',
      label: 'width',
      symbol: 'N',
      help: 'Units in each hidden ReLU layer. The law is one of wide networks: it is judged from 128 on, and narrower ones are shown beside.',
      integer: true,
      min: 8,
      max: 1024,
    },
    {
      kind: 'number',
      name: 'depth',
      label: 'hidden layers',
      help: 'With one, only what goes in and what comes out is scaled; with two, a square matrix too, and the cost grows with its size.',
      integer: true,
      min: 1,
      max: 4,
    },
    {
      kind: 'number',
      name: 'learningRate',
      label: 'learning rate',
      symbol: 'η',
      help: 'At width 128 it means the same in both parametrizations. The best one must lie inside the list.',
      integer: false,
      min: 1e-6,
      max: 10,
    },
    {
      kind: 'choice',
      name: 'side',
      label: 'picture size',
      help: 'Handwritten digits at full size, or averaged over squares of 2 × 2 or 4 × 4 pixels.',
      choices: [
        { value: '28', label: '28 × 28' },
        { value: '14', label: '14 × 14' },
        { value: '7', label: '7 × 7' },
      ],
    },
    {
      kind: 'number',
      name: 'batch',
      label: 'batch size',
      symbol: 'B',
      help: 'Digits an update. The noise of small batches hurts narrow networks more at a large step, and moves their optimum.',
      integer: true,
      min: 1,
      max: 512,
    },
    {
      kind: 'number',
      name: 'steps',
      label: 'training steps',
      symbol: 'T',
      help: 'Updates of each run. Short trainings shift less clearly under the null.',
      integer: true,
      min: 20,
      max: 5000,
    },
  ],
  grids: {
    default: {
      params: {
        ...{ optimizer: ['adam'], width: [128, 256, 512], depth: [1] },
        // Quarter octaves: what one seed does to one point moves the valley less.
        learningRate: [
          ...[0.0113, 0.0134, 0.016, 0.019, 0.0226],
          ...[0.0269, 0.032, 0.038, 0.0452, 0.0538],
          ...[0.0639, 0.076, 0.0904, 0.108, 0.128],
        ],
        ...{ side: ['7'], batch: [256], steps: [80] },
      },
      seeds: [1, 2, 3, 4, 5],
    },
    quick: {
      params: {
        ...{ optimizer: ['adam'], width: [128, 512], depth: [1] },
        learningRate: [0.0113, 0.016, 0.0226, 0.032, 0.0453, 0.064, 0.0905, 0.128],
        ...{ side: ['7'], batch: [256], steps: [80] },
      },
      // Of one seed the shift differs by a fifth of an octave: three leave an interval of half an octave.
      seeds: [1, 2, 3, 4, 5],
    },
  },
  nullCase: {
    label: 'Standard parametrization',
    explanation:
      'Gives every layer the usual initial weights and one learning rate. With Adam a wider layer then changes its output more at the same learning rate, the best one falls as 1/width, and the verdict must fail.',
  },
  panels: [
    {
      id: 'valleys',
      title: 'Loss against learning rate',
      caption:
        'One valley a width: if learning rates transfer, their lowest points lie above one another.',
      x: { label: 'learning rate η', scale: 'log' },
      y: { label: 'loss after training', scale: 'log' },
      draw: 'points',
      colorBy: 'line',
      observe: (run) => {
        const loss = lastLoss(run);
        return run.outcome.kind === 'diverged' || !(loss > 0)
          ? []
          : [{ line: lineOf(run.config), x: [number(run.config, 'learningRate')], y: [loss] }];
      },
      theory: (cells) => {
        const rates = cells.map((c) => number(c, 'learningRate'));
        const untrained = Math.log(CLASSES.length);
        const x = [Math.min(...rates), Math.max(...rates)];
        const y = [untrained, untrained];
        return [{ cell: null, line: 'untrained: ln 10', x, y, guide: true }];
      },
      // Under μP the axis is that of its prediction already: nothing is to be divided out.
      collapse: {
        x: { label: `learning rate × width: η N / ${BASE_WIDTH}`, scale: 'log' },
        y: { label: 'loss after training', scale: 'log' },
        caption:
          'Of the standard parametrization with Adam: times the width, the valleys of all widths lie on one another.',
        source:
          'Yang et al. 2022, arXiv:2203.03466, table 3 and figure 1 (the optimum goes as 1/width)',
        ...{ onto: 'curve', along: ['learningRate'] },
        rescale: (config, trace, options) =>
          options.null && config.optimizer === 'adam'
            ? moved(familyOf(config), trace, (eta, y) => [
                (eta * number(config, 'width')) / BASE_WIDTH,
                y,
              ])
            : null,
      },
    },
    {
      id: 'width',
      title: 'Loss against width',
      caption:
        'Every learning rate at every width: the lowest points are what a width can do, and wider does better.',
      x: { label: 'width N', scale: 'log' },
      y: { label: 'loss after training', scale: 'log' },
      ...{ draw: 'points', colorBy: 'line' },
      observe: (run) =>
        pointOf(`η = ${run.config.learningRate}`, run, number(run.config, 'width'), lastLoss(run)),
      theory: () => [],
    },
    {
      id: 'features',
      title: 'What the hidden layer learns in half the run',
      caption:
        'Coordinate check: under μP the change of a unit is of order one, whatever the width.',
      x: { label: 'width N', scale: 'log' },
      y: { label: 'change of the last hidden layer (RMS)', scale: 'log' },
      draw: 'points',
      colorBy: 'line',
      observe: (run) => {
        const change = changeHalfway(run);
        return change === null || !(change > 0)
          ? []
          : [
              {
                line: `η = ${run.config.learningRate}`,
                x: [number(run.config, 'width')],
                y: [change],
              },
            ];
      },
      theory: (cells) => {
        const widths = cells.map((c) => number(c, 'width'));
        const x = [Math.min(...widths), Math.max(...widths)];
        return [{ cell: null, line: 'order one', x, y: [1, 1], guide: true }];
      },
    },
  ],
  effect: 'loss',
  summaries: {
    loss: { label: 'loss after training', scale: 'log' },
    featureChange: { label: 'change of the last hidden layer (RMS)', scale: 'log' },
  },
  phases: {
    ...{ x: 'learningRate', y: 'width' },
    classes: [
      { id: 'best', label: 'lowest mean loss of its width' },
      { id: 'valley', label: `in its valley: up to ${VALLEY} above in ln loss` },
      { id: 'outside', label: 'outside of the valley' },
    ],
    classify: classesOf,
    boundary: ridgeOf,
  },
  size: LOSS_LAW,
  packSize: 8,
  plan(config, options) {
    const [width, steps] = [number(config, 'width'), number(config, 'steps')];
    const hidden = new Array<number>(number(config, 'depth')).fill(width);
    const pool = POOLS[String(config.side) as keyof typeof POOLS] ?? 1;
    const layers = [(28 / pool) ** 2, ...hidden, CLASSES.length];
    const optimizer: MlpSpec['optimizer'] = config.optimizer === 'descent' ? 'descent' : 'adam';
    const recordEvery = Math.max(1, Math.round(steps / RECORDS));
    return {
      program: {
        ...{ ...MLP, layers, optimizer, activation: 'relu', loss: 'cross-entropy' },
        // Without a falling rate the last loss is mostly the noise of the last steps.
        schedule: 'cosine',
        scales: options.null ? standardScales(layers) : mupScales(layers, BASE_WIDTH, optimizer),
        data: { kind: 'mnist', samples: SAMPLES, classes: CLASSES, pool },
        ...{ probe: PROBE, batch: number(config, 'batch') },
        observe: ['loss', 'featureChange'],
        ...{ steps, recordEvery, checkpointEvery: recordEvery * 5 },
      },
      hyper: {
        ...{ ...HYPER, learningRate: number(config, 'learningRate') },
        momentum: optimizer === 'adam' ? 0.9 : 0,
      },
    };
  },
  summarise(run) {
    const loss = lastLoss(run);
    const whole = run.outcome.kind === 'completed' && loss > 0;
    return { loss: whole ? loss : null, featureChange: whole ? changeHalfway(run) : null };
  },
  analyse(runs, { expected, null: isNull }) {
    const { judged, measured, missing } = measure(runs);
    const statement = isNull ? STATEMENT.replace('μP', 'the standard parametrization') : STATEMENT;
    return {
      fits: {
        ...fitsOf([...judged, ...measured].filter((f) => Number.isFinite(f.value))),
        ...sizeFits(LOSS_LAW, runs),
      },
      verdict: verdictOf({ statement, runs, expected, judged, missing }),
    };
  },
};

/** What features had changed at the first record after the start, half-way; null where there is none. */
function changeHalfway({ series }: RunRecord): number | null {
  const change = series.columns.featureChange?.[1] ?? Number.NaN;
  return Number.isFinite(change) ? change : null;
}
