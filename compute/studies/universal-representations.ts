/**
 * Universal representations: networks that see different things of the same world come to order it alike, the
 * more so the better they are. Huh, Cheung, Wang & Isola 2024 find it between vision and language models; here
 * the two modalities are the left and the right halves of handwritten digits, and the networks small ones of
 * several widths and lengths of training, which share no pixel and no random number.
 *
 * Two stages: networks are trained on either half; then each left one is compared with each right one of the
 * same seed and length of training, by the states that their volunteers committed (`comparison.ts`).
 *
 * What is judged is the excess: mutual nearest neighbours of the trained pair less those of the same pair as
 * drawn. Untrained networks of random weights are aligned already, because the halves are, and the more so the
 * wider they are (0.04 to 0.18 from 8 to 64 units on seeds 101–103), which is nothing that they learnt. The
 * probe is one and the same for all pairs, as the number falls with its size.
 *
 * The verdict asks whether the excess rises with what the pair can do, its mean share of held-out digits that
 * are classified rightly, by rank correlation over all pairs. Pairs that share a network are not independent;
 * so its chance is worked out by dealing the performances out anew among networks, not among pairs (Mantel
 * 1967). On seeds 101–103 of the default grid the correlation was 0.93; of pairs of one width 0.94 to 0.97; and
 * of what is left when partners of the same class are exchanged 0.88: more than the classes is shared.
 *
 * What is not shown: that it would be so of networks trained for different ends (both learn the same ten
 * classes), or of much larger ones. Past the best held-out loss the excess falls again (8192 digits learnt by
 * heart): the grid ends before that.
 */
import { type PairShown, pairCorrelation, permutationTest } from '../analysis/mantel.ts';
import { bootstrap, mean, tInterval } from '../analysis/stats.ts';
import { COMPARING, HYPER, MLP, type MlpSpec } from '../programs/program.ts';
import { analysisOf, type Criterion, number } from './criteria.ts';
import { stageOf } from './stages.ts';
import type { Config, Fit, RunRecord, RunSummary, Stage, Study } from './study.ts';

const ID = 'universal-representations';
/** No network of that side: the value of a width that no network has. */
const NONE = 0;
const PROBE = 512;
const NEIGHBOURS = 10;
const CHANCE = NEIGHBOURS / (PROBE - 1);
/** Digits that are trained on. */
const TRAINED = 8192;
const CLASSES = Array.from({ length: 10 }, (_, c) => c);
/** Of a half: 14 rows of 7 means of 2 × 2 pixels. */
const INPUTS = 98;
const BATCH = 64;
const MOMENTUM = 0.9;
const RECORDS = 10;
/** Of fewer pairs even perfect order is not rare enough. */
const LEAST_PAIRS = 12;
/** Enough to tell a hundredth from less with room: none of so many leaves at most 0.006 (Wilson). */
const PERMUTATIONS = 999;
/** The chance that the verdict allows. */
const RARE = 0.01;

const STATEMENT =
  'The better two networks classify, the more alike they order what they see, beyond what they shared untrained, though one sees left halves of digits and the other right ones.';

/** A network of two hidden layers on one side of the digits (He et al. 2015: a ReLU halves the square). */
function network(half: 'left' | 'right', width: number, updates: number): MlpSpec {
  const layers = [INPUTS, width, width, CLASSES.length];
  const recordEvery = Math.max(1, Math.round(updates / RECORDS));
  return {
    ...{ ...MLP, layers, activation: 'relu', batch: BATCH, loss: 'cross-entropy' },
    scales: layers.slice(1).map((_, l) => {
      const gain = l === layers.length - 2 ? 1 : 2;
      const std = Math.sqrt(gain / (layers[l] ?? 1));
      return { std, rate: 1, bias: { std: 0, rate: 1 } };
    }),
    data: { kind: 'mnist', samples: TRAINED + PROBE, pool: 2, classes: CLASSES, half },
    train: { count: TRAINED, draw: 'first' },
    probe: PROBE,
    draw: half === 'left' ? 0 : 1,
    observe: ['loss', 'testLoss', 'testAccuracy'],
    ...{ steps: updates, recordEvery, checkpointEvery: recordEvery },
  };
}

const leftOf = (config: Config) =>
  network('left', number(config, 'left'), number(config, 'updates'));
const rightOf = (config: Config) =>
  network('right', number(config, 'right'), number(config, 'updates'));

const STAGES: readonly Stage[] = [
  { id: 'left', label: 'networks on left halves', after: [], fixed: { right: NONE } },
  { id: 'right', label: 'networks on right halves', after: [], fixed: { left: NONE } },
  {
    id: 'compare',
    label: 'pairs of a left and a right network',
    after: ['left', 'right'],
    fixed: {},
    inputs: (config, seed) => [
      { config: { ...config, right: NONE }, seed },
      { config: { ...config, left: NONE }, seed },
    ],
  },
];

