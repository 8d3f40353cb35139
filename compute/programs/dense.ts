/**
 * A dense program: a chain of matrix products and activations on a fixed data set, with a loss and
 * an optimizer. This description is all that the machines (TensorFlow.js packed, WGSL fused, the
 * float64 reference of the tests) know of a program: they train any chain that can be written so.
 *
 * Layer l of a run takes a_{l−1} [samples × in] to a_l = φ(a_{l−1} W_l + b_l), plus a_{l−1} where it
 * skips. The output is f = α a_L with the run's output scale α; the error at the output is
 * ∂loss/∂f, which for both losses is `errorScale` times a difference (f − y, or softmax(f) − y).
 */
import type * as TensorFlow from '@tensorflow/tfjs';
import type { ActivationName, LossName, OptimizerName } from './program.ts';

export type Tf = typeof TensorFlow;

export interface DenseLayer {
  readonly in: number;
  readonly out: number;
  readonly bias: boolean;
  readonly activation: ActivationName;
  /** Adds its input to its activation, times `branch`; in = out. */
  readonly skip: boolean;
  /** Factor on the activation of a layer that skips; 1 where it is left out. */
  readonly branch?: number;
  /** Factors on the learning rate, of the matrix and of its biases. */
  readonly rate: number;
  readonly biasRate: number;
}

export interface DenseProgram {
  /** Names of the columns that a run records, the loss first. */
  readonly columns: readonly string[];
  readonly layers: readonly DenseLayer[];
  readonly loss: LossName;
  readonly optimizer: OptimizerName;
  /** Adam's β₂. */
  readonly beta2: number;
  /** Factor on the learning rate at each update, [steps]; null where it is 1. */
  readonly schedule: Float32Array | null;
  /** Samples of the table, and of one update: as many as are trained on is full batch, each once. */
  readonly samples: number;
  readonly batch: number;
  /** The loss of a batch of n samples is a sum over samples times this: 1/n for a mean, 1 for a sum. */
  readonly reduction: 'mean' | 'sum';
  /** Inputs [samples × layers[0].in]. */
  readonly inputs: Float32Array;
  /** Targets [samples × out]: one array for all runs, or one a run. */
  readonly targets: readonly Float32Array[];
  /** Rows of the table that are trained on: all if null; one list for all runs, or one a run, of one length. */
  readonly train: readonly Int32Array[] | null;
  /** Rows whose outputs are observed: all if null. */
  readonly probe: Int32Array | null;
  /** What a record needs beyond the outputs. */
  readonly observe: {
    readonly gradientNorm: boolean;
    readonly sharpness: boolean;
    /** Top eigenvalue of the Hessian as Adam sees it. */
    readonly preconditionedSharpness: boolean;
    readonly weights: boolean;
  };
  /** Initial weights of one run, [(in + bias) × out] a layer, bias last; a function of its seed alone. */
  initial(run: number): readonly Float32Array[];
  /** Columns that can be read off the outputs [probe × out] of one run after so many updates, in float64; at least the loss. */
  read(run: number, outputs: Float32Array, step: number): Readonly<Record<string, number>>;
  /** Columns that can be read off a run's weights after so many updates, [(in + bias) × out] a layer, where `observe.weights`. */
  readWeights(
    run: number,
    weights: readonly Float32Array[],
    step: number,
  ): Readonly<Record<string, number>>;
}

/** The rows that are trained on: inputs and targets, one array for all runs, or one a run. */
export interface TrainingSet {
  readonly count: number;
  readonly x: readonly Float32Array[];
  readonly y: readonly Float32Array[];
}

export function trainingSet(program: DenseProgram, runs: number): TrainingSet {
  const { train, inputs, targets, samples } = program;
  if (train === null) return { count: samples, x: [inputs], y: targets };
  const each = Math.max(train.length, targets.length) === 1 ? 1 : runs;
  const list = <T>(of: readonly T[]) =>
    Array.from({ length: each }, (_, r) => pick(of, of.length === 1 ? 0 : r));
  const rows = list(train);
  return {
    count: pick(rows, 0).length,
    x: train.map((own) => gathered(inputs, samples, own)),
    y: list(targets).map((own, r) => gathered(own, samples, pick(rows, r))),
  };
}

/** Inputs of the rows that are observed. */
export const probeInputs = ({ probe, inputs, samples }: DenseProgram): Float32Array =>
  probe === null ? inputs : gathered(inputs, samples, probe);

/** Some rows of a table of `count` rows. */
export function gathered(table: Float32Array, count: number, rows: Int32Array): Float32Array {
  const width = table.length / count;
  const all = new Float32Array(rows.length * width);
  for (const [i, row] of rows.entries())
    all.set(table.subarray(row * width, (row + 1) * width), i * width);
  return all;
}

function pick<T>(list: readonly T[], index: number): T {
  const value = list[index];
  if (value === undefined) throw new RangeError(`No element ${index}.`);
  return value;
}

/** The factor on a layer's activation. */
export const branchOf = ({ skip, branch = 1 }: DenseLayer): number => (skip ? branch : 1);

/** Rows of a layer's matrix: inputs, and one for the bias. */
export const rowsOf = (layer: DenseLayer): number => layer.in + (layer.bias ? 1 : 0);

/** Numbers in all matrices of one run. */
export function sizeOf({ layers }: Pick<DenseProgram, 'layers'>): number {
  return layers.reduce((sum, layer) => sum + rowsOf(layer) * layer.out, 0);
}

/** Factor between the output's difference and ∂loss/∂f, for a batch of n samples. */
export const errorScaleOf = ({ reduction }: DenseProgram, n: number): number =>
  reduction === 'mean' ? 1 / n : 1;
