/** The networks of `universal-representations.ts`, and the stages that train and compare them. */
import {
  CLASSIFIERS,
  type ComparedSpec,
  type DigitsSpec,
  HYPER,
  type Hyper,
  MLP,
  type MlpSpec,
} from '../programs/program.ts';
import { number } from './criteria.ts';
import type { Config, Stage } from './study.ts';

export type Side = 'left' | 'right';

/** Kinds of networks: the values of the parameters that choose one. */
export const NETWORKS = ['mlp', ...CLASSIFIERS] as const;
export type NetworkKind = (typeof NETWORKS)[number];

export const NETWORK_LABELS: Readonly<Record<NetworkKind, string>> = {
  mlp: 'fully connected',
  convolutional: 'convolutional',
  transformer: 'transformer',
};

/** No network of that side: a width that no network has, and a kind that there is not. */
const NONE = 0;
const NO_KIND = 'none';
const KINDS = { left: 'leftNetwork', right: 'rightNetwork' } as const;
const absent = (side: Side): Config => ({ [side]: NONE, [KINDS[side]]: NO_KIND });

/** Digits that networks are compared on, which none was trained on; neighbours of each; and those that are trained on. */
export const PROBE = 512;
export const NEIGHBOURS = 10;
export const TRAINED = 8192;
const CLASSES = Array.from({ length: 10 }, (_, c) => c);
/** Of a half: 14 rows of 7 means of 2 × 2 pixels. */
const INPUTS = 98;
const BATCH = 64;
const MOMENTUM = 0.9;
/** Adam's step size over that of gradient descent with momentum. */
const ADAM_RATE = 1 / 4;
const RECORDS = 10;
/** Digits that a classifier is observed on as it trains, of either sort: more would cost more than its updates. */
const OBSERVED = 128;

export const isPair = ({ left, right }: Config): boolean => left !== NONE && right !== NONE;

/** The side of a network that is trained. */
export const sideOf = ({ right }: Config): Side => (right === NONE ? 'left' : 'right');

/** The kind of a side's network; cells of version 1 named none, and all were dense. Throws where there is no such kind. */
export function kindOf(config: Config, side: Side): NetworkKind {
  const named = config[KINDS[side]] ?? 'mlp';
  const kind = NETWORKS.find((name) => name === named);
  if (kind === undefined) throw new Error(`There is no network “${named}”.`);
  return kind;
}

/** Whether a pair is of two kinds. */
export const isAcross = (config: Config): boolean => config[KINDS.left] !== config[KINDS.right];

/** A network on one side of the digits. */
export function networkOf(config: Config, side: Side): ComparedSpec {
  const kind = kindOf(config, side);
  const [width, updates] = [number(config, side), number(config, 'updates')];
  const recordEvery = Math.max(1, Math.round(updates / RECORDS));
  const shared = {
    ...{ draw: side === 'left' ? 0 : 1, batch: BATCH },
    ...{ steps: updates, recordEvery, checkpointEvery: recordEvery },
  };
  const data: DigitsSpec = {
    ...{ kind: 'mnist', samples: TRAINED + PROBE, pool: 2, classes: CLASSES, half: side },
  };
  return kind === 'mlp'
    ? { ...dense(width), ...shared, data }
    : {
        ...{ kind: 'classifier', architecture: kind, width, data, ...shared },
        ...{ train: TRAINED, probe: OBSERVED },
      };
}

/** Two hidden layers (He et al. 2015: a ReLU halves the square). */
function dense(width: number) {
  const layers = [INPUTS, width, width, CLASSES.length];
  return {
    ...{ ...MLP, layers, activation: 'relu', loss: 'cross-entropy' },
    scales: layers.slice(1).map((_, l) => {
      const gain = l === layers.length - 2 ? 1 : 2;
      const std = Math.sqrt(gain / (layers[l] ?? 1));
      return { std, rate: 1, bias: { std: 0, rate: 1 } };
    }),
    train: { count: TRAINED, draw: 'first' },
    probe: PROBE,
    observe: ['loss', 'testLoss', 'testAccuracy'],
  } as const satisfies Partial<MlpSpec>;
}

/** How the network of a side is trained: layers by momentum, the others by Adam. */
export function hyperOf(config: Config, side: Side): Hyper {
  const rate = number(config, 'learningRate');
  const learningRate = kindOf(config, side) === 'mlp' ? rate : ADAM_RATE * rate;
  return { ...HYPER, learningRate, momentum: MOMENTUM };
}

export const STAGES: readonly Stage[] = [
  { id: 'left', label: 'networks on left halves', after: [], fixed: absent('right') },
  { id: 'right', label: 'networks on right halves', after: [], fixed: absent('left') },
  {
    id: 'compare',
    label: 'pairs of a left and a right network',
    after: ['left', 'right'],
    fixed: {},
    inputs: (config, seed) => [
      { config: { ...config, ...absent('right') }, seed },
      { config: { ...config, ...absent('left') }, seed },
    ],
  },
];
