/**
 * Online stochastic gradient descent: every step one fresh Gaussian input, seen once, with the label of a known
 * teacher. Inputs are of dimension d with independent standard components (`fresh-inputs.ts`). Two models:
 *
 * `committee`: student Σ_i erf(J_i·x/√2), teacher the same of B_n; square loss, J_i ← J_i + (η/d) δ_i x with
 * δ_i = g′(J_i·x) (teacher − student) (Saad & Solla 1995). Teachers are orthonormal, and students start at the order
 * parameters of `startOf` exactly (initScale is their length), whatever the seed.
 *
 * `single-index`: label h_k(u·x), student h_k(w·x) with the normalized Hermite polynomial h_k = He_k/√k! and ‖w‖ = 1;
 * correlation loss 1 − y f, w ← w − η ∇ on the sphere: along the tangent, and back to length 1 (Ben Arous,
 * Gheissari & Jagannath 2021). The start has the overlap u·w that is asked for.
 *
 * A run is several such trainings side by side, its replicas. One sample is a few thousand multiplications, and the
 * next step waits for them, so this trains on the processor whatever the engine (`hosted.ts`).
 */

import { generalizationError, startOf } from '../analysis/committee.ts';
import { normals, STREAMS } from '../random.ts';
import { at } from './at.ts';
import { sigmoidAt } from './error-function.ts';
import { freshInputs } from './fresh-inputs.ts';
import { hermiteAt } from './hermite.ts';
import { arrayOf, type HostedProgram } from './hosted.ts';
import { columnsOf, type OnlineSpec, ofReplica, orderColumn, type PackedRun } from './program.ts';

/** One replica's part in it. */
interface Replica {
  initial(): Float64Array;
  /** @param x the input @param labelled the one whose label it gets */
  update(weights: Float32Array, x: Float32Array, labelled: Float32Array): void;
  read(weights: Float32Array): Readonly<Record<string, number>>;
}

/** Labels of other inputs are drawn beside the inputs of all replicas. */
const OTHERS = 0x10000;

/** Weights W1 of one run are row-major, replica after replica; its loss is the mean over replicas. */
export function onlineProgram(spec: OnlineSpec, runs: readonly PackedRun[]): HostedProgram {
  const { dimension, model, labels, replicas } = spec;
  const all = runs.map((run) =>
    Array.from({ length: replicas }, (_, i) =>
      model.kind === 'committee'
        ? committee(spec, model, run, i)
        : singleIndex(spec, model, run, i),
    ),
  );
  const size = dimension * (model.kind === 'committee' ? model.students : 1);
  const x = new Float32Array(dimension);
  const other = new Float32Array(dimension);
  const own = (weights: Float32Array, i: number) => weights.subarray(i * size, (i + 1) * size);
  return {
    how: 'sample by sample on the processor, run after run',
    columns: columnsOf(spec),
    names: ['W1'],
    initial(run) {
      const weights = new Float32Array(replicas * size);
      for (const [i, replica] of at(all, run).entries()) weights.set(replica.initial(), i * size);
      return { W1: weights };
    },
    update(run, state, step) {
      const weights = arrayOf(state, 'W1');
      const { seed } = at(runs, run);
      for (const [i, replica] of at(all, run).entries()) {
        freshInputs(x, seed, step, i);
        if (labels === 'other') freshInputs(other, seed, step, OTHERS + i);
        replica.update(own(weights, i), x, labels === 'other' ? other : x);
      }
    },
    read(run, state) {
      const weights = arrayOf(state, 'W1');
      const columns: Record<string, number> = {};
      let sum = 0;
      for (const [i, replica] of at(all, run).entries()) {
        const { loss = Number.NaN, ...values } = replica.read(own(weights, i));
        sum += loss;
        for (const [name, value] of Object.entries(values)) columns[ofReplica(name, i)] = value;
      }
      // A mean of squares: where all is learnt, float32 teachers that are not quite of length one may bring it below zero.
      return { loss: Math.max(0, sum / replicas), ...columns };
    },
  };
}

/** Orthonormal vectors of a replica, by Gram and Schmidt from Gaussian ones, in float64. */
function directionsOf(
  seed: number,
  replica: number,
  count: number,
  dimension: number,
): Float64Array[] {
  if (count > dimension)
    throw new RangeError(`There are no ${count} orthogonal directions in ${dimension} dimensions.`);
  const found: Float64Array[] = [];
  for (let i = 0; i < count; i++) {
    const own = normals(seed, STREAMS.target, replica * count + i, dimension);
    // Twice: once leaves what rounding put back.
    for (const other of [...found, ...found]) add(own, other, -product(own, other));
    add(own, own, 1 / Math.sqrt(product(own, own)) - 1);
    found.push(own);
  }
  return found;
}

/**
 * Σ a b in float64, four sums at once. Of two arrays of one kind only: nearly all of the work is here, and for several
 * kinds it would be compiled to something slower.
 */
