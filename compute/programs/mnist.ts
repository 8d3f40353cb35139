/**
 * Handwritten digits (LeCun, Cortes & Burges): the training images in their published order, in files
 * of 1024, each image one byte of label and 28 × 28 of grey. Pixels are centred one by one over the
 * chosen samples, then divided by their common standard deviation. Targets are one-hot, or ±1 for two
 * classes and one output.
 */
import { distinctRows } from '../random.ts';
import type { DataFiles, DataSet } from './data-set.ts';
import { gathered } from './dense.ts';
import type { ImageSize } from './image-blocks.ts';
import type { DigitsSpec } from './program.ts';

export const IMAGES_A_FILE = 1024;
export const MNIST_FILES = 20;
const SHUFFLE_SEED = 1;
const SIDE = 28;
const RECORD = 1 + SIDE * SIDE;

export const mnistFile = (index: number): string => `mnist-${String(index).padStart(2, '0')}.bin`;

/** Size of the images that networks see. */
export function digitSize({ pool, half }: Pick<DigitsSpec, 'pool' | 'half'>): ImageSize {
  const rows = SIDE / pool;
  return { rows, columns: half === undefined ? rows : Math.floor(rows / 2) };
}

/** Reads as many files as the samples need. Throws if the network or the files do not fit. */
export async function mnist(
  spec: DigitsSpec,
  inputs: number,
  outputs: number,
  files: DataFiles,
): Promise<DataSet> {
  const { samples, classes, pool, balanced = false, half } = spec;
  const { rows: side, columns: across } = digitSize(spec);
  const from = half === 'right' ? side - across : 0;
  const signed = classes.length === 2 && outputs === 1;
  if (inputs !== side * across || !(signed || outputs === classes.length))
    throw new Error(
      `These digits have ${side * across} inputs and ${classes.length} outputs, not ${inputs} and ${outputs}.`,
    );
  const most = balanced ? samples / classes.length : samples;
  if (!Number.isInteger(most))
    throw new Error(`${samples} digits cannot be the same number of each of ${classes.length}.`);
  const taking = classes.map(() => most);
  const x = new Float32Array(samples * inputs);
  const y = new Float32Array(samples * outputs);
  const image = new Float32Array(side * side);
  let taken = 0;
  for (let file = 0; taken < samples; file++) {
    if (file === MNIST_FILES) throw new Error(`There are only ${taken} digits of these classes.`);
    const bytes = await files(mnistFile(file));
    for (let at = 0; at + RECORD <= bytes.length && taken < samples; at += RECORD) {
      const label = classes.indexOf(bytes[at] ?? -1);
      const left = taking[label] ?? 0;
      if (left === 0) continue;
      taking[label] = left - 1;
      pooled(bytes.subarray(at + 1, at + RECORD), pool, image.fill(0));
      for (let row = 0; row < side; row++)
        x.set(
          image.subarray(row * side + from, row * side + from + across),
          taken * inputs + row * across,
        );
      if (signed) y[taken] = label === 0 ? 1 : -1;
      else y[taken * outputs + label] = 1;
      taken += 1;
    }
  }
  standardise(x, samples);
  return { samples, x, y: spec.labels === 'shuffled' ? shuffled(y, samples) : y };
}

/** The targets in another order, the same on every machine: as many of each class, none of its own digit but by chance. */
const shuffled = (y: Float32Array, samples: number): Float32Array =>
  gathered(y, samples, distinctRows(SHUFFLE_SEED, samples, samples));

/** Sums of pool × pool pixels: whole numbers, exact. */
function pooled(image: Uint8Array, pool: number, into: Float32Array): void {
  const side = SIDE / pool;
  for (let row = 0; row < SIDE; row++) {
    for (let column = 0; column < SIDE; column++) {
      const at = Math.floor(row / pool) * side + Math.floor(column / pool);
      into[at] = (into[at] ?? 0) + (image[row * SIDE + column] ?? 0);
    }
  }
}

function standardise(x: Float32Array, samples: number): void {
  const inputs = x.length / samples;
  const mean = new Float64Array(inputs);
  for (const [i, v] of x.entries()) mean[i % inputs] = (mean[i % inputs] ?? 0) + v / samples;
  let square = 0;
  for (const [i, v] of x.entries()) square += (v - (mean[i % inputs] ?? 0)) ** 2;
  const deviation = Math.sqrt(square / x.length) || 1;
  for (const [i, v] of x.entries()) x[i] = (v - (mean[i % inputs] ?? 0)) / deviation;
}
