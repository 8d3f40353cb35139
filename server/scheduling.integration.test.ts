/** Who gets which runs, over real sockets, on PGlite and on PostgreSQL. */
import { describe, expect, test } from 'vitest';
import {
  device,
  kinds,
  opening,
  openTestDatabase,
  PLAIN,
  person,
  resultOf,
  start,
  until,
} from './coordinator.testkit.ts';
import type { Lease, RequestInput } from './protocol.ts';

const range = (n: number) => Array.from({ length: n }, (_, i) => i + 1);
const oneCell = (runs: number): RequestInput<'investigation.open'> => ({
  ...{ study: 'edge-of-stability', title: 'Test', null: false },
  grid: {
    params: { ...PLAIN, learningRate: [0.1], width: [4], steps: [30] },
    seeds: range(runs),
  },
});
const sizeOf = (lease: Lease) => lease.pack.runs.length;
const gpu = { ...device, backend: 'webgpu' as const, adapter: 'apple m9' };

describe.each(Object.keys(kinds) as (keyof typeof kinds)[])('on %s', (kind) => {
  const open = () => openTestDatabase(kind);

  test('[S1] a shard is sized by the speed of its device, else of its class, else by the study', async () => {
    const world = await start(await open());
    const a = await person(world);
    const { code } = await a.must('investigation.open', oneCell(100));
    const first = await a.must('lease.request', { code, device: gpu });
    expect(sizeOf(first)).toBe(8);
    await a.must('result.submit', { ...resultOf(first), device: gpu, seconds: 16 });
    // 8 runs in 16 s: 15 in 30 s.
    expect(sizeOf(await a.must('lease.request', { code, device: gpu }))).toBe(15);
    const alike = await person(world);
    const theirs = await alike.must('lease.request', { code, device: gpu });
    expect(sizeOf(theirs)).toBe(15);
    await alike.must('result.submit', { ...resultOf(theirs), device: gpu, seconds: 150 });
    expect(sizeOf(await alike.must('lease.request', { code, device: gpu }))).toBe(3);
    const unlike = await person(world);
    expect(sizeOf(await unlike.must('lease.request', { code, device }))).toBe(8);
  });

  test('[S2] every cell gets its first seed before any gets its second', async () => {
    const world = await start(await open());
    const a = await person(world);
    const { code } = await a.must('investigation.open', opening([0.1, 0.2, 0.3, 0.4], [7, 8]));
    await a.must('room.join', { code });
    const cells = 12;
    const shards: number[][] = [];
    for (;;) {
      const reply = await a.ask('lease.request', { code, device });
      if (!reply.ok) break;
      shards.push(reply.value.pack.runs.map((r) => r.seed).sort());
    }
    // Three widths are three shapes; the last one's shard is filled up with second seeds.
    expect(shards.map((s) => s.length)).toEqual([4, 4, 8, 4, 4]);
    expect(shards.flat()).toEqual([...Array(cells).fill(7), ...Array(cells).fill(8)]);
  });

  test('[S3] a returned shard that is far too large for a device is cut once no result of it can come', async () => {
    const world = await start(await open(), { softMs: 200, hardMs: 1_500 });
    const [fast, slow] = [await person(world), await person(world)];
    const { code } = await fast.must('investigation.open', oneCell(76));
    const began = await fast.must('lease.request', { code, device: gpu });
    await fast.must('result.submit', { ...resultOf(began), device: gpu, seconds: 4 });
    const tried = await slow.must('lease.request', { code, device });
    await slow.must('result.submit', { ...resultOf(tried), seconds: 240 });
    const large = await fast.must('lease.request', { code, device: gpu });
    expect(sizeOf(large)).toBe(60);
    fast.socket.disconnect();
    expect(await slow.ask('lease.request', { code, device })).toMatchObject({ reason: 'no-work' });
    const cut = await until(
      () => slow.ask('lease.request', { code, device }),
      (r) => r.ok,
    );
    if (!cut.ok) throw new Error('unreachable');
    expect([cut.value.shard, sizeOf(cut.value)]).toEqual([large.shard, 1]);
    const back = await person(world, fast.deviceKey);
    expect(await back.ask('result.submit', { ...resultOf(large), device: gpu })).toMatchObject({
      reason: 'lease-expired',
    });
    expect(await slow.must('result.submit', resultOf(cut.value))).toMatchObject({
      outcome: 'accepted',
    });
    const others = await back.must('lease.request', { code, device: gpu });
    expect(sizeOf(others)).toBe(59);
    await back.must('result.submit', { ...resultOf(others), device: gpu });
    expect((await back.must('room.join', { code })).delta.progress).toMatchObject({
      runs: 76,
      ofRuns: 76,
    });
  });

  test('[S4] who names no room serves the running investigations in turn, and no paused one', async () => {
    const world = await start(await open());
    const owner = await person(world);
    const codes: string[] = [];
    for (const _ of range(3)) {
      codes.push((await owner.must('investigation.open', oneCell(60))).code);
    }
    const paused = (await owner.must('investigation.open', oneCell(60))).code;
    await owner.must('investigation.control', { code: paused, action: 'pause' });
    const volunteer = await person(world);
    const served: string[] = [];
    for (const _ of range(9)) {
      served.push((await volunteer.must('lease.request', { code: null, device })).code);
    }
    for (const code of codes) expect(served.filter((c) => c === code)).toHaveLength(3);
    // A room that its own people serve is left to them.
    const own = await person(world);
    for (const _ of range(3)) await own.must('lease.request', { code: codes[0] ?? '', device });
    const next = await volunteer.must('lease.request', { code: null, device });
    expect(next.code).not.toBe(codes[0]);
  });

  test('[S5] [S7] once every cell has two seeds, the cell whose effect is known least goes first, and the room is told so', async () => {
    const world = await start(await open());
    const a = await person(world);
    const rates = [0.1, 0.2, 0.3, 0.4];
    const { code } = await a.must('investigation.open', {
      ...oneCell(1),
      grid: {
        params: { ...PLAIN, learningRate: rates, width: [4], steps: [30] },
        seeds: range(4),
      },
    });
    const next = async () => (await a.must('room.join', { code })).presence.next;
    expect(await next()).toEqual({ cell: 0, why: 'turn', half: null });
    // The pack size of the study: the first two seeds of all four cells.
    const first = await a.must('lease.request', { code, device });
    expect(first.pack.runs.map((r) => r.seed).sort()).toEqual([1, 1, 1, 1, 2, 2, 2, 2]);
    const result = resultOf(first);
    const values = new Float32Array(result.values.slice().buffer);
    const rows = values.length / first.pack.runs.length;
    // Sharpness of the second seed is off, most at the third rate.
    const off = [0.01, 0.02, 0.3, 0.05];
    for (const [i, run] of first.pack.runs.entries()) {
      if (run.seed !== 2) continue;
      const factor = 1 + (off[rates.indexOf(run.hyper.learningRate)] ?? 0);
      for (let k = (i + 2 / 3) * rows; k < (i + 1) * rows; k++)
        values[k] = (values[k] ?? 0) * factor;
    }
    const spread = new Uint8Array(values.buffer);
    await a.must('result.submit', { ...result, values: spread, seconds: 120 });
    expect(await next()).toEqual({ cell: 2, why: 'widest', half: expect.any(Number) });
    // 8 runs in 120 s: shards of two from here on.
    const shards = [];
    for (const _ of range(4)) shards.push(await a.must('lease.request', { code, device }));
    const order = shards.map(({ pack }) => pack.runs.map((r) => r.hyper.learningRate));
    expect(order).toEqual([
      [0.3, 0.3],
      [0.4, 0.4],
      [0.2, 0.2],
      [0.1, 0.1],
    ]);
    expect(await next()).toBeNull();
  });

  test('[S6] [R2] the owner adds seeds and values; what there was stays, and all that is new is trained', async () => {
    const world = await start(await open());
    const [owner, member] = [await person(world), await person(world)];
    const { code } = await owner.must('investigation.open', oneCell(2));
    await owner.must('room.join', { code });
    const { delta: joined } = await member.must('room.join', { code });
    const before = await member.must('lease.request', { code, device });
    await member.must('result.submit', resultOf(before));
    const more = { params: { learningRate: [0.2], width: [4, 5] }, seeds: [3, 1] };
    const extend = { code, action: 'extend', ...more } as const;
    expect(await member.ask('investigation.control', extend)).toMatchObject({
      reason: 'not-allowed',
    });
    expect(await owner.must('investigation.control', extend)).toEqual({ state: 'running' });
    await until(
      () => member.deltas.at(-1),
      (d) => d?.progress.ofRuns === 12,
    );
    const { investigation, cells, runs } = await member.must('room.sync', { code, from: 0 });
    expect(investigation.grid).toEqual({
      params: { ...PLAIN, learningRate: [0.1, 0.2], width: [4, 5], steps: [30] },
      seeds: [1, 2, 3],
    });
    expect(cells[0]).toMatchObject({
      ...joined.cells[0],
      done: 2,
      of: 3,
      lines: expect.anything(),
    });
    expect(cells.map((c) => [c.config.learningRate, c.config.width, c.done, c.of])).toEqual([
      [0.1, 4, 2, 3],
      [0.1, 5, 0, 3],
      [0.2, 4, 0, 3],
      [0.2, 5, 0, 3],
    ]);
    expect(runs).toHaveLength(2);
    expect(await owner.ask('investigation.control', extend)).toMatchObject({
      reason: 'bad-grid',
      message: expect.stringContaining('in the grid already'),
    });
    const tooMuch = { ...extend, params: {}, seeds: range(100).map((n) => n + 1000) };
    expect(await owner.ask('investigation.control', tooMuch)).toMatchObject({ reason: 'bad-grid' });
    const unknown = { ...extend, params: { nonsense: [1] } };
    expect(await owner.ask('investigation.control', unknown)).toMatchObject({
      message: expect.stringContaining('no parameter'),
    });
    for (;;) {
      const reply = await member.ask('lease.request', { code, device });
      if (!reply.ok) break;
      await member.must('result.submit', resultOf(reply.value));
    }
    const last = await member.must('room.sync', { code, from: 0 });
    expect(last.progress).toMatchObject({ runs: 12, ofRuns: 12 });
    expect(new Set(last.runs.map((r) => `${r.cell}/${r.seed}`)).size).toBe(12);
    await owner.must('investigation.control', { code, action: 'conclude' });
    expect(await owner.ask('investigation.control', { ...extend, seeds: [9] })).toMatchObject({
      reason: 'not-running',
    });
  });
});
