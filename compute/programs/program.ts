/**
 * What is trained, as data. A program spec is everything that the runs of one pack share (their
 * shape); a hyper is what may differ between them without another shape. Both are JSON, so a
 * lease, an exported point and a test all speak of a training in the same words.
 */

/** Per-run numbers: data to the kernels, never shape. */
export interface Hyper {
  /** Step size η of gradient descent. */
  readonly learningRate: number;
  /** Heavy-ball momentum β; 0 is plain gradient descent. */
  readonly momentum: number;
  /** Multiplies the initial weights (its meaning is stated by each program). */
  readonly initScale: number;
}

/** When the run is observed, and when its full state is hashed. */
export interface Schedule {
  /** Number of optimizer updates of the whole run. */
  readonly steps: number;
  /** A row of the series every so many steps, and one at step 0 and one at the end. */
  readonly recordEvery: number;
  /** A checkpoint hash at step 0, every so many steps, and at the end. A multiple of `recordEvery`. */
  readonly checkpointEvery: number;
}

/** Fully connected network on a fixed data set, full batch. See `mlp.ts`. */
export interface MlpSpec extends Schedule {
  readonly kind: 'mlp';
  /** Units a layer, input first: [1, 100, 100, 1]. */
  readonly layers: readonly number[];
  readonly activation: 'tanh' | 'relu';
  readonly data: { readonly kind: 'chebyshev'; readonly degree: number; readonly samples: number };
  /** `half-mean`: ½ Σ residual² over outputs, averaged over samples. */
  readonly loss: 'half-mean';
  readonly observe: readonly MlpObservable[];
}

export type MlpObservable = 'loss' | 'sharpness' | 'gradientNorm';

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

export type ProgramSpec = MlpSpec | LinearSpec;

/** Names of the columns that a run of this program records, the loss first. */
export function columnsOf(program: ProgramSpec): readonly string[] {
  switch (program.kind) {
    case 'mlp':
      return ['loss', ...program.observe.filter((o) => o !== 'loss')];
    case 'linear': {
      const modes = program.observe.includes('modes') ? program.singularValues : [];
      return ['loss', ...modes.map((_, i) => `mode${i + 1}`)];
    }
  }
}

/** One run of a pack. */
export interface PackedRun {
  readonly id: string;
  readonly seed: number;
  readonly hyper: Hyper;
}

/** Runs of one shape that are trained together as one batch of rank-3 products. */
export interface Pack {
  readonly program: ProgramSpec;
  readonly runs: readonly PackedRun[];
}

/** Runs may share a pack exactly when their programs have the same key. */
export function shapeKey(program: ProgramSpec): string {
  return JSON.stringify(program, (_, value: unknown) =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}
