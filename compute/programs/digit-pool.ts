/**
 * Handwritten digits (LeCun, Cortes & Burges) for denoisers: two blank pixels around each, means of 4 × 4, so
 * 8 × 8 numbers, scaled by `mean-digit.ts`, and drawn from in sets that share none.
 */
import { distinctRows } from '../random.ts';
import type { DataFiles } from './data-set.ts';
import { scaledGrey } from './mean-digit.ts';
import { IMAGES_A_FILE, MNIST_FILES, mnistFile } from './mnist.ts';
import { PIXELS, SIDE } from './program.ts';

const GREY = 255;
const FULL_SIDE = 28;
const BORDER = 2;
const POOL = (FULL_SIDE + 2 * BORDER) / SIDE;
const RECORD = 1 + FULL_SIDE * FULL_SIDE;

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
      all[i * PIXELS + k] = scaledGrey(sum / (POOL * POOL * GREY), k);
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
