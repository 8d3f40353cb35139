/** The networks of `classifier-networks.ts` on a backend: forward passes as operations that can be differentiated. */
import type { Tensor3D } from '@tensorflow/tfjs';
import { byName } from './by-name.ts';
import { BLOCKS, classifierWeights, sizesOf } from './classifier-networks.ts';
import type { Tf } from './dense.ts';
import {
  type ImagePass,
  type ImageSize,
  imageBlocks,
  PATCH_PIXELS,
  pixelsOf,
} from './image-blocks.ts';
import { productsOn } from './matrix-product.ts';
import type { ClassifierSpec } from './program.ts';

export interface Classifiers {
  /**
   * Several networks at once.
   * @param weights [networks × rows × columns] each, in the order of `classifierWeights`
   * @param x what the first matrix reads of each image (`firstRead`) [networks × count × numbers]
   * @returns [networks × count × classes]
   */
  apply(weights: readonly Tensor3D[], x: Tensor3D): Tensor3D;
  dispose(): void;
}

/** `x` has a row for every use of the first matrix. */
interface Pass extends ImagePass {
  /** a w + b; `ofData` where a is data. */
  readonly layer: (a: Tensor3D, name: string) => Tensor3D;
  readonly ofData: (a: Tensor3D, name: string) => Tensor3D;
}

export function classifiersOn(tf: Tf, spec: ClassifierSpec): Classifiers {
  const { width } = spec;
  const names = classifierWeights(spec).map(({ name }) => name);
  const { full, half, quarter } = sizesOf(spec);
  const patches = pixelsOf(quarter);
  const products = productsOn(tf);
  const blocks = imageBlocks(tf, width);
  const { taps, gathered, normed } = blocks;
  const [start] = classifierWeights(spec);
  if (start === undefined) throw new RangeError('A network has weights.');
  const forward = { convolutional, transformer }[spec.architecture];

  /** Means over 2 × 2 pixels. */
  function pooled(a: Tensor3D, size: ImageSize): Tensor3D {
    const four = gathered(a, size);
    const [networks, rows] = four.shape;
    return tf.mean(tf.reshape(four, [networks, rows, PATCH_PIXELS, width]), 2);
  }

  function convolutional({ x, networks, count, ofData, layer }: Pass): Tensor3D {
    const first = pooled(tf.relu(ofData(x, 'first')), full);
    const second = pooled(tf.relu(layer(taps(first, half), 'second')), half);
    const seen: Tensor3D = tf.reshape(second, [networks, count, pixelsOf(quarter) * width]);
    return tf.relu(layer(seen, 'hidden'));
  }

  function transformer({ x, networks, count, w, times, ofData, layer }: Pass): Tensor3D {
    type Four = [number, number, number, number];
    const byPatch = (a: Tensor3D) => tf.reshape(a, [networks, count, patches, width] as Four);
    const placed = tf.add(
      byPatch(ofData(x, 'embed')),
      tf.reshape(w('positions'), [networks, 1, patches, width] as Four),
    );
    let h: Tensor3D = tf.reshape(placed, [networks, count * patches, width]);
    for (const l of BLOCKS) {
      const read = normed(h);
      const [q, k, v] = [times(read, `q${l}`), times(read, `k${l}`), times(read, `v${l}`)];
      h = tf.add(h, times(blocks.attention(q, k, v, patches), `o${l}`));
      h = tf.add(h, layer(tf.relu(layer(normed(h), `up${l}`)), `down${l}`));
    }
    return tf.mean(byPatch(normed(h)), 2);
  }

  return {
    apply(weights, x) {
      const [networks, count] = x.shape;
      const w = byName(names, weights);
      const times = (a: Tensor3D, name: string) => products.of(a, w(name));
      const layer = (a: Tensor3D, name: string): Tensor3D =>
        tf.add(times(a, name), w(`${name}Bias`));
      const features = forward({
        ...{ networks, count, w, times, layer },
        x: tf.reshape(x, [networks, count * start.uses, start.rows]),
        ofData: (a, name) => tf.add(products.ofData(a, w(name)), w(`${name}Bias`)),
      });
      return layer(features, 'out');
    },
    dispose: () => blocks.dispose(),
  };
}
