/**
 * Edge of stability: under full-batch gradient descent the sharpness (largest Hessian eigenvalue)
 * rises until it reaches the stability threshold of a quadratic, 2(1 + β)/η with heavy-ball
 * momentum β, and then hovers there, while the loss goes on falling, not monotonically. Setting
 * after Cohen et al. 2021: a tanh network on a Chebyshev polynomial, mean square loss.
 *
 * The verdict reads one number a run: the median over the last third of training of
 * sharpness · η / 2(1 + β). A cell takes part if it came to the edge; a cell still climbing says
 * nothing against the law, so it is listed and not judged. Where no cell is even on its way, the
 * law is not seen at all, and the verdict fails: that is the null, a step so small that training
 * follows the gradient flow.
 */
import { bootstrap, type Interval, mean, median } from '../analysis/stats.ts';
import { HYPER, MLP } from '../programs/program.ts';
import { standardScales } from '../programs/scales.ts';
import type { Config, Fit, PlanOptions, RunRecord, RunSummary, Study, Verdict } from './study.ts';

/**
 * At the edge training is chaotic: what differs in the last bit differs by 1e-4 of the way after 12
 * steps, by 0.01 after 24, and by 0.2 after 48 (float32, width 32). Replays must be shorter than that.
 */
const CHECKPOINT_EVERY = 16;
/** Rows of a run: at twice as many, sharpness costs a third to a half of the training itself. */
const RECORDS = 50;
/** The band for the mean of a cell, whole interval. */
const BAND = [0.95, 1.1] as const;
/** A run has been at the edge if its ratio ever came this near. */
const REACHED = 0.95;
/** A cell whose ratio, growing on as it did, would stay below this is not on its way to the edge. */
const FAR_BELOW = 0.5;
/** The null divides the learning rate by this: steps so small that descent follows the flow. */
const NULL_DIVISOR = 50;

const number = (config: Config, name: string) => Number(config[name]);

function threshold(config: Config, options: PlanOptions): number {
  return (2 * (1 + number(config, 'momentum'))) / effectiveRate(config, options);
}

function effectiveRate(config: Config, options: PlanOptions): number {
  return number(config, 'learningRate') / (options.null ? NULL_DIVISOR : 1);
}

function statement(options: PlanOptions): string {
  const rule = 'late in training, sharpness · η / 2(1 + β) stays within 0.95 and 1.1';
  return options.null
    ? `${capital(rule)}, even with a step ${NULL_DIVISOR} times smaller.`
    : `${capital(rule)}.`;
}

const capital = (s: string) => s.charAt(0).toUpperCase() + s.slice(1);

/** Sharpness over its threshold, at every record where it is a number. */
function ratios(
  run: RunRecord,
  options: PlanOptions,
): { readonly step: number; readonly ratio: number }[] {
  const edge = threshold(run.config, options);
  const sharpness = run.series.columns.sharpness ?? new Float32Array();
  return [...run.series.steps]
    .map((step, i) => ({ step, ratio: (sharpness[i] ?? Number.NaN) / edge }))
    .filter(({ ratio }) => Number.isFinite(ratio));
}

interface Cell {
  readonly config: Config;
  readonly late: readonly number[];
  /** Late ratios if each run kept the growth of its last third for another training as long. */
  readonly ahead: readonly number[];
  readonly reached: boolean;
  readonly value: number;
  readonly interval: Interval | null;
}

function cellsWithRuns(runs: readonly RunSummary[]): Cell[] {
  const groups = new Map<string, RunSummary[]>();
  for (const run of runs) {
    const key = JSON.stringify(run.config);
    groups.set(key, [...(groups.get(key) ?? []), run]);
  }
  return [...groups.values()].flatMap((group) => {
    const whole = group.filter((r) => r.outcome.kind === 'completed');
    const pick = (name: string) => whole.map((r) => r.summary[name]).filter((v) => v != null);
    const [late, ahead, peaks] = [pick('ratio'), pick('ahead'), pick('peak')];
    const first = whole[0];
    if (first === undefined || late.length === 0) return [];
    return {
      config: first.config,
      late,
      ahead,
      reached: mean(peaks.map((p) => (p >= REACHED ? 1 : 0))) >= 0.5,
      value: mean(late),
      interval: bootstrap(late, mean),
    };
  });
}

