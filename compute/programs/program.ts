/**
 * What is trained, as data. A program spec is everything that the runs of one pack share (their
 * shape); a hyper is what may differ between them without another shape. Both are JSON, so a
 * lease, an exported point and a test all speak of a training in the same words.
 */

import type { HierarchyTask } from './hierarchy.ts';
import { binColumn, type Measured, spectrumSize } from './measured.ts';
import { binsTo } from './rank-bins.ts';
import type { RepeatsSpec } from './repeats.ts';
import type { TextSpec } from './text.ts';

/** Per-run numbers: data to the kernels, never shape. */
export interface Hyper {
  /** Step size η of gradient descent. */
  readonly learningRate: number;
  /** Heavy-ball momentum β; 0 is plain gradient descent. */
  readonly momentum: number;
  /** Multiplies the initial weights (its meaning is stated by each program). */
  readonly initScale: number;
  /** Multiplies the network's output, α of the lazy–rich scale; the loss sees α f(x). */
  readonly outputScale: number;
  /** λ: added to the gradient as λw under descent, taken off as ηλw under Adam (decoupled). All numbers, biases too. */
  readonly weightDecay: number;
}

/** What a study that says nothing else means. */
export const HYPER = {
  ...{ learningRate: 0.1, momentum: 0, initScale: 1, outputScale: 1, weightDecay: 0 },
} as const satisfies Hyper;

/** When the run is observed, and when its full state is hashed. */
export interface Schedule {
  /** Number of optimizer updates of the whole run. */
  readonly steps: number;
  /** A row of the series every so many steps, and one at step 0 and one at the end. */
  readonly recordEvery: number;
  /**
   * The state is committed (hashed) at step 0, every so many steps, and at the end. What lies between is
   * what verification replays: short where training is chaotic, or honest devices drift apart.
   */
  readonly checkpointEvery: number;
}

/** The steps of a run's records. */
export const recordedSteps = ({ steps, recordEvery }: Schedule): number[] =>
  stepsBy(steps, recordEvery);

/** 0, every so many steps, and the end. */
export function stepsBy(steps: number, every: number): number[] {
  const whole = Math.ceil(steps / every);
  return Array.from({ length: whole + 1 }, (_, i) => Math.min(steps, i * every));
}

/** A fixed table of samples; made from its numbers, or read from a file that we serve. See `data.ts`. */
export type DataSpec = MadeDataSpec | DigitsSpec;

/** Handwritten digits of the chosen classes, in the order of the file; see `mnist.ts`. */
export interface DigitsSpec {
  readonly kind: 'mnist';
  readonly samples: number;
  readonly classes: readonly number[];
  /** Means of pool × pool pixels: (28 / pool)² inputs. */
  readonly pool: 1 | 2 | 4 | 7;
  /** `shuffled`: of each digit the name of another, in an order of their own. */
  readonly labels?: 'shuffled' | undefined;
  /** As many samples of every class; without it, as they come. */
  readonly balanced?: boolean | undefined;
  /** One side of each image alone, ⌊28 / pool / 2⌋ columns of it. */
  readonly half?: 'left' | 'right' | undefined;
}

