import { expect, test } from 'vitest';
import { localFiles } from '../../data/local.ts';
import { digitPool, disjointSets } from './digit-pool.ts';
import { DEVIATION, greyOf, MEAN_DIGIT, scaledGrey } from './mean-digit.ts';
import { mnistFile } from './mnist.ts';

const files = localFiles();

test('the mean digit and the deviation are those of the first file, to three digits', async () => {
  const bytes = await files(mnistFile(0));
  const count = bytes.length / 785;
  // From whole images this time, the border said as places that are left out.
  const grey = (image: number, row: number, column: number) => {
    let sum = 0;
    for (let r = 4 * row - 2; r < 4 * row + 2; r++)
      for (let c = 4 * column - 2; c < 4 * column + 2; c++)
        if (r >= 0 && r < 28 && c >= 0 && c < 28) sum += bytes[image * 785 + 1 + r * 28 + c] ?? 0;
    return sum / 16 / 255;
  };
  let square = 0;
  for (let k = 0; k < 64; k++) {
    const all = Array.from({ length: count }, (_, i) => grey(i, k >> 3, k & 7));
    const mean = all.reduce((a, b) => a + b, 0) / count;
    expect(Math.abs(mean - (MEAN_DIGIT[k] ?? Number.NaN)), `pixel ${k}`).toBeLessThanOrEqual(5e-4);
    square += all.reduce((s, v) => s + (v - mean) ** 2, 0) / count / 64;
  }
  expect(Math.sqrt(square)).toBeCloseTo(DEVIATION, 3);
  const { heldOut } = await digitPool(2, files);
  for (const [i, k] of [
    [0, 20],
    [5, 35],
    [1023, 44],
  ] as const)
    expect(greyOf(heldOut[i * 64 + k] ?? 0, k)).toBeCloseTo(grey(i, k >> 3, k & 7), 6);
});

test('scaled digits have the standard deviation that denoisers expect', async () => {
  const { images } = await digitPool(512, files);
  const square = images.reduce((s, v) => s + v * v, 0) / images.length;
  expect(Math.sqrt(square)).toBeCloseTo(0.5, 1);
  expect(greyOf(scaledGrey(0.37, 20), 20)).toBeCloseTo(0.37, 12);
});

test('two sets share no image, all are of the pool, and another seed draws others', () => {
  // An image is its number, 64 times.
  const pool = Float32Array.from({ length: 40 * 64 }, (_, i) => Math.floor(i / 64));
  const numbers = (set: Float32Array) =>
    Array.from({ length: set.length / 64 }, (_, i) => set[i * 64]);
  const [a, b] = disjointSets(pool, 7, 20);
  expect([...numbers(a), ...numbers(b)].sort((x = 0, y = 0) => x - y)).toEqual(
    Array.from({ length: 40 }, (_, i) => i),
  );
  const [other] = disjointSets(pool, 8, 20);
  expect(numbers(other)).not.toEqual(numbers(a));
  expect(() => disjointSets(pool, 7, 21)).toThrow(/no 42 distinct rows/);
});

test('as many files are read as the images need, and one that is held out', async () => {
  const asked: string[] = [];
  const blank = async (name: string) => {
    asked.push(name);
    return new Uint8Array(1024 * 785);
  };
  const { images } = await digitPool(513, blank);
  expect(asked).toEqual(['mnist-00.bin', 'mnist-01.bin', 'mnist-02.bin']);
  expect(images.length).toBe(2048 * 64);
  await expect(digitPool(9729, blank)).rejects.toThrow(/take at most 9728/);
});
