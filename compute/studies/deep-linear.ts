/**
 * Deep linear networks learn the singular modes of their target one by one, the largest first, each
 * on its own sigmoid (Saxe, McClelland & Ganguli 2013). From a small balanced start, the strength a
 * of a mode with singular value s in a network of N layers follows da/dt = N a^(2−2/N) (s − a).
 *
 * The verdict reads, for an aligned start: the largest distance from the exact solution over all
 * modes and times, in units of the step's own error η N s^(2−2/N) (gradient descent follows the flow
 * to first order in η); and for every start: that modes reach half their strength in the order of
 * s, and that half-time falls as 1/s once the slow logarithm of the theory is divided out. From a
 * large start (the null) nothing waits for anything, and the verdict fails.
 */
import { bootstrap, type Interval, logLogSlope, mean } from '../analysis/stats.ts';
import { HYPER, type LinearSpec } from '../programs/program.ts';
import type { Config, Fit, PlanOptions, RunRecord, RunSummary, Study, Verdict } from './study.ts';

/** Singular values of the target's modes. */
export const MODES = [4, 3, 2, 1] as const;
/** Allowed distance from the flow, in units of η N s^(2−2/N). For two layers: 1.5 η s of s. */
const ERROR_BOUND = 0.75;
/** Half-time must fall as 1/s: the band of the exponent. */
const SLOPE_BAND = [-1.1, -0.9] as const;
/** A step is flow-sized if η N s^(2−2/N) of the largest mode stays below this. */
const FLOW_SIZED = 0.25;
/** The null starts every mode at this strength. */
const NULL_SCALE = 4;

const number = (config: Config, name: string) => Number(config[name]);
const rate = (depth: number, s: number) => depth * s ** (2 - 2 / depth);

/** Where every mode starts: exactly for an aligned start, in size for a random one. */
function startStrength(config: Config, options: PlanOptions): number {
  if (options.null) return NULL_SCALE;
  const [scale, depth] = [number(config, 'initScale'), number(config, 'depth')];
  // A product of `depth` random matrices: entries of size σ^L · width^((L − 1)/2).
  return config.init === 'random'
    ? scale ** depth * number(config, 'width') ** ((depth - 1) / 2)
    : scale;
}

/**
 * Strength of a mode at time t: da/dt = N a^(2−2/N) (s − a), a(0) = a0, by the closed form for one
 * and two layers (Saxe et al. 2013, eq. 8) and by fourth-order Runge–Kutta in float64 otherwise.
 */
export function modeStrengths(
  depth: number,
  s: number,
  a0: number,
  times: readonly number[],
): number[] {
  if (depth === 1) return times.map((t) => s - (s - a0) * Math.exp(-t));
  if (depth === 2) return times.map((t) => s / (1 + (s / a0 - 1) * Math.exp(-2 * s * t)));
  return integrate(depth, s, a0, times);
}

/** The same by Runge–Kutta for any depth; the tests compare it with the closed form. */
export function integrate(
  depth: number,
  s: number,
  a0: number,
  times: readonly number[],
): number[] {
  const slope = (a: number) => depth * Math.max(a, 0) ** (2 - 2 / depth) * (s - a);
  let [t, a] = [0, a0];
  return times.map((until) => {
    // The fastest scale is that of the learnt mode; a hundredth of it is exact to about 1e-10.
    const steps = Math.max(1, Math.ceil((until - t) * 100 * rate(depth, Math.max(s, a0))));
    const h = (until - t) / steps;
    for (let i = 0; i < steps; i++) {
      const k1 = slope(a);
      const k2 = slope(a + (h / 2) * k1);
      const k3 = slope(a + (h / 2) * k2);
      const k4 = slope(a + h * k3);
      a += (h / 6) * (k1 + 2 * k2 + 2 * k3 + k4);
    }
    t = until;
    return a;
  });
}