export type MadeDataSpec =
  /** T_degree on equally spaced points of [−1, 1]. */
  | { readonly kind: 'chebyshev'; readonly degree: number; readonly samples: number }
  /** Gaussian inputs, targets of a random tanh network of the same input and output dimension. */
  | { readonly kind: 'teacher'; readonly seed: number; readonly samples: number }
  /** Corners of the cube {−1, 1}^d, all 2^d, and a sum of parities: coefficient · Π x_k over `on`. */
  | {
      readonly kind: 'cube';
      readonly samples: number;
      readonly terms: readonly { readonly on: readonly number[]; readonly coefficient: number }[];
    }
  /** Gaussian inputs; targets factor · Σ ±relu(x_k) over the first `neurons` inputs, signs alternating. */
  | {
      readonly kind: 'relu-teacher';
      readonly seed: number;
      readonly samples: number;
      readonly neurons: number;
      readonly factor: number;
    }
  /**
   * Gaussian inputs; targets are the mean of x_k² over the first `rank` inputs: every other `rank` orthonormal
   * directions are these, turned. `shuffled`: of each input the target of another.
   */
  | {
      readonly kind: 'quadratic-teacher';
      readonly seed: number;
      readonly samples: number;
      readonly rank: number;
      readonly labels?: 'shuffled' | undefined;
    }
  /**
   * Addition modulo p: all p² pairs (a, b), a first, each as two one-hot vectors of p; one-hot targets
   * (a + b) mod p. `random`: of each pair another class, drawn by the seed.
   */
  | {
      readonly kind: 'modular';
      readonly modulus: number;
      readonly samples: number;
      readonly table: 'sum' | { readonly random: number };
    }
  /** Gaussian clusters, one a class, in as many dimensions as the network has inputs; one-hot targets. */
  | {
      readonly kind: 'clusters';
      readonly seed: number;
      readonly samples: number;
      readonly spread: number;
      /**
       * `unequal`: ten samples of each class of the first half (the middle one is of it) for one of each other;
       * `random`: targets in an order of their own. Without it, as many of each, all named rightly.
       */
      readonly classes?: 'unequal' | 'random' | undefined;
    };

/** Adam's β₂ unless a program says else (Kingma & Ba 2015, arXiv:1412.6980, algorithm 1). */
export const BETA2 = 0.999;

/** Fully connected network. See `mlp.ts`. */
export interface MlpSpec extends Schedule {
  readonly kind: 'mlp';
  /** Units a layer, input first: [1, 100, 100, 1]. */
  readonly layers: readonly number[];
  readonly activation: ActivationName;
  /** Residual: a hidden layer as wide as the one below adds it to its own activation. */
  readonly skip: boolean;
  /** Factor on that activation, of layers that skip; 1 where it is left out. */
  readonly branch?: number | undefined;
  /** One entry a matrix, input side first. */
  readonly scales: readonly LayerScale[];
  /**
   * One hidden layer of even width only: its second half starts as a copy of the first with opposite
   * output weights, so that the network starts at f = 0.
   */
  readonly antithetic: boolean;
  /**
   * How the matrices of layers that skip hang together at the start: not at all where it is left out;
   * `smooth`: of the i-th of L, cos(πt) A + sin(πt) B at t = (i + ½)/L, with A and B of the run's seed.
   */
  readonly alongDepth?: 'smooth' | undefined;
  readonly data: DataSpec;
  /**
   * The samples that are trained on; the others are held out. `first`: the first of the table, for
   * every run; `run`: distinct ones drawn by the run's seed.
   */
  readonly train: 'all' | { readonly count: number; readonly draw: 'first' | 'run' };
  /** Observe only the first so many trained and held-out samples; with `draw: 'run'`, all. */
  readonly probe: 'all' | number;
  /** `half-mean`: ½ Σ residual² over outputs; `cross-entropy`: of the softmax. Averaged over samples. */
  readonly loss: LossName;
  /** `descent`: gradient descent with heavy-ball momentum. `adam`: β₁ is the momentum. */
  readonly optimizer: OptimizerName;
  /** Adam's β₂; 0.999 where it is left out. */
  readonly beta2?: number | undefined;
  /**
   * Which draws of a run's seed its weights and batches are: networks of one seed and two of these share none.
   * 0 where it is left out.
   */
  readonly draw?: number | undefined;
  /** Samples an update, drawn with replacement by the run's seed; or every sample, once. As many as there are is every one. */
  readonly batch: number | 'full';
  /** Factor on the learning rate over the run: 1, or ½(1 + cos πt/steps). */
  readonly schedule: 'constant' | 'cosine';
  readonly observe: readonly MlpObservable[];
}

/**
 * What a parametrization says of one layer: standard deviation of initial entries (times the run's
 * initScale), and factor on the learning rate; the same of its biases. See `scales.ts`.
 */
export interface LayerScale {
  readonly std: number;
  readonly rate: number;
  /** The matrix's entries are all equal to `std`, instead of drawn: an average that is fixed where the rate is 0. */
  readonly entries?: 'equal' | undefined;
  /** Null where the layer has no biases. */
  readonly bias: { readonly std: number; readonly rate: number } | null;
}

