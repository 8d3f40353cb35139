/**
 * The packed machine: R runs as batched rank-3 products of TensorFlow.js, on any of its backends.
 * Gradients are written out by hand: fewer kernel launches than automatic differentiation, and
 * products with the Hessian by the exact R-operator (Pearlmutter 1994), which nested gradients of the
 * library get wrong without an error.
 *
 * Biases are the last row of each matrix, against a constant 1 in the layer below. So a layer below a
 * bias carries one more column, always zero, whose unit is that constant: its activation is φ(0) = 0
 * and 1 is added. Its back-propagated error is multiplied by a slope of zero, so the column's gradient
 * is exactly zero and it stays zero. This saves slices, pads and bias kernels, a third of a step's
 * launches, and launches are the cost on a GPU.
 */

import type { Tensor2D, Tensor3D } from '@tensorflow/tfjs';
import { ACTIVATIONS, type Constants, keepsSum } from '../programs/activation.ts';
import { at } from '../programs/at.ts';
import {
  branchOf,
  type DenseLayer,
  type DenseProgram,
  errorScaleOf,
  probeInputs,
  rowsOf,
  sizeOf,
  type Tf,
  trainingSet,
} from '../programs/dense.ts';
import type { PackedRun } from '../programs/program.ts';
import { batchAt } from '../random.ts';
import {
  type Arrays,
  createPacer,
  joined,
  type Linearized,
  type Machine,
  PROBE_ROWS,
  stateNames,
} from './machine.ts';
import { ADAM_EPSILON } from './optimizer.ts';

/** What the forward and backward pass leave for gradients and products with the Hessian. */
interface Pass {
  /** a_0 … a_{L−1}: inputs of each matrix, constant included. */
  readonly inputs: Tensor3D[];
  /** What is kept of each unit, φ(z_l) or z_l, without constant and skip. */
  readonly active: Tensor3D[];
  /** φ′(z_l), times the layer's branch; null where it is 1. */
  readonly slopes: (Tensor3D | null)[];
  /** ∂loss/∂a_l, and ∂loss/∂z_l, of each layer. */
  readonly arrived: Tensor3D[];
  readonly errors: Tensor3D[];
  /** softmax(f), for cross-entropy only. */
  readonly softmax: Tensor3D | null;
}

