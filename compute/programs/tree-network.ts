/**
 * The network of the random hierarchy model: a convolutional network whose filters are as large as a tuple and do not
 * overlap, one layer a level of rules, so that it is the tree of the data (Cagnetta et al. 2023, arXiv:2307.02129:
 * their deep CNN). Symbols come in as one of v; a layer takes s neighbours of c channels to relu(W x + b), with the
 * same W at every place; after L layers one place is left, which is read out. Filters start Gaussian with the variance
 * that keeps a layer's size, biases at zero, the readout with 1/width, so that features move at every width.
 *
 * One run is a learning curve: several networks, each on more of the same strings than the one before, by rules of the
 * run's own; what they are tested on none of them has seen.
 */

import type { Scalar, Tensor3D } from '@tensorflow/tfjs';
import { integersAt, normals, STREAMS } from '../random.ts';
import { at } from './at.ts';
import type { Tf } from './dense.ts';
import { type DifferentiableOn, type DifferentiableProgram, numbersIn } from './differentiable.ts';
import { leavesOf, type Strings, stringsAt } from './hierarchy.ts';
import { lossOf } from './loss.ts';
import { productsOn } from './matrix-product.ts';
import { accuracyOf } from './mlp.ts';
import { columnsOf, type HierarchySpec, ofReplica, type PackedRun } from './program.ts';
import { rateFactor } from './schedule.ts';
import { placesOf, treeWeights } from './tree-weights.ts';

/** Initial weights of a run, row-major each, one network after another; a function of its seed alone. */
export function initialTrees(spec: HierarchySpec, seed: number, initScale: number): Float32Array[] {
  const drawn = treeWeights(spec);
  return drawn.map(({ rows, columns, std }, l) => {
    const size = rows * columns;
    const all = new Float32Array(spec.samples.length * size);
    for (const k of spec.samples.keys()) {
      const own = normals(seed, STREAMS.weights, k * drawn.length + l, size);
      all.set(
        own.map((z) => z * std * initScale),
        k * size,
      );
    }
    return all;
  });
}

/** Strings of an update of a run's network k: rows below as many as it trains on. */
export const treeBatch = (spec: HierarchySpec, seed: number, step: number, k: number) =>
  integersAt(seed, STREAMS.batch, [step, k], spec.batch, () => spec.samples[k] ?? 0);

/** Strings that every network trains on, of those that are observed. */
export const seenByAll = ({ samples, probe }: HierarchySpec): number => Math.min(probe, ...samples);

/** Numbers that one run's update or record holds at once, at most: tested against what is held. */
function numbersOf(spec: HierarchySpec): number {
  const { task, width, batch, probe, samples } = spec;
  const weights = numbersIn(treeWeights(spec));
  const inputs = leavesOf(task) * task.symbols;
  const hidden = Array.from({ length: task.levels }, (_, l) => placesOf(spec, l) * width);
  const kept = hidden.reduce((sum, n) => sum + n);
  const each = Math.max(batch, 2 * probe) * (5 * inputs + 9 * kept + 12 * task.classes);
  return samples.length * (each + 15 * weights);
}

export function treeProgram(
  spec: HierarchySpec,
  runs: readonly PackedRun[],
): DifferentiableProgram {
  const { batch, samples, steps } = spec;
  const networks = samples.length;
  return {
    columns: columnsOf(spec),
    weights: treeWeights(spec).map(({ rows, columns }) => ({ rows: networks * rows, columns })),
    bytes: 4 * numbersOf(spec),
    rows: networks * batch,
    rateFactor: (step) => rateFactor({ schedule: 'cosine', steps }, step),
    initial(run) {
      const { seed, hyper } = at(runs, run);
      return initialTrees(spec, seed, hyper.initScale);
    },
    on: (tf) => treesOn(tf, spec, runs),
  };
}