export type ActivationName = 'identity' | 'tanh' | 'relu' | 'square';
export type LossName = 'half-mean' | 'cross-entropy';
export type OptimizerName = 'descent' | 'adam';
export type MlpObservable = keyof typeof COLUMNS;

/** Deep linear network W_L … W_1 on whitened inputs, full batch. See `linear.ts`. */
export interface LinearSpec extends Schedule {
  readonly kind: 'linear';
  /** Input, hidden and output dimension: all layers are width × width. */
  readonly width: number;
  /** Number of weight matrices L ≥ 1. */
  readonly depth: number;
  /** Singular values of the target map, descending; the others are zero. */
  readonly singularValues: readonly number[];
  /**
   * `aligned`: layers share the target's singular vectors, so that every mode starts at exactly
   * initScale; `random`: independent Gaussian entries of standard deviation initScale.
   */
  readonly init: 'aligned' | 'random';
  /** `loss`, and `mode1` … `modeK`: the strengths u_αᵀ W v_α of the target's modes. */
  readonly observe: readonly ('loss' | 'modes')[];
}

/** Linear regression on inputs whose covariance falls as a power law. See `spectrum.ts`. */
export interface SpectrumSpec extends Schedule {
  readonly kind: 'spectrum';
  /** Modes M of the inputs, and how many N ≤ M of them, the largest first, the model sees. */
  readonly modes: number;
  readonly seen: number;
  /** Variance of mode k is k^−decay, the target's power in it k^−power; whole quarters both. */
  readonly decay: number;
  readonly power: number;
  /** A batch of fresh samples an update; or so many samples, all of them in every update. */
  readonly data:
    | { readonly kind: 'fresh'; readonly batch: number }
    | { readonly kind: 'fixed'; readonly samples: number };
  /** `shuffled`: every target is that of another input. */
  readonly labels: 'own' | 'shuffled';
  readonly observe: readonly 'loss'[];
}

/** Small causal transformer that predicts the next symbol of what it reads. See `transformer.ts`. */
export interface TransformerSpec<Task extends RepeatsSpec | TextSpec = RepeatsSpec | TextSpec>
  extends Schedule {
  readonly kind: 'transformer';
  /** Repeated random sequences (`repeats.ts`), or windows of a text (`text.ts`). */
  readonly task: Task;
  /** Dimension d of the residual stream. */
  readonly width: number;
  /** Attention heads of a layer, of width / heads dimensions each. */
  readonly heads: number;
  readonly layers: number;
  /** `learned`: a vector a position, added to the symbol's. */
  readonly positions: 'learned' | 'none';
  /** Hidden units (ReLU) of the block after each attention; 0 is attention only. */
  readonly hidden: number;
  /** Layer norm before each block and before the output. */
  readonly norm: boolean;
  /** Fresh sequences of an update. */
  readonly batch: number;
  /** Sequences that a run is observed on. */
  readonly probe: number;
  /** Of the learning rate, as a network's; without it, constant. */
  readonly schedule?: 'cosine' | undefined;
  readonly observe: readonly TransformerObservable[];
}

export type TransformerObservable = keyof typeof TRANSFORMER_COLUMNS;

/** What can be recorded of a transformer, and its columns; of `heads`, one for each head of each layer. */
export const TRANSFORMER_COLUMNS = {
  /** Mean cross-entropy of the next symbol, in nats; of a text, on what is held out of it. */
  loss: { each: ['loss'], heads: [] },
  /** Of repeats alone, as the next: the same of symbols of the first period, and of those that an earlier copy foretells; late minus early. */
  occurrences: { each: ['firstLoss', 'repeatLoss', 'inContext'], heads: [] },
  /** See `observables/heads.ts`. */
  heads: { each: [], heads: ['prefix', 'previous', 'copying'] },
} as const satisfies Record<
  string,
  { readonly each: readonly string[]; readonly heads: readonly string[] }
>;

