import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkedFiles, DATA_FILES, servedName } from '../compute/programs/data-files.ts';
import { PHOTOGRAPHS, photograph } from '../compute/programs/photographs.ts';
import { makeDataFiles } from './make.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'manyhands-data-'));
  await makeDataFiles(folder);
});
afterAll(() => rm(folder, { recursive: true }));

const files = () => checkedFiles((served) => readFile(path.join(folder, served)));

test('every file of the manifest is made, under a name with its digest, and nothing else', async () => {
  expect((await readdir(folder)).sort()).toEqual(Object.keys(DATA_FILES).map(servedName).sort());
});

test('the first digits are those of the published training set', async () => {
  const bytes = await files()('mnist-00.bin');
  const labels = Array.from({ length: 10 }, (_, i) => bytes[i * 785]);
  expect(labels).toEqual([5, 0, 4, 1, 9, 2, 1, 3, 1, 4]);
  // The first stroke of the first digit: row 5, columns 12 and 13.
  expect([...bytes.subarray(1 + 5 * 28 + 11, 1 + 5 * 28 + 14)]).toEqual([0, 3, 18]);
});

test('the novel is its chapters in order, in ASCII, no two words run together', async () => {
  const text = new TextDecoder().decode(await files()('moby-dick.txt'));
  expect(text).toMatch(/^[\n -~]+$/);
  expect(text).not.toMatch(/ {2}|\n{3}|\n | \n/);
  const chapters = [...text.matchAll(/^CHAPTER (\d+)\./gm)].map(([, n]) => Number(n));
  expect(chapters).toEqual(Array.from({ length: 135 }, (_, i) => i + 1));
  expect(text).toContain(
    '\n\nCall me Ishmael. Some years ago--never mind how long precisely--having',
  );
  expect(text).toMatch(/only found another orphan\.$/);
  // About as many as are counted of the novel.
  const words = text.match(/[A-Za-z]+(?:'[A-Za-z]+)?/g) ?? [];
  expect(words.length).toBeGreaterThan(205_000);
  expect(words.length).toBeLessThan(220_000);
});

test('photographs are whole scenes in grey, none smaller than a window', async () => {
  for (const name of PHOTOGRAPHS) {
    const { width, height, grey } = await photograph(name, files());
    expect(width).toBe(1024);
    expect(height).toBeGreaterThan(256);
    expect(grey).toHaveLength(width * height);
    // Old prints: no part is all of one grey.
    const half = grey.length / 2;
    for (const part of [grey.subarray(0, half), grey.subarray(half)])
      expect(new Set(part).size).toBeGreaterThan(100);
  }
  // The sky over the canyon is bright, and its walls are dark.
  const { width, grey } = await photograph('black-canyon', files());
  expect(grey[100 * width + 500]).toBeGreaterThan(180);
  expect(grey[300 * width + 900]).toBeLessThan(100);
});

test('a damaged file is refused with a sentence, and read again when it is whole', async () => {
  const file = path.join(folder, servedName('mnist-01.bin'));
  const whole = await readFile(file);
  const damaged = Buffer.from(whole);
  damaged[1000] = (damaged[1000] ?? 0) ^ 1;
  await writeFile(file, damaged);
  const reading = files();
  await expect(reading('mnist-01.bin')).rejects.toThrow('The data file mnist-01.bin is damaged');
  await writeFile(file, whole);
  expect((await reading('mnist-01.bin')).length).toBe(1024 * 785);
});

test('a file that is there is left alone, one that is missing is made again', async () => {
  const missing = path.join(folder, servedName('mnist-02.bin'));
  await rm(missing);
  await makeDataFiles(folder);
  expect((await readFile(missing)).length).toBe(1024 * 785);
});

test('a file that nobody knows is refused', async () => {
  await expect(files()('nothing.bin')).rejects.toThrow('There is no data file nothing.bin');
});
