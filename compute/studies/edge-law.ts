/**
 * The settings of the study edge-of-stability: what is trained, by which optimizer at which rate, and where
 * that optimizer becomes unstable on a quadratic. Gradient descent does at a sharpness of 2/η, heavy ball at 2(1 + β)/η
 * (Cohen et al. 2021, arXiv:2103.00065, §2 and appendix B), Adam at a preconditioned sharpness of
 * (2 + 2β₁)/((1 − β₁)η), 38/η for β₁ = 0.9 (Cohen et al. 2022, arXiv:2207.14484, §2 and §3).
 *
 * A grid crosses all of its values, so one list of learning rates serves every optimizer and both tasks: the
 * rate is that of descent on the Chebyshev task, and the others take a stated multiple of it (`RATES`),
 * at which they come to their own edge in about as many steps.
 */
import { HYPER, type Hyper, MLP, type MlpSpec } from '../programs/program.ts';
import { standardScales } from '../programs/scales.ts';
import { number } from './criteria.ts';
import type { Config, PlanOptions, RunPlan } from './study.ts';

export type Optimizer = 'gd' | 'momentum' | 'adam';
export type Task = 'chebyshev' | 'mnist';

export const OPTIMIZERS: Readonly<Record<Optimizer, string>> = {
  gd: 'gradient descent',
  momentum: 'heavy ball',
  adam: 'Adam',
};
export const TASKS: Readonly<Record<Task, string>> = {
  chebyshev: 'Chebyshev polynomial',
  mnist: 'digits',
};

/** Multiples of the grid's learning rate. */
const RATES: Readonly<Record<Task, Readonly<Record<Optimizer, number>>>> = {
  chebyshev: { gd: 1, momentum: 1, adam: 0.02 },
  mnist: { gd: 3, momentum: 3, adam: 0.02 },
};
/** Adam's β₁, the usual one. */
const BETA1 = 0.9;
/** The null divides the learning rate by this: steps so small that training follows the flow. */
export const NULL_DIVISOR = 50;
/**
 * At the edge training is chaotic: what differs in the last bit differs by 1e-4 of the way after 12
 * steps, by 0.01 after 24, and by 0.2 after 48 (float32, width 32). Replays must be shorter than that.
 */
const CHECKPOINT_EVERY = 16;
/** Rows of a run: at twice as many, sharpness costs a third to a half of the training itself. */
const RECORDS = 50;
/** Digits: so many, as means of 4 × 4 pixels. */
const [DIGITS, POOL] = [500, 4] as const;

export function optimizerOf({ optimizer }: Config): Optimizer {
  return optimizer === 'momentum' || optimizer === 'adam' ? optimizer : 'gd';
}

export const taskOf = ({ data }: Config): Task => (data === 'mnist' ? 'mnist' : 'chebyshev');

/** β of heavy ball, β₁ of Adam; gradient descent has none. */
export function momentumOf(config: Config): number {
  const optimizer = optimizerOf(config);
  return optimizer === 'gd' ? 0 : optimizer === 'adam' ? BETA1 : number(config, 'momentum');
}

/** η of the run. */
export const rateOf = (config: Config, options: PlanOptions): number =>
  (number(config, 'learningRate') * RATES[taskOf(config)][optimizerOf(config)]) /
  (options.null ? NULL_DIVISOR : 1);

/** η times the sharpness (of Adam: the preconditioned one) from which on a quadratic diverges. */
export function edgeOf(config: Config): number {
  const beta = momentumOf(config);
  return (2 + 2 * beta) / (optimizerOf(config) === 'adam' ? 1 - beta : 1);
}

/** "2/η": the same in words. */
export const edgeName = (config: Config): string => `${Number(edgeOf(config).toPrecision(4))}/η`;

/** The column of the series that the edge is about. */
export const columnOf = (config: Config): 'sharpness' | 'preconditionedSharpness' =>
  optimizerOf(config) === 'adam' ? 'preconditionedSharpness' : 'sharpness';

export function planOf(config: Config, options: PlanOptions): RunPlan {
  const [width, steps] = [number(config, 'width'), number(config, 'steps')];
  const hidden = Array.from({ length: number(config, 'depth') }, () => width);
  const digits = taskOf(config) === 'mnist';
  const layers = digits ? [(28 / POOL) ** 2, ...hidden, 10] : [1, ...hidden, 1];
  const data: MlpSpec['data'] = digits
    ? { kind: 'mnist', samples: DIGITS, classes: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], pool: POOL }
    : { kind: 'chebyshev', degree: 4, samples: 20 };
  const hyper: Hyper = {
    ...{ ...HYPER, learningRate: rateOf(config, options), momentum: momentumOf(config) },
  };
  return {
    program: {
      ...{ ...MLP, layers, scales: standardScales(layers), data },
      activation: config.activation === 'relu' ? 'relu' : 'tanh',
      optimizer: optimizerOf(config) === 'adam' ? 'adam' : 'descent',
      observe: ['loss', columnOf(config)],
      ...{ steps, recordEvery: Math.max(1, Math.round(steps / RECORDS)) },
      checkpointEvery: CHECKPOINT_EVERY,
    },
    hyper,
  };
}
