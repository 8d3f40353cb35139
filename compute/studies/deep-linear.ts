/**
 * Deep linear networks learn the singular modes of their target one by one, the largest first, each
 * on its own sigmoid (Saxe, McClelland & Ganguli 2013). From a small balanced start, the strength a
 * of a mode with singular value s in a network of N layers follows da/dt = N a^(2−2/N) (s − a).
 *
 * The verdict reads, at every depth of the grid and from an aligned start: the largest distance from the
 * exact solution over all modes and times, against its bound and against the error that the step itself makes;
 * the exponent of that distance in η; that modes reach half their strength in the order of s; and that
 * half-times are those of the solution, in two layers as 1/s once the slow logarithm of the theory is
 * divided out. From a random start of two layers: order and exponent. Why so, and the bands, in
 * `deep-linear-criteria.ts`. From a large start (the null) nothing waits for anything, and the verdict fails.
 */
import { HYPER } from '../programs/program.ts';
import { fitsOf, verdictOf } from './bands.ts';
import { number } from './criteria.ts';
import {
  findingsOf,
  inRanges,
  isAligned,
  MODES,
  NULL_SCALE,
  randomSpread,
  startStrength,
  summaryOf,
} from './deep-linear-criteria.ts';
import { PANELS } from './deep-linear-panels.ts';
import { PHASES } from './deep-linear-phases.ts';
import type { Study } from './study.ts';

const STATEMENT =
  'From a small start the modes of a deep linear network are learnt one after another, the largest first, each as the exact solution says.';

/** Rows of a run. At this number the default rates are observed at the very same times, so that distances compare. */
const ROWS = 140;

export const deepLinear: Study = {
  id: 'deep-linear',
  version: '2.0.0',
  title: 'Deep linear networks',
  pillar: 'Solvable settings',
  statement: STATEMENT,
  about:
    'A network without nonlinearities still learns nonlinearly: in steps. Each singular mode of the task waits, then is learnt along a sigmoid, the strongest first. The whole curve is known before training starts, and so is how far a finite step strays from it.',
  student: {
    see: 'Steps: the mode with s = 4 rises first, then 3, 2 and 1, each on top of the dashed curve.',
    matters:
      'It is the hydrogen atom of deep learning: depth alone makes learning go in stages, from coarse to fine, and a formula says when.',
    wrong:
      'Modes that rise together or out of order from a small start, or curves off the exact solution by more, or less, than the step explains.',
  },
  references: [
    {
      authors: 'Saxe, McClelland & Ganguli',
      year: 2013,
      title: 'Exact solutions to the nonlinear dynamics of learning in deep linear neural networks',
      where: 'arXiv:1312.6120, §1.1 (two layers) and §1.2 (any depth)',
    },
    {
      authors: 'Arora, Cohen & Hazan',
      year: 2018,
      title: 'On the optimization of deep networks: implicit acceleration by overparameterization',
      where: 'arXiv:1802.06509, theorem 1 (the end-to-end dynamics of any depth)',
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
      help: 'Strength that every mode starts with (aligned), or typically starts with (random). Smaller means a longer wait and cleaner steps.',
      integer: false,
      min: 1e-4,
      max: 10,
    },
    {
      kind: 'choice',
      name: 'init',
      label: 'initial weights',
      help: 'Aligned with the target, where the exact solution applies pointwise, or random, where only order and half-times are judged, in two layers.',
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
        depth: [2, 3, 4],
        learningRate: [0.0025, 0.005],
        initScale: [0.01],
        init: ['aligned', 'random'],
        width: [64],
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
  panels: PANELS,
  effect: 'distance',
  summaries: {
    distance: { label: 'largest |a − theory| / s', scale: 'log' },
    bounded: { label: 'distance over its bound', scale: 'log' },
    firstOrder: { label: 'distance over the first-order error', scale: 'linear' },
    halfTime: { label: 'half-times over theory', scale: 'linear' },
    slope: { label: 'exponent of half-times in s', scale: 'linear' },
    ordered: { label: 'modes in order (1 = yes)', scale: 'linear' },
    flow: { label: 'step over the fastest mode, η L s^(2−2/L)', scale: 'log' },
  },
  phases: PHASES,
  packSize: 16,
  plan(config, options) {
    const [depth, width] = [number(config, 'depth'), number(config, 'width')];
    const learningRate = number(config, 'learningRate');
    const steps = Math.max(1, Math.round(number(config, 'horizon') / learningRate));
    const recordEvery = Math.max(1, Math.round(steps / ROWS));
    const aligned = isAligned(config, options);
    const strength = startStrength(config, options);
    return {
      program: {
        ...{ kind: 'linear', width, depth, singularValues: [...MODES] },
        init: aligned ? 'aligned' : 'random',
        observe: ['loss', 'modes'],
        ...{ steps, recordEvery, checkpointEvery: recordEvery * 10 },
      },
      hyper: {
        ...{ ...HYPER, learningRate },
        initScale: aligned ? strength : randomSpread(strength, depth, width),
      },
    };
  },
  summarise: summaryOf,
  analyse(runs, { expected, null: isNull }) {
    const { judged, reported, missing, notes } = findingsOf(runs, { null: isNull });
    const statement = isNull ? `${STATEMENT} Even from a large start.` : STATEMENT;
    const verdict = verdictOf({ statement, runs, expected, judged, missing, notes });
    return {
      fits: fitsOf([...judged, ...reported]),
      verdict:
        verdict.state === 'holds'
          ? { ...verdict, because: [inRanges(judged), ...notes].join(' ') }
          : verdict,
    };
  },
};
