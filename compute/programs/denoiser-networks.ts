/**
 * The four networks F of denoisers, each from an image of 8 × 8 and what tells σ (`sigmaFeatures`, whose
 * first number is 1, so that a matrix from them holds the biases too) to an image of 8 × 8.
 *
 * - dense: a layer of `width` ReLU units, then blocks h + relu(h W), and a layer to the pixels.
 * - convolutional, a small U-Net (Ronneberger et al. 2015): 3 × 3 to `width` channels; 2 × 2 pixels to one with
 *   twice as many; blocks h + relu(conv h) there; back to full size, added to what went down; one more block; 3 × 3
 *   to the image. A convolution is a product with im2col, so every backend trains it.
 * - transformer on 16 patches of 2 × 2 with `width` numbers each and learned positions (Dosovitskiy et al. 2021):
 *   attention by heads of 8 dimensions over all patches, then relu(x W) W′ with twice the width.
 * - mixer on the same patches (Tolstikhin et al. 2021): the second product mixes patches, each channel alike.
 *
 * Blocks of the last two read what layer norm without gains leaves: the matrix that follows has them.
 * Matrices start Gaussian with variance 1 over their rows.
 */
import type { Shape } from './differentiable.ts';
import { FEATURES } from './diffusion.ts';
import { PATCH_PIXELS, TAPS } from './image-blocks.ts';
import { type DenoiserSpec, PIXELS, SIDE } from './program.ts';

/** Patches of an image. */
export const PATCHES = PIXELS / PATCH_PIXELS;
/** Dimensions of an attention head. */
export const HEAD = 8;
/** Hidden units between patches, of a mixer. */
export const MIXED = 2 * PATCHES;
/** Pixels of the smaller image of a U-Net. */
const HALF_PIXELS = (SIDE / 2) ** 2;

export interface NamedShape extends Shape {
  readonly name: string;
  /** Rows of one image that are multiplied with it. */
  readonly uses: number;
}

/** Arrays of one network, in the order of a run's state. */
export function denoiserWeights(spec: Pick<DenoiserSpec, 'architecture' | 'width' | 'layers'>) {
  const { architecture, width, layers } = spec;
  const blocks = Array.from({ length: layers }, (_, i) => i + 1);
  const of = (name: string, rows: number, columns: number, uses: number): NamedShape => ({
    ...{ name, rows, columns, uses },
  });
  /** What σ adds. */
  const told = (name: string, columns: number) => of(name, FEATURES, columns, 1);
  switch (architecture) {
    case 'dense':
      return [
        of('in', PIXELS, width, 1),
        told('inSigma', width),
        ...blocks.flatMap((l) => [of(`w${l}`, width, width, 1), told(`sigma${l}`, width)]),
        of('out', width, PIXELS, 1),
        told('outSigma', PIXELS),
      ];
    case 'convolutional':
      return [
        of('in', TAPS, width, PIXELS),
        told('inSigma', width),
        of('down', 4 * width, 2 * width, HALF_PIXELS),
        told('downSigma', 2 * width),
        ...blocks.flatMap((l) => [
          of(`w${l}`, TAPS * 2 * width, 2 * width, HALF_PIXELS),
          told(`sigma${l}`, 2 * width),
        ]),
        of('up', 2 * width, 4 * width, HALF_PIXELS),
        of('full', TAPS * width, width, PIXELS),
        told('fullSigma', width),
        of('out', TAPS * width, 1, PIXELS),
        told('outSigma', 1),
      ];
    case 'transformer':
    case 'mixer':
      return [
        of('embed', PATCH_PIXELS, width, PATCHES),
        told('embedSigma', width),
        of('positions', PATCHES, width, 0),
        ...blocks.flatMap((l) => [
          ...(architecture === 'transformer'
            ? ['q', 'k', 'v', 'o'].map((name) => of(`${name}${l}`, width, width, PATCHES))
            : [of(`mix${l}`, PATCHES, MIXED, width), of(`mixed${l}`, MIXED, PATCHES, width)]),
          of(`up${l}`, width, 2 * width, PATCHES),
          told(`sigma${l}`, 2 * width),
          of(`down${l}`, 2 * width, width, PATCHES),
        ]),
        of('out', width, PATCH_PIXELS, PATCHES),
        told('outSigma', PATCH_PIXELS),
      ];
  }
}

/** Multiplications of one network on one image. */
export function denoiserProducts(
  spec: Pick<DenoiserSpec, 'architecture' | 'width' | 'layers'>,
): number {
  const weights = denoiserWeights(spec);
  // Of queries with keys, and of the pattern with values.
  const attention =
    spec.architecture === 'transformer' ? 2 * spec.layers * PATCHES ** 2 * spec.width : 0;
  return weights.reduce((n, { rows, columns, uses }) => n + rows * columns * uses, attention);
}

/** Half of the numbers that one network holds for one image on the way there and back, at most. */
export function denoiserActivations({
  architecture,
  width,
  layers,
}: Pick<DenoiserSpec, 'architecture' | 'width' | 'layers'>): number {
  switch (architecture) {
    case 'dense':
      return 5 * PIXELS + (4 + 5 * layers) * width;
    case 'convolutional':
      return PIXELS * (180 + 150 * width) + HALF_PIXELS * 2 * width * (30 + 72 * layers);
    case 'transformer':
      return PATCHES * (36 * width + layers * (51 * width + 8 * PATCHES * (width / HEAD)));
    case 'mixer':
      return PATCHES * (36 * width + layers * 51 * width);
  }
}
