/**
 * Grokking (Power et al. 2022): a network learns some of the table of addition modulo p by heart, and long
 * after, suddenly, all of it. Gromov's network (2023): two one-hot numbers, one layer of quadratic units, no
 * biases, all training pairs at every step; here by Adam with decoupled decay. It ends near a solution that
 * is known: each unit a wave of one frequency, u_a = cos(2πka/p + φ), v_b = cos(2πkb/p + ψ), and outgoing
 * weights cos(2πkc/p + φ + ψ). So the verdict reads not only that generalizing comes late, but what was
 * learnt: how much of the weights are those waves, and whether the network knows anything without them.
 *
 * A cell is judged where decay is 1 or more and the pairs are at least 3.6 p ln p (to see each of p numbers
 * at all, by chance, takes about p ln p). That bound is measured, not predicted: at p = 23 and 59, seeds 1, 2
 * and 11–16, runs with 3.67 p ln p and more generalized in time, those with 2.9 and less never did. Other
 * cells are shown. The bands: accuracies 99%, share of power 90% and delay 5 as the text has it; without its
 * waves a network may be right a tenth of the way from chance to certainty. On seeds 1, 2 and 11–14 at p = 23
 * they were 1.000, 0.951–0.973, 9–14 and 0.00–0.02.
 */
import { HYPER, MLP } from '../programs/program.ts';
import { fitsOf, type Judged, overSeeds, verdictOf } from './bands.ts';
import { number } from './criteria.ts';
import type { Axis, Config, Panel, RunRecord, RunSummary, Study } from './study.ts';
import { curveOf, distinctBy, pointOf, traceOf, valueAt } from './traces.ts';

/** What counts as knowing the training pairs, and the others. */
const KNOWN = 0.99;
const LEAST_DELAY = 5;
const LEAST_SHARE = 0.9;
const MOST_EXCLUDED = 0.1;
/** Where a cell is judged: pairs over p ln p, and weight decay. */
const [LEAST_PAIRS, LEAST_DECAY] = [3.6, 1];
const RECORDS = 100;
/** Gaussian weights of deviation ½ (2N)^{−1/3}: outputs, sums of N cubes, start at about a tenth. */
const stdOf = (width: number) => 0.5 / Math.cbrt(2 * width);
/** The table of the null, one for all seeds. */
const RANDOM_TABLE = 1;

const STATEMENT =
  'Modular addition is first learnt by heart and much later understood: held-out pairs are right at least five times as late as those trained on, by units that are waves of single frequencies, without which nothing is known.';

const modulusOf = (config: Config) => number(config, 'modulus');
const pairsOf = (config: Config) => Math.round(number(config, 'fraction') * modulusOf(config) ** 2);

const isJudged = (config: Config): boolean => {
  const p = modulusOf(config);
  const enough = pairsOf(config) >= LEAST_PAIRS * p * Math.log(p);
  return enough && number(config, 'weightDecay') >= LEAST_DECAY;
};

/** The step at which a column first reaches a level, on straight lines between records; null if it never does. */
export function firstReach(run: RunRecord, column: string, level: number): number | null {
  const values = run.series.columns[column] ?? new Float32Array();
  const at = values.findIndex((v) => v >= level);
  if (at < 0) return null;
  const [now, before] = [values[at] ?? level, values[at - 1] ?? level];
  const [to, from] = [run.series.steps[at] ?? 0, run.series.steps[at - 1] ?? 0];
  return now > before ? from + ((level - before) / (now - before)) * (to - from) : to;
}

/** Steps until the held-out pairs are known, over those until the training pairs are; null if either never is. */
function delayOf(run: RunRecord): number | null {
  const trained = firstReach(run, 'accuracy', KNOWN);
  const heldOut = firstReach(run, 'testAccuracy', KNOWN);
  return trained === null || heldOut === null || trained === 0 ? null : heldOut / trained;
}

interface Measure {
  readonly summary: string;
  readonly label: string;
  readonly band: Judged['band'];
}

