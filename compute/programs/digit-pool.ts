/**
 * Handwritten digits (LeCun, Cortes & Burges) for denoisers: two blank pixels around each, means of 4 × 4, so
 * 8 × 8 numbers; less the mean digit, over their common standard deviation times that which the denoisers
 * expect. Mean and deviation are of the first file, which no network trains on, and stand here as constants: so
 * pages can turn a picture back into grey without the file, and two disjoint sets are scaled alike.
 */
import { distinctRows } from '../random.ts';
import type { DataFiles } from './data-set.ts';
import { SIGMA_DATA } from './diffusion.ts';
import { IMAGES_A_FILE, MNIST_FILES, mnistFile } from './mnist.ts';
import { PIXELS, SIDE } from './program.ts';

/** Grey (0 to 1) of the mean digit, row by row. */
export const MEAN_DIGIT: readonly number[] = [
  ...[0, 0, 0, 0, 0, 0, 0, 0],
  ...[0, 0.001, 0.01, 0.06, 0.139, 0.09, 0.01, 0],
  ...[0, 0.012, 0.105, 0.355, 0.452, 0.347, 0.061, 0.001],
  ...[0, 0.016, 0.178, 0.364, 0.39, 0.324, 0.037, 0],
  ...[0, 0.019, 0.227, 0.371, 0.491, 0.274, 0.034, 0],
  ...[0, 0.042, 0.239, 0.393, 0.429, 0.171, 0.02, 0],
  ...[0, 0.012, 0.13, 0.254, 0.156, 0.036, 0.002, 0],
  ...[0, 0, 0.004, 0.005, 0.004, 0.001, 0, 0],
];

/** Standard deviation of grey about the mean digit, over all pixels of the first file. */
export const DEVIATION = 0.1429;

const GREY = 255;
const FULL_SIDE = 28;
const BORDER = 2;
const POOL = (FULL_SIDE + 2 * BORDER) / SIDE;
const RECORD = 1 + FULL_SIDE * FULL_SIDE;

/** Grey, 0 to 1, of a pixel of a picture. */
export const greyOf = (value: number, pixel: number): number =>
  (value / SIGMA_DATA) * DEVIATION + (MEAN_DIGIT[pixel] ?? 0);

export interface DigitPool {
  /** [images × pixels] each: digits that nothing trains on, and those that sets are drawn from. */
  readonly heldOut: Float32Array;
  readonly images: Float32Array;
}

/** What two disjoint sets of so many images are drawn from: a whole number of files, one at least. */
export async function digitPool(images: number, files: DataFiles): Promise<DigitPool> {
  const count = Math.ceil((2 * images) / IMAGES_A_FILE);
  if (count + 1 > MNIST_FILES)
    throw new Error(
      `There are not ${2 * images} digits beside those that are held out: take at most ${(IMAGES_A_FILE * (MNIST_FILES - 1)) / 2} images.`,
    );
  const all: Float32Array[] = [];
  for (let file = 0; file <= count; file++) all.push(digitsIn(await files(mnistFile(file))));
  const [heldOut = new Float32Array(), ...rest] = all;
  const pool = new Float32Array(count * heldOut.length);
  for (const [i, own] of rest.entries()) pool.set(own, i * heldOut.length);
  return { heldOut, images: pool };
}

/** The digits of a file, as networks see them. */
function digitsIn(bytes: Uint8Array): Float32Array {
  const count = Math.floor(bytes.length / RECORD);
  const all = new Float32Array(count * PIXELS);
  const sums = new Float64Array(PIXELS);
  for (let i = 0; i < count; i++) {
    // Whole numbers, exact.
    sums.fill(0);
    for (let p = 0; p < FULL_SIDE * FULL_SIDE; p++) {
      const row = Math.floor((Math.floor(p / FULL_SIDE) + BORDER) / POOL);
      const at = row * SIDE + Math.floor(((p % FULL_SIDE) + BORDER) / POOL);
      sums[at] = (sums[at] ?? 0) + (bytes[i * RECORD + 1 + p] ?? 0);
    }
    for (const [k, sum] of sums.entries()) {
      const grey = sum / (POOL * POOL * GREY);
      all[i * PIXELS + k] = ((grey - (MEAN_DIGIT[k] ?? 0)) / DEVIATION) * SIGMA_DATA;
    }
  }
  return all;
}

/** Two sets of a pool's images that share none, [images × pixels] each: a function of the run's seed. */
export function disjointSets(
  pool: Float32Array,
  seed: number,
  images: number,
): readonly [Float32Array, Float32Array] {
  const rows = distinctRows(seed, 2 * images, pool.length / PIXELS);
  const set = (from: number) => {
    const own = new Float32Array(images * PIXELS);
    for (let i = 0; i < images; i++) {
      const row = rows[from + i] ?? 0;
      own.set(pool.subarray(row * PIXELS, (row + 1) * PIXELS), i * PIXELS);
    }
    return own;
  };
  return [set(0), set(images)];
}