/** Time at which a mode has reached half its final strength; 0 if it starts above; NaN if never seen. */
function halfTime(times: readonly number[], strengths: readonly number[], s: number): number {
  const half = s / 2;
  if ((strengths[0] ?? Number.NaN) >= half) return 0;
  for (let i = 1; i < times.length; i++) {
    const [a, b] = [strengths[i - 1] ?? Number.NaN, strengths[i] ?? Number.NaN];
    const [t, u] = [times[i - 1] ?? Number.NaN, times[i] ?? Number.NaN];
    if (a < half && b >= half) return t + ((half - a) / (b - a)) * (u - t);
  }
  return Number.NaN;
}

/** The half-time that the exact solution predicts, on a fine grid of times. */
function theoryHalfTime(depth: number, s: number, a0: number): number {
  if (a0 >= s / 2) return 0;
  if (depth === 1) return Math.log((s - a0) / (s / 2));
  if (depth === 2) return Math.log(s / a0 - 1) / (2 * s);
  // ∫ da / (N a^(2−2/N) (s − a)) from a0 to s/2, substituting a = e^x, by Simpson's rule.
  const [from, to, n] = [Math.log(a0), Math.log(s / 2), 400];
  const f = (x: number) =>
    Math.exp(x) / (depth * Math.exp(x * (2 - 2 / depth)) * (s - Math.exp(x)));
  const h = (to - from) / n;
  let sum = f(from) + f(to);
  for (let i = 1; i < n; i++) sum += f(from + i * h) * (i % 2 === 1 ? 4 : 2);
  return (sum * h) / 3;
}

const timesOf = (run: RunRecord) =>
  [...run.series.steps].map((step) => step * number(run.config, 'learningRate'));
const strengthsOf = (run: RunRecord, mode: number) => [
  ...(run.series.columns[`mode${mode + 1}`] ?? []),
];
const modeLine = (mode: number) => `mode ${mode + 1} (s = ${MODES[mode]})`;

interface Judged {
  readonly aligned: readonly RunSummary[];
  readonly all: readonly RunSummary[];
}

function judge(runs: readonly RunSummary[], expected: number, options: PlanOptions): Verdict {
  const whole = runs.filter((r) => r.outcome.kind === 'completed');
  const judged: Judged = { all: whole, aligned: whole.filter((r) => r.config.init === 'aligned') };
  const errors = column(judged.aligned, 'error');
  const slopes = column(judged.all, 'slope');
  const bySlope = errors.length === 0;
  const values = bySlope ? slopes : errors;
  const worst = (v: readonly number[]) => (bySlope ? mean(v) : Math.max(...v));
  const base = {
    statement: options.null ? `${STATEMENT} Even from a large start.` : STATEMENT,
    value: values.length > 0 ? worst(values) : null,
    interval: bootstrap(values, worst),
    threshold: bySlope ? SLOPE_BAND : ([null, ERROR_BOUND] as const),
    runs: whole.length,
  };
  const diverged = runs.length - whole.length;
  const say = (state: Verdict['state'], because: string): Verdict => ({
    ...base,
    state,
    because: diverged > 0 ? `${because} ${diverged} of ${runs.length} runs diverged.` : because,
  });
  if (whole.length === 0) {
    return say(
      'undecided',
      diverged > 0 ? 'No run has survived its step size.' : 'No run is in yet.',
    );
  }
  const large = whole.find((r) => (r.summary.flow ?? 0) > FLOW_SIZED);
  if (large !== undefined) {
    const eta = large.config.learningRate;
    return say(
      'undecided',
      `The step η = ${eta} is too large for ${large.config.depth} layers to follow the gradient flow.`,
    );
  }
  const unordered = whole.filter((r) => r.summary.ordered === 0);
  const unfinished = whole.filter((r) => r.summary.ordered == null);
  if (unordered.length > 0) {
    return say(
      'fails',
      `In ${unordered.length} of ${whole.length} runs the modes are not learnt one after another, largest first.`,
    );
  }
  if (unfinished.length > 0) {
    return say(
      'undecided',
      `In ${unfinished.length} of ${whole.length} runs a mode has not reached half its strength: a longer horizon is needed.`,
    );
  }
  const slopeInterval = bootstrap(slopes, mean);
  if (base.interval === null || slopeInterval === null) {
    return say('undecided', 'At least two runs are needed for an interval.');
  }
  const slopeText = `half-time falls as s^${mean(slopes).toFixed(3)}`;
  const errorText = bySlope
    ? ''
    : ` The largest distance from the exact solution is ${(100 * Math.max(...column(judged.aligned, 'relative'))).toFixed(2)}% of s, ${Math.max(...errors).toFixed(2)} of the step's own error.`;
  const numbers = `Modes are learnt in order and ${slopeText}.${errorText}`;
  if (!bySlope && base.interval[0] > ERROR_BOUND) return say('fails', numbers);
  if (outside(slopeInterval)) return say('fails', numbers);
  const inside =
    (bySlope || base.interval[1] <= ERROR_BOUND) &&
    slopeInterval[0] >= SLOPE_BAND[0] &&
    slopeInterval[1] <= SLOPE_BAND[1];
  if (!inside) return say('undecided', `${numbers} The interval reaches out of the band.`);
  if (runs.length < expected)
    return say('undecided', `${numbers} So far: ${runs.length} of ${expected} runs are in.`);
  return say('holds', numbers);
}

