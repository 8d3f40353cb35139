/**
 * The production build: data files and the wasm files of TensorFlow.js into `public/`, then `next
 * build`. Skipped when the sources are those of the last build, told by a digest of every file that enters it.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { DATA_FOLDER } from '../data/local.ts';
import { makeDataFiles } from '../data/make.ts';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const stamp = path.join(root, '.next', 'manyhands-sources.sha256');
const INPUTS = [
  'app',
  'client',
  'compute',
  'server/page-headers.ts',
  'server/protocol.ts',
  'server/vocabulary.ts',
  'next.config.ts',
  'package-lock.json',
  'tsconfig.json',
];

const brotli = promisify(brotliCompress);
const zip = promisify(gzip);
const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } };

/** Builds if needed; says so first, and rejects with the failing command's name. */
export async function build(): Promise<void> {
  await makeDataFiles(DATA_FOLDER);
  const digest = await digestOf(INPUTS);
  if (existsSync(stamp) && (await readFile(stamp, 'utf8')) === digest) return;
  console.error('Building the pages (once, about a minute) …');
  // A build that is cut short leaves pages of both: the next start must not take them for the last.
  await rm(stamp, { force: true });
  await copyWasm();
  await run(process.execPath, [path.join(root, 'node_modules/next/dist/bin/next'), 'build']);
  await compressFiles(path.join(root, '.next', 'static'));
  await writeFile(stamp, digest);
}

async function copyWasm(): Promise<void> {
  const from = path.dirname(
    createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'),
  );
  const to = path.join(root, 'public', 'tfjs');
  await mkdir(to, { recursive: true });
  for (const name of await readdir(from)) {
    if (name.endsWith('.wasm')) await copyFile(path.join(from, name), path.join(to, name));
  }
}

/** Scripts and styles beside themselves as Brotli and gzip, as small as these make them: they are sent as they lie. */
async function compressFiles(folder: string): Promise<void> {
  const files = (await filesUnder(folder)).filter((file) => /\.(?:js|css)$/.test(file));
  const compress = async (file: string) => {
    const bytes = await readFile(file);
    await writeFile(`${file}.br`, await brotli(bytes, BROTLI));
    await writeFile(`${file}.gz`, await zip(bytes, { level: 9 }));
  };
  await Promise.all(files.map(compress));
}

async function digestOf(inputs: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const input of inputs) {
    for (const file of await filesUnder(path.join(root, input))) {
      hash
        .update(path.relative(root, file))
        .update('\0')
        .update(await readFile(file));
    }
  }
  return hash.digest('hex');
}

async function filesUnder(at: string): Promise<string[]> {
  const entries = await readdir(at, { withFileTypes: true, recursive: true }).catch(() => null);
  if (entries === null) return [at];
  return entries
    .filter((e) => e.isFile() && !e.name.includes('.test.'))
    .map((e) => path.join(e.parentPath, e.name))
    .sort();
}

function run(command: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    // The build's chatter goes to standard error: standard output is for the address.
    const child = spawn(command, args, {
      ...{ cwd: root, stdio: ['ignore', 2, 2] },
      // Nobody was asked whether the framework may tell its makers of this machine.
      env: { NEXT_TELEMETRY_DISABLED: '1', ...process.env },
    });
    // A signal to this process alone must not leave the build running without it.
    let stopped = false;
    const stop = () => {
      stopped = true;
      child.kill();
    };
    process.on('SIGTERM', stop).on('SIGINT', stop);
    child.once('error', reject);
    child.once('exit', (code) => {
      process.off('SIGTERM', stop).off('SIGINT', stop);
      if (code === 0) resolve();
      else if (stopped) reject(new Error('The build was stopped.'));
      else reject(new Error(`The build failed (exit code ${code}); see above.`));
    });
  });
}
