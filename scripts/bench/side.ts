/** One way of training a pack, as the bench drives it: ours, a plain TensorFlow.js model, jax-js. */
import { createPacer } from '../../compute/engines/machine.ts';
import { type DenseLayer, type DenseProgram, rowsOf } from '../../compute/programs/dense.ts';
import type { PackedRun } from '../../compute/programs/program.ts';

export interface Side {
  /** Runs that one step trains. */
  readonly runs: number;
  /** How it is computed, in words. */
  readonly how: string;
  /**
   * Trains on for about 50 ms, at least one step and at most to its last, and resolves with the number
   * of steps when the device has done them: every side waits for its device equally often.
   */
  advance(): Promise<number>;
  /** Weights of the first run, [(in + bias) × out] a layer. */
  weights(): Promise<readonly Float32Array[]>;
  dispose(): void;
}

/** What every side trains: a program, its runs, and after how many steps it ends. */
export interface Job {
  readonly program: DenseProgram;
  readonly runs: readonly PackedRun[];
  readonly steps: number;
}

/** `advance` of a side that can do any number of steps: in slices of about 50 ms. */
export function inSlices(
  total: number,
  run: (steps: number) => Promise<void>,
): () => Promise<number> {
  const pacer = createPacer();
  let left = total;
  return async () => {
    const count = pacer.next(left);
    const startedAt = performance.now();
    await run(count);
    pacer.took(count, performance.now() - startedAt);
    left -= count;
    return count;
  };
}

/** A layer's matrix apart from its bias. */
export function split(layer: DenseLayer, rows: Float32Array) {
  const cut = layer.in * layer.out;
  return { matrix: rows.subarray(0, cut), bias: layer.bias ? rows.subarray(cut) : null };
}

/** Loss of the first run on its data, from its weights, in float64. */
export function lossAt(program: DenseProgram, weights: readonly Float32Array[]): number {
  const { samples } = program;
  let a = Float64Array.from(program.inputs);
  for (const [l, layer] of program.layers.entries()) {
    const w = weights[l] ?? new Float32Array();
    const next = new Float64Array(samples * layer.out);
    for (let s = 0; s < samples; s++) {
      for (let j = 0; j < layer.out; j++) {
        let z = layer.bias ? (w[layer.in * layer.out + j] ?? Number.NaN) : 0;
        for (let i = 0; i < layer.in; i++)
          z += (a[s * layer.in + i] ?? 0) * (w[i * layer.out + j] ?? Number.NaN);
        next[s * layer.out + j] = active(layer, z);
      }
    }
    a = next;
  }
  return program.read(0, Float32Array.from(a), 0).loss ?? Number.NaN;
}

function active({ activation }: DenseLayer, z: number): number {
  switch (activation) {
    case 'tanh':
      return Math.tanh(z);
    case 'relu':
      return Math.max(0, z);
    case 'identity':
      return z;
    case 'square':
      return z * z;
  }
}

/**
 * Floating-point operations of one run's step: 2mnq a product; forward, and backward to weights and to
 * inputs, which the first layer does not need.
 */
export function flopsOf({ layers, batch }: DenseProgram): number {
  return layers.reduce(
    (sum, layer, l) => sum + (l === 0 ? 2 : 3) * 2 * batch * rowsOf(layer) * layer.out,
    0,
  );
}