/** Online gradient descent on fresh Gaussian inputs with a teacher's labels, one a step. See `online.ts`. */
export interface OnlineSpec extends Schedule {
  readonly kind: 'online';
  /** Dimension d of the inputs. */
  readonly dimension: number;
  readonly model:
    | { readonly kind: 'committee'; readonly students: number; readonly teachers: number }
    /** The Hermite polynomial h_k of one direction. */
    | { readonly kind: 'single-index'; readonly degree: number };
  /** Independent trainings that make one run, each with inputs, teacher and start of its own. */
  readonly replicas: number;
  /** Cosine of the angle between a student and its teacher at the start. */
  readonly overlap: number;
  /** `other`: each input gets the label of another one, so that there is nothing to learn. */
  readonly labels: 'own' | 'other';
}

/** A column of one head, counted from 1: "prefix2.1" is of the second layer's first. */
export const headColumn = (name: string, layer: number, head: number) =>
  `${name}${layer + 1}.${head + 1}`;

/**
 * Two networks that earlier runs trained, side by side on samples that neither was trained on: what they
 * share at their start, and at their end. See `comparison.ts`.
 */
export interface ComparisonSpec extends Schedule {
  readonly kind: 'comparison';
  /** What trained the first and the second. Row i of their tables is one sample. */
  readonly of: readonly [ComparedSpec, ComparedSpec];
  /** Rows of the tables that they are compared on. */
  readonly probe: { readonly from: number; readonly count: number };
  /** k of mutual nearest neighbours. */
  readonly neighbours: number;
  /** Whether the second sees the sample that the first sees, or any other one, by the run's seed. */
  readonly pairing: 'same' | 'shuffled';
}

/** The schedule of every comparison: the networks as they were drawn at step 0, as they were trained at step 1. */
export const COMPARING = {
  ...{ kind: 'comparison', steps: 1, recordEvery: 1, checkpointEvery: 1 },
} as const satisfies Partial<ComparisonSpec>;

/** Programs whose networks can be compared, by their last hidden layers. */
export type ComparedSpec = MlpSpec | ClassifierSpec;

/** What is recorded of two networks. */
export const COMPARISON_COLUMNS = [
  /** Mean loss of the two on the probe. */
  'loss',
  /** Mutual k-nearest neighbours of their last hidden layers; see `neighbours.ts`. */
  'alignment',
  /** The same where the second sees another sample of the same class: what knowing the class alone makes. */
  'classAlignment',
  /** Linear CKA of the same layers; 0 where one of them is constant. */
  'cka',
  /** Share of the probe that each classifies rightly. */
  'accuracy1',
  'accuracy2',
] as const;

/** A network trained by full-batch gradient descent on all of its data, unless a study says else. */
export const MLP = {
  ...{
    kind: 'mlp',
    activation: 'tanh',
    skip: false,
    antithetic: false,
    train: 'all',
    probe: 'all',
  },
  ...{ loss: 'half-mean', optimizer: 'descent', batch: 'full', schedule: 'constant' },
} as const satisfies Partial<MlpSpec>;

/** Centres of the bins of cosines, a tenth apart. */
export const COSINE_BINS = Array.from({ length: 10 }, (_, i) => (i + 0.5) / 10);

/** At most so many predictions are recorded. */
const MOST_PREDICTIONS = 128;

/** How many held-out samples' outputs `predictions` records: f1 … are sample after sample, output after output. */
export function predictedSamples({ train, data, layers }: MlpSpec): number {
  const heldOut = train === 'all' ? 0 : data.samples - train.count;
  return Math.min(heldOut, Math.floor(MOST_PREDICTIONS / (layers.at(-1) ?? 1)));
}

