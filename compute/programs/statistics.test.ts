import { describe, expect, test } from 'vitest';
import { localFiles } from '../../data/local.ts';
import { integersAt, STREAMS } from '../random.ts';
import type { DataFiles } from './data-set.ts';
import { arrayOf } from './hosted.ts';
import { binColumn, type Measured } from './measured.ts';
import { mnist } from './mnist.ts';
import { photographFile, writtenPhotograph } from './photographs.ts';
import { HYPER, type StatisticsSpec } from './program.ts';
import { radialPower } from './radial-power.ts';
import { binned, binsTo } from './rank-bins.ts';
import { statisticsProgram } from './statistics.ts';
import { novelWords, WORD_TYPES } from './words.ts';

const [WIDTH, HEIGHT] = [40, 30];
const picture = (factor: number) => ({
  ...{ width: WIDTH, height: HEIGHT },
  grey: Uint8Array.from({ length: WIDTH * HEIGHT }, (_, i) => (factor * i * i + 3 * i) % 251),
});
const PICTURES = { 'black-canyon': picture(7), 'march-pastoral': picture(5) } as const;
const files: DataFiles = async (name) => {
  const found = Object.entries(PICTURES).find(([own]) => photographFile(own) === name);
  return found === undefined ? await localFiles()(name) : writtenPhotograph(found[1]);
};

const SEED = 9;
const specOf = (
  of: Measured,
  order: StatisticsSpec['order'] = 'own',
  batch = 6,
): StatisticsSpec => ({
  ...{ kind: 'statistics', of, batch, order, steps: 4, recordEvery: 1, checkpointEvery: 2 },
});

/** The state and the record after so many steps. */
async function ranFor(spec: StatisticsSpec, steps = spec.steps) {
  const program = await statisticsProgram(spec, [{ id: 'a', seed: SEED, hyper: HYPER }], files);
  const state = program.initial(0);
  for (let step = 0; step < steps; step++) program.update(0, state, step);
  return { state, row: program.read(0, state) };
}
const binsIn = (row: Readonly<Record<string, number>>) =>
  Object.entries(row).flatMap(([name, value]) => (name === 'loss' ? [] : [value]));
const shares = (values: readonly number[]) => {
  const whole = values.reduce((sum, v) => sum + v, 0);
  return values.map((v) => v / whole);
};

const RADIAL = { kind: 'radial', photograph: 'black-canyon', side: 16 } as const;
const PATCHES = {
  kind: 'patches',
  photographs: ['black-canyon', 'march-pastoral'],
  ...{ side: 3, pool: 2 },
} as const;
const WORDS = { kind: 'words', passage: 50, ranks: 300 } as const;
const DIGITS = { kind: 'digits', images: 64, pool: 7 } as const;

const digits = () => {
  const classes = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
  return mnist({ kind: 'mnist', samples: 64, classes, pool: 7 }, 16, 10, files);
};

test('before the first sample nothing is known, and the loss falls as the root of their number', async () => {
  const { row } = await ranFor(specOf(RADIAL), 0);
  expect(row.loss).toBe(1);
  expect(binsIn(row).every((v) => v === 0)).toBe(true);
  expect((await ranFor(specOf(RADIAL))).row.loss).toBeCloseTo(1 / 5, 12);
});

test('a photograph’s spectrum is the mean of its windows', async () => {
  const { row } = await ranFor(specOf(RADIAL), 2);
  const powerOf = radialPower(16);
  const sum = new Float64Array(8);
  for (let step = 0; step < 2; step++) {
    const at = integersAt(SEED, STREAMS.samples, [step, 0], 12, (i) => (i % 2 ? 15 : 25));
    for (let b = 0; b < 6; b++) {
      const window = Float64Array.from({ length: 256 }, (_, i) => {
        const [x, y] = [(at[2 * b] ?? 0) + (i % 16), (at[2 * b + 1] ?? 0) + Math.floor(i / 16)];
        return PICTURES['black-canyon'].grey[y * WIDTH + x] ?? Number.NaN;
      });
      // Beside it a picture of one grey, which has no power.
      for (const [ring, p] of powerOf(window, new Float64Array(256)).entries())
        sum[ring] = (sum[ring] ?? 0) + p;
    }
  }
  const expected = binned(shares([...sum.subarray(1)]), binsTo(7));
  for (const [i, v] of expected.entries()) expect(row[binColumn(i)]).toBeCloseTo(v, 6);
  expect(Math.max(...expected)).toBeGreaterThan(0.05);
});

