/**
 * A program packed over R runs, as the engine sees it: weight matrices of shape [R, rows, columns],
 * their exact gradient, and what can be observed. Gradients are written out by hand: fewer kernel
 * launches than automatic differentiation, and products with the Hessian by the exact R-operator,
 * which nested gradients of TensorFlow.js get wrong without an error.
 */
import type * as TensorFlow from '@tensorflow/tfjs';
import type { Pack } from './program.ts';

export type Tf = typeof TensorFlow;
export type Matrices = readonly TensorFlow.Tensor3D[];

/** One number a run, by column name. */
export type Observation = Readonly<Record<string, Float64Array>>;

export interface WeightShape {
  readonly name: string;
  readonly rows: number;
  readonly columns: number;
}

export interface PackedProgram {
  /** Weight matrices in order; each is [R, rows, columns] on the device. */
  readonly shapes: readonly WeightShape[];
  /** Names of the columns that `observe` returns; the first is `loss`. */
  readonly columns: readonly string[];
  /** Initial weights of one run, one array a matrix, row-major; a function of its seed alone. */
  initial(run: number): readonly Float32Array[];
  /** Gradient of the loss, one tensor a matrix. The caller tidies. */
  gradient(weights: Matrices): Matrices;
  /**
   * Observes all runs. `warm` holds arrays of each run that the next observation starts from (and
   * that a checkpoint must keep); it is updated in place.
   */
  observe(weights: Matrices, warm: WarmStarts): Promise<Observation>;
  dispose(): void;
}

/** By run: named arrays carried from one observation to the next. */
export type WarmStarts = Map<string, Float32Array>[];

export type ProgramFactory = (tf: Tf, pack: Pack) => PackedProgram;