/** Makes the machine at the start of the runs, or from the arrays of a checkpoint at `step`. */
export function packedMachine(
  tf: Tf,
  program: DenseProgram,
  runs: readonly PackedRun[],
  from: { readonly step: number; readonly arrays: readonly Arrays[] } | null,
): Machine {
  const { layers, batch } = program;
  const R = runs.length;
  const depth = layers.length;
  const shapes = layers.map((layer, l) => ({
    rows: rowsOf(layer),
    plain: layer.out,
    columns: layer.out + (layers[l + 1]?.bias === true ? 1 : 0),
  }));
  const size = sizeOf(program);
  const outputs = layers[depth - 1]?.out ?? 0;
  const scalar = (v: number): Tensor3D => tf.keep(tf.tensor3d([v], [1, 1, 1]));
  const perRun = (pick: (run: PackedRun) => number): Tensor3D =>
    tf.keep(tf.tensor3d(runs.map(pick), [R, 1, 1]));
  const c: Constants = { one: scalar(1), two: scalar(2), minusTwo: scalar(-2) };
  const scaled = runs.some((r) => r.hyper.outputScale !== 1);
  const outputScale = perRun((r) => r.hyper.outputScale);
  const learningRates = layers.map((layer) =>
    tf.keep(
      ratesOf(
        tf,
        layer,
        runs.map((r) => r.hyper.learningRate),
      ),
    ),
  );
  const decays = runs.some((r) => r.hyper.weightDecay !== 0);
  const decay = perRun((r) => r.hyper.weightDecay);
  const momentum = perRun((r) => r.hyper.momentum);
  const adam = program.optimizer === 'adam';
  const usesMomentum = adam || runs.some((r) => r.hyper.momentum !== 0);
  const names = stateNames(program, usesMomentum);
  const b1 = adam ? perRun((r) => 1 - r.hyper.momentum) : null;
  const [b2, b2c] = [scalar(program.beta2), scalar(1 - program.beta2)];
  const constantRows = shapes.map(({ columns, plain }) => {
    if (columns === plain) return null;
    const row = new Float32Array(columns);
    row[plain] = 1;
    return tf.keep(tf.tensor3d(row, [1, 1, columns]));
  });
  const branches = layers.map((l) => (branchOf(l) === 1 ? null : scalar(branchOf(l))));
  // Where φ′ = 1, the constant unit still needs a slope of zero.
  const masks = shapes.map(({ columns, plain }, l) =>
    columns === plain || layers[l]?.activation !== 'identity'
      ? null
      : tf.keep(tf.tensor3d(new Float32Array(columns).fill(1, 0, plain), [1, 1, columns])),
  );
  const inputRows = shapes[0]?.rows ?? 0;
  const constant = layers[0]?.bias === true;
  const trained = trainingSet(program, R);
  const { count } = trained;
  const table = {
    x: withConstant(joined(trained.x), count * trained.x.length, constant),
    y: joined(trained.y),
  };
  const perRunX = trained.x.length > 1;
  const perRunY = trained.y.length > 1;
  const drawn =
    batch === count
      ? null
      : {
          x: tf.keep(tf.tensor2d(table.x, [count * trained.x.length, inputRows])),
          y: tf.keep(tf.tensor2d(table.y, [count * trained.y.length, outputs])),
          scale: scalar(errorScaleOf(program, batch)),
        };
  /** All rows that are trained on; made when first wanted, as mini-batches may never want it. */
  const wholeSet = once(() => {
    const x = tf.tidy(() => {
      const own = tf.tensor3d(table.x, [trained.x.length, count, inputRows]);
      return tf.keep(perRunX ? own.clone() : tf.tile(own, [R, 1, 1]));
    });
    const y = tf.keep(tf.tensor3d(table.y, [trained.y.length, count, outputs]));
    return { x, y, scale: scalar(errorScaleOf(program, count)) };
  });
  const probe = withConstant(
    probeInputs(program),
    probeInputs(program).length / (layers[0]?.in ?? 1),
    constant,
  );
  const probed = probe.length / inputRows;
  let step = from?.step ?? 0;
  let state: Tensor3D[][] = names.map((kind, k) =>
    kind.map((name, l) =>
      upload(l, (r) =>
        from !== null ? from.arrays[r]?.[name] : k === 0 ? program.initial(r)[l] : undefined,
      ),
    ),
  );
  const pacer = createPacer();

  /** [R × (rows × columns)] on the device from [rows × plain] of each run. */
  function upload(l: number, arrayOf: (run: number) => Float32Array | undefined): Tensor3D {
    const { rows, plain, columns } = at(shapes, l);
    const packed = new Float32Array(R * rows * columns);
    for (let r = 0; r < R; r++) {
      const own = arrayOf(r);
      for (let i = 0; i < rows && own !== undefined; i++)
        packed.set(own.subarray(i * plain, (i + 1) * plain), (r * rows + i) * columns);
    }
    return tf.tensor3d(packed, [R, rows, columns]);
  }

  const times = (a: Tensor3D, b: Tensor3D, ta = false, tb = false): Tensor3D =>
    tf.matMul(a, b, ta, tb);

  function passes(weights: readonly Tensor3D[], x: Tensor3D) {
    const inputs: Tensor3D[] = [x];
    const active: Tensor3D[] = [];
    const slopes: (Tensor3D | null)[] = [];
    let f = x;
    for (const [l, layer] of layers.entries()) {
      const below = at(inputs, l);
      const activation = ACTIVATIONS[layer.activation];
      const sum = times(below, at(weights, l));
      const own = activation.apply(tf, sum);
      const kept = activation.keeps === 'sum' ? sum : own;
      const row = constantRows[l] ?? null;
      const shifted: Tensor3D = row === null ? own : tf.add(own, row);
      active.push(kept);
      const slope = activation.slope(tf, kept, shifted, c) ?? masks[l] ?? null;
      const branch = branches[l] ?? null;
      slopes.push(branch === null ? slope : tf.mul(slope ?? c.one, branch));
      // Below a skip there is a constant already: it comes along.
      f = layer.skip ? tf.add(branch === null ? own : tf.mul(own, branch), below) : shifted;
      if (l < depth - 1) inputs.push(f);
    }
    if (scaled) f = tf.mul(f, outputScale);
    return { inputs, active, slopes, f };
  }

  function backward(
    weights: readonly Tensor3D[],
    forward: ReturnType<typeof passes>,
    data: { y: Tensor3D; scale: Tensor3D },
  ): Pass {
    const { inputs, active, slopes, f } = forward;
    const softmax: Tensor3D | null = program.loss === 'cross-entropy' ? tf.softmax(f) : null;
    const arrived: Tensor3D[] = new Array(depth);
    const errors: Tensor3D[] = new Array(depth);
    let e: Tensor3D = tf.mul(tf.sub(softmax ?? f, data.y), data.scale);
    if (scaled) e = tf.mul(e, outputScale);
    for (let l = depth - 1; l >= 0; l--) {
      arrived[l] = e;
      const slope = slopes[l] ?? null;
      const error: Tensor3D = slope === null ? e : tf.mul(e, slope);
      errors[l] = error;
      if (l === 0) break;
      const back = times(error, at(weights, l), false, true);
      e = at(layers, l).skip ? tf.add(back, e) : back;
    }
    return { inputs, active, slopes, arrived, errors, softmax };
  }

  const gradientOf = ({ inputs, errors }: Pass): Tensor3D[] =>
    errors.map((error, l) => times(at(inputs, l), error, true));

  /** H v: the derivative of the gradient along v. */
  function hessianProduct(
    weights: readonly Tensor3D[],
    pass: Pass,
    bends: readonly (Tensor3D | null)[],
    v: readonly Tensor3D[],
  ): Tensor3D[] {
    const { inputs, slopes, errors, softmax } = pass;
    const moved: Tensor3D[] = [];
    const movedInputs: (Tensor3D | null)[] = [null];
    for (const [l, layer] of layers.entries()) {
      const below = movedInputs[l] ?? null;
      const direct = times(at(inputs, l), at(v, l));
      const z: Tensor3D = below === null ? direct : tf.add(times(below, at(weights, l)), direct);
      moved.push(z);
      const slope = slopes[l] ?? null;
      const own: Tensor3D = slope === null ? z : tf.mul(z, slope);
      movedInputs.push(layer.skip && below !== null ? tf.add(own, below) : own);
    }
    const last = movedInputs[depth];
    if (last == null) throw new RangeError('A chain needs a layer.');
    let e: Tensor3D = scaled ? tf.mul(last, outputScale) : last;
    // The softmax's own derivative: p ⊙ (u − p·u).
    if (softmax !== null) e = tf.mul(softmax, tf.sub(e, tf.sum(tf.mul(softmax, e), 2, true)));
    e = tf.mul(e, wholeSet().scale);
    if (scaled) e = tf.mul(e, outputScale);
    const product: Tensor3D[] = new Array(depth);
    for (let l = depth - 1; l >= 0; l--) {
      const [slope, bend] = [slopes[l] ?? null, bends[l] ?? null];
      let error: Tensor3D = slope === null ? e : tf.mul(e, slope);
      if (bend !== null) error = tf.add(error, tf.mul(bend, at(moved, l)));
      const direct = times(at(inputs, l), error, true);
      const below = movedInputs[l] ?? null;
      product[l] = below === null ? direct : tf.add(direct, times(below, at(errors, l), true));
      if (l === 0) break;
      const back: Tensor3D = tf.add(
        times(error, at(weights, l), false, true),
        times(at(errors, l), at(v, l), false, true),
      );
      e = at(layers, l).skip ? tf.add(back, e) : back;
    }
    return product;
  }

  /** φ″(z_l) times what arrives there; null where φ is straight. */
  const bendsOf = ({ active, slopes, arrived }: Pass): (Tensor3D | null)[] =>
    layers.map(({ activation }, l) => {
      const slope = slopes[l] ?? null;
      const bend = slope && ACTIVATIONS[activation].bend(tf, at(active, l), slope, c);
      if (bend === null) return null;
      const bent: Tensor3D = tf.mul(bend, at(arrived, l));
      // A slope has its branch already, and so has what is made of it; kept sums have not.
      const branch = keepsSum(at(layers, l)) ? (branches[l] ?? null) : null;
      return branch === null ? bent : tf.mul(bent, branch);
    });

  function batchNow(): { x: Tensor3D; y: Tensor3D; scale: Tensor3D } {
    if (drawn === null) return wholeSet();
    const indices = new Int32Array(R * batch);
    for (const [r, run] of runs.entries())
      indices.set(batchAt(run.seed, step, batch, count), r * batch);
    const shared = tf.tensor1d(indices, 'int32');
    const own =
      perRunX || perRunY
        ? tf.tensor1d(
            indices.map((i, at) => i + Math.floor(at / batch) * count),
            'int32',
          )
        : shared;
    const take = (t: Tensor2D, columns: number, picked: typeof shared): Tensor3D =>
      tf.reshape(tf.gather(t, picked), [R, batch, columns]);
    return {
      x: take(drawn.x, inputRows, perRunX ? own : shared),
      y: take(drawn.y, outputs, perRunY ? own : shared),
      scale: drawn.scale,
    };
  }

  function update(): void {
    const next = tf.tidy(() => {
      const [weights = [], first = [], second = []] = state;
      const data = batchNow();
      const own = gradientOf(backward(weights, passes(weights, data.x), data));
      const rates = learningRates.map(
        (rate): Tensor3D =>
          program.schedule === null ? rate : tf.mul(rate, at(program.schedule, step)),
      );
      const gradient =
        decays && !adam
          ? own.map((g, l): Tensor3D => tf.add(g, tf.mul(decay, at(weights, l))))
          : own;
      if (b1 !== null) {
        const m = gradient.map(
          (g, l): Tensor3D => tf.add(tf.mul(momentum, at(first, l)), tf.mul(b1, g)),
        );
        const v = gradient.map(
          (g, l): Tensor3D => tf.add(tf.mul(b2, at(second, l)), tf.mul(b2c, tf.square(g))),
        );
        const root = Math.sqrt(1 - program.beta2 ** (step + 1));
        const correction: Tensor3D = tf.tensor3d(
          runs.map(({ hyper: h }) => root / (1 - h.momentum ** (step + 1))),
          [R, 1, 1],
        );
        const floor = tf.tensor3d([ADAM_EPSILON * root], [1, 1, 1]);
        const w = weights.map((old, l): Tensor3D => {
          const square = tf.add(tf.sqrt(at(v, l)), floor);
          const direction: Tensor3D = tf.div(tf.mul(correction, at(m, l)), square);
          const whole = decays ? tf.add(direction, tf.mul(decay, old)) : direction;
          return tf.sub(old, tf.mul(at(rates, l), whole));
        });
        return [w, m, v];
      }
      const m = usesMomentum
        ? gradient.map((g, l): Tensor3D => tf.add(tf.mul(momentum, at(first, l)), g))
        : gradient;
      const w = weights.map((old, l): Tensor3D => tf.sub(old, tf.mul(at(rates, l), at(m, l))));
      return usesMomentum ? [w, m] : [w];
    });
    tf.dispose(state);
    state = next;
    step += 1;
  }

  /** Joins the layers of every run to [R × size], without the constant columns. */
  async function flat(tensors: readonly Tensor3D[]): Promise<Float32Array> {
    const all = new Float32Array(R * size);
    let offset = 0;
    for (const [l, tensor] of tensors.entries()) {
      const { rows, plain, columns } = at(shapes, l);
      const values = await tensor.data<'float32'>();
      for (let r = 0; r < R; r++) {
        for (let i = 0; i < rows; i++) {
          const start = (r * rows + i) * columns;
          all.set(values.subarray(start, start + plain), r * size + offset + i * plain);
        }
      }
      offset += rows * plain;
    }
    return all;
  }

  function unflat(vectors: Float32Array): Tensor3D[] {
    let offset = 0;
    return shapes.map(({ rows, plain }, l) => {
      const start = offset;
      offset += rows * plain;
      return upload(l, (r) => vectors.subarray(r * size + start, r * size + offset));
    });
  }

  return {
    how: 'packed products',
    async advance(steps) {
      const startedAt = performance.now();
      const count = pacer.next(steps);
      for (let i = 0; i < count; i++) update();
      await settle(tf);
      pacer.took(count, performance.now() - startedAt);
      return count;
    },
    async outputs() {
      const all = new Float32Array(R * probed * outputs);
      for (let from = 0; from < probed; from += PROBE_ROWS) {
        const rows = Math.min(PROBE_ROWS, probed - from);
        const f = tf.tidy(() => {
          const block = probe.subarray(from * inputRows, (from + rows) * inputRows);
          const x: Tensor3D = tf.tile(tf.tensor3d(block, [1, rows, inputRows]), [R, 1, 1]);
          return passes(at(state, 0), x).f.clone();
        });
        const values = await f.data<'float32'>();
        f.dispose();
        for (let r = 0; r < R; r++) {
          const own = values.subarray(r * rows * outputs, (r + 1) * rows * outputs);
          all.set(own, (r * probed + from) * outputs);
        }
      }
      return all;
    },
    async gradient() {
      const weights = at(state, 0);
      const whole = wholeSet();
      const g = tf.tidy(() => gradientOf(backward(weights, passes(weights, whole.x), whole)));
      const values = await flat(g);
      tf.dispose(g);
      return values;
    },
    async linearize(): Promise<Linearized> {
      const weights = at(state, 0);
      const whole = wholeSet();
      const shared = new Set<Tensor3D | null>([...masks, whole.x]);
      const kept: { pass: Pass | null; bends: (Tensor3D | null)[] } = { pass: null, bends: [] };
      const own = tf.tidy(() => {
        const pass = backward(weights, passes(weights, whole.x), whole);
        kept.pass = pass;
        kept.bends = bendsOf(pass);
        const { inputs, active, slopes, arrived, errors, softmax } = pass;
        const all = [inputs, active, slopes, arrived, errors, kept.bends].flat();
        return [...all, softmax].filter((t) => t !== null && !shared.has(t)) as Tensor3D[];
      });
      return {
        async product(vectors) {
          const { pass, bends } = kept;
          if (pass === null) throw new Error('The linearization has been disposed of.');
          const h = tf.tidy(() => hessianProduct(weights, pass, bends, unflat(vectors)));
          const values = await flat(h);
          tf.dispose(h);
          return values;
        },
        dispose() {
          kept.pass = null;
          tf.dispose(own);
        },
      };
    },
    async download() {
      const all: Record<string, Float32Array>[] = runs.map(() => ({}));
      for (const [k, tensors] of state.entries()) {
        const values = await flat(tensors);
        for (const [r, run] of runs.entries()) {
          // A run without momentum keeps no velocity, whoever its neighbours are.
          if (k === 1 && !adam && run.hyper.momentum === 0) continue;
          let offset = r * size;
          for (const [l, { rows, plain }] of shapes.entries()) {
            const into = all[r];
            const name = names[k]?.[l];
            if (into !== undefined && name !== undefined)
              into[name] = values.slice(offset, offset + rows * plain);
            offset += rows * plain;
          }
        }
      }
      return all;
    },
    dispose() {
      tf.dispose([state, { ...c }, outputScale, learningRates, decay, momentum, b2, b2c]);
      const optional = [b1, ...constantRows, ...masks, ...branches].filter((t) => t !== null);
      tf.dispose(optional);
      if (wholeSet.made !== null) tf.dispose({ ...wholeSet.made });
      if (drawn !== null) tf.dispose([drawn.x, drawn.y, drawn.scale]);
    },
  };
}

