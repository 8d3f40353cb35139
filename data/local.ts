/** Data files for what trains in this process: read from the folder that the pages are served from. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkedFiles } from '../compute/programs/data-files.ts';
import type { DataFiles } from '../compute/programs/data-set.ts';
import { makeDataFiles } from './make.ts';

export const DATA_FOLDER = path.resolve(
  path.dirname(fileURLToPath(import.meta.url)),
  '..',
  'public',
  'data',
);

/** Reads and checks; makes the files when the first one is asked for and they are not there. */
export function localFiles(): DataFiles {
  let made: Promise<void> | null = null;
  return checkedFiles(async (served) => {
    made ??= makeDataFiles(DATA_FOLDER);
    await made;
    return await readFile(path.join(DATA_FOLDER, served));
  });
}