function judge(
  runs: readonly RunSummary[],
  cells: readonly Cell[],
  expected: number,
  options: PlanOptions,
): Verdict {
  const reached = cells.filter((c) => c.reached);
  const diverged = runs.filter((r) => r.outcome.kind === 'diverged').length;
  const allIn = runs.length >= expected;
  const used = (reached.length > 0 ? reached : cells).flatMap((c) => c.late);
  const intervals = (reached.length > 0 ? reached : cells).flatMap((c) => c.interval ?? []);
  const base = {
    statement: statement(options),
    value: used.length > 0 ? mean(used) : null,
    interval:
      intervals.length > 0 ? ([Math.min(...intervals), Math.max(...intervals)] as const) : null,
    threshold: BAND,
    runs: used.length,
  };
  const say = (state: Verdict['state'], because: string): Verdict => {
    const lost =
      diverged > 0 ? ` ${diverged} of ${runs.length} runs diverged and are not judged.` : '';
    return { ...base, state, because: because + lost };
  };
  if (used.length === 0) {
    return say(
      'undecided',
      diverged > 0 ? 'No run has survived its step size.' : 'No run is in yet.',
    );
  }
  if (reached.length === 0) {
    const value = mean(used).toFixed(3);
    const ahead = Math.max(...cells.flatMap((c) => c.ahead));
    if (allIn && ahead < FAR_BELOW) {
      return say(
        'fails',
        `Sharpness stays at ${value} of the threshold: no learning rate comes near the edge.`,
      );
    }
    return say(
      'undecided',
      allIn
        ? `Sharpness has climbed to ${value} of the threshold and is still rising: train longer.`
        : `No learning rate has come to the edge yet; sharpness is at ${value} of the threshold.`,
    );
  }
  const outside = reached.filter(
    ({ interval }) => interval !== null && (interval[1] < BAND[0] || interval[0] > BAND[1]),
  );
  const names = (list: readonly Cell[]) =>
    list.map((c) => `η = ${c.config.learningRate}`).join(', ');
  if (outside.length > 0) {
    return say('fails', `Came to the edge and did not stay in the band: ${names(outside)}.`);
  }
  const single = reached.filter((c) => c.interval === null);
  if (single.length > 0) {
    return say(
      'undecided',
      `At least two seeds a cell are needed for an interval: ${names(single)}.`,
    );
  }
  const wide = reached.filter(
    ({ interval: i }) => i !== null && (i[0] < BAND[0] || i[1] > BAND[1]),
  );
  if (wide.length > 0) {
    return say(
      'undecided',
      `The interval reaches out of the band: ${names(wide)}. More seeds will tell.`,
    );
  }
  if (!allIn)
    return say(
      'undecided',
      `So far all is in the band; ${runs.length} of ${expected} runs are in.`,
    );
  const below = cells.filter((c) => !c.reached);
  const rest = below.length > 0 ? ` Not yet at the edge, not judged: ${names(below)}.` : '';
  return say(
    'holds',
    `At every learning rate that reached the edge (${names(reached)}) sharpness hovers at it.${rest}`,
  );
}

