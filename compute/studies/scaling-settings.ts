/**
 * What the study scaling-laws trains in each of its settings: how many parameters N and samples D a cell has, how
 * they are trained, and what the theory says of the loss where the setting is solved.
 *
 * The solvable model has λ_k = k^−1.5 and w_k² λ_k = k^−1.75, as the literature's a = ½ and b = 1¾. On a stream its
 * steps are of η = ¼ on 32 samples; on kept samples it is ridge regression with δ = 3e-4, large enough that the peak at
 * N = D is low, small enough that it is not what bounds the loss. There heavy ball has the step and momentum that are
 * best for curvatures between δ and δ + Σ λ_k (Polyak 1964): the latter bounds every sample covariance of
 * inputs ±√λ_k, so no draw diverges, and after 300 updates what is left to go was below 1e-3 of the loss (seed 101).
 */
import { onlineLosses, ridgeLoss, type Spectrum } from '../analysis/spectrum-theory.ts';
import { HYPER, MLP } from '../programs/program.ts';
import { mupScales } from '../programs/scales.ts';
import { number } from './criteria.ts';
import type { Config, PlanOptions, RunPlan } from './study.ts';

export const SETTINGS = ['online', 'kept', 'mnist', 'text'] as const;
export type SettingId = (typeof SETTINGS)[number];

export interface Setting {
  readonly label: string;
  /** In lines of a figure. */
  readonly short: string;
  parameters(size: number): number;
  samples(data: number): number;
  /** Samples that one update is made from, of a run with so many in all. */
  batch(samples: number): number;
  steps(data: number): number;
  /** The loss that theory gives; null where there is none for this setting. */
  predicted(size: number, data: number): number | null;
  /** The column of the loss that the study is about: on what was not trained on. */
  readonly loss: 'loss' | 'testLoss';
  /** What ln loss falls by from the smallest cell to the largest, at least; null where theory says what it is. */
  readonly leastFall: number | null;
  plan(size: number, data: number, options: PlanOptions): RunPlan;
}

export const SPECTRUM: Spectrum = { modes: 1024, decay: 1.5, power: 1.75 };
/** Modes that a unit of size is. */
const MODES = 4;
const [BATCH, RATE] = [32, 0.25];
/** Samples of a unit of data where they are kept, updates on them, and the ridge. */
const [KEPT, KEPT_STEPS, RIDGE] = [2, 300, 3e-4];
export const MOST_DATA = 512;

const modesOf = (size: number) => Math.min(SPECTRUM.modes, MODES * size);

const streams = new Map<number, Float64Array>();

/** The expected loss on the stream by update, up to the longest run there is. */
export function streamLosses(seen: number): Float64Array {
  const known = streams.get(seen);
  if (known !== undefined) return known;
  const made = onlineLosses(SPECTRUM, seen, { steps: MOST_DATA, batch: BATCH, rate: RATE });
  streams.set(seen, made);
  return made;
}

const online: Setting = {
  ...{ label: 'solvable model on a stream', short: 'stream', loss: 'loss', leastFall: null },
  parameters: modesOf,
  samples: (data) => BATCH * data,
  batch: () => BATCH,
  steps: (data) => data,
  predicted: (size, data) => streamLosses(modesOf(size))[data] ?? null,
  plan: (size, data, options) => ({
    program: {
      ...{ kind: 'spectrum', ...SPECTRUM, seen: modesOf(size), observe: ['loss'] },
      data: { kind: 'fresh', batch: BATCH },
      labels: options.null ? 'shuffled' : 'own',
      ...scheduleOf(data, 16),
    },
    hyper: { ...HYPER, learningRate: RATE },
  }),
};

/** Σ λ_k: no covariance of D such inputs has a larger eigenvalue. */
const TRACE = Array.from({ length: SPECTRUM.modes }, (_, i) => (i + 1) ** -SPECTRUM.decay).reduce(
  (sum, l) => sum + l,
);
const [STEEP, FLAT] = [Math.sqrt(TRACE + RIDGE), Math.sqrt(RIDGE)];

const kept: Setting = {
  ...{ label: 'solvable model on kept samples', short: 'kept', loss: 'loss', leastFall: null },
  parameters: modesOf,
  samples: (data) => KEPT * data,
  batch: (samples) => samples,
  steps: () => KEPT_STEPS,
  predicted: (size, data) => ridgeLosses(modesOf(size), KEPT * data),
  plan: (size, data, options) => ({
    program: {
      ...{ kind: 'spectrum', ...SPECTRUM, seen: modesOf(size), observe: ['loss'] },
      data: { kind: 'fixed', samples: KEPT * data },
      labels: options.null ? 'shuffled' : 'own',
      ...scheduleOf(KEPT_STEPS, 4),
    },
    hyper: {
      ...{ ...HYPER, weightDecay: RIDGE, learningRate: 4 / (STEEP + FLAT) ** 2 },
      momentum: ((STEEP - FLAT) / (STEEP + FLAT)) ** 2,
    },
  }),
};

const ridges = new Map<string, number>();

function ridgeLosses(seen: number, samples: number): number {
  const key = `${seen} ${samples}`;
  const known = ridges.get(key) ?? ridgeLoss(SPECTRUM, seen, samples, RIDGE);
  ridges.set(key, known);
  return known;
}