const isPair = (config: Config) => stageOf({ id: ID, stages: STAGES }, config).id === 'compare';

const columnAt = ({ series }: RunRecord, name: string, row: number): number =>
  series.columns[name]?.at(row) ?? Number.NaN;

/** What training made of one column of a comparison. */
const gained = (run: RunRecord, name: string) => columnAt(run, name, -1) - columnAt(run, name, 0);

interface Pair extends PairShown {
  readonly run: RunSummary;
}

/** Pairs with this summary, the networks of each side by their names, and what each can do. */
function pairsBy(runs: readonly RunSummary[], summary: string) {
  const [left, right] = [new Map<string, number>(), new Map<string, number>()];
  const pairs = runs.flatMap((run): Pair[] => {
    const { config, seed } = run;
    const { accuracy1 = null, accuracy2 = null, [summary]: shown = null } = run.summary;
    if (shown === null || accuracy1 === null || accuracy2 === null) return [];
    const first = `${config.left} ${config.updates} ${config.learningRate} ${seed}`;
    const second = `${config.right} ${config.updates} ${config.learningRate} ${seed}`;
    left.set(first, accuracy1);
    right.set(second, accuracy2);
    return [{ first, second, shown, run }];
  });
  return { pairs, left, right };
}

/** Rank correlation of a summary with performance over these pairs, its interval over seeds. */
function correlated(runs: readonly RunSummary[], summary: string) {
  const all = pairsBy(runs, summary);
  const of = (pairs: readonly Pair[]) => pairCorrelation(pairs, all.left, all.right);
  const seeds = [...new Set(all.pairs.map((p) => p.run.seed))].map((seed) =>
    all.pairs.filter((p) => p.run.seed === seed),
  );
  const value = of(all.pairs);
  const found = Number.isFinite(value);
  return {
    ...all,
    value: found ? value : null,
    interval: found ? bootstrap(seeds, (sample) => of(sample.flat())) : null,
  };
}

/** The mean over pairs of one width of the correlation within them: there the width explains nothing. */
function withinWidths(runs: readonly RunSummary[]): number[] {
  const widths = new Set(runs.map(({ config }) => `${config.left} ${config.right}`));
  return [...widths]
    .map((width) => {
      const own = runs.filter(({ config }) => `${config.left} ${config.right}` === width);
      const { pairs, left, right } = pairsBy(own, 'excess');
      return pairCorrelation(pairs, left, right);
    })
    .filter(Number.isFinite);
}

function criteriaOf(runs: readonly RunSummary[]): {
  readonly criteria: readonly Criterion[];
  readonly fits: Readonly<Record<string, Fit>>;
} {
  const judged = correlated(runs, 'excess');
  const count = judged.pairs.length;
  const enough = judged.value !== null && count >= LEAST_PAIRS;
  const missing = `At least ${LEAST_PAIRS} pairs are needed that differ in what they can do; ${count} are in.`;
  const test = enough
    ? permutationTest(judged.pairs, judged.left, judged.right, PERMUTATIONS)
    : null;
  const criteria: Criterion[] = [
    {
      ...{ key: 'correlation', label: 'The rank correlation of excess alignment and performance' },
      ...{ value: judged.value, interval: judged.interval, runs: count, missing },
      band: [0, null],
    },
    {
      ...{ key: 'chance', label: 'The chance of so much by dealing performances out anew' },
      ...{ value: test?.p ?? null, interval: test?.interval ?? null, runs: count, missing },
      band: [null, RARE],
    },
  ];
  const fits: Record<string, Fit> = {};
  const report = (key: string, label: string, summary: string) => {
    const { value, interval, pairs } = correlated(runs, summary);
    if (value !== null) fits[key] = { label, value, interval, runs: pairs.length };
  };
  report('beyondClass', 'The same of what knowing the class does not make', 'beyondClass');
  report('cka', 'The same of CKA, trained less untrained', 'ckaExcess');
  report('untrained', 'The same of untrained alignment: what widths alone make', 'untrained');
  const within = withinWidths(runs);
  if (within.length > 0)
    fits.within = {
      ...{ label: 'The same within pairs of one width, mean', value: mean(within) },
      ...{ interval: tInterval(within), runs: count },
    };
  return { criteria, fits };
}

const point = (line: string, x: number, y: number) =>
  Number.isFinite(x) && Number.isFinite(y) ? [{ line, x: [x], y: [y] }] : [];

/** Of a pair that ended: its mean share of the probe that is classified rightly. */
const performanceOf = (run: RunRecord) =>
  (columnAt(run, 'accuracy1', -1) + columnAt(run, 'accuracy2', -1)) / 2;

