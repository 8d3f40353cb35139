/**
 * One pack's numbers on a device, and the few things that are done to them. Three machines exist:
 * `packed.ts`, batched products of TensorFlow.js on any backend; `fused/`, WGSL kernels that take many
 * steps a launch; and `wasm/`, a WebAssembly function a step. All speak the layout of `DenseProgram`: a run's weights are one vector of
 * layers in order, each [(in + bias) × out], row-major.
 */
import { type DenseProgram, rowsOf } from '../programs/dense.ts';

/** Arrays of one run by name: `W1` …, and the optimizer's `m1` … and `v1` …. */
export type Arrays = Readonly<Record<string, Float32Array>>;

export interface Machine {
  /** In words, for the volunteer and the record: "fused: 64 threads a run, 120 steps a dispatch". */
  readonly how: string;
  /**
   * Applies at most `steps` updates, so many as fit in a slice of about 50 ms (at least one), and
   * resolves with their number when the device has done them.
   */
  advance(steps: number): Promise<number>;
  /** α f of every run on the observed rows: [runs × probe × out]. */
  outputs(): Promise<Float32Array>;
  /** Gradient of the loss on all rows that are trained on: [runs × size]. */
  gradient(): Promise<Float32Array>;
  /** Products with the Hessian of that loss, at the present weights. */
  linearize(): Promise<Linearized>;
  /** Weights and optimizer state of every run. */
  download(): Promise<readonly Arrays[]>;
  dispose(): void;
}

export interface Linearized {
  /** H v of every run, exactly (R-operator): takes and returns [runs × size]. */
  product(vectors: Float32Array): Promise<Float32Array>;
  dispose(): void;
}

/** Outputs are observed so many rows at a time: what a wide network leaves of them is bounded. */
export const PROBE_ROWS = 256;

/** Milliseconds of one slice: a volunteer who presses Pause waits no longer than about twice this. */
export const SLICE_MS = 50;

/** Names of the arrays of a run's state that a machine holds: weights, then what the optimizer keeps. */
export function stateNames(program: DenseProgram, momentum: boolean): readonly string[][] {
  const names = (letter: string) => program.layers.map((_, l) => `${letter}${l + 1}`);
  if (program.optimizer === 'adam') return [names('W'), names('m'), names('v')];
  return momentum ? [names('W'), names('m')] : [names('W')];
}

/** Splits one run's vector into its layers' matrices. */
export function splitLayers(program: DenseProgram, vector: Float32Array): Float32Array[] {
  let from = 0;
  return program.layers.map((layer) => {
    const end = from + rowsOf(layer) * layer.out;
    const part = vector.slice(from, end);
    from = end;
    return part;
  });
}

/** One array after the other. */
export function joined(arrays: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(arrays.reduce((n, a) => n + a.length, 0));
  let offset = 0;
  for (const a of arrays) {
    all.set(a, offset);
    offset += a.length;
  }
  return all;
}

/** Chooses how many steps the next slice takes, from how long the last one took. */
export function createPacer(): {
  next(left: number): number;
  took(steps: number, ms: number): void;
  readonly steps: number;
} {
  let steps = 1;
  return {
    next: (left) => Math.min(left, Math.max(1, Math.floor(steps))),
    took(done, ms) {
      const fit = (SLICE_MS / Math.max(ms, 0.1)) * done;
      // Grows by at most eight a slice: one quick measurement must not launch seconds of work.
      steps = Math.max(1, Math.min(fit, done * 8, 100_000));
    },
    get steps() {
      return Math.floor(steps);
    },
  };
}