export const edgeOfStability: Study = {
  id: 'edge-of-stability',
  version: '1.1.0',
  title: 'Edge of stability',
  pillar: 'Simple laws',
  statement: statement({ null: false }),
  about:
    'Train with full-batch gradient descent and watch the curvature: it rises until the step size is only just stable, and then stays there. Classical theory says training should blow up at that point. It does not.',
  student: {
    see: 'Sharpness climbs, then hovers at 2/η: the larger the step, the lower the ceiling.',
    matters:
      'The step size, not the loss alone, decides how curved a solution training settles in; the usual proofs of convergence assume a curvature that training does not respect.',
    wrong:
      'Sharpness that settles well below or above 2/η for step sizes large enough to reach it.',
  },
  references: [
    {
      authors: 'Cohen, Kaur, Li, Kolter & Talwalkar',
      year: 2021,
      title: 'Gradient descent on neural networks typically occurs at the edge of stability',
      where: 'arXiv:2103.00065, §2 and §3 (threshold 2/η; momentum in appendix B)',
    },
    {
      authors: 'Damian, Nichani & Lee',
      year: 2022,
      title: 'Self-stabilization: the implicit bias of gradient descent at the edge of stability',
      where: 'arXiv:2209.15594',
    },
  ],
  published: {
    value: 'sharpness hovers just above 2/η',
    source: 'Cohen et al. 2021, abstract',
  },
  params: [
    {
      kind: 'number',
      name: 'learningRate',
      label: 'learning rate',
      symbol: 'η',
      help: 'Step size of gradient descent. The edge is at 2/η, so a smaller step takes longer to get there.',
      integer: false,
      min: 1e-4,
      max: 10,
    },
    {
      kind: 'number',
      name: 'momentum',
      label: 'momentum',
      symbol: 'β',
      help: 'Heavy-ball momentum; 0 is plain gradient descent. The edge moves to 2(1 + β)/η.',
      integer: false,
      min: 0,
      max: 0.99,
    },
    {
      kind: 'number',
      name: 'width',
      label: 'width',
      symbol: 'N',
      help: 'Units in each of the two hidden tanh layers.',
      integer: true,
      min: 4,
      max: 256,
    },
    {
      kind: 'number',
      name: 'steps',
      label: 'training steps',
      symbol: 'T',
      help: 'Updates of each run. The last third is what the verdict reads.',
      integer: true,
      min: 30,
      max: 20_000,
    },
  ],
  grids: {
    default: {
      params: { learningRate: [0.05, 0.1, 0.2], momentum: [0], width: [100], steps: [4000] },
      seeds: [1, 2, 3, 4],
    },
    quick: {
      params: { learningRate: [0.2, 0.3], momentum: [0], width: [32], steps: [1200] },
      seeds: [1, 2, 3],
    },
  },
  nullCase: {
    label: 'Gradient-flow step',
    explanation: `Divides every learning rate by ${NULL_DIVISOR}. Training then follows the gradient flow: sharpness goes where the loss takes it, far below 2/η, and the verdict must fail.`,
  },
  panels: [
    {
      id: 'ratio',
      title: 'Sharpness over its threshold',
      caption: 'Every run climbs to 1 and hovers there, whatever its learning rate.',
      x: { label: 'training step', scale: 'linear' },
      y: { label: 'sharpness · η / 2(1 + β)', scale: 'linear', include: [0, 1.2] },
      draw: 'curves',
      colorBy: 'cell',
      observe: (run, options) => {
        const points = ratios(run, options);
        return points.length === 0
          ? []
          : [{ line: 'ratio', x: points.map((p) => p.step), y: points.map((p) => p.ratio) }];
      },
      theory: (cells) => {
        const last = Math.max(1, ...cells.map((c) => number(c, 'steps')));
        return [{ cell: null, line: 'threshold', x: [0, last], y: [1, 1] }];
      },
    },
    {
      id: 'edge',
      title: 'Where sharpness settles',
      caption:
        'Late sharpness against learning rate: theory is the line 2(1 + β)/η, drawn before any run.',
      x: { label: 'learning rate η', scale: 'log' },
      y: { label: 'sharpness, last third of training', scale: 'log' },
      draw: 'points',
      colorBy: 'cell',
      observe: (run, options) => {
        const late = lateSharpness(run);
        const rate = effectiveRate(run.config, options);
        return late === null || late <= 0 ? [] : [{ line: 'late', x: [rate], y: [late] }];
      },
      theory: (cells, options) => {
        const rates = cells.map((c) => effectiveRate(c, options));
        const [low, high] = [Math.min(...rates) / 2, Math.max(...rates) * 2];
        const x = Array.from({ length: 33 }, (_, i) => low * (high / low) ** (i / 32));
        return [...new Set(cells.map((c) => number(c, 'momentum')))].map((beta) => ({
          cell: null,
          line: beta === 0 ? '2/η' : `2(1 + β)/η, β = ${beta}`,
          x,
          y: x.map((rate) => (2 * (1 + beta)) / rate),
        }));
      },
    },
    {
      id: 'loss',
      title: 'Loss',
      caption: 'At the edge the loss is not monotone, and still falls.',
      x: { label: 'training step', scale: 'linear' },
      y: { label: 'loss', scale: 'log' },
      draw: 'curves',
      colorBy: 'cell',
      observe: (run) => {
        const loss = run.series.columns.loss ?? new Float32Array();
        const points = [...run.series.steps]
          .map((x, i) => ({ x, y: loss[i] ?? Number.NaN }))
          .filter(({ y }) => Number.isFinite(y) && y > 0);
        return points.length === 0
          ? []
          : [{ line: 'loss', x: points.map((p) => p.x), y: points.map((p) => p.y) }];
      },
      theory: () => [],
    },
  ],
  effect: 'ratio',
  packSize: 8,
  plan(config, options) {
    const [width, steps] = [number(config, 'width'), number(config, 'steps')];
    const recordEvery = Math.max(1, Math.round(steps / RECORDS));
    const layers = [1, width, width, 1];
    return {
      program: {
        ...{ ...MLP, layers, scales: standardScales(layers) },
        data: { kind: 'chebyshev', degree: 4, samples: 20 },
        observe: ['loss', 'sharpness'],
        steps,
        recordEvery,
        checkpointEvery: CHECKPOINT_EVERY,
      },
      hyper: {
        ...{ ...HYPER, learningRate: effectiveRate(config, options) },
        momentum: number(config, 'momentum'),
      },
    };
  },
  summarise(run, options) {
    const edge = threshold(run.config, options);
    const late = lateSharpness(run);
    const all = ratios(run, options).map((p) => p.ratio);
    if (late === null || run.outcome.kind === 'diverged') {
      return { ratio: null, ahead: null, peak: null, sharpness: null };
    }
    const third = Math.floor(all.length / 3);
    const [before, after] = [median(all.slice(third, 2 * third)), median(all.slice(-third))];
    const growth = Math.max(0, after - before);
    return {
      ratio: late / edge,
      ahead: after + 3 * growth,
      peak: Math.max(...all),
      sharpness: late,
    };
  },
  analyse(runs, { expected, null: isNull }) {
    const fits: Record<string, Fit> = {};
    const cells = cellsWithRuns(runs);
    for (const cell of cells) {
      const { learningRate, momentum, width, steps } = cell.config;
      fits[`ratio(η=${learningRate}, β=${momentum}, N=${width}, T=${steps})`] = {
        label: `sharpness · η / 2(1 + β) at η = ${learningRate}${cell.reached ? '' : ' (not at the edge)'}`,
        value: cell.value,
        interval: cell.interval,
        runs: cell.late.length,
      };
    }
    return { fits, verdict: judge(runs, cells, expected, { null: isNull }) };
  },
};

/** Median sharpness over the last third of the records; null if there is none. */
function lateSharpness(run: RunRecord): number | null {
  const sharpness = [...(run.series.columns.sharpness ?? [])];
  const late = sharpness.slice(Math.floor((sharpness.length * 2) / 3));
  const value = median(late);
  return run.outcome.kind === 'completed' && Number.isFinite(value) ? value : null;
}
