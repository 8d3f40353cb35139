/**
 * What networks on images are built of, as operations that can be differentiated on every backend: 3 × 3
 * convolutions as products with im2col, 2 × 2 pixels made one and the reverse, layer norm, attention. All work
 * on several networks at once: [networks × rows of all images × channels], an image's rows being its pixels or
 * patches, row by row.
 */
import type { Tensor, Tensor3D, Tensor4D } from '@tensorflow/tfjs';
import type { Tf } from './dense.ts';

/** Added to the variance of layer norm (Ba, Kiros & Hinton 2016, arXiv:1607.06450, eq. 4). */
export const NORM_EPSILON = 1e-5;
/** Places that a 3 × 3 convolution sees. */
export const TAPS = 9;
/** Pixels of a patch's side, and numbers of a patch. */
export const PATCH = 2;
export const PATCH_PIXELS = PATCH * PATCH;

/** Pixels of an image, down and across. */
export interface ImageSize {
  readonly rows: number;
  readonly columns: number;
}

/** What is left when every 2 × 2 pixels are one: what is odd is filled up with zeros. */
export const halved = ({ rows, columns }: ImageSize): ImageSize => ({
  rows: Math.ceil(rows / PATCH),
  columns: Math.ceil(columns / PATCH),
});

export const pixelsOf = ({ rows, columns }: ImageSize): number => rows * columns;

/** What a forward pass over images goes by. */
export interface ImagePass {
  /** Networks, and images of each. */
  readonly networks: number;
  readonly count: number;
  readonly x: Tensor3D;
  readonly w: (name: string) => Tensor3D;
  /** a w, where a needs a gradient. */
  readonly times: (a: Tensor3D, name: string) => Tensor3D;
}

export interface ImageBlocks {
  /** The 3 × 3 places around each pixel, column by column, zero beyond the border: c channels to 9 c. */
  taps(a: Tensor3D, size: ImageSize): Tensor3D;
  /** 2 × 2 pixels as one with four times the channels; zeros where the image is odd. */
  gathered(a: Tensor3D, size: ImageSize): Tensor3D;
  /** The reverse of `gathered`, to an image of this even size. */
  spread(a: Tensor3D, size: ImageSize): Tensor3D;
  /** Layer norm over channels, without gains. */
  normed(a: Tensor3D): Tensor3D;
  /**
   * softmax(QKᵀ/√head) V within each image, head by head (Vaswani et al. 2017, arXiv:1706.03762, eq. 1).
   * @param tokens rows of an image
   */
  attention(q: Tensor3D, k: Tensor3D, v: Tensor3D, tokens: number): Tensor3D;
  dispose(): void;
}

/** @param head dimensions of an attention head, of which a width must be a multiple */
export function imageBlocks(tf: Tf, head: number): ImageBlocks {
  const scale = tf.keep(tf.scalar(1 / Math.sqrt(head)));
  const epsilon = tf.keep(tf.scalar(NORM_EPSILON));
  type Four = [number, number, number, number];
  type Three = [number, number, number];

  /** Images one by one: [images × rows × columns × channels]. */
  const apart = (a: Tensor3D, size: ImageSize): Tensor4D =>
    tf.reshape(a, [-1, size.rows, size.columns, a.shape[2]] as Four);

  return {
    taps(a, size) {
      let all = apart(a, size);
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
      return tf.reshape(all, [a.shape[0], a.shape[1], TAPS * a.shape[2]]);
    },
    gathered(a, size) {
      const [networks, all, channels] = a.shape;
      const images = (networks * all) / pixelsOf(size);
      const half = halved(size);
      const [down, across] = [PATCH * half.rows - size.rows, PATCH * half.columns - size.columns];
      const even: Tensor =
        down === 0 && across === 0
          ? a
          : tf.pad(apart(a, size), [
              [0, 0],
              [0, down],
              [0, across],
              [0, 0],
            ]);
      const pairs = tf.reshape(even, [images * half.rows, PATCH, half.columns, PATCH * channels]);
      return tf.reshape(tf.transpose(pairs, [0, 2, 1, 3]), [
        ...[networks, (images * pixelsOf(half)) / networks, PATCH_PIXELS * channels],
      ] as Three);
    },
    spread(a, size) {
      const [networks, all, channels] = a.shape;
      const half = halved(size);
      const lines = (networks * all) / half.columns;
      const each = channels / PATCH_PIXELS;
      const pairs = tf.reshape(a, [lines, half.columns, PATCH, PATCH * each]);
      return tf.reshape(tf.transpose(pairs, [0, 2, 1, 3]), [networks, PATCH_PIXELS * all, each]);
    },
    normed(a) {
      const centred: Tensor3D = tf.sub(a, tf.mean(a, 2, true));
      const variance = tf.mean(tf.square(centred), 2, true);
      return tf.mul(centred, tf.rsqrt(tf.add(variance, epsilon)));
    },
    attention(q, k, v, tokens) {
      const [networks, all, width] = q.shape;
      const [images, heads] = [(networks * all) / tokens, width / head];
      const split = (a: Tensor): Tensor3D =>
        tf.reshape(tf.transpose(tf.reshape(a, [images, tokens, heads, head]), [0, 2, 1, 3]), [
          ...[images * heads, tokens, head],
        ] as Three);
      const scores = tf.matMul(split(q), split(k), false, true);
      const pattern: Tensor3D = tf.softmax(tf.mul(scores, scale));
      const written = tf.reshape(tf.matMul(pattern, split(v)), [
        ...[images, heads, tokens, head],
      ] as Four);
      return tf.reshape(tf.transpose(written, [0, 2, 1, 3]), [networks, all, width]);
    },
    dispose: () => tf.dispose([scale, epsilon]),
  };
}

const onAxis = (axis: 1 | 2, shift: number): [number, number, number, number] =>
  axis === 1 ? [0, shift, 0, 0] : [0, 0, shift, 0];