function treesOn(tf: Tf, spec: HierarchySpec, runs: readonly PackedRun[]): DifferentiableOn {
  const { task, width, samples, batch, probe } = spec;
  const { tuple, levels, symbols, classes } = task;
  const products = productsOn(tf);
  const leaves = leavesOf(task);
  const networks = samples.length;
  const trained = Math.max(...samples);
  const strings = runs.map(({ seed }) => stringsAt(task, seed, trained + probe));
  const share = tf.keep(tf.scalar(-1 / batch));

  /** Symbols of a list of strings for each network as one of v, a tuple a row: [networks × (count · tuples) × (s · v)]. */
  function symbolsOf(lists: readonly Listed[]): Tensor3D {
    const count = lists[0]?.rows.length ?? 0;
    const x = new Float32Array(lists.length * count * leaves * symbols);
    for (const [list, { of, rows }] of lists.entries())
      for (const [i, row] of rows.entries())
        for (let k = 0; k < leaves; k++) {
          const symbol = of.leaves[row * leaves + k] ?? 0;
          x[((list * count + i) * leaves + k) * symbols + symbol] = 1;
        }
    return tf.tensor3d(x, [lists.length, (count * leaves) / tuple, tuple * symbols]);
  }

  /** Their classes, one-hot: [networks × count × classes]. */
  function classesOf(lists: readonly Listed[]): Float32Array {
    const labels = lists.flatMap(({ of, rows }) => Array.from(rows, (row) => of.labels[row] ?? 0));
    const y = new Float32Array(labels.length * classes);
    for (const [i, label] of labels.entries()) y[i * classes + label] = 1;
    return y;
  }

  /** α f of all networks of some runs: [networks × count × classes]. @param weights [runs × (networks · rows) × columns] each */
  function forward(weights: readonly Tensor3D[], x: Tensor3D, own: readonly number[]): Tensor3D {
    const apart = weights.map(
      (w): Tensor3D => tf.reshape(w, [networks * own.length, w.shape[1] / networks, w.shape[2]]),
    );
    let below = x;
    for (let l = 0; l < levels; l++) {
      const [filter, bias] = [at(apart, 2 * l), at(apart, 2 * l + 1)];
      const sum = l === 0 ? products.ofData(below, filter) : products.of(below, filter);
      const active: Tensor3D = tf.relu(tf.add(sum, bias));
      // Neighbours side by side: what one filter of the next layer sees is one row.
      const seen = l === levels - 1 ? 1 : tuple;
      below = tf.reshape(active, [active.shape[0], active.shape[1] / seen, width * seen]);
    }
    const alphas = own.flatMap((r) => samples.map(() => at(runs, r).hyper.outputScale));
    const f = products.of(below, at(apart, 2 * levels));
    return tf.mul(f, tf.tensor3d(alphas, [alphas.length, 1, 1]));
  }

  return {
    loss(weights, own, step): Scalar {
      const lists = own.flatMap((r) =>
        samples.map((_, k) => ({
          of: at(strings, r),
          rows: treeBatch(spec, at(runs, r).seed, step, k),
        })),
      );
      const logits = forward(weights, symbolsOf(lists), own);
      const y = tf.tensor3d(classesOf(lists), [lists.length, batch, classes]);
      return tf.mul(tf.sum(tf.mul(tf.logSoftmax(logits), y)), share);
    },
    async read(weights, run) {
      const seen = seenByAll(spec);
      const rows = Int32Array.from({ length: seen + probe }, (_, i) =>
        i < seen ? i : trained + i - seen,
      );
      const lists = samples.map(() => ({ of: at(strings, run), rows }));
      const logits = tf.tidy(() => forward(weights, symbolsOf(lists), [run]));
      const f = await logits.data<'float32'>();
      logits.dispose();
      const y = classesOf(lists);
      const measured: Record<string, number> = {};
      const losses = samples.map((_, k) => {
        const start = k * rows.length * classes;
        const [middle, end] = [start + seen * classes, start + rows.length * classes];
        const [known, named] = [f.subarray(start, middle), y.subarray(start, middle)];
        measured[ofReplica('accuracy', k)] = accuracyOf(known, named, classes);
        measured[ofReplica('testAccuracy', k)] = accuracyOf(
          f.subarray(middle, end),
          y.subarray(middle, end),
          classes,
        );
        return lossOf('cross-entropy', known, named, classes) / seen;
      });
      return { ...measured, loss: losses.reduce((sum, v) => sum + v, 0) / networks };
    },
    dispose: () => share.dispose(),
  };
}

/** Rows of a run's strings. */
interface Listed {
  readonly of: Strings;
  readonly rows: Int32Array;
}
