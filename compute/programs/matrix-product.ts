/**
 * Products with weights, differentiable. The wasm backend has two kernels: a fast one (XNNPACK) for single
 * products without transposition, and a naive one for all else, three times slower. So there the factors of a
 * gradient are transposed first; elsewhere the product transposes on its own, which saves a launch.
 */
import type { Tensor, Tensor3D } from '@tensorflow/tfjs';
import type { Tf } from './dense.ts';

export interface Products {
  /** x w, where x is data: no gradient is made for it. [R × n × k] times [R × k × m]. */
  ofData(x: Tensor3D, w: Tensor3D): Tensor3D;
  /** a w. */
  of(a: Tensor3D, w: Tensor3D): Tensor3D;
}

export function productsOn(tf: Tf): Products {
  const apart = tf.getBackend() === 'wasm';
  const turned = (a: Tensor3D): Tensor3D => tf.transpose(a, [0, 2, 1]);
  /** a bᵀ. */
  const withTurned = (a: Tensor3D, b: Tensor3D): Tensor3D =>
    apart ? tf.matMul(a, turned(b)) : tf.matMul(a, b, false, true);
  /** aᵀ b. */
  const turnedWith = (a: Tensor3D, b: Tensor3D): Tensor3D =>
    apart ? tf.matMul(turned(a), b) : tf.matMul(a, b, true);
  // What a gradient reads must be saved: all else of the forward pass is gone by then.
  const of = tf.customGrad((...given) => {
    const [a, w, save] = given as unknown as [Tensor3D, Tensor3D, (kept: Tensor[]) => void];
    save([a, w]);
    return {
      value: tf.matMul(a, w),
      gradFunc: (dy, saved) => {
        const [x, y] = saved as [Tensor3D, Tensor3D];
        return [withTurned(dy as Tensor3D, y), turnedWith(x, dy as Tensor3D)];
      },
    };
  });
  return {
    of: (a, w) => of(a, w) as Tensor3D,
    ofData(x, w) {
      const product = tf.customGrad((...given) => {
        const [own, save] = given as unknown as [Tensor3D, (kept: Tensor[]) => void];
        save([x]);
        return {
          value: tf.matMul(x, own),
          gradFunc: (dy, saved) => turnedWith(saved[0] as Tensor3D, dy as Tensor3D),
        };
      });
      return product(w) as Tensor3D;
    },
  };
}
