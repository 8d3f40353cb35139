/**
 * What a training drives: the numbers of one pack on a device, which can be advanced, observed and taken
 * out. Dense chains fill it by their machine and `observe.ts`; programs whose gradients are made by
 * automatic differentiation by `differentiated.ts`.
 */
import type { WarmStarts } from '../observables/sharpness.ts';
import type { Arrays } from './machine.ts';

/** One number a run, by column name. */
export type Observation = Readonly<Record<string, Float64Array>>;

export interface Trainable {
  /** In words, for the volunteer and the record: "fused: 64 threads a run, 120 steps a dispatch". */
  readonly how: string;
  /** Names of the columns that a run records, the loss first. */
  readonly columns: readonly string[];
  /** Names of the arrays of a state that it keeps itself; what else a checkpoint has are warm starts. */
  readonly names: readonly string[];
  /**
   * Applies at most `steps` updates, so many as fit in a slice of about 50 ms (at least one), and
   * resolves with their number when the device has done them.
   */
  advance(steps: number): Promise<number>;
  /** Observes all runs at the present weights, `step` updates in. `warm` is what the last record left for this one. */
  observe(step: number, warm: WarmStarts): Promise<Observation>;
  /** Weights and optimizer state of every run. */
  download(): Promise<readonly Arrays[]>;
  dispose(): void;
}
