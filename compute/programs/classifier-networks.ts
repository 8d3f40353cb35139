/**
 * The two networks of classifiers, from an image to a number a class.
 *
 * - convolutional, after LeNet (LeCun et al. 1998): twice a 3 × 3 convolution to `width` channels, ReLU and means
 *   over 2 × 2 pixels; then a layer of four ReLU units a channel, and one to the classes.
 * - transformer on patches of 4 × 4 pixels with `width` numbers each and learned positions (Dosovitskiy et al.
 *   2021): blocks of attention by one head over all patches, then relu(x W) W′ with twice the width, both of what
 *   layer norm without gains leaves (the matrix that follows has them); the mean over patches goes to the classes.
 *
 * What the last matrix reads are the features. Matrices start Gaussian with variance 1 over their rows, 2 where a
 * ReLU follows that halves the square (He et al. 2015); biases at zero.
 */
import { numbersIn, type Shape } from './differentiable.ts';
import { halved, PATCH_PIXELS, pixelsOf, TAPS } from './image-blocks.ts';
import { digitSize } from './mnist.ts';
import type { ClassifierSpec } from './program.ts';

/** Units of the layer before the classes of a convolutional network, a channel each. */
const UNITS = 4;
/** Hidden units of a transformer's block, a number of a patch each. */
const HIDDEN = 2;
/** Blocks of a transformer. */
export const BLOCKS = [1, 2] as const;

export interface ClassifierWeights extends Shape {
  readonly name: string;
  /** Standard deviation of initial entries. */
  readonly std: number;
  /** Rows of one image that are multiplied with it. */
  readonly uses: number;
}

export type ClassifierShape = Pick<ClassifierSpec, 'architecture' | 'width' | 'data'>;

/** An image at full size and halved once and twice. */
export function sizesOf({ data }: Pick<ClassifierSpec, 'data'>) {
  const full = digitSize(data);
  const half = halved(full);
  return { full, half, quarter: halved(half) };
}

/** Arrays of one network, in the order of a run's state. */
export function classifierWeights(spec: ClassifierShape): readonly ClassifierWeights[] {
  const { width } = spec;
  const classes = spec.data.classes.length;
  const { full, half, quarter } = sizesOf(spec);
  const matrix = (
    ...[name, rows, columns, uses, gain = 1]: [string, number, number, number, number?]
  ): ClassifierWeights => ({ ...{ name, rows, columns, uses }, std: Math.sqrt(gain / rows) });
  const layer = (...of: Parameters<typeof matrix>): ClassifierWeights[] => [
    matrix(...of),
    { name: `${of[0]}Bias`, rows: 1, columns: of[2], uses: 0, std: 0 },
  ];
  switch (spec.architecture) {
    case 'convolutional':
      return [
        ...layer('first', TAPS, width, pixelsOf(full), 2),
        ...layer('second', TAPS * width, width, pixelsOf(half), 2),
        ...layer('hidden', pixelsOf(quarter) * width, UNITS * width, 1, 2),
        ...layer('out', UNITS * width, classes, 1),
      ];
    case 'transformer': {
      const patches = pixelsOf(quarter);
      return [
        ...layer('embed', PATCH_PIXELS ** 2, width, patches),
        { ...matrix('positions', patches, width, 0), std: 1 / PATCH_PIXELS },
        ...BLOCKS.flatMap((l) => [
          ...['q', 'k', 'v', 'o'].map((name) => matrix(`${name}${l}`, width, width, patches)),
          ...layer(`up${l}`, width, HIDDEN * width, patches, 2),
          ...layer(`down${l}`, HIDDEN * width, width, patches),
        ]),
        ...layer('out', width, classes, 1),
      ];
    }
  }
}

/** Numbers that one network has learnt. */
export const classifierSize = (spec: ClassifierShape): number => numbersIn(classifierWeights(spec));

/** What the last matrix reads of one image. */
export const classifierFeatures = ({ architecture, width }: ClassifierShape): number =>
  architecture === 'convolutional' ? UNITS * width : width;

/** Multiplications of one network on one image. */
export function classifierProducts(spec: ClassifierShape): number {
  // Of queries with keys, and of the pattern with values.
  const attention =
    spec.architecture === 'transformer'
      ? 2 * BLOCKS.length * pixelsOf(sizesOf(spec).quarter) ** 2 * spec.width
      : 0;
  return classifierWeights(spec).reduce(
    (n, { rows, columns, uses }) => n + rows * columns * uses,
    attention,
  );
}

/** Numbers that one network holds for one image on the way there, at most. */
export function classifierActivations(spec: ClassifierShape): number {
  const { width, architecture } = spec;
  const { full, half, quarter } = sizesOf(spec);
  const patches = pixelsOf(quarter);
  return architecture === 'convolutional'
    ? pixelsOf(full) * (TAPS + 25 * width) + pixelsOf(half) * 36 * width + 20 * width
    : patches * (2 * PATCH_PIXELS ** 2 + 8 * width + BLOCKS.length * (42 * width + 7 * patches));
}