const outside = ([lo, hi]: Interval) => hi < SLOPE_BAND[0] || lo > SLOPE_BAND[1];

function column(runs: readonly RunSummary[], name: string): number[] {
  return runs.map((r) => r.summary[name]).filter((v) => v != null);
}

const STATEMENT =
  'From a small start the modes of a deep linear network are learnt one after another, the largest first, each as the exact solution says.';

export const deepLinear: Study = {
  id: 'deep-linear',
  version: '1.0.0',
  title: 'Deep linear networks',
  pillar: 'Solvable settings',
  statement: STATEMENT,
  about:
    'A network without nonlinearities still learns nonlinearly: in steps. Each singular mode of the task waits, then is learnt along a sigmoid, the strongest first. The whole curve is known in closed form before training starts.',
  student: {
    see: 'Steps: the mode with s = 4 rises first, then 3, 2 and 1, each on top of the dashed curve.',
    matters:
      'It is the hydrogen atom of deep learning: depth alone makes learning go in stages, from coarse to fine, and a formula says when.',
    wrong:
      'Modes that rise together or out of order from a small start, or curves off the exact solution by more than the step size explains.',
  },
  references: [
    {
      authors: 'Saxe, McClelland & Ganguli',
      year: 2013,
      title: 'Exact solutions to the nonlinear dynamics of learning in deep linear neural networks',
      where: 'arXiv:1312.6120, §1.1 (two layers) and §1.2 (any depth)',
    },
    {
      authors: 'Arora, Cohen, Golowich & Hu',
      year: 2019,
      title: 'A convergence analysis of gradient descent for deep linear neural networks',
      where: 'arXiv:1810.02281, §2 (balanced weights)',
    },
  ],
  params: [
    {
      kind: 'number',
      name: 'depth',
      label: 'depth',
      symbol: 'L',
      help: 'Number of weight matrices. Deeper networks wait longer and then learn faster.',
      integer: true,
      min: 1,
      max: 8,
    },
    {
      kind: 'number',
      name: 'learningRate',
      label: 'learning rate',
      symbol: 'η',
      help: 'Step size, small so that descent follows the gradient flow. The error against theory shrinks with it.',
      integer: false,
      min: 1e-4,
      max: 0.5,
    },
    {
      kind: 'number',
      name: 'initScale',
      label: 'initial scale',
      symbol: 'a₀',
      help: 'Initial strength of every mode (aligned), or spread of the weights (random). Smaller means a longer wait and cleaner steps.',
      integer: false,
      min: 1e-6,
      max: 10,
    },
    {
      kind: 'choice',
      name: 'init',
      label: 'initial weights',
      help: 'Aligned with the target, where the exact solution applies pointwise, or random, where only the order and the half-times are judged.',
      choices: [
        { value: 'aligned', label: 'aligned and balanced' },
        { value: 'random', label: 'small random' },
      ],
    },
    {
      kind: 'number',
      name: 'width',
      label: 'width',
      symbol: 'd',
      help: 'Input, hidden and output dimension.',
      integer: true,
      min: 4,
      max: 64,
    },
    {
      kind: 'number',
      name: 'horizon',
      label: 'physical time',
      symbol: 't',
      help: 'Training time η × steps. The weakest mode needs about 4 of these units.',
      integer: false,
      min: 0.1,
      max: 50,
    },
  ],
  grids: {
    default: {
      params: {
        depth: [2, 3],
        learningRate: [0.0025, 0.005],
        initScale: [0.01],
        init: ['aligned'],
        width: [16],
        horizon: [7],
      },
      seeds: [1, 2, 3, 4],
    },
    quick: {
      params: {
        depth: [2],
        learningRate: [0.01, 0.02],
        initScale: [0.01],
        init: ['aligned'],
        width: [8],
        horizon: [5],
      },
      seeds: [1, 2],
    },
  },
  nullCase: {
    label: 'Large start',
    explanation: `Starts every mode at ${NULL_SCALE}, the size of the largest singular value. Then no mode has to wait, nothing is learnt in sequence, and the verdict must fail.`,
  },
  panels: [
    {
      id: 'modes',
      title: 'Modes over time',
      caption: 'Each mode waits, then rises on its sigmoid: the largest first.',
      x: { label: 'time t = η × step', scale: 'linear' },
      y: { label: 'mode strength a', scale: 'linear', include: [0, 4.4] },
      draw: 'curves',
      colorBy: 'line',
      observe: (run) =>
        MODES.flatMap((_, mode) => {
          const y = strengthsOf(run, mode);
          const times = timesOf(run);
          const finite = times
            .map((x, i) => [x, y[i] ?? Number.NaN] as const)
            .filter(([, a]) => Number.isFinite(a));
          return finite.length === 0
            ? []
            : { line: modeLine(mode), x: finite.map(([x]) => x), y: finite.map(([, a]) => a) };
        }),
      theory: (cells, options) =>
        cells.flatMap((config, cell) => {
          // For a random start the curve is that of a mode of typical initial size: a guide, not a test.
          const horizon = number(config, 'horizon');
          const x = Array.from({ length: 121 }, (_, i) => (i * horizon) / 120);
          const a0 = startStrength(config, options);
          return MODES.map((s, mode) => ({
            cell,
            line: modeLine(mode),
            x,
            y: modeStrengths(number(config, 'depth'), s, a0, x),
          }));
        }),
    },
    {
      id: 'half-times',
      title: 'When a mode is half learnt',
      caption:
        'Twice the singular value, half the wait: the line is the exact solution, drawn before any run.',
      x: { label: 'singular value s', scale: 'log' },
      y: { label: 'time to half strength', scale: 'log' },
      draw: 'points',
      colorBy: 'cell',
      observe: (run) => {
        const points = MODES.map(
          (s, m) => [s, halfTime(timesOf(run), strengthsOf(run, m), s)] as const,
        )
          .filter(([, t]) => t > 0)
          .sort(([a], [b]) => a - b);
        return points.length === 0
          ? []
          : [{ line: 'half-time', x: points.map(([s]) => s), y: points.map(([, t]) => t) }];
      },
      theory: (cells, options) =>
        cells.flatMap((config, cell) => {
          const a0 = startStrength(config, options);
          const points = Array.from({ length: 25 }, (_, i) => 0.8 * 6.25 ** (i / 24))
            .map((s) => [s, theoryHalfTime(number(config, 'depth'), s, a0)] as const)
            .filter(([, t]) => t > 0);
          return points.length === 0
            ? []
            : [{ cell, line: 'half-time', x: points.map(([s]) => s), y: points.map(([, t]) => t) }];
        }),
    },
  ],
  effect: 'relative',
  packSize: 16,
  plan(config, options) {
    const learningRate = number(config, 'learningRate');
    const steps = Math.max(1, Math.round(number(config, 'horizon') / learningRate));
    const recordEvery = Math.max(1, Math.round(steps / 120));
    const init: LinearSpec['init'] =
      config.init === 'random' && !options.null ? 'random' : 'aligned';
    return {
      program: {
        kind: 'linear',
        width: number(config, 'width'),
        depth: number(config, 'depth'),
        singularValues: [...MODES],
        init,
        observe: ['loss', 'modes'],
        steps,
        recordEvery,
        checkpointEvery: recordEvery * 10,
      },
      hyper: {
        ...{ ...HYPER, learningRate },
        initScale: options.null ? NULL_SCALE : number(config, 'initScale'),
      },
    };
  },
  summarise(run, options) {
    const [depth, eta] = [number(run.config, 'depth'), number(run.config, 'learningRate')];
    const flow = eta * rate(depth, MODES[0]);
    if (run.outcome.kind === 'diverged') {
      return { error: null, relative: null, ordered: null, slope: null, flow };
    }
    const times = timesOf(run);
    const a0 = startStrength(run.config, options);
    const halves = MODES.map((s, mode) => halfTime(times, strengthsOf(run, mode), s));
    // A start at or above half strength is not a wait: the modes are not learnt in sequence.
    const inOrder = halves.every((t, i) => t > 0 && (i === 0 || t > (halves[i - 1] ?? 0)));
    const seen = halves.every(Number.isFinite);
    const distances = MODES.map((s, mode) => {
      const theory = modeStrengths(depth, s, a0, times);
      const measured = strengthsOf(run, mode);
      return Math.max(...theory.map((a, i) => Math.abs((measured[i] ?? Number.NaN) - a))) / s;
    });
    const scaled = distances.map((d, mode) => d / (eta * rate(depth, MODES[mode] ?? 1)));
    // The theory's s · t_half varies slowly with s (a logarithm): divided out, 1/s is left.
    const slope = logLogSlope(
      MODES.map((s, i) => [s, (halves[i] ?? 0) / (s * theoryHalfTime(depth, s, a0))]),
    );
    const aligned = run.config.init !== 'random' || options.null;
    return {
      error: aligned ? Math.max(...scaled) : null,
      relative: aligned ? Math.max(...distances) : null,
      ordered: seen ? Number(inOrder) : null,
      slope: seen && inOrder ? slope : null,
      flow,
    };
  },
  analyse(runs, { expected, null: isNull }) {
    const fits: Record<string, Fit> = {};
    const add = (
      key: string,
      label: string,
      values: readonly number[],
      of: (v: readonly number[]) => number,
    ) => {
      if (values.length > 0) {
        fits[key] = {
          label,
          value: of(values),
          interval: bootstrap(values, of),
          runs: values.length,
        };
      }
    };
    const max = (v: readonly number[]) => Math.max(...v);
    add(
      'error',
      'largest distance from the exact solution, of η N s^(2−2/N)',
      column(runs, 'error'),
      max,
    );
    add(
      'relative',
      'largest distance from the exact solution, of s',
      column(runs, 'relative'),
      max,
    );
    add('slope', 'exponent of half-time in s', column(runs, 'slope'), mean);
    return { fits, verdict: judge(runs, expected, { null: isNull }) };
  },
};