const ended = (run: RunRecord) => run.outcome.kind === 'completed' && isPair(run.config);

export const universalRepresentations: Study = {
  id: ID,
  version: '1.0.0',
  title: 'Universal representations',
  pillar: 'Universality',
  statement: STATEMENT,
  about:
    'Two networks never see the same pixel: one is shown left halves of digits, the other right halves. Yet what the one finds similar the other finds similar too, more and more as both learn. Networks are trained first; then volunteers compare them, pair by pair.',
  student: {
    see: 'Pairs that climb: the more digits two networks recognise, the more nearest neighbours they have in common, beyond those that they had in common before they learnt anything.',
    matters:
      'If good networks agree on what is like what, whatever they look at, then there is something to agree on, and one network’s features can be read in another’s terms.',
    wrong:
      'Excess alignment that stays where it was as networks become better, or that is as large when the halves are of different digits.',
  },
  references: [
    {
      authors: 'Huh, Cheung, Wang & Isola',
      year: 2024,
      title: 'The Platonic representation hypothesis',
      where:
        'arXiv:2405.07987, §2 (alignment grows with competence) and appendix A (mutual k-nearest neighbours)',
    },
    {
      authors: 'Kornblith, Norouzi, Lee & Hinton',
      year: 2019,
      title: 'Similarity of neural network representations revisited',
      where: 'arXiv:1905.00414, §3 (linear CKA)',
    },
    {
      authors: 'Mantel',
      year: 1967,
      title: 'The detection of disease clustering and a generalized regression approach',
      where: 'Cancer Research 27, 209–220 (permuting members, not pairs)',
    },
  ],
  params: [
    {
      kind: 'number',
      name: 'left',
      label: 'left width',
      symbol: 'N₁',
      help: 'Units in each of the two hidden layers of networks that see left halves. Each is trained once, and compared with every right one.',
      integer: true,
      min: 2,
      max: 256,
    },
    {
      kind: 'number',
      name: 'right',
      label: 'right width',
      symbol: 'N₂',
      help: 'The same of networks that see right halves.',
      integer: true,
      min: 2,
      max: 256,
    },
    {
      kind: 'number',
      name: 'updates',
      label: 'training steps',
      symbol: 'T',
      help: 'Updates of both networks of a pair. More make them better, up to some thousands; then they learn by heart, and the excess falls.',
      integer: true,
      min: 1,
      max: 20_000,
    },
    {
      kind: 'number',
      name: 'learningRate',
      label: 'learning rate',
      symbol: 'η',
      help: 'Step size of all networks, under momentum 0.9. At several times 0.02 they soon learn by heart, and the excess falls.',
      integer: false,
      min: 1e-4,
      max: 1,
    },
  ],
  grids: {
    default: {
      params: {
        left: [8, 16, 32, 64],
        right: [8, 16, 32, 64],
        updates: [10, 30, 100, 300, 1000],
        learningRate: [0.02],
      },
      seeds: [1, 2, 3, 4],
    },
    quick: {
      params: { left: [8, 32], right: [8, 32], updates: [10, 50, 250], learningRate: [0.02] },
      seeds: [1, 2, 3],
    },
  },
  nullCase: {
    label: 'Halves of different digits',
    explanation:
      'The networks are the same, and as good. But the right one is shown the right half of some other digit, drawn at random: what the two have in common is then chance, trained or not, and has nothing to do with how good they are.',
  },
  panels: [
    {
      id: 'performance',
      title: 'Excess alignment against performance',
      caption: 'Every point is a pair. Above zero, training made the two more alike.',
      x: { label: 'held-out digits classified rightly, mean of the pair', scale: 'linear' },
      y: { label: 'shared neighbours, trained less untrained', scale: 'linear', include: [0] },
      draw: 'points',
      colorBy: 'line',
      observe: (run) =>
        ended(run)
          ? point(
              `${number(run.config, 'updates')} steps`,
              performanceOf(run),
              gained(run, 'alignment'),
            )
          : [],
      theory: () => [{ cell: null, line: 'nothing gained', x: [0, 1], y: [0, 0], guide: true }],
    },
    {
      id: 'training',
      title: 'Alignment over training',
      caption:
        'Trained pairs leave what untrained ones share; where partners are exchanged within their class, less is shared; chance is far below.',
      x: { label: 'training steps', scale: 'log' },
      y: { label: 'share of neighbours in common', scale: 'linear', include: [0] },
      draw: 'points',
      colorBy: 'line',
      observe: (run) => {
        if (!ended(run)) return [];
        const x = number(run.config, 'updates');
        return [
          ...point('trained', x, columnAt(run, 'alignment', -1)),
          ...point('untrained', x, columnAt(run, 'alignment', 0)),
          ...point(
            'trained, partners of one class exchanged',
            x,
            columnAt(run, 'classAlignment', -1),
          ),
        ];
      },
      theory: (cells) => {
        const updates = cells.map((c) => number(c, 'updates'));
        const ends = [Math.min(...updates), Math.max(...updates)];
        return [
          {
            cell: null,
            line: `chance, k/(n − 1) = ${CHANCE.toFixed(3)}`,
            x: ends,
            y: [CHANCE, CHANCE],
          },
        ];
      },
    },
    {
      id: 'width',
      title: 'Alignment over width',
      caption:
        'Untrained networks share more the wider they are: that is why the difference is judged, not the height.',
      x: { label: 'width, geometric mean of the pair', scale: 'log' },
      y: { label: 'share of neighbours in common', scale: 'linear', include: [0] },
      draw: 'points',
      colorBy: 'line',
      observe: (run) => {
        if (!ended(run)) return [];
        const x = Math.sqrt(number(run.config, 'left') * number(run.config, 'right'));
        return [
          ...point('trained', x, columnAt(run, 'alignment', -1)),
          ...point('untrained', x, columnAt(run, 'alignment', 0)),
        ];
      },
      theory: (cells) => {
        const widths = cells
          .flatMap((c) => [number(c, 'left'), number(c, 'right')])
          .filter((w) => w > 0);
        const ends = [Math.min(...widths), Math.max(...widths)];
        return [{ cell: null, line: 'chance', x: ends, y: [CHANCE, CHANCE] }];
      },
    },
    {
      id: 'accuracy',
      title: 'What single networks learn',
      caption: 'Held-out digits that each network classifies rightly, from half of them.',
      x: { label: 'training step', scale: 'linear' },
      y: { label: 'share of held-out digits', scale: 'linear', include: [0, 1] },
      draw: 'curves',
      colorBy: 'cell',
      observe: (run) => {
        if (isPair(run.config)) return [];
        const line = number(run.config, 'right') === NONE ? 'left half' : 'right half';
        return [
          { line, x: [...run.series.steps], y: [...(run.series.columns.testAccuracy ?? [])] },
        ];
      },
      theory: (cells) => {
        const last = Math.max(...cells.map((c) => number(c, 'updates')));
        return [{ cell: null, line: 'guessing', x: [0, last], y: [0.1, 0.1], guide: true }];
      },
    },
  ],
  effect: 'excess',
  summaries: {
    excess: { label: 'shared neighbours, trained less untrained', scale: 'linear' },
    performance: { label: 'held-out digits classified rightly, mean of the pair', scale: 'linear' },
    alignment: { label: 'shared neighbours, trained', scale: 'linear' },
    untrained: { label: 'shared neighbours, untrained', scale: 'linear' },
    beyondClass: { label: 'excess beyond the class', scale: 'linear' },
    ckaExcess: { label: 'CKA, trained less untrained', scale: 'linear' },
    accuracy1: { label: 'held-out accuracy of the left network', scale: 'linear' },
    accuracy2: { label: 'held-out accuracy of the right network', scale: 'linear' },
  },
  stages: STAGES,
  packSize: 16,
  plan(config, options) {
    const hyper = { ...HYPER, learningRate: number(config, 'learningRate'), momentum: MOMENTUM };
    if (number(config, 'right') === NONE) return { program: leftOf(config), hyper };
    if (number(config, 'left') === NONE) return { program: rightOf(config), hyper };
    return {
      program: {
        ...{ ...COMPARING, of: [leftOf(config), rightOf(config)], neighbours: NEIGHBOURS },
        probe: { from: TRAINED, count: PROBE },
        pairing: options.null ? 'shuffled' : 'same',
      },
      hyper: HYPER,
    };
  },
  summarise(run) {
    if (run.outcome.kind !== 'completed') return {};
    if (!isPair(run.config)) {
      const accuracy = columnAt(run, 'testAccuracy', -1);
      return number(run.config, 'right') === NONE
        ? { accuracy1: accuracy }
        : { accuracy2: accuracy };
    }
    return {
      ...{ excess: gained(run, 'alignment'), performance: performanceOf(run) },
      ...{ alignment: columnAt(run, 'alignment', -1), untrained: columnAt(run, 'alignment', 0) },
      beyondClass: gained(run, 'alignment') - gained(run, 'classAlignment'),
      ckaExcess: gained(run, 'cka'),
      ...{ accuracy1: columnAt(run, 'accuracy1', -1), accuracy2: columnAt(run, 'accuracy2', -1) },
    };
  },
  analyse(runs, { expected, null: isNull }) {
    const { criteria, fits } = criteriaOf(runs.filter(({ config }) => isPair(config)));
    const statement = isNull
      ? `${STATEMENT} Even if they see halves of different digits.`
      : STATEMENT;
    return analysisOf(statement, criteria, runs, expected, fits);
  },
};
