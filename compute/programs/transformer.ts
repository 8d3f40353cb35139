/**
 * Small causal transformer on repeated random sequences or on text, in the notation of Elhage et al. 2021 ("A
 * mathematical framework for transformer circuits"). The residual stream starts as x = W_E(symbol) + p(position).
 * Each layer adds what its heads write, Σ_h softmax(QKᵀ/√(d/H)) V W_O with Q, K, V = x W_Q, x W_K, x W_V and no
 * biases; then, where there is such a block, relu(x W_1 + b_1) W_2 + b_2. Where it normalises, layer norm (Ba,
 * Kiros & Hinton 2016, arXiv:1607.06450, eq. 4) stands before each block and before the output x W_U. The loss
 * is the cross-entropy of the next symbol, mean over all positions of all sequences.
 *
 * Matrices start Gaussian with variance 1 over their rows, the vectors of symbols and positions with variance
 * 1 over the width, so that the stream starts with a norm near one; biases at zero, gains at one.
 */

import type { Scalar, Tensor, Tensor3D } from '@tensorflow/tfjs';
import { normals, STREAMS } from '../random.ts';
import { at } from './at.ts';
import { byName } from './by-name.ts';
import type { Tf } from './dense.ts';
import {
  type DifferentiableOn,
  type DifferentiableProgram,
  numbersIn,
  type Shape,
} from './differentiable.ts';
import { NORM_EPSILON } from './image-blocks.ts';
import { productsOn } from './matrix-product.ts';
import { columnsOf, type PackedRun, type TransformerSpec } from './program.ts';
import { rateFactor } from './schedule.ts';
import { type Sequences, sequencesOf } from './sequences.ts';
import type { Text } from './text.ts';

/** Added to scores of positions that are not seen yet: their weight is exactly zero in float32. */
const UNSEEN = -1e9;

/** An array of weights, by name within its layer; `std` is of its initial entries, null for all ones. */
interface Named extends Shape {
  readonly name: string;
  readonly std: number | null;
}

/** All arrays of weights, in the order of a run's state: "embed", "q1" … "unembed". */
export function namedWeights(spec: TransformerSpec): readonly Named[] {
  const { task, width, layers, hidden } = spec;
  const matrix = (
    name: string,
    rows: number,
    columns: number,
    std = 1 / Math.sqrt(rows),
  ): Named => ({
    ...{ name, rows, columns, std },
  });
  const norm = (name: string): Named[] =>
    spec.norm
      ? [{ ...matrix(`${name}Gain`, 1, width), std: null }, matrix(`${name}Shift`, 1, width, 0)]
      : [];
  const blocks = Array.from({ length: layers }, (_, i) => i + 1).flatMap((l) => [
    ...norm(`attention${l}`),
    ...['q', 'k', 'v', 'o'].map((name) => matrix(`${name}${l}`, width, width)),
    ...(hidden > 0 ? norm(`hidden${l}`) : []),
    ...(hidden > 0
      ? [
          matrix(`in${l}`, width, hidden),
          matrix(`inBias${l}`, 1, hidden, 0),
          matrix(`out${l}`, hidden, width),
          matrix(`outBias${l}`, 1, width, 0),
        ]
      : []),
  ]);
  const vectors = 1 / Math.sqrt(width);
  return [
    matrix('embed', task.vocabulary, width, vectors),
    ...(spec.positions === 'learned' ? [matrix('positions', task.context, width, vectors)] : []),
    ...blocks,
    ...norm('output'),
    matrix('unembed', width, task.vocabulary),
  ];
}

/** Initial weights of a run, row-major each; a function of its seed alone. */
export function initialTransformer(
  spec: TransformerSpec,
  seed: number,
  initScale: number,
): Float32Array[] {
  return namedWeights(spec).map(({ rows, columns, std }, part) =>
    std === null
      ? new Float32Array(rows * columns).fill(1)
      : Float32Array.from(
          normals(seed, STREAMS.weights, part, rows * columns),
          (z) => z * std * initScale,
        ),
  );
}

/**
 * Numbers that one run's update holds at once, at most: what the forward pass leaves, twice as much again on
 * the way back, and the state with its gradient three times over. Tested against what is held.
 */
function numbersOf(spec: TransformerSpec, sequences: number): number {
  const { task, width, heads, layers, hidden, norm } = spec;
  const tokens = sequences * task.context;
  const blocks = 14 * width + 4 * hidden + (norm ? 14 * width : 0);
  const forward =
    tokens * (layers * (blocks + 5 * heads * task.context) + 2 * width + 6 * task.vocabulary);
  const weights = numbersIn(namedWeights(spec));
  return 3 * forward + 10 * weights;
}

/** @param text what is read where the task is a text, else null */
export function transformerProgram(
  spec: TransformerSpec,
  runs: readonly PackedRun[],
  text: Text | null,
): DifferentiableProgram {
  const { task, width, heads, batch, probe, schedule = 'constant', steps } = spec;
  if (width % heads !== 0)
    throw new Error(
      `A width of ${width} cannot be shared by ${heads} heads: it must be a multiple.`,
    );
  const sequences = sequencesOf(spec, text);
  const weights = namedWeights(spec);
  return {
    columns: columnsOf(spec),
    weights,
    bytes: 4 * numbersOf(spec, Math.max(batch, probe)),
    rows: Math.max(batch, probe) * heads * task.context,
    rateFactor: (step) => rateFactor({ schedule, steps }, step),
    initial(run) {
      const { seed, hyper } = at(runs, run);
      return initialTransformer(spec, seed, hyper.initScale);
    },
    on: (tf) =>
      transformerOn(
        tf,
        spec,
        weights.map(({ name }) => name),
        runs,
        sequences,
      ),
  };
}

