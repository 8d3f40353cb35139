/** Where everything of one run lies in the fused kernels' buffers, in numbers of four bytes. */
import { keepsSum } from '../../programs/activation.ts';
import { type DenseProgram, rowsOf, sizeOf } from '../../programs/dense.ts';

/** Of the state buffer: weights, their transposes (for the way back), then what the optimizer keeps. */
export interface StateLayout {
  /** Numbers of all matrices of a run. */
  readonly size: number;
  /** Start of each layer's matrix [(in + bias) × out] within a vector of `size`. */
  readonly layer: readonly number[];
  /** Starts of the sections; −1 where there is none. */
  readonly transposed: number;
  readonly first: number;
  readonly second: number;
  /** Distance from run to run. */
  readonly stride: number;
}

export function stateLayout(program: DenseProgram, kinds: number): StateLayout {
  const size = sizeOf(program);
  const layer: number[] = [];
  let at = 0;
  for (const l of program.layers) {
    layer.push(at);
    at += rowsOf(l) * l.out;
  }
  return {
    ...{ size, layer, transposed: size },
    first: kinds > 1 ? 2 * size : -1,
    second: kinds > 2 ? 3 * size : -1,
    stride: aligned(size * (kinds + 1)),
  };
}

/** Of the scratch buffer: what one pass over a batch leaves, each [batch × out] of its layer. */
export interface ScratchLayout {
  /** What is kept of φ(z_l), and the input of the next layer: the same, unless the layer skips or keeps its sums. */
  readonly active: readonly number[];
  readonly output: readonly number[];
  /** ∂loss/∂z_l, and ∂loss/∂(output of l), which only a skip needs, or the bend of a layer that keeps its sums. */
  readonly error: readonly number[];
  readonly arrived: readonly number[];
  /** The same along a direction, for products with the Hessian. */
  readonly movedSum: readonly number[];
  readonly movedOutput: readonly number[];
  readonly movedError: readonly number[];
  readonly movedArrived: readonly number[];
  /** A mini-batch's own inputs and targets; −1 for a full batch. */
  readonly x: number;
  readonly y: number;
  readonly stride: number;
}

/** For passes over `batch` samples; `drawn` with room for a mini-batch, `moved` for Hessian products. */
export function scratchLayout(
  program: DenseProgram,
  batch: number,
  options: { readonly drawn: boolean; readonly moved: boolean },
): ScratchLayout {
  let at = 0;
  const take = (count: number) => {
    const start = at;
    at += batch * count;
    return start;
  };
  const each = () => program.layers.map((l) => take(l.out));
  const orSame = (same: readonly number[]) =>
    program.layers.map((l, i) => (l.skip || keepsSum(l) ? take(l.out) : (same[i] ?? 0)));
  const active = each();
  const output = orSame(active);
  const error = each();
  const arrived = orSame(error);
  const movedSum = options.moved ? each() : [];
  const movedOutput = options.moved ? each() : [];
  const movedError = options.moved ? each() : [];
  const movedArrived = options.moved ? orSame(movedError) : [];
  const [first, last] = [program.layers[0], program.layers.at(-1)];
  const x = options.drawn ? take(first?.in ?? 0) : -1;
  const y = options.drawn ? take(last?.out ?? 0) : -1;
  return {
    ...{ active, output, error, arrived, movedSum, movedOutput, movedError, movedArrived },
    ...{ x, y, stride: aligned(at) },
  };
}

const aligned = (count: number) => Math.ceil(count / 4) * 4;
