import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { folderProblem, holdFolder } from './folder.ts';

const made: string[] = [];
afterEach(async () => {
  for (const folder of made.splice(0)) await rm(folder, { recursive: true, force: true });
});

async function temporary(): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'manyhands-'));
  made.push(folder);
  return folder;
}

const never = () => {
  throw new Error('The lock was lost.');
};

test('a folder that is let go can be held again at once', async () => {
  const folder = path.join(await temporary(), 'new', 'data');
  for (let i = 0; i < 3; i++) {
    const release = await holdFolder(folder, never);
    await release();
  }
});

test('a file, or a folder below one, is said to be no folder', async () => {
  const file = path.join(await temporary(), 'file');
  await writeFile(file, '');
  for (const place of [file, path.join(file, 'below')]) {
    await expect(holdFolder(place, never)).rejects.toThrow(
      `The data folder ${place} is not a folder. Choose another folder with MANYHANDS_DATA.`,
    );
  }
});

// Nobody can make a folder there, not even root.
test.runIf(process.platform === 'linux')(
  'a folder without permission is not said to be in use',
  async () => {
    await expect(holdFolder('/sys/manyhands', never)).rejects.toThrow(
      /^There is no permission to write in|is on a disk that can only be read/,
    );
  },
);

test.each([
  ['EACCES', /^There is no permission to write in the data folder \/data\./],
  ['EROFS', /^The data folder \/data is on a disk that can only be read\./],
  ['ENOSPC', /^The disk of the data folder \/data is full\./],
  ['EIO', /^The data folder \/data cannot be used: broken$/],
])('%s is told by its own sentence', (code, sentence) => {
  const error = Object.assign(new Error('broken'), { code });
  expect(folderProblem('/data', error).message).toMatch(sentence);
});