/** What can be recorded of a network, and the columns that it fills. */
export const COLUMNS = {
  /** Of the observed training samples, and of those held out. */
  loss: ['loss'],
  testLoss: ['testLoss'],
  /** Share of samples whose largest output is their class; with one output, whose sign is right. */
  accuracy: ['accuracy'],
  testAccuracy: ['testAccuracy'],
  /** Euclidean norm of the gradient of the training loss. */
  gradientNorm: ['gradientNorm'],
  /** Top eigenvalue of the Hessian of the training loss. */
  sharpness: ['sharpness'],
  /** The same of P^{−½} H P^{−½} with Adam's P (Cohen et al. 2022, arXiv:2207.14484, eq. 2). */
  preconditionedSharpness: ['preconditionedSharpness'],
  /** Frobenius norm of all weights and biases together. */
  weightNorm: ['weightNorm'],
  /** ‖w − w₀‖ / ‖w₀‖ over all weights and biases. */
  movement: ['movement'],
  /** Linear CKA of the last hidden layer with itself at the start, and with the targets, on the probe. */
  cka: ['cka'],
  alignment: ['alignment'],
  /** ‖Θ − Θ₀‖ / ‖Θ₀‖ of the tangent kernel on the first observed samples; see `tangent-kernel.ts`. */
  kernelMovement: ['kernelMovement'],
  /** How hidden units point to the teacher's: mean cosine, and shares by cosine; see `neurons.ts`. */
  neurons: ['neuronAlignment', ...COSINE_BINS.map((_, i) => `cosine${i + 1}`)],
  /** α f on the first held-out samples; so many columns as there are outputs, see `predictedSamples`. */
  predictions: [],
  /**
   * What the infinitely wide network says in the run's place, see `kernel-machine.ts`: its mean square error
   * over the whole table; the same at the end of the run, averaged over other draws of the training samples;
   * and k1 … beside f1 ….
   */
  kernelMachine: ['kernelError', 'kernelControl'],
  /** Root mean square of what the last hidden layer changed since the start, over units and samples. */
  featureChange: ['featureChange'],
  /** The measures of neural collapse, of one-hot classes on the probe; see `collapse.ts`. */
  collapse: [
    ...['collapseVariability', 'collapseNorms', 'collapseAngles'],
    ...['collapseDuality', 'collapseCentres'],
  ],
  /** How periodic a quadratic network of modular addition is, and what it knows by that; see `fourier.ts`. */
  fourier: ['fourierShare', 'fourierSpread', 'restrictedAccuracy', 'excludedAccuracy'],
  /** How far hidden states go, layer by layer, through the layers that skip; see `depth.ts`. */
  depth: ['increment', 'variation', 'growth'],
  /** Distance of the weights from flows that descent may follow; see `flow.ts`. */
  flow: ['flowDistance', 'modifiedDistance', 'flippedDistance'],
  /** What gradient flow conserves: its distance from the start, and the share that is left of it. */
  balance: ['balanceDrift', 'balanceKept'],
} as const satisfies Record<string, readonly string[]>;

/**
 * Two denoisers of digits of 8 × 8 pixels, alike but for their seeds, on two sets of images that share none,
 * and what they make of the same noise. See `denoiser.ts`.
 */
export interface DenoiserSpec extends Schedule {
  readonly kind: 'denoiser';
  readonly architecture: Architecture;
  /** Units of a hidden layer, channels at full size, or numbers a patch: see `denoiser-networks.ts`. */
  readonly width: number;
  /** Blocks one after another. */
  readonly layers: number;
  /** Images N of each of the two sets. */
  readonly images: number;
  /** Images of an update, each with fresh noise. */
  readonly batch: number;
  /** Noisy images that the losses of a record are taken over. */
  readonly probe: number;
  /** Pictures that each of the two makes at a record, each from noise of its own. */
  readonly pictures: number;
  /** Euler steps from noise to a picture. */
  readonly samplerSteps: number;
  /** `shared`: picture k of every network of every run begins with the same noise; `own`: with noise that no other has. */
  readonly noise: 'shared' | 'own';
}

/** A network on images of digits that is no chain of layers, trained by Adam on their classes. See `classifier.ts`. */
export interface ClassifierSpec extends Schedule {
  readonly kind: 'classifier';
  readonly architecture: ClassifierArchitecture;
  /** Channels of a convolution, or numbers a patch: see `classifier-networks.ts`. */
  readonly width: number;
  readonly data: DigitsSpec;
  /** The first so many digits are trained on; the others are held out. */
  readonly train: number;
  /** Observe only the first so many of either. */
  readonly probe: number;
  /** Digits of an update, drawn with replacement by the run's seed. */
  readonly batch: number;
  /** Which draws of a run's seed its weights and batches are, as of `MlpSpec`. */
  readonly draw?: number | undefined;
}

/** Classifiers that there are; the order is part of the address of weights, so new ones go to the end. */
export const CLASSIFIERS = ['convolutional', 'transformer'] as const;
export type ClassifierArchitecture = (typeof CLASSIFIERS)[number];