/** The most telling first. */
const MEASURES: readonly Measure[] = [
  {
    summary: 'delay',
    label: 'steps until held-out pairs are known, over those for trained ones',
    band: [LEAST_DELAY, null],
  },
  { summary: 'testAccuracy', label: 'accuracy on held-out pairs', band: [KNOWN, null] },
  {
    summary: 'fourierShare',
    label: 'share of power in a unit’s strongest tenth of frequencies',
    band: [LEAST_SHARE, null],
  },
  {
    summary: 'restrictedAccuracy',
    label: 'accuracy with those frequencies only',
    band: [KNOWN, null],
  },
  {
    summary: 'excludedAbove',
    label: 'accuracy without them, from chance (0) to certainty (1)',
    band: [null, MOST_EXCLUDED],
  },
];

const cellName = ({ modulus, width, fraction, learningRate, weightDecay, steps }: Config) =>
  `p = ${modulus}, N = ${width}, ${Math.round(100 * Number(fraction))}% of pairs, η = ${learningRate}, λ = ${weightDecay}, ${steps} steps`;

function judge(runs: readonly RunSummary[]) {
  const judged: Judged[] = [];
  const reported: Omit<Judged, 'band'>[] = [];
  const missing: string[] = [];
  const notes: string[] = [];
  for (const config of distinctBy(
    runs.map((r) => r.config),
    (c) => [cellName(c)],
  )) {
    const name = cellName(config);
    const own = runs.filter((r) => cellName(r.config) === name);
    for (const { summary, label, band } of MEASURES) {
      const value = overSeeds(own, (r) => r.summary[summary] ?? null);
      if (value === null) continue;
      const number = { label: `${label} (${name})`, ...value };
      if (isJudged(config)) judged.push({ ...number, band });
      else reported.push(number);
    }
    const unknown = own.filter((r) => r.summary.fitted !== 1).length;
    if (!isJudged(config))
      notes.push(`Measured, not judged, with too few pairs or too little decay: ${name}.`);
    else if (unknown > 0)
      missing.push(
        `${unknown} of ${own.length} runs do not know their training pairs yet: the law speaks of what follows (${name}).`,
      );
  }
  return { judged, reported, missing, notes };
}

const STEPS: Axis = { label: 'training step', scale: 'log' };

/** Lines from the first step to the last, of each modulus that there is. */
const levels = (
  cells: readonly Config[],
  lines: (p: number) => Readonly<Record<string, number>>,
) => {
  const end = Math.max(...cells.map((c) => number(c, 'steps')));
  return distinctBy(cells, (c) => [c.modulus]).flatMap((c) =>
    Object.entries(lines(modulusOf(c))).map(([line, y]) => ({
      ...{ cell: null, line, x: [1, end], y: [y, y] },
    })),
  );
};

/** Columns of a run after the start, which has no place on a logarithmic axis. */
const after = (run: RunRecord, columns: Readonly<Record<string, string>>) =>
  Object.entries(columns).flatMap(([column, line]) =>
    curveOf(line, run, (row) => (row === 0 ? Number.NaN : valueAt(run, column, row))),
  );

/** The delay of single runs over a parameter. */
const delayPanel = (name: string, x: Axis, caption: string): Panel => ({
  ...{ id: `delay-${name}`, title: `Delay against ${x.label.split(' of')[0]}`, caption, x },
  y: { label: 'held-out over trained, steps to 99%', scale: 'log' },
  ...{ draw: 'points', colorBy: 'cell' },
  observe: (run) => pointOf('delay', run, number(run.config, name), delayOf(run) ?? Number.NaN),
  theory: (cells) => {
    const values = cells.map((c) => number(c, name));
    const ends = [Math.min(...values) * 0.9, Math.max(...values) * 1.1];
    return traceOf(
      'late enough to count',
      ends.map((v) => [v, LEAST_DELAY] as const),
    ).map((trace) => ({ cell: null, ...trace }));
  },
});

