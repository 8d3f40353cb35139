/**
 * Classifiers of handwritten digits that are no chain of dense layers: a small convolutional network and a small
 * vision transformer (`classifier-networks.ts`). Each learns by Adam (β₁ is the run's momentum) the classes of
 * the first digits of a table, by the cross-entropy of α f with the run's output scale α, mean over a batch. A
 * record has mean loss and share of digits that are right, of the first of those trained on and of those held out.
 */

import type { Scalar, Tensor3D } from '@tensorflow/tfjs';
import { batchAt, normals, STREAMS } from '../random.ts';
import { at } from './at.ts';
import { classifiersOn } from './classifier-forward.ts';
import { firstRead } from './classifier-host.ts';
import {
  type ClassifierShape,
  classifierActivations,
  classifierSize,
  classifierWeights,
  sizesOf,
} from './classifier-networks.ts';
import { dataSet } from './data.ts';
import type { DataFiles, DataSet } from './data-set.ts';
import { gathered, type Tf } from './dense.ts';
import type { DifferentiableOn, DifferentiableProgram } from './differentiable.ts';
import { pixelsOf } from './image-blocks.ts';
import { lossOf } from './loss.ts';
import { accuracyOf } from './mlp.ts';
import { CLASSIFIER_COLUMNS, CLASSIFIERS, type ClassifierSpec, type PackedRun } from './program.ts';

/** More arrays than an architecture has; a chain of layers has the addresses below. */
const PARTS = 256;

/** Initial weights of a run, row-major each, in the order of `classifierWeights`; a function of its seed alone. */
export function initialClassifier(
  spec: ClassifierShape,
  seed: number,
  initScale: number,
): Float32Array[] {
  const first = PARTS * (1 + CLASSIFIERS.indexOf(spec.architecture));
  return classifierWeights(spec).map(({ rows, columns, std }, part) =>
    Float32Array.from(
      normals(seed, STREAMS.weights, first + part, rows * columns),
      (z) => z * std * initScale,
    ),
  );
}

/** The digits of a classifier. Rejects if they cannot be had. */
export const classifierTable = (
  spec: Pick<ClassifierSpec, 'data'>,
  files: DataFiles,
): Promise<DataSet> =>
  dataSet(spec.data, pixelsOf(sizesOf(spec).full), spec.data.classes.length, files);

/** Numbers that one run holds at once, at most: tested against what is held. */
function numbersOf(spec: ClassifierSpec): number {
  // On the way back there is as much again of what came on the way there.
  const images = Math.max(2 * spec.batch, spec.probe);
  return images * classifierActivations(spec) + 10 * classifierSize(spec);
}

/** @throws where the table has no digits to train on, or no more than those */
export function classifierProgram(
  spec: ClassifierSpec,
  runs: readonly PackedRun[],
  table: DataSet,
): DifferentiableProgram {
  const { architecture, batch, probe } = spec;
  if (spec.train >= table.samples)
    throw new Error(
      `Of ${table.samples} digits ${spec.train} cannot be trained on: some are held out.`,
    );
  const patches = architecture === 'transformer' ? pixelsOf(sizesOf(spec).quarter) : 1;
  return {
    columns: CLASSIFIER_COLUMNS,
    weights: classifierWeights(spec).map(({ rows, columns }) => ({ rows, columns })),
    bytes: 4 * numbersOf(spec),
    rows: Math.max(batch, probe) * patches,
    initial(run) {
      const { seed, hyper } = at(runs, run);
      return initialClassifier(spec, seed, hyper.initScale);
    },
    on: (tf) => classifiersIn(tf, spec, runs, table),
  };
}

function classifiersIn(
  tf: Tf,
  spec: ClassifierSpec,
  runs: readonly PackedRun[],
  { x, y, samples }: DataSet,
): DifferentiableOn {
  const { batch, train, probe } = spec;
  const classes = spec.data.classes.length;
  const networks = classifiersOn(tf, spec);
  const share = tf.keep(tf.scalar(-1 / batch));
  const scaled = runs.some(({ hyper }) => hyper.outputScale !== 1);
  const rowsFrom = (first: number, count: number) =>
    Int32Array.from({ length: count }, (_, i) => first + i);
  const seen = [
    rowsFrom(0, Math.min(probe, train)),
    rowsFrom(train, Math.min(probe, samples - train)),
  ];

  /** Numbers of some rows for several runs, as many for each. */
  function packed(
    rows: readonly Int32Array[],
    columns: number,
    of: (row: number) => ArrayLike<number>,
  ): Tensor3D {
    const count = at(rows, 0).length;
    const all = new Float32Array(rows.length * count * columns);
    for (const [i, own] of rows.entries())
      for (const [k, row] of own.entries()) all.set(of(row), (i * count + k) * columns);
    return tf.tensor3d(all, [rows.length, count, columns]);
  }
  const read = at(classifierWeights(spec), 0);
  const imagesOf = (rows: readonly Int32Array[]) =>
    packed(rows, read.uses * read.rows, (row) => firstRead(spec, x, row));
  const aimsOf = (rows: readonly Int32Array[]) =>
    packed(rows, classes, (row) => y.subarray(row * classes, (row + 1) * classes));

  /** α f. */
  function outputs(
    weights: readonly Tensor3D[],
    own: readonly number[],
    rows: readonly Int32Array[],
  ): Tensor3D {
    const f = networks.apply(weights, imagesOf(rows));
    if (!scaled) return f;
    const alpha = own.map((r) => at(runs, r).hyper.outputScale);
    return tf.mul(f, tf.tensor3d(alpha, [own.length, 1, 1]));
  }

  return {
    loss(weights, own, step): Scalar {
      const rows = own.map((r) => batchAt(at(runs, r).seed, step, batch, train));
      const told = tf.mul(tf.logSoftmax(outputs(weights, own, rows)), aimsOf(rows));
      return tf.mul(tf.sum(told), share);
    },
    async read(weights, run) {
      const measured: { loss: number; accuracy: number }[] = [];
      for (const rows of seen) {
        const f = tf.tidy(() => outputs(weights, [run], [rows]));
        const own = await f.data<'float32'>();
        f.dispose();
        const aims = gathered(y, samples, rows);
        measured.push({
          loss: lossOf('cross-entropy', own, aims, classes) / rows.length,
          accuracy: accuracyOf(own, aims, classes),
        });
      }
      const [trained, heldOut] = [at(measured, 0), at(measured, 1)];
      return {
        ...{ loss: trained.loss, testLoss: heldOut.loss },
        ...{ accuracy: trained.accuracy, testAccuracy: heldOut.accuracy },
      };
    },
    dispose() {
      networks.dispose();
      share.dispose();
    },
  };
}