test('patches are of both photographs, and means of their pixels', async () => {
  const { state } = await ranFor(specOf(PATCHES), 1);
  const which = integersAt(SEED, STREAMS.samples, [0, 0], 6, () => 2);
  expect(new Set(which).size).toBe(2);
  const at = integersAt(SEED, STREAMS.samples, [0, 1], 12, (i) => (i % 2 ? 25 : 35));
  const mean = (b: number, k: number) => {
    const { grey } = Object.values(PICTURES)[which[b] ?? 0] ?? picture(0);
    const pixels = [0, 1, 2, 3].map((p) => {
      const x = (at[2 * b] ?? 0) + 2 * (k % 3) + (p % 2);
      const y = (at[2 * b + 1] ?? 0) + 2 * Math.floor(k / 3) + Math.floor(p / 2);
      return grey[y * WIDTH + x] ?? Number.NaN;
    });
    return pixels.reduce((sum, v) => sum + v, 0) / 4 / 255 - 0.5;
  };
  const sum = arrayOf(state, 'sum');
  for (let k = 0; k < 9; k++) {
    const expected = [0, 1, 2, 3, 4, 5].reduce((s, b) => s + mean(b, k), 0);
    expect(sum[k]).toBeCloseTo(expected, 5);
  }
});

test('digits are those of the files, and the largest eigenvalue is the largest', async () => {
  const { state, row } = await ranFor(specOf(DIGITS, 'own', 64));
  const { x } = await digits();
  const which = [0, 1, 2, 3].flatMap((step) => [
    ...integersAt(SEED, STREAMS.samples, [step, 0], 64, () => 64),
  ]);
  const first = which.reduce((sum, image) => sum + (x[image * 16 + 5] ?? 0), 0);
  expect(arrayOf(state, 'sum')[5]).toBeCloseTo(first, 3);
  const known = binsIn(row).filter((v) => v > 0);
  expect(known.length).toBeGreaterThan(5);
  expect([...known].sort((a, b) => b - a)).toEqual(known);
});

test('words are counted in passages, and ranked', async () => {
  const { state, row } = await ranFor(specOf(WORDS, 'own', 40));
  const words = await novelWords(files);
  const expected = new Map<number, number>();
  for (const step of [0, 1, 2, 3])
    for (const from of integersAt(SEED, STREAMS.samples, [step, 0], 40, () => words.length - 49))
      for (const word of words.subarray(from, from + 50))
        expected.set(word, (expected.get(word) ?? 0) + 1);
  const counts = arrayOf(state, 'counts');
  for (const [word, count] of expected) expect(counts[word]).toBe(count);
  const ranked = [...expected.values()].sort((a, b) => b - a);
  expect(counts.reduce((sum, n) => sum + n, 0)).toBe(4 * 40 * 50);
  for (const [i, v] of binned(shares(ranked), binsTo(300)).entries())
    expect(row[binColumn(i)]).toBeCloseTo(v, 9);
  expect(row.bin1).toBeGreaterThan(0.05);
});

describe('shuffled', () => {
  test('pixels are white noise', async () => {
    const { state } = await ranFor(specOf(RADIAL, 'shuffled', 200));
    // Below three cycles the Hann window has taken some of the mean's power with the mean.
    const power = [...arrayOf(state, 'power').subarray(3)];
    const mean = power.reduce((sum, p) => sum + p, 0) / power.length;
    // Five standard deviations of 800 windows, with two independent modes a ring at the least.
    for (const p of power) expect(Math.abs(p / mean - 1)).toBeLessThan(5 / Math.sqrt(1600));
  });

  test('pixels are of the same sample', async () => {
    const { state } = await ranFor(specOf(DIGITS, 'shuffled'), 1);
    const { x } = await digits();
    const which = integersAt(SEED, STREAMS.samples, [0, 0], 6, () => 64);
    const fifth = [...which].reduce((sum, image, b) => {
      const [pixel = 0] = integersAt(SEED, STREAMS.shuffled, [0, b], 16, () => 16).subarray(5);
      return sum + (x[image * 16 + pixel] ?? Number.NaN);
    }, 0);
    expect(arrayOf(state, 'sum')[5]).toBeCloseTo(fifth, 5);
  });

  test('words are any of the novel’s, each as likely', async () => {
    const { state } = await ranFor(specOf(WORDS, 'shuffled', 2000));
    const counts = arrayOf(state, 'counts');
    // Of 400,000 words, six standard deviations around 24 of each.
    const each = (4 * 2000 * 50) / WORD_TYPES;
    expect(Math.max(...counts)).toBeLessThan(each + 6 * Math.sqrt(each));
    expect(Math.min(...counts)).toBeGreaterThan(0);
  });
});

test('a photograph that is smaller than a window is refused with a sentence', async () => {
  await expect(ranFor(specOf({ ...RADIAL, side: 32 }))).rejects.toThrow(
    'A photograph of 40 × 30 has no window of 32 × 32.',
  );
});

test('windows that are no pairs are refused with a sentence', async () => {
  await expect(ranFor(specOf(RADIAL, 'own', 3))).rejects.toThrow('taken two by two');
});