function dot(a: Float32Array, b: Float32Array): number {
  const whole = a.length - (a.length % 4);
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  for (let i = 0; i < whole; i += 4) {
    s0 += (a[i] ?? 0) * (b[i] ?? 0);
    s1 += (a[i + 1] ?? 0) * (b[i + 1] ?? 0);
    s2 += (a[i + 2] ?? 0) * (b[i + 2] ?? 0);
    s3 += (a[i + 3] ?? 0) * (b[i + 3] ?? 0);
  }
  for (let i = whole; i < a.length; i++) s0 += (a[i] ?? 0) * (b[i] ?? 0);
  return s0 + s1 + (s2 + s3);
}

/** Σ a b of the vectors that a run starts from. */
function product(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}

/** a + factor · b, in place; they may be one. */
function add(a: Float64Array, b: Float64Array, factor: number): void {
  for (let i = 0; i < a.length; i++) a[i] = (a[i] ?? 0) + factor * (b[i] ?? 0);
}

type Model<K extends OnlineSpec['model']['kind']> = Extract<OnlineSpec['model'], { kind: K }>;

function committee(
  { dimension: d, overlap }: OnlineSpec,
  { students, teachers }: Model<'committee'>,
  { seed, hyper }: PackedRun,
  replica: number,
): Replica {
  const directions = directionsOf(seed, replica, students + teachers, d);
  const theirs = directions.slice(0, teachers).map((b) => Float32Array.from(b));
  const [value, slopes] = [new Float64Array(2), new Float64Array(students)];
  const unit = (weights: Float32Array, i: number) => weights.subarray(i * d, (i + 1) * d);
  return {
    initial() {
      const all = new Float64Array(students * d);
      const { r } = startOf(students, teachers, hyper.initScale, overlap);
      for (const [i, row] of r.entries()) {
        const own = all.subarray(i * d, (i + 1) * d);
        const shared = row.reduce((sum, v) => sum + v * v, 0);
        for (const [n, v] of row.entries()) add(own, at(directions, n), v);
        const rest = Math.sqrt(hyper.initScale * hyper.initScale - shared);
        add(own, at(directions, teachers + i), rest);
      }
      return all;
    },
    update(weights, x, labelled) {
      let error = 0;
      for (const b of theirs) {
        sigmoidAt(dot(labelled, b), value);
        error += value[0] ?? 0;
      }
      for (let i = 0; i < students; i++) {
        sigmoidAt(dot(x, unit(weights, i)), value);
        error -= value[0] ?? 0;
        slopes[i] = value[1] ?? 0;
      }
      for (let i = 0; i < students; i++) {
        const factor = (hyper.learningRate / d) * (slopes[i] ?? 0) * error;
        for (let k = 0; k < d; k++)
          weights[i * d + k] = (weights[i * d + k] ?? 0) + factor * (x[k] ?? 0);
      }
    },
    read(weights) {
      const own = Array.from({ length: students }, (_, i) => unit(weights, i));
      const order = {
        r: own.map((j) => theirs.map((b) => dot(j, b))),
        q: own.map((j) => own.map((k) => dot(j, k))),
      };
      const columns: Record<string, number> = { loss: generalizationError(order) };
      for (const [i, row] of order.r.entries())
        for (const [n, v] of row.entries()) columns[orderColumn('R', i, n)] = v;
      for (const [i, row] of order.q.entries())
        for (const [k, v] of row.slice(0, i + 1).entries()) columns[orderColumn('Q', i, k)] = v;
      return columns;
    },
  };
}

function singleIndex(
  { dimension: d, overlap }: OnlineSpec,
  { degree }: Model<'single-index'>,
  { seed, hyper }: PackedRun,
  replica: number,
): Replica {
  const directions = directionsOf(seed, replica, 2, d);
  const u = Float32Array.from(at(directions, 0));
  const value = new Float64Array(2);
  return {
    initial() {
      const w = new Float64Array(d);
      add(w, at(directions, 0), overlap);
      add(w, at(directions, 1), Math.sqrt(1 - overlap * overlap));
      return w;
    },
    update(weights, x, labelled) {
      hermiteAt(dot(labelled, u), degree, value);
      const label = value[0] ?? 0;
      const z = dot(x, weights);
      hermiteAt(z, degree, value);
      const factor = hyper.learningRate * label * (value[1] ?? 0);
      let square = 0;
      for (let k = 0; k < d; k++) {
        const w = weights[k] ?? 0;
        const next = w + factor * ((x[k] ?? 0) - z * w);
        weights[k] = next;
        square += next * next;
      }
      const shorter = 1 / Math.sqrt(square);
      for (let k = 0; k < d; k++) weights[k] = (weights[k] ?? 0) * shorter;
    },
    read(weights) {
      const m = dot(u, weights);
      let loss = 1;
      for (let i = 0; i < degree; i++) loss *= m;
      // An even polynomial cannot tell a direction from its opposite.
      return { loss: 1 - loss, overlap: degree % 2 === 0 ? Math.abs(m) : m };
    },
  };
}
