/** The headless volunteer, as people start it, against a real coordinator. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import {
  device,
  oneRun,
  openTestDatabase,
  PLAIN,
  person,
  start,
  until,
} from '../server/coordinator.testkit.ts';
import type { RequestInput } from '../server/protocol.ts';
import { openFolderOutbox } from './outbox.ts';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const cleanups: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function temporary(): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'manyhands-'));
  cleanups.push(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

function command(...args: string[]) {
  const child = spawn(process.execPath, [path.join(root, 'bin/manyhands.mjs'), ...args]);
  cleanups.push(() => child.kill('SIGKILL'));
  let [said, out] = ['', ''];
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  return {
    child,
    ended: once(child, 'close').then(([code]) => ({ code, said, out })),
    said: () => said,
  };
}

const volunteer = (...flags: string[]) => command('volunteer', ...flags);

const grid = (steps: number): RequestInput<'investigation.open'> => ({
  ...oneRun,
  grid: {
    params: { ...PLAIN, learningRate: [0.1], width: [4], steps: [steps] },
    seeds: [1, 2, 3],
  },
});

test('a machine without a room code trains for whichever room has work, and keeps its key', async () => {
  const world = await start(await openTestDatabase('PGlite'));
  const [folder, owner] = [await temporary(), await person(world)];
  const { code } = await owner.must('investigation.open', grid(60));
  await owner.must('room.join', { code });
  const flags = ['--server', world.url, '--folder', folder, '--backend', 'cpu', '--shards', '1'];
  expect(await volunteer(...flags).ended).toMatchObject({ code: 0 });
  const delta = await until(
    () => owner.deltas.at(-1),
    (d) => d?.progress.runs === 3,
  );
  expect(delta?.runs.map((r) => r.backend)).toEqual(['cpu', 'cpu', 'cpu']);
  expect((await stat(path.join(folder, 'device-key'))).mode & 0o077).toBe(0);
  expect(await readdir(path.join(folder, 'outbox'))).toEqual([]);
});

test('a machine without a room code is seen where it trains; a signal ends it in order: its lease is open again at once', async () => {
  const world = await start(await openTestDatabase('PGlite'));
  const [folder, owner] = [await temporary(), await person(world)];
  const { code } = await owner.must('investigation.open', grid(20_000));
  await owner.must('room.join', { code });
  const { child, ended, said } = volunteer(
    ...['--server', world.url, '--folder', folder, '--backend', 'cpu'],
  );
  await until(said, (text) => text.includes('Training 3 runs'));
  await until(
    () => owner.presences.at(-1),
    (p) => p?.members.some((m) => m.work?.backend === 'cpu') ?? false,
  );
  expect(await owner.ask('lease.request', { code, device })).toMatchObject({ reason: 'no-work' });
  child.kill('SIGINT');
  expect(await ended).toMatchObject({ code: 0 });
  expect(await owner.ask('lease.request', { code, device })).toMatchObject({ ok: true });
});

test('[T1] [T2] a machine trains the stages of a study as they may be trained, and a pair is replayed from its file', async () => {
  const world = await start(await openTestDatabase('PGlite'), { verify: true });
  const [folder, owner] = [await temporary(), await person(world)];
  const { code } = await owner.must('investigation.open', {
    ...{ study: 'universal-representations', title: 'Stages', null: false },
    grid: {
      params: {
        ...{ leftNetwork: ['transformer'], left: [4], rightNetwork: ['mlp'], right: [4] },
        updates: [2],
      },
      seeds: [1],
    },
  });
  await owner.must('room.join', { code });
  const flags = ['--server', world.url, '--code', code, '--folder', folder, '--backend', 'wasm'];
  expect(await command('volunteer', ...flags, '--shards', '3').ended).toMatchObject({ code: 0 });
  await until(
    () => owner.deltas.at(-1),
    (d) => d?.progress.verified === 3,
  );
  const { runs, cells } = await owner.must('room.sync', { code, from: 0 });
  const pair = cells.find(({ config }) => config.left !== 0 && config.right !== 0);
  const run = runs.find(({ cell }) => cell === pair?.index);
  const file = path.join(folder, 'pair.json');
  const point = await fetch(`${world.url}/api/runs/${run?.id}/point.json`);
  await writeFile(file, await point.text());
  const replay = command('replay', file, '--backend', 'wasm', '--server', world.url);
  expect(await replay.ended).toMatchObject({
    code: 0,
    out: expect.stringMatching(/replay agrees/),
  });
  expect(await command('replay', file).ended).toMatchObject({
    ...{ code: 2, said: expect.stringContaining('--server') },
  });
}, 180_000);

test('a wrong flag is one line and exit code 2', async () => {
  expect(await volunteer('--server', 'nowhere').ended).toMatchObject({
    code: 2,
    said: expect.stringMatching(/^--server: .*\n$/),
  });
});

test('[M2] a share of the time is above 0 and at most 1', async () => {
  for (const share of ['0', '1.5', 'half'])
    expect(await volunteer('--server', 'http://127.0.0.1:1', '--share', share).ended).toMatchObject(
      {
        code: 2,
        said: expect.stringMatching(/^--share: .*above 0 and at most 1.*\n$/),
      },
    );
});

test('the outbox gives back what was put, bit by bit, and leaves a broken file alone', async () => {
  const folder = await temporary();
  const broken: string[] = [];
  const outbox = await openFolderOutbox(folder, (file) => broken.push(path.basename(file)));
  const kept = {
    ...{ shard: '../s/1', attempt: 2, device },
    runs: [
      {
        ...{ id: 'r', outcome: { kind: 'diverged' as const, step: 3 } },
        hashes: [{ step: 0, sha256: 'a'.repeat(64) }],
        series: {
          steps: Float32Array.from([0, 3]),
          columns: { loss: Float32Array.from([0.1, Number.NaN]) },
        },
      },
    ],
    seconds: 2.5,
  };
  await outbox.put(kept);
  await writeFile(path.join(folder, 'x.1.json'), '{"half');
  const again = await openFolderOutbox(folder, (file) => broken.push(path.basename(file)));
  expect(await again.all()).toEqual([kept]);
  expect(broken).toEqual(['x.1.json']);
  await again.remove(kept.shard, kept.attempt);
  expect(await outbox.all()).toEqual([]);
});
