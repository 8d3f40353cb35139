/** The networks of `denoiser-networks.ts` on a backend: forward passes as operations that can be differentiated. */
import type { Tensor, Tensor3D, Tensor4D } from '@tensorflow/tfjs';
import { denoiserWeights, HEAD, PATCHES } from './denoiser-networks.ts';
import type { Tf } from './dense.ts';
import { productsOn } from './matrix-product.ts';
import { type DenoiserSpec, PIXELS, SIDE } from './program.ts';

/** Added to the variance of layer norm (Ba, Kiros & Hinton 2016, arXiv:1607.06450, eq. 4). */
export const NORM_EPSILON = 1e-5;

export interface Denoisers {
  /**
   * F of several networks at once.
   * @param weights [networks × rows × columns] each, in the order of `denoiserWeights`
   * @param x images times c_in [networks × count × pixels] @param told features of σ [networks × count × features]
   * @returns [networks × count × pixels]
   */
  apply(weights: readonly Tensor3D[], x: Tensor3D, told: Tensor3D): Tensor3D;
  dispose(): void;
}

interface Pass {
  /** Networks, and images of each. */
  readonly networks: number;
  readonly count: number;
  readonly x: Tensor3D;
  readonly w: (name: string) => Tensor3D;
  /** a w, where a needs a gradient, and where it is data. */
  readonly times: (a: Tensor3D, name: string) => Tensor3D;
  readonly ofData: (a: Tensor3D, name: string) => Tensor3D;
  /** Adds what σ says to every one of an image's rows: [networks × count · rows × columns]. */
  readonly toldOf: (a: Tensor3D, name: string) => Tensor3D;
}