export const grokking: Study = {
  id: 'grokking',
  version: '1.0.0',
  title: 'Grokking',
  pillar: 'Bridge to interpretability',
  statement: STATEMENT,
  about:
    'Show a network a third of an addition table, on a clock of p hours. Soon it knows those sums by heart and no others. Go on, and long after it suddenly knows them all; and one can read in its weights how it does it.',
  student: {
    see: 'Two curves that climb to one: the pairs that were trained on within some dozen steps, the others many times later. Meanwhile the weights of every unit turn into one wave.',
    matters:
      'A network that has stopped erring has not stopped learning, and what it learns can be understood: here it is trigonometry, and taking the waves away takes the knowledge away.',
    wrong:
      'Held-out pairs that are right as soon as the trained ones, or a network that still adds when the waves are taken out of its weights.',
  },
  references: [
    {
      authors: 'Power, Burda, Edwards, Babuschkin & Misra',
      year: 2022,
      title: 'Grokking: generalization beyond overfitting on small algorithmic datasets',
      where: 'arXiv:2201.02177',
    },
    {
      authors: 'Gromov',
      year: 2023,
      title: 'Grokking modular arithmetic',
      where: 'arXiv:2301.02679 (the quadratic network and its exact solution)',
    },
    {
      authors: 'Nanda, Chan, Lieberum, Smith & Steinhardt',
      year: 2023,
      title: 'Progress measures for grokking via mechanistic interpretability',
      where: 'arXiv:2301.05217 (networks with and without their key frequencies)',
    },
    {
      authors: 'Doshi, He, Das & Gromov',
      year: 2024,
      title: 'Grokking modular polynomials',
      where: 'arXiv:2406.03495 (the solution and how near training comes to it)',
    },
  ],
  params: [
    {
      kind: 'number',
      name: 'modulus',
      label: 'modulus',
      symbol: 'p',
      help: 'Hours on the clock; odd, and best a prime. A larger table needs a smaller share of it.',
      integer: true,
      min: 5,
      max: 113,
    },
    {
      kind: 'number',
      name: 'width',
      label: 'width',
      symbol: 'N',
      help: 'Quadratic units. More of them learn by heart more easily, and understand later.',
      integer: true,
      min: 8,
      max: 512,
    },
    {
      kind: 'number',
      name: 'fraction',
      label: 'share of pairs trained on',
      help: 'The seed draws which ones. With too few the rest is never understood; with many it comes at once.',
      integer: false,
      min: 0.05,
      max: 0.95,
    },
    {
      kind: 'number',
      name: 'learningRate',
      label: 'learning rate',
      symbol: 'η',
      help: 'Step size of Adam. Weights decay by ηλ a step, so a larger one shortens the wait.',
      integer: false,
      min: 1e-4,
      max: 0.05,
    },
    {
      kind: 'number',
      name: 'weightDecay',
      label: 'weight decay',
      symbol: 'λ',
      help: 'What makes the small solution win over the one by heart: halve it, and the wait is longer.',
      integer: false,
      min: 0,
      max: 5,
    },
    {
      kind: 'number',
      name: 'steps',
      label: 'training steps',
      symbol: 'T',
      help: 'Updates of each run, on all training pairs each. Too few, and the jump has not come yet.',
      integer: true,
      min: 100,
      max: 100_000,
    },
  ],
  grids: {
    default: {
      params: {
        ...{ modulus: [59], width: [256], fraction: [0.2, 0.3], learningRate: [0.01] },
        ...{ weightDecay: [1], steps: [1200] },
      },
      seeds: [1, 2, 3],
    },
    quick: {
      params: {
        ...{ modulus: [23], width: [64], fraction: [0.5], learningRate: [0.01] },
        ...{ weightDecay: [1], steps: [1000] },
      },
      seeds: [1, 2, 3],
    },
  },
  nullCase: {
    label: 'A random table',
    explanation:
      'Gives every pair a sum drawn by lot, the same for all seeds. That can be learnt by heart just as well, but there is nothing to understand: held-out pairs stay at chance, and the verdict must fail.',
  },
  panels: [
    {
      id: 'accuracy',
      title: 'By heart, then understood',
      caption: 'The pairs that were trained on are right first; the others follow much later.',
      ...{ x: STEPS, y: { label: 'share of pairs', scale: 'linear', include: [0, 1] } },
      ...{ draw: 'curves', colorBy: 'line' },
      observe: (run) => after(run, { accuracy: 'trained on', testAccuracy: 'held out' }),
      theory: (cells) => levels(cells, (p) => ({ certainty: 1, [`chance, p = ${p}`]: 1 / p })),
    },
    {
      id: 'waves',
      title: 'What the units have become',
      caption:
        'Near the exact solution each unit is one wave: with its strongest tenth of frequencies the network knows all, without them nothing.',
      ...{ x: STEPS, y: { label: 'share', scale: 'linear', include: [0, 1] } },
      ...{ draw: 'curves', colorBy: 'line' },
      observe: (run) =>
        after(run, {
          fourierShare: 'share of power in strongest tenth',
          restrictedAccuracy: 'accuracy with it only',
          excludedAccuracy: 'accuracy without it',
        }),
      theory: (cells) =>
        levels(cells, (p) => ({ 'exact solution': 1, [`chance, p = ${p}`]: 1 / p })),
    },
    delayPanel(
      'fraction',
      { label: 'share of pairs trained on', scale: 'linear' },
      'With fewer pairs the wait grows, until it never ends: such runs have no point here.',
    ),
    delayPanel(
      'weightDecay',
      { label: 'weight decay λ', scale: 'linear' },
      'With less decay the wait grows.',
    ),
    {
      id: 'norm',
      title: 'Size of the weights',
      caption: 'Learning by heart makes them large.',
      ...{ x: STEPS, y: { label: '‖w‖', scale: 'linear' } },
      ...{ draw: 'curves', colorBy: 'cell' },
      observe: (run) => after(run, { weightNorm: 'norm' }),
      theory: () => [],
    },
  ],
  effect: 'delay',
  summaries: {
    delay: { label: 'steps to held-out accuracy over steps to training accuracy', scale: 'log' },
    testAccuracy: { label: 'held-out accuracy', scale: 'linear' },
    fourierShare: {
      label: 'share of the norm in the strongest tenth of frequencies',
      scale: 'linear',
    },
    restrictedAccuracy: { label: 'accuracy with those frequencies alone', scale: 'linear' },
    excludedAbove: { label: 'accuracy without them, above chance', scale: 'linear' },
    fitted: { label: 'training pairs known (1: yes)', scale: 'linear' },
  },
  packSize: 2,
  plan(config, options) {
    const [p, width, steps] = [modulusOf(config), number(config, 'width'), number(config, 'steps')];
    const std = stdOf(width);
    const recordEvery = Math.max(1, Math.round(steps / RECORDS));
    return {
      program: {
        ...{ ...MLP, layers: [2 * p, width, p], activation: 'square' },
        scales: [0, 1].map(() => ({ std, rate: 1, bias: null })),
        data: {
          ...{ kind: 'modular', modulus: p, samples: p * p },
          table: options.null ? { random: RANDOM_TABLE } : 'sum',
        },
        train: { count: pairsOf(config), draw: 'run' },
        ...{ optimizer: 'adam', beta2: 0.98 },
        observe: ['loss', 'accuracy', 'testAccuracy', 'weightNorm', 'fourier'],
        ...{ steps, recordEvery, checkpointEvery: 5 * recordEvery },
      },
      hyper: {
        ...{ ...HYPER, learningRate: number(config, 'learningRate'), momentum: 0.9 },
        weightDecay: number(config, 'weightDecay'),
      },
    };
  },
  summarise(run) {
    const done = run.outcome.kind === 'completed';
    const chance = 1 / modulusOf(run.config);
    const last = (column: string) => {
      const value = valueAt(run, column);
      return done && Number.isFinite(value) ? value : null;
    };
    const excluded = last('excludedAccuracy');
    return {
      fitted: Number(done && valueAt(run, 'accuracy') >= KNOWN),
      delay: done ? delayOf(run) : null,
      testAccuracy: last('testAccuracy'),
      fourierShare: last('fourierShare'),
      restrictedAccuracy: last('restrictedAccuracy'),
      excludedAbove: excluded === null ? null : (excluded - chance) / (1 - chance),
    };
  },
  analyse(runs, { expected, null: isNull }) {
    const completed = runs.filter((r) => r.outcome.kind === 'completed');
    const { judged, reported, missing, notes } = judge(completed);
    const statement = isNull ? `${STATEMENT} Even of a random table.` : STATEMENT;
    return {
      fits: fitsOf([...judged, ...reported]),
      verdict: verdictOf({ statement, runs, expected, judged, missing, notes }),
    };
  },
};