const CLASSES = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
/** Digits that a run does not train on, whatever its share: its loss is theirs. */
const HELD_OUT = 4096;
const INPUTS = 14 * 14;
const DIGIT_RATE = 0.01;
/** Hidden width at which μP and the standard parametrization meet. */
const BASE_WIDTH = 64;

/** One hidden layer of as many ReLU as the size says, by Adam with a falling rate under μP: one rate does for all widths. */
const mnist: Setting = {
  ...{ label: 'handwritten digits (MNIST)', short: 'digits', loss: 'testLoss', leastFall: 0.5 },
  parameters: (size) => (INPUTS + 1) * size + (size + 1) * CLASSES.length,
  samples: (data) => BATCH * data,
  batch: () => BATCH,
  steps: (data) => data,
  predicted: () => null,
  plan(size, data, options) {
    const layers = [INPUTS, size, CLASSES.length];
    const samples = BATCH * data;
    return {
      program: {
        ...{ ...MLP, layers, activation: 'relu', loss: 'cross-entropy', optimizer: 'adam' },
        ...{ scales: mupScales(layers, BASE_WIDTH, 'adam'), schedule: 'cosine', batch: BATCH },
        data: {
          ...{ kind: 'mnist', samples: samples + HELD_OUT, classes: CLASSES, pool: 2 },
          ...(options.null ? { labels: 'shuffled' } : {}),
        },
        train: { count: samples, draw: 'run' },
        observe: ['loss', 'testLoss'],
        ...scheduleOf(data, 1),
      },
      hyper: { ...HYPER, learningRate: DIGIT_RATE, momentum: 0.9 },
    };
  },
};

/** Windows of an update, characters of each, and windows that the loss is taken over. */
const [WINDOWS, CONTEXT, PROBE] = [32, 16, 256];
const TASK = { kind: 'text', vocabulary: 27, context: CONTEXT } as const;
const HEADS = 2;
/**
 * Dimensions of the residual stream: a quarter of the size and two more, a multiple of the heads. Of two alone
 * layer norm leaves nothing but a sign.
 */
const widthOf = (size: number) => HEADS * (1 + Math.ceil(size / (4 * HEADS)));
/** Hidden units for each dimension. */
const HIDDEN = 4;
const TEXT_RATE = 0.07;
/** Updates between checkpoints: about a second, so that little is lost or replayed. */
const SEGMENT = 64;

/**
 * One layer of a causal transformer on characters, by Adam with a falling rate, smaller for wider ones. Its
 * parameters N are all there are, as Hoffmann et al. count them, and its samples D are characters, each new.
 */
const text: Setting = {
  ...{ label: 'characters of a novel (Moby-Dick)', short: 'text', loss: 'loss', leastFall: 0.15 },
  parameters(size) {
    const width = widthOf(size);
    const [hidden, vectors] = [HIDDEN * width, 2 * TASK.vocabulary + CONTEXT];
    // Vectors of symbols, in and out, and of places; four matrices and two, their biases; three norms.
    return (vectors + 4 * width + 2 * hidden + 1 + 3 * 2) * width + hidden;
  },
  samples: (data) => WINDOWS * CONTEXT * data,
  batch: () => WINDOWS * CONTEXT,
  steps: (data) => data,
  predicted: () => null,
  plan(size, data, options) {
    const width = widthOf(size);
    return {
      program: {
        ...{ kind: 'transformer', width, heads: HEADS, layers: 1, hidden: HIDDEN * width },
        ...{ norm: true, positions: 'learned', schedule: 'cosine' },
        task: { ...TASK, order: options.null ? 'shuffled' : 'own' },
        ...{ batch: WINDOWS, probe: PROBE, observe: ['loss'] },
        ...scheduleOf(data, Math.ceil(data / SEGMENT)),
      },
      hyper: { ...HYPER, learningRate: TEXT_RATE / Math.sqrt(width), momentum: 0.9 },
    };
  },
};

function scheduleOf(steps: number, records: number) {
  const every = Math.max(1, Math.ceil(steps / records));
  return { steps, recordEvery: every, checkpointEvery: every };
}

const ALL: Readonly<Record<SettingId, Setting>> = { online, kept, mnist, text };

export const isSetting = (value: unknown): value is SettingId =>
  SETTINGS.some((id) => id === value);

export const settingIdOf = ({ setting }: Config): SettingId =>
  isSetting(setting) ? setting : 'online';

/** Whether the law of a setting is measured: no theory says what it is. */
export const isMeasured = (id: SettingId): id is Exclude<SettingId, 'online' | 'kept'> =>
  ALL[id].leastFall !== null;

export const settingOf = (config: Config): Setting => ALL[settingIdOf(config)];

export const sizeOf = (config: Config): number => number(config, 'size');
export const dataOf = (config: Config): number => number(config, 'data');
export const parametersOf = (config: Config): number =>
  settingOf(config).parameters(sizeOf(config));
export const samplesOf = (config: Config): number => settingOf(config).samples(dataOf(config));

/** The loss that theory gives for a cell; null where it has none. */
export const predictedOf = (config: Config): number | null =>
  settingOf(config).predicted(sizeOf(config), dataOf(config));

/** Floating-point operations of a training: 6 a parameter and sample of an update (Kaplan et al. 2020, §2.1). */
export function computeOf(config: Config): number {
  const { batch, steps } = settingOf(config);
  return 6 * parametersOf(config) * batch(samplesOf(config)) * steps(dataOf(config));
}