/** What is recorded of a classifier: mean cross-entropy and share that is right, of digits trained on and held out. */
export const CLASSIFIER_COLUMNS = ['loss', 'testLoss', 'accuracy', 'testAccuracy'] as const;

/** Denoisers that there are; the order is part of the address of noise, so new ones go to the end. */
export const ARCHITECTURES = ['dense', 'convolutional', 'transformer', 'mixer'] as const;
export type Architecture = (typeof ARCHITECTURES)[number];

/** Pixels of a denoiser's image, and of its side. */
export const SIDE = 8;
export const PIXELS = SIDE * SIDE;

/** The two networks of a denoiser's run: the first letter of the names of their pictures' columns. */
export const HALVES = ['a', 'b'] as const;

/** Column of a pixel of a picture, both counted from 0. */
export const pixelColumn = (half: (typeof HALVES)[number], picture: number, pixel: number) =>
  `${half}${picture + 1}.${pixel + 1}`;

/** What is recorded of two denoisers, beside the pixels of their pictures. */
export const DENOISER_COLUMNS = [
  /** Mean over both of the weighted squared error, on images that they train on, and on held-out ones. */
  ...['loss', 'testLoss'],
  /** Mean cosine of pictures of the two from the same noise, and from different noise; see `observables/pictures.ts`. */
  ...['same', 'different'],
  /** Cosine of a picture with the nearest of the images that its network trains on, and of those that the other does. */
  ...['nearestOwn', 'nearestOther'],
  /** Same-seed cosine of a picture with that of the Gaussian model of its images, and of the two Gaussian models. */
  ...['gaussian', 'gaussianPair'],
] as const;

/**
 * Convolutional networks in the shape of the data's own tree, on strings of random rules: one for each amount of data.
 * See `tree-network.ts`.
 */
export interface HierarchySpec extends Schedule {
  readonly kind: 'hierarchy';
  readonly task: HierarchyTask;
  /** Channels of each layer. */
  readonly width: number;
  /** P of each network: strings that it trains on, the first of those that the run's seed draws. */
  readonly samples: readonly number[];
  /** Strings of an update, drawn from those with replacement. */
  readonly batch: number;
  /** Held-out strings that networks are observed on, and at most as many of those that all train on. */
  readonly probe: number;
}

/** What is recorded of each network of a hierarchy's run: share of strings told rightly, trained on and held out. */
const HIERARCHY_COLUMNS = ['accuracy', 'testAccuracy'] as const;

/**
 * A statistic of natural data, measured over more and more random samples of them: nothing is trained, and a step adds
 * a batch of samples to running sums. See `statistics.ts`.
 */
export interface StatisticsSpec extends Schedule {
  readonly kind: 'statistics';
  readonly of: Measured;
  /** Samples of a step. */
  readonly batch: number;
  /**
   * `shuffled`: every pixel is one of the same sample, drawn at random, and every word any of the novel's, each as
   * likely: what is left is white noise.
   */
  readonly order: 'own' | 'shuffled';
}

export type ProgramSpec =
  | MlpSpec
  | LinearSpec
  | TransformerSpec
  | SpectrumSpec
  | OnlineSpec
  | ComparisonSpec
  | DenoiserSpec
  | HierarchySpec
  | StatisticsSpec
  | ClassifierSpec;

/** One number for each recorded prediction: f1, f2, … */
const predictionNames = (spec: MlpSpec, letter: 'f' | 'k') =>
  Array.from(
    { length: predictedSamples(spec) * (spec.layers.at(-1) ?? 1) },
    (_, i) => `${letter}${i + 1}`,
  );

/** What trained the runs that a run of this program stands on, in their order; none where it trains from its seed. */
export const inputsOf = (program: ProgramSpec): readonly ProgramSpec[] =>
  program.kind === 'comparison' ? program.of : [];

