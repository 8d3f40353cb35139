/** The networks of `denoiser-networks.ts` on a backend: forward passes as operations that can be differentiated. */
import type { Tensor3D } from '@tensorflow/tfjs';
import { byName } from './by-name.ts';
import { denoiserWeights, HEAD, PATCHES } from './denoiser-networks.ts';
import type { Tf } from './dense.ts';
import { halved, type ImagePass, imageBlocks } from './image-blocks.ts';
import { productsOn } from './matrix-product.ts';
import { type DenoiserSpec, PIXELS, SIDE } from './program.ts';

/** Images at full size, and what is left of them further down. */
const FULL = { rows: SIDE, columns: SIDE };
const HALF = halved(FULL);

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

interface Pass extends ImagePass {
  /** a w, where a is data. */
  readonly ofData: (a: Tensor3D, name: string) => Tensor3D;
  /** Adds what σ says to every one of an image's rows: [networks × count · rows × columns]. */
  readonly toldOf: (a: Tensor3D, name: string) => Tensor3D;
}

export function denoisersOn(tf: Tf, spec: DenoiserSpec): Denoisers {
  const names = denoiserWeights(spec).map(({ name }) => name);
  const products = productsOn(tf);
  const blocks = imageBlocks(tf, HEAD);
  const { taps, gathered, spread, normed } = blocks;
  const forward = { dense, convolutional, transformer: patched, mixer: patched }[spec.architecture];
  const layers = Array.from({ length: spec.layers }, (_, i) => i + 1);

  function dense({ x, times, ofData, toldOf }: Pass): Tensor3D {
    let h: Tensor3D = tf.relu(toldOf(ofData(x, 'in'), 'inSigma'));
    for (const l of layers)
      h = tf.add(h, tf.relu(toldOf(times(h, `w${l}`), `sigma${l}`)) as Tensor3D);
    return toldOf(times(h, 'out'), 'outSigma');
  }

  function convolutional(pass: Pass): Tensor3D {
    const { x, networks, count, times, ofData, toldOf } = pass;
    const pixels: Tensor3D = tf.reshape(x, [networks, count * PIXELS, 1]);
    const full: Tensor3D = tf.relu(toldOf(ofData(taps(pixels, FULL), 'in'), 'inSigma'));
    let h: Tensor3D = tf.relu(toldOf(times(gathered(full, FULL), 'down'), 'downSigma'));
    for (const l of layers) {
      const seen = toldOf(times(taps(h, HALF), `w${l}`), `sigma${l}`);
      h = tf.add(h, tf.relu(seen) as Tensor3D);
    }
    h = tf.add(full, spread(times(h, 'up'), FULL));
    h = tf.add(h, tf.relu(toldOf(times(taps(h, FULL), 'full'), 'fullSigma')) as Tensor3D);
    const image = toldOf(times(taps(h, FULL), 'out'), 'outSigma');
    return tf.reshape(image, [networks, count, PIXELS]);
  }

  const attended = (h: Tensor3D, l: number, { times }: Pass): Tensor3D => {
    const [q, k, v] = [times(h, `q${l}`), times(h, `k${l}`), times(h, `v${l}`)];
    return times(blocks.attention(q, k, v, PATCHES), `o${l}`);
  };

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
    const patches = gathered(pixels, FULL);
    const apart = tf.reshape(toldOf(ofData(patches, 'embed'), 'embedSigma'), [
      ...[networks, count, PATCHES, width],
    ] as [number, number, number, number]);
    const placed = tf.add(apart, tf.reshape(w('positions'), [networks, 1, PATCHES, width]));
    let h: Tensor3D = tf.reshape(placed, [networks, count * PATCHES, width]);
    const between = spec.architecture === 'transformer' ? attended : mixed;
    for (const l of layers) {
      h = tf.add(h, between(normed(h), l, pass));
      const inner: Tensor3D = tf.relu(toldOf(times(normed(h), `up${l}`), `sigma${l}`));
      h = tf.add(h, times(inner, `down${l}`));
    }
    const out = toldOf(times(normed(h), 'out'), 'outSigma');
    return tf.reshape(spread(out, FULL), [networks, count, PIXELS]);
  }

  return {
    apply(weights, x, told) {
      const [networks, count] = x.shape;
      const w = byName(names, weights);
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
    dispose: () => blocks.dispose(),
  };
}