export function denoisersOn(tf: Tf, spec: DenoiserSpec): Denoisers {
  const names = denoiserWeights(spec).map(({ name }) => name);
  const products = productsOn(tf);
  const scale = tf.keep(tf.scalar(1 / Math.sqrt(HEAD)));
  const epsilon = tf.keep(tf.scalar(NORM_EPSILON));
  const forward = { dense, convolutional, transformer: patched, mixer: patched }[spec.architecture];
  const blocks = Array.from({ length: spec.layers }, (_, i) => i + 1);

  function dense({ x, times, ofData, toldOf }: Pass): Tensor3D {
    let h: Tensor3D = tf.relu(toldOf(ofData(x, 'in'), 'inSigma'));
    for (const l of blocks)
      h = tf.add(h, tf.relu(toldOf(times(h, `w${l}`), `sigma${l}`)) as Tensor3D);
    return toldOf(times(h, 'out'), 'outSigma');
  }

  /** The 3 × 3 places around each pixel, zero beyond the border: [networks × count · side² × 9 channels]. */
  function columns(a: Tensor3D, side: number, { networks, count }: Pass): Tensor3D {
    const channels = a.shape[2];
    let all: Tensor4D = tf.reshape(a, [networks * count, side, side, channels]);
    // Rows above, at and below, then columns of those: six slices instead of nine.
    for (const axis of [1, 2] as const) {
      const around: [number, number][] = [0, 1, 2, 3].map((i) => (i === axis ? [1, 1] : [0, 0]));
      const padded: Tensor4D = tf.pad(all, around);
      const { shape } = all;
      all = tf.concat(
        [0, 1, 2].map((shift) => tf.slice(padded, onAxis(axis, shift), shape)),
        3,
      );
    }
    return tf.reshape(all, [networks, count * side * side, 9 * channels]);
  }

  /** 2 × 2 pixels as one with four times the channels: [… × 64 × c] to [… × 16 × 4c]. */
  function gathered(a: Tensor3D, { networks, count }: Pass): Tensor3D {
    const channels = a.shape[2];
    const half = SIDE / 2;
    const apart = tf.reshape(a, [networks * count * half, 2, half, 2 * channels]);
    return tf.reshape(tf.transpose(apart, [0, 2, 1, 3]), [
      networks,
      count * half * half,
      4 * channels,
    ]);
  }

  /** The reverse. */
  function spread(a: Tensor3D, { networks, count }: Pass): Tensor3D {
    const channels = a.shape[2] / 4;
    const half = SIDE / 2;
    const apart = tf.reshape(a, [networks * count * half, half, 2, 2 * channels]);
    return tf.reshape(tf.transpose(apart, [0, 2, 1, 3]), [networks, count * PIXELS, channels]);
  }

  function convolutional(pass: Pass): Tensor3D {
    const { x, networks, count, times, ofData, toldOf } = pass;
    const pixels: Tensor3D = tf.reshape(x, [networks, count * PIXELS, 1]);
    const full: Tensor3D = tf.relu(toldOf(ofData(columns(pixels, SIDE, pass), 'in'), 'inSigma'));
    let h: Tensor3D = tf.relu(toldOf(times(gathered(full, pass), 'down'), 'downSigma'));
    for (const l of blocks) {
      const seen = toldOf(times(columns(h, SIDE / 2, pass), `w${l}`), `sigma${l}`);
      h = tf.add(h, tf.relu(seen) as Tensor3D);
    }
    h = tf.add(full, spread(times(h, 'up'), pass));
    h = tf.add(h, tf.relu(toldOf(times(columns(h, SIDE, pass), 'full'), 'fullSigma')) as Tensor3D);
    const image = toldOf(times(columns(h, SIDE, pass), 'out'), 'outSigma');
    return tf.reshape(image, [networks, count, PIXELS]);
  }

  const normed = (a: Tensor3D): Tensor3D => {
    const centred: Tensor3D = tf.sub(a, tf.mean(a, 2, true));
    const variance = tf.mean(tf.square(centred), 2, true);
    return tf.mul(centred, tf.rsqrt(tf.add(variance, epsilon)));
  };

  function attended(h: Tensor3D, l: number, { networks, count, times }: Pass): Tensor3D {
    const heads = spec.width / HEAD;
    const split = (a: Tensor): Tensor3D =>
      tf.reshape(
        tf.transpose(tf.reshape(a, [networks * count, PATCHES, heads, HEAD]), [0, 2, 1, 3]),
        [networks * count * heads, PATCHES, HEAD],
      );
    const [q, k, v] = ['q', 'k', 'v'].map((name) => split(times(h, `${name}${l}`)));
    const scores = tf.matMul(q as Tensor3D, k as Tensor3D, false, true);
    const pattern: Tensor3D = tf.softmax(tf.mul(scores, scale));
    const written = tf.reshape(tf.matMul(pattern, v as Tensor3D), [
      ...[networks * count, heads, PATCHES, HEAD],
    ] as [number, number, number, number]);
    const merged: Tensor3D = tf.reshape(tf.transpose(written, [0, 2, 1, 3]), [
      ...[networks, count * PATCHES, spec.width],
    ] as [number, number, number]);
    return times(merged, `o${l}`);
  }

  function mixed(h: Tensor3D, l: number, { networks, count, times }: Pass): Tensor3D {
    const { width } = spec;
    const turned = tf.transpose(tf.reshape(h, [networks * count, PATCHES, width]), [0, 2, 1]);
    const rows: Tensor3D = tf.reshape(turned, [networks, count * width, PATCHES]);
    const out = times(tf.relu(times(rows, `mix${l}`)), `mixed${l}`);
    const back = tf.transpose(tf.reshape(out, [networks * count, width, PATCHES]), [0, 2, 1]);
    return tf.reshape(back, [networks, count * PATCHES, width]);
  }

  function patched(pass: Pass): Tensor3D {
    const { x, networks, count, times, ofData, toldOf, w } = pass;
    const { width } = spec;
    const pixels: Tensor3D = tf.reshape(x, [networks, count * PIXELS, 1]);
    const patches = gathered(pixels, pass);
    const apart = tf.reshape(toldOf(ofData(patches, 'embed'), 'embedSigma'), [
      ...[networks, count, PATCHES, width],
    ] as [number, number, number, number]);
    const placed = tf.add(apart, tf.reshape(w('positions'), [networks, 1, PATCHES, width]));
    let h: Tensor3D = tf.reshape(placed, [networks, count * PATCHES, width]);
    const between = spec.architecture === 'transformer' ? attended : mixed;
    for (const l of blocks) {
      h = tf.add(h, between(normed(h), l, pass));
      const inner: Tensor3D = tf.relu(toldOf(times(normed(h), `up${l}`), `sigma${l}`));
      h = tf.add(h, times(inner, `down${l}`));
    }
    const out = toldOf(times(normed(h), 'out'), 'outSigma');
    return tf.reshape(spread(out, pass), [networks, count, PIXELS]);
  }

  return {
    apply(weights, x, told) {
      const [networks, count] = x.shape;
      const named = new Map(names.map((name, l) => [name, weights[l]]));
      const w = (name: string): Tensor3D => {
        const found = named.get(name);
        if (found === undefined) throw new RangeError(`There are no weights ${name}.`);
        return found;
      };
      return forward({
        ...{ networks, count, x, w },
        times: (a, name) => products.of(a, w(name)),
        ofData: (a, name) => products.ofData(a, w(name)),
        toldOf(a, name) {
          const said = products.ofData(told, w(name));
          const [, rows, columns] = a.shape;
          if (rows === count) return tf.add(a, said);
          const each = rows / count;
          const apart = tf.reshape(a, [networks * count, each, columns]);
          const sum = tf.add(apart, tf.reshape(said, [networks * count, 1, columns]));
          return tf.reshape(sum, [networks, rows, columns]);
        },
      });
    },
    dispose: () => tf.dispose([scale, epsilon]),
  };
}

const onAxis = (axis: 1 | 2, shift: number): [number, number, number, number] =>
  axis === 1 ? [0, shift, 0, 0] : [0, 0, shift, 0];