/** Names of the columns that a run of this program records, the loss first. */
export function columnsOf(program: ProgramSpec): readonly string[] {
  switch (program.kind) {
    case 'mlp':
      return [
        'loss',
        ...program.observe.filter((o) => o !== 'loss').flatMap((o) => COLUMNS[o]),
        ...(program.observe.includes('predictions') ? predictionNames(program, 'f') : []),
        ...(program.observe.includes('kernelMachine') ? predictionNames(program, 'k') : []),
      ];
    case 'linear': {
      const modes = program.observe.includes('modes') ? program.singularValues : [];
      return ['loss', ...modes.map((_, i) => `mode${i + 1}`)];
    }
    case 'spectrum':
      return ['loss'];
    case 'comparison':
      return COMPARISON_COLUMNS;
    case 'classifier':
      return CLASSIFIER_COLUMNS;
    case 'transformer': {
      const places = Array.from({ length: program.layers * program.heads }, (_, i) => i);
      return [
        'loss',
        ...program.observe
          .filter((o) => o !== 'loss')
          .flatMap((o) => [
            ...TRANSFORMER_COLUMNS[o].each,
            ...TRANSFORMER_COLUMNS[o].heads.flatMap((name) =>
              places.map((i) => headColumn(name, Math.floor(i / program.heads), i % program.heads)),
            ),
          ]),
      ];
    }
    case 'online': {
      const each = replicaColumns(program.model);
      const replicas = Array.from({ length: program.replicas }, (_, i) => i);
      return ['loss', ...replicas.flatMap((i) => each.map((name) => ofReplica(name, i)))];
    }
    case 'hierarchy':
      return [
        'loss',
        ...program.samples.flatMap((_, k) => HIERARCHY_COLUMNS.map((name) => ofReplica(name, k))),
      ];
    case 'statistics':
      return ['loss', ...binsTo(spectrumSize(program.of)).map((_, i) => binColumn(i))];
    case 'denoiser':
      return [
        ...DENOISER_COLUMNS,
        ...HALVES.flatMap((half) =>
          Array.from({ length: program.pictures * PIXELS }, (_, i) =>
            pixelColumn(half, Math.floor(i / PIXELS), i % PIXELS),
          ),
        ),
      ];
  }
}

/** What is recorded of each replica. */
export function replicaColumns(model: OnlineSpec['model']): readonly string[] {
  if (model.kind === 'single-index') return ['overlap'];
  const { students, teachers } = model;
  const pairs = (letter: 'R' | 'Q', count: (i: number) => number) =>
    Array.from({ length: students }, (_, i) =>
      Array.from({ length: count(i) }, (_n, n) => orderColumn(letter, i, n)),
    ).flat();
  return [...pairs('R', () => teachers), ...pairs('Q', (i) => i + 1)];
}

/** A column of order parameters, units counted from 1: "R1.2" is of the first student and the second teacher. */
export const orderColumn = (letter: 'R' | 'Q', i: number, n: number) =>
  `${letter}${i + 1}.${n + 1}`;

/** The same of a replica, from 0: "R1.2/1" is of the first. */
export const ofReplica = (column: string, replica: number) => `${column}/${replica + 1}`;

/** A run of an earlier stage that another stands on. */
export interface RunInput {
  readonly seed: number;
  readonly hyper: Hyper;
  /** Hash of its last state, as it was committed; null where it diverged. */
  readonly sha256: string | null;
  /** That state, where it is at hand already; else it is fetched by its hash. */
  readonly state?: Readonly<Record<string, Float32Array>> | undefined;
}

/** One run of a pack. */
export interface PackedRun {
  readonly id: string;
  readonly seed: number;
  readonly hyper: Hyper;
  /** The runs that it stands on, in the order of its program's; absent where that trains from seeds. */
  readonly inputs?: readonly RunInput[] | undefined;
}

/** Runs of one shape that are trained together as one batch of rank-3 products. */
export interface Pack {
  readonly program: ProgramSpec;
  readonly runs: readonly PackedRun[];
}

/** The seed that a run of this program draws by; draws of one seed are a golden ratio of 2³² apart. */
export const drawnBy = (program: ProgramSpec, seed: number): number =>
  program.kind === 'mlp' || program.kind === 'classifier'
    ? (seed + Math.imul(program.draw ?? 0, 0x9e3779b1)) >>> 0
    : seed;

/** Runs may share a pack exactly when their programs have the same key. */
export function shapeKey(program: ProgramSpec): string {
  return JSON.stringify(program, (_, value: unknown) =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}
