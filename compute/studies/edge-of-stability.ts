/**
 * Edge of stability: under full-batch gradient descent the sharpness (largest Hessian eigenvalue)
 * rises until it reaches the stability threshold of a quadratic, and then hovers there, while the loss
 * goes on falling, not monotonically. Every optimizer has a threshold of its own: 2/η, with heavy-ball momentum
 * 2(1 + β)/η, and of Adam's preconditioned sharpness 38/η. Setting after Cohen et al. 2021: networks of tanh
 * or ReLU units on a Chebyshev polynomial or on 500 handwritten digits, mean square loss.
 *
 * What is trained, and at which rates: `edge-law.ts`. What is judged, and why Adam is judged on the
 * digits alone: `edge-criteria.ts`. The null is a step so small that training follows the gradient flow. Heavy ball has
 * β = 0.5 in the default grid: at 0.9 tasks as small as these are learnt before sharpness comes to 3.8/η, or one
 * burst throws a run out of the valley (seeds 101–102, tanh, width 32: late ratios 0.19 to 0.79).
 */
import { analysisOf, PHASES, summaryOf } from './edge-criteria.ts';
import { NULL_DIVISOR, OPTIMIZERS, planOf, TASKS } from './edge-law.ts';
import { PANELS } from './edge-panels.ts';
import type { Study } from './study.ts';

const STATEMENT =
  'Late in training, sharpness stays within 0.95 and 1.1 of what the optimizer is stable at: 2/η for gradient descent, 2(1 + β)/η for heavy ball, 38/η for Adam.';

export const edgeOfStability: Study = {
  id: 'edge-of-stability',
  version: '2.0.0',
  title: 'Edge of stability',
  pillar: 'Simple laws',
  statement: STATEMENT,
  about:
    'Train with full-batch gradient descent and watch the curvature: it rises until the step size is only just stable, and then stays there. Classical theory says training should blow up at that point. It does not. Momentum and Adam have edges of their own.',
  student: {
    see: 'Sharpness climbs to 1 in units of its own threshold, then hovers: the larger the step, the lower the ceiling.',
    matters:
      'The step size, not the loss alone, decides how curved a solution training settles in; the usual proofs of convergence assume a curvature that training does not respect.',
    wrong:
      'Sharpness that settles well below or above its threshold for step sizes large enough to reach it.',
  },
  references: [
    {
      authors: 'Cohen, Kaur, Li, Kolter & Talwalkar',
      year: 2021,
      title: 'Gradient descent on neural networks typically occurs at the edge of stability',
      where: 'arXiv:2103.00065, §2 and §3 (threshold 2/η; momentum in appendix B)',
    },
    {
      authors:
        'Cohen, Ghorbani, Krishnan, Agarwal, Medapati, Badura, Suo, Cardoze, Nado, Dahl & Gilmer',
      year: 2022,
      title: 'Adaptive gradient methods at the edge of stability',
      where: 'arXiv:2207.14484, §2 and §3 (preconditioned sharpness, 38/η)',
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
      kind: 'choice',
      name: 'optimizer',
      label: 'optimizer',
      help: 'Each has an edge of its own. Adam’s is of the sharpness that its preconditioner leaves.',
      choices: [
        { value: 'gd', label: OPTIMIZERS.gd },
        { value: 'momentum', label: OPTIMIZERS.momentum },
        { value: 'adam', label: OPTIMIZERS.adam },
      ],
    },
    {
      kind: 'choice',
      name: 'data',
      label: 'data',
      help: 'A polynomial of degree 4 on 20 points, or 500 handwritten digits of 7 × 7 pixels.',
      choices: [
        { value: 'chebyshev', label: TASKS.chebyshev },
        { value: 'mnist', label: TASKS.mnist },
      ],
    },
    {
      kind: 'number',
      name: 'learningRate',
      label: 'learning rate',
      symbol: 'η',
      help: 'Step size of gradient descent on the Chebyshev task. On the digits descent and heavy ball take three times as much, and Adam always takes a fiftieth, so that each can come to its edge. A smaller step has a higher edge, and takes longer.',
      integer: false,
      min: 1e-4,
      max: 10,
    },
    {
      kind: 'number',
      name: 'momentum',
      label: 'momentum',
      symbol: 'β',
      help: 'Momentum of heavy ball, whose edge is at 2(1 + β)/η. Gradient descent has none, Adam 0.9.',
      integer: false,
      min: 0,
      max: 0.99,
    },
    {
      kind: 'choice',
      name: 'activation',
      label: 'activation',
      help: 'Of the hidden units. The law does not ask which.',
      choices: [
        { value: 'tanh', label: 'tanh' },
        { value: 'relu', label: 'ReLU' },
      ],
    },
    {
      kind: 'number',
      name: 'depth',
      label: 'hidden layers',
      symbol: 'L',
      help: 'Number of hidden layers.',
      integer: true,
      min: 1,
      max: 6,
    },
    {
      kind: 'number',
      name: 'width',
      label: 'width',
      symbol: 'N',
      help: 'Units in each hidden layer.',
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
      params: {
        optimizer: ['gd', 'momentum', 'adam'],
        data: ['chebyshev', 'mnist'],
        learningRate: [0.1, 0.15],
        momentum: [0.5],
        activation: ['tanh', 'relu'],
        ...{ depth: [2], width: [64], steps: [2000] },
      },
      seeds: [1, 2, 3],
    },
    quick: {
      params: {
        ...{ optimizer: ['gd'], data: ['chebyshev'], learningRate: [0.2, 0.3], momentum: [0] },
        ...{ activation: ['tanh'], depth: [2], width: [32], steps: [1200] },
      },
      seeds: [1, 2, 3],
    },
  },
  nullCase: {
    label: 'Gradient-flow step',
    explanation: `Divides every learning rate by ${NULL_DIVISOR}. Training then follows the gradient flow: sharpness goes where the loss takes it, far below the edge, and the verdict must fail.`,
  },
  panels: PANELS,
  effect: 'ratio',
  summaries: {
    ratio: { label: 'late sharpness over threshold', scale: 'linear' },
    ahead: { label: 'the same, growing on for as long again', scale: 'linear' },
    arrived: { label: 'came to the edge (1 = yes)', scale: 'linear' },
  },
  phases: PHASES,
  packSize: 8,
  plan: planOf,
  summarise: summaryOf,
  analyse(runs, { expected, null: isNull }) {
    const statement = isNull
      ? `${STATEMENT} Even with a step ${NULL_DIVISOR} times smaller.`
      : STATEMENT;
    return analysisOf(statement, runs, expected, { null: isNull });
  },
};
