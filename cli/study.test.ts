import { execFile } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const run = promisify(execFile);
const BIN = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../bin/manyhands.mjs');
/** What a pipe holds on Linux before its reader has read any. */
const PIPE_BYTES = 65_536;

test('a result that is longer than a pipe holds arrives whole', async () => {
  const grid = ['--quick', '--set', 'pairs=8,16', '--seeds', '1,2'];
  const args = ['study', 'infinite-width', '--json', '--series', ...grid];
  const { stdout } = await run(process.execPath, [BIN, ...args], { maxBuffer: 2 ** 26 });
  expect(stdout.length).toBeGreaterThan(2 * PIPE_BYTES);
  expect(JSON.parse(stdout).runs).toHaveLength(4);
});
