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
  /** One product after another where only single ones are fast. */
  const product = (a: Tensor3D, b: Tensor3D): Tensor3D => {
    const [count, rows, inner] = a.shape;
    const columns = b.shape[2];
    if (!apart || count === 1) return tf.matMul(a, b);
    return tf.concat(
      Array.from(
        { length: count },
        (_, i): Tensor3D =>
          tf.matMul(
            tf.slice(a, [i, 0, 0], [1, rows, inner]),
            tf.slice(b, [i, 0, 0], [1, inner, columns]),
          ),
      ),
      0,
    );
  };
  const turned = (a: Tensor3D): Tensor3D => tf.transpose(a, [0, 2, 1]);
  /** a bᵀ. */
  const withTurned = (a: Tensor3D, b: Tensor3D): Tensor3D =>
    apart ? product(a, turned(b)) : tf.matMul(a, b, false, true);
  /** aᵀ b. */
  const turnedWith = (a: Tensor3D, b: Tensor3D): Tensor3D =>
    apart ? product(turned(a), b) : tf.matMul(a, b, true);
  // What a gradient reads must be saved: all else of the forward pass is gone by then.
  const of = tf.customGrad((...given) => {
    const [a, w, save] = given as unknown as [Tensor3D, Tensor3D, (kept: Tensor[]) => void];
    save([a, w]);
    return {
      value: product(a, w),
      gradFunc: (dy, saved) => {
        const [x, y] = saved as [Tensor3D, Tensor3D];
        return [withTurned(dy as Tensor3D, y), turnedWith(x, dy as Tensor3D)];
      },
    };
  });
  return {
    of: (a, w) => of(a, w) as Tensor3D,
    ofData(x, w) {
      const given = tf.customGrad((...operands) => {
        const [own, save] = operands as unknown as [Tensor3D, (kept: Tensor[]) => void];
        save([x]);
        return {
          value: product(x, own),
          gradFunc: (dy, saved) => turnedWith(saved[0] as Tensor3D, dy as Tensor3D),
        };
      });
      return given(w) as Tensor3D;
    },
  };
}
