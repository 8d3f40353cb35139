/**
 * The networks of `classifier-networks.ts` on the host, in float64 by + − × ÷ and √ in one order: what is compared
 * has the same bits on every machine. Image after image, so that no more than one is held.
 */
import { byName } from './by-name.ts';
import {
  BLOCKS,
  type ClassifierShape,
  classifierFeatures,
  classifierWeights,
  sizesOf,
} from './classifier-networks.ts';
import { decay } from './error-function.ts';
import { affine } from './host.ts';
import {
  halved,
  type ImageSize,
  NORM_EPSILON,
  PATCH,
  PATCH_PIXELS,
  pixelsOf,
  TAPS,
} from './image-blocks.ts';
import type { ClassifierSpec } from './program.ts';

/** Features [images × features] and outputs [images × classes], before the output scale. */
export interface Classified {
  readonly features: Float64Array;
  readonly outputs: Float64Array;
}

type Layer = (a: Float64Array, name: string) => Float64Array;

/**
 * @param weights row-major each, in the order of `classifierWeights` @param x [images × pixels]
 * @throws where an array of weights is not of this network
 */
export function classifyOnHost(
  spec: ClassifierSpec,
  weights: readonly ArrayLike<number>[],
  x: ArrayLike<number>,
): Classified {
  const shapes = classifierWeights(spec);
  const arrays = shapes.map(({ name, rows, columns }, i) => {
    const values = Float64Array.from(weights[i] ?? []);
    if (values.length !== rows * columns)
      throw new Error(`The weights “${name}” of a classifier are not ${rows} × ${columns}.`);
    return { values, columns };
  });
  const names = shapes.map(({ name }) => name);
  const w = byName(names, arrays);
  const layer: Layer = (a, name) =>
    affine(
      a,
      w(name).values,
      w(name).columns,
      names.includes(`${name}Bias`) ? w(`${name}Bias`).values : null,
    );
  const pixels = pixelsOf(sizesOf(spec).full);
  const count = x.length / pixels;
  const [width, classes] = [classifierFeatures(spec), spec.data.classes.length];
  const features = new Float64Array(count * width);
  const outputs = new Float64Array(count * classes);
  for (let i = 0; i < count; i++) {
    const read = firstRead(spec, x, i);
    const own =
      spec.architecture === 'convolutional'
        ? convolutional(spec, read, layer)
        : transformer(spec, read, layer, w('positions').values);
    features.set(own, i * width);
    outputs.set(layer(own, 'out'), i * classes);
  }
  return { features, outputs };
}

/**
 * What the first matrix of a network reads of an image, row by row: the 3 × 3 places around each pixel, or the
 * pixels of each patch. Data, so no backend need make it.
 * @param x [images × pixels]
 */
export function firstRead(
  spec: ClassifierShape,
  x: ArrayLike<number>,
  image: number,
): Float64Array {
  const { full, half } = sizesOf(spec);
  const own = new Float64Array(pixelsOf(full));
  for (let k = 0; k < own.length; k++) own[k] = x[image * own.length + k] ?? 0;
  return spec.architecture === 'convolutional'
    ? taps(own, full)
    : gathered(gathered(own, full), half);
}

function convolutional(spec: ClassifierSpec, read: Float64Array, layer: Layer): Float64Array {
  const { full, half } = sizesOf(spec);
  const first = pooled(relu(layer(read, 'first')), full);
  const second = pooled(relu(layer(taps(first, half), 'second')), half);
  return relu(layer(second, 'hidden'));
}

function transformer(
  spec: ClassifierSpec,
  read: Float64Array,
  layer: Layer,
  positions: Float64Array,
): Float64Array {
  const { width } = spec;
  const patches = pixelsOf(sizesOf(spec).quarter);
  const h = layer(read, 'embed');
  add(h, positions);
  for (const l of BLOCKS) {
    const seen = normed(h, width);
    const [q, k, v] = [layer(seen, `q${l}`), layer(seen, `k${l}`), layer(seen, `v${l}`)];
    add(h, layer(attention(q, k, v, patches), `o${l}`));
    add(h, layer(relu(layer(normed(h, width), `up${l}`)), `down${l}`));
  }
  const last = normed(h, width);
  const mean = new Float64Array(width);
  for (let p = 0; p < patches; p++) add(mean, last.subarray(p * width, (p + 1) * width));
  return mean.map((v) => v / patches);
}