/** What the WebGPU backend has beyond the others. */
interface Launches {
  readonly queue: GPUQueue;
  readonly commandEncoder: GPUCommandEncoder | null;
  endComputePassEncoder(): void;
  submitQueue(): void;
}

/** Waits until the device has done what was queued; nothing to wait for off the GPU. */
export async function settle(tf: Tf): Promise<void> {
  const backend = tf.backend() as Partial<Launches>;
  // The library keeps launches back to submit them together; the queue does not know of those.
  if (backend.commandEncoder) {
    backend.endComputePassEncoder?.();
    backend.submitQueue?.();
  }
  await backend.queue?.onSubmittedWorkDone();
}

/** η times the layer's rates: [runs × 1 × 1], or a row each where the biases have their own. */
function ratesOf(tf: Tf, layer: DenseLayer, learningRates: readonly number[]): Tensor3D {
  const { rate, biasRate, bias } = layer;
  if (!bias || rate === biasRate)
    return tf.tensor3d(
      learningRates.map((eta) => eta * rate),
      [learningRates.length, 1, 1],
    );
  const rows = rowsOf(layer);
  const each = learningRates.flatMap((eta) =>
    Array.from({ length: rows }, (_, i) => eta * (i < rows - 1 ? rate : biasRate)),
  );
  return tf.tensor3d(each, [learningRates.length, rows, 1]);
}

/** A value that is made when it is first asked for. */
function once<T>(make: () => T): (() => T) & { readonly made: T | null } {
  let made: T | null = null;
  const get = () => {
    made ??= make();
    return made;
  };
  return Object.defineProperty(get, 'made', { get: () => made }) as typeof get & {
    readonly made: T | null;
  };
}

/** Appends a column of ones. */
function withConstant(x: Float32Array, rows: number, add: boolean): Float32Array {
  if (!add) return x;
  const columns = x.length / rows;
  const wide = new Float32Array(rows * (columns + 1)).fill(1);
  for (let i = 0; i < rows; i++)
    wide.set(x.subarray(i * columns, (i + 1) * columns), i * (columns + 1));
  return wide;
}