function transformerOn(
  tf: Tf,
  spec: TransformerSpec,
  names: readonly string[],
  runs: readonly PackedRun[],
  sequences: Sequences,
): DifferentiableOn {
  const { task, width, heads, layers, batch, probe, hidden, observe } = spec;
  const { context, vocabulary } = task;
  const perHead = width / heads;
  const products = productsOn(tf);
  const scaled = runs.some((run) => run.hyper.outputScale !== 1);
  const scalar = (value: number) => tf.keep(tf.scalar(value));
  const scale = scalar(1 / Math.sqrt(perHead));
  const share = scalar(-1 / (batch * context));
  const epsilon = scalar(NORM_EPSILON);
  const unseen = new Float32Array(context ** 2);
  for (let i = 0; i < context; i++) unseen.fill(UNSEEN, i * context + i + 1, (i + 1) * context);
  const mask = tf.keep(tf.tensor3d(unseen, [1, context, context]));

  /** One-hot vectors of what is read (from 0) or foretold (from 1): [runs × (count · context) × vocabulary]. */
  function oneHot(drawn: readonly Int32Array[], count: number, from: 0 | 1): Tensor3D {
    // Made here: the library's own one-hot vectors are integers on wasm, whatever type is asked for.
    const vectors = new Float32Array(drawn.length * count * context * vocabulary);
    let at = 0;
    for (const symbols of drawn)
      for (let n = 0; n < count; n++)
        for (let t = 0; t < context; t++, at += vocabulary)
          vectors[at + (symbols[n * (context + 1) + t + from] ?? 0)] = 1;
    return tf.tensor3d(vectors, [drawn.length, count * context, vocabulary]);
  }

  function forward(weights: readonly Tensor3D[], x: Tensor3D, own: readonly number[]) {
    const [R, count] = [own.length, (x.shape[1] ?? 0) / context];
    const w = byName(names, weights);
    const times = (a: Tensor3D, name: string): Tensor3D => products.of(a, w(name));
    const split = (a: Tensor): Tensor3D =>
      tf.reshape(
        tf.transpose(tf.reshape(a, [R, count, context, heads, perHead]), [0, 1, 3, 2, 4]),
        [R * count * heads, ...[context, perHead]] as [number, number, number],
      );
    const merged = (a: Tensor): Tensor3D =>
      tf.reshape(
        tf.transpose(tf.reshape(a, [R, count, heads, context, perHead]), [0, 1, 3, 2, 4]),
        [R, count * context, width],
      );
    const normed = (a: Tensor3D, name: string): Tensor3D => {
      if (!spec.norm) return a;
      const centred: Tensor3D = tf.sub(a, tf.mean(a, 2, true));
      const variance = tf.mean(tf.square(centred), 2, true);
      const unit = tf.mul(centred, tf.rsqrt(tf.add(variance, epsilon)));
      return tf.add(tf.mul(unit, w(`${name}Gain`)), w(`${name}Shift`));
    };
    const patterns: Tensor3D[] = [];
    let stream = products.ofData(x, w('embed'));
    if (spec.positions === 'learned') {
      const apart = tf.reshape(stream, [R, count, context, width]);
      const placed = tf.add(apart, tf.reshape(w('positions'), [R, 1, context, width]));
      stream = tf.reshape(placed, [R, count * context, width]);
    }
    for (let l = 1; l <= layers; l++) {
      const read = normed(stream, `attention${l}`);
      const [q, k, v] = ['q', 'k', 'v'].map((name) => split(times(read, `${name}${l}`)));
      const scores = tf.matMul(q as Tensor3D, k as Tensor3D, false, true);
      const pattern: Tensor3D = tf.softmax(tf.add(tf.mul(scores, scale), mask));
      patterns.push(pattern);
      stream = tf.add(stream, times(merged(tf.matMul(pattern, v as Tensor3D)), `o${l}`));
      if (hidden === 0) continue;
      const inner = times(normed(stream, `hidden${l}`), `in${l}`);
      const active: Tensor3D = tf.relu(tf.add(inner, w(`inBias${l}`)));
      stream = tf.add(stream, tf.add(times(active, `out${l}`), w(`outBias${l}`)));
    }
    const logits = times(normed(stream, 'output'), 'unembed');
    if (!scaled) return { logits, patterns };
    const alpha = tf.tensor3d(
      own.map((r) => at(runs, r).hyper.outputScale),
      [R, 1, 1],
    );
    return { logits: tf.mul(logits, alpha) as Tensor3D, patterns };
  }

  return {
    loss(weights, own, step): Scalar {
      const drawn = own.map((r) => sequences.at(at(runs, r).seed, step));
      const { logits } = forward(weights, oneHot(drawn, batch, 0), own);
      const told = tf.mul(tf.logSoftmax(logits), oneHot(drawn, batch, 1));
      return tf.mul(tf.sum(told), share);
    },
    async read(weights, run) {
      const { symbols, measured } = sequences.probe(at(runs, run).seed);
      const { logits, patterns } = tf.tidy(() =>
        forward(weights, oneHot([symbols], probe, 0), [run]),
      );
      const told = await logits.data<'float32'>();
      const watched = observe.includes('heads');
      const seen = watched ? await Promise.all(patterns.map((p) => p.data<'float32'>())) : [];
      const named = watched
        ? await Promise.all(
            names.map(async (name, l) => [name, await at(weights, l).data<'float32'>()] as const),
          )
        : [];
      tf.dispose([logits, ...patterns]);
      return measured(told, seen, Object.fromEntries(named));
    },
    dispose: () => tf.dispose([scale, share, epsilon, mask]),
  };
}
