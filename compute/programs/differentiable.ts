/**
 * A differentiable program: a network whose loss is written as operations of TensorFlow.js, so that the
 * library's automatic differentiation makes the gradients. For what is no chain of matrix products
 * (`dense.ts`): attention, convolutions. Only first derivatives: nested gradients of the library are
 * silently wrong, so there are no products with a Hessian here. Trained by Adam.
 *
 * Operations must have right gradients on every backend, and none that adds in an order of its own:
 * products, sums, broadcasts, reshapes, transposes, softmax of at most `MOST_ROWS` rows. No gather, no
 * convolution, no einsum.
 */
import type { Scalar, Tensor3D } from '@tensorflow/tfjs';
import type { Tf } from './dense.ts';

/** WebGPU's softmax corrupts its last element beyond so many rows, and products have no larger batch. */
export const MOST_ROWS = 65_535;

/** One array of weights of one run: a matrix, [rows × columns]. */
export interface Shape {
  readonly rows: number;
  readonly columns: number;
}

/** Numbers of several arrays. */
export const numbersIn = (arrays: readonly Shape[]): number =>
  arrays.reduce((n, { rows, columns }) => n + rows * columns, 0);

export interface DifferentiableProgram {
  /** Names of the columns that a run records, the loss first. */
  readonly columns: readonly string[];
  readonly weights: readonly Shape[];
  /** Upper bound on what one run's update holds on the device at once, in bytes; the run's state included. */
  readonly bytes: number;
  /** Rows of one run's largest softmax, at most `MOST_ROWS`. */
  readonly rows: number;
  /** Factor on the learning rate at an update; absent: always 1. */
  rateFactor?(step: number): number;
  /** Initial weights of one run; a function of its seed alone. */
  initial(run: number): readonly Float32Array[];
  /** The program on a backend, with what it keeps there. */
  on(tf: Tf): DifferentiableOn;
}

export interface DifferentiableOn {
  /**
   * Sum over some runs of each one's training loss at its update `step` (the first one is 0). Runs share no
   * weight, so the gradient of the sum is each one's own.
   * @param weights [runs × rows × columns] each, of these runs
   */
  loss(weights: readonly Tensor3D[], runs: readonly number[], step: number): Scalar;
  /** What a record tells of one run after `step` updates, by column. @param weights [1 × rows × columns] each */
  read(
    weights: readonly Tensor3D[],
    run: number,
    step: number,
  ): Promise<Readonly<Record<string, number>>>;
  dispose(): void;
}
