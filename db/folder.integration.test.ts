/** The lock of a data folder, held by real processes that are really killed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { holdFolder } from './folder.ts';

const here = path.dirname(fileURLToPath(import.meta.url));
const children: ChildProcess[] = [];
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'manyhands-'));
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

const never = () => {
  throw new Error('The lock was lost.');
};

/** A process that tries to hold the folder, says how that went, and stays. */
async function holder(): Promise<{ readonly child: ChildProcess; readonly said: string }> {
  const program = `
    import { holdFolder } from ${JSON.stringify(path.join(here, 'folder.ts'))};
    holdFolder(${JSON.stringify(folder)}, (error) => { throw error; }).then(
      () => console.log('holds'),
      (error) => console.log(error.message),
    );
    setInterval(() => {}, 1_000);
  `;
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '--eval', program],
    { cwd: path.dirname(here), stdio: ['ignore', 'pipe', 'inherit'] },
  );
  children.push(child);
  const [said] = await once(child.stdout.setEncoding('utf8'), 'data');
  return { child, said: String(said).trim() };
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

// Waiting for three stale locks would take longer than this test may.
test('the folder of a process that was killed is taken over at once', {
  timeout: 25_000,
}, async () => {
  for (let i = 0; i < 3; i++) {
    const { child, said } = await holder();
    expect(said).toBe('holds');
    await kill(child);
    const release = await holdFolder(folder, never);
    await release();
    expect(await readdir(folder)).toEqual([]);
  }
});

test('a folder that is held is refused after a short wait, by its holder’s number', async () => {
  const { child } = await holder();
  await expect(holdFolder(folder, never)).rejects.toThrow(
    `The data folder ${folder} is in use by another process (its number is ${child.pid}). Stop that one, or choose another folder with MANYHANDS_DATA.`,
  );
});

test('of many that start after a kill, exactly one holds the folder', async () => {
  const { child } = await holder();
  await kill(child);
  const after = await Promise.all([holder(), holder(), holder(), holder()]);
  const said = after.map((a) => a.said).sort();
  expect(said.filter((s) => s === 'holds')).toHaveLength(1);
  expect(said.filter((s) => s.includes('is in use by another process'))).toHaveLength(3);
});

test('a lock without a name, or of another machine, is taken over when it is stale', async () => {
  await mkdir(path.join(folder, 'lock'));
  await writeFile(
    path.join(folder, 'held-by-1-elsewhere-00000000-0000-0000-0000-000000000000'),
    '',
  );
  const release = await holdFolder(folder, never);
  await release();
  expect(await readdir(folder)).toEqual([]);
});

test('a holder hears that its lock is gone', async () => {
  const lost = new Promise<Error>((resolve) => {
    holdFolder(folder, resolve).catch(() => {});
  });
  const locked = path.join(folder, 'lock');
  while (!(await readdir(folder)).includes('lock')) await new Promise(setImmediate);
  await rm(locked, { recursive: true });
  expect((await lost).message).toBe(
    `The data folder ${folder} was taken over by another process, or removed.`,
  );
});