function relu(a: Float64Array): Float64Array {
  for (const [i, v] of a.entries()) a[i] = Math.max(0, v);
  return a;
}

function add(to: Float64Array, a: Float64Array): void {
  for (const [i, v] of a.entries()) to[i] = (to[i] ?? 0) + v;
}

/** The 3 × 3 places around each pixel, column by column, zero beyond the border. */
function taps(a: Float64Array, size: ImageSize): Float64Array {
  const channels = a.length / pixelsOf(size);
  const all = new Float64Array(TAPS * a.length);
  for (let row = 0; row < size.rows; row++)
    for (let column = 0; column < size.columns; column++)
      for (let tap = 0; tap < TAPS; tap++) {
        const [r, c] = [row + (tap % 3) - 1, column + Math.floor(tap / 3) - 1];
        if (r < 0 || c < 0 || r >= size.rows || c >= size.columns) continue;
        const from = (r * size.columns + c) * channels;
        const to = ((row * size.columns + column) * TAPS + tap) * channels;
        all.set(a.subarray(from, from + channels), to);
      }
  return all;
}

/** 2 × 2 pixels as one with four times the channels, zeros where the image is odd. */
function gathered(a: Float64Array, size: ImageSize): Float64Array {
  const channels = a.length / pixelsOf(size);
  const half = halved(size);
  const all = new Float64Array(pixelsOf(half) * PATCH_PIXELS * channels);
  for (let row = 0; row < size.rows; row++)
    for (let column = 0; column < size.columns; column++) {
      const patch = Math.floor(row / PATCH) * half.columns + Math.floor(column / PATCH);
      const to = patch * PATCH_PIXELS + (row % PATCH) * PATCH + (column % PATCH);
      const from = row * size.columns + column;
      all.set(a.subarray(from * channels, (from + 1) * channels), to * channels);
    }
  return all;
}

/** Means over 2 × 2 pixels. */
function pooled(a: Float64Array, size: ImageSize): Float64Array {
  const channels = a.length / pixelsOf(size);
  const four = gathered(a, size);
  const all = new Float64Array(four.length / PATCH_PIXELS);
  for (const [i] of all.entries()) {
    const from = Math.floor(i / channels) * PATCH_PIXELS * channels + (i % channels);
    let sum = 0;
    for (let k = 0; k < PATCH_PIXELS; k++) sum += four[from + k * channels] ?? 0;
    all[i] = sum / PATCH_PIXELS;
  }
  return all;
}

/** Layer norm of each row of so many numbers, without gains. */
function normed(a: Float64Array, width: number): Float64Array {
  const all = new Float64Array(a.length);
  for (let from = 0; from < a.length; from += width) {
    let [mean, variance] = [0, 0];
    for (let j = from; j < from + width; j++) mean += (a[j] ?? 0) / width;
    for (let j = from; j < from + width; j++) {
      const off = (a[j] ?? 0) - mean;
      variance += (off * off) / width;
    }
    const deviation = Math.sqrt(variance + NORM_EPSILON);
    for (let j = from; j < from + width; j++) all[j] = ((a[j] ?? 0) - mean) / deviation;
  }
  return all;
}

/** softmax(QKᵀ/√width) V of one head over so many rows. */
function attention(q: Float64Array, k: Float64Array, v: Float64Array, rows: number): Float64Array {
  const width = q.length / rows;
  const root = Math.sqrt(width);
  const all = new Float64Array(q.length);
  const scores = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    let top = Number.NEGATIVE_INFINITY;
    for (let t = 0; t < rows; t++) {
      let sum = 0;
      for (let j = 0; j < width; j++) sum += (q[i * width + j] ?? 0) * (k[t * width + j] ?? 0);
      scores[t] = sum / root;
      top = Math.max(top, scores[t] ?? 0);
    }
    let total = 0;
    for (let t = 0; t < rows; t++) {
      scores[t] = decay(top - (scores[t] ?? 0));
      total += scores[t] ?? 0;
    }
    for (let t = 0; t < rows; t++) {
      const share = (scores[t] ?? 0) / total;
      for (let j = 0; j < width; j++)
        all[i * width + j] = (all[i * width + j] ?? 0) + share * (v[t * width + j] ?? 0);
    }
  }
  return all;
}
