/** Leases, results and messages over real sockets, on PGlite and on PostgreSQL. */
import { io } from 'socket.io-client';
import { describe, expect, test } from 'vitest';
import {
  device,
  foldAll,
  kinds,
  oneRun,
  opening,
  openTestDatabase,
  person,
  resultOf,
  start,
  until,
} from './coordinator.testkit.ts';
import type { Reply } from './protocol.ts';

describe.each(Object.keys(kinds) as (keyof typeof kinds)[])('on %s', (kind) => {
  const open = () => openTestDatabase(kind);

  test('[L1] [D1] many volunteers finish an investigation: every run once, deltas fold to the snapshot', async () => {
    const world = await start(await open());
    const owner = await person(world);
    const { code } = await owner.must('investigation.open', opening());
    const joined = await owner.must('room.join', { code });
    expect(joined.self.role).toBe('owner');
    expect(joined.delta.progress).toMatchObject({ runs: 0, ofRuns: 18 });
    const volunteers = await Promise.all(Array.from({ length: 6 }, () => person(world)));
    const taken: string[] = [];
    await Promise.all(
      volunteers.map(async (v) => {
        for (;;) {
          const reply = await v.ask('lease.request', { code, device });
          if (!reply.ok) return;
          taken.push(reply.value.shard);
          await v.must('lease.progress', {
            shard: reply.value.shard,
            attempt: reply.value.attempt,
            done: 5,
          });
          expect(await v.must('result.submit', resultOf(reply.value))).toMatchObject({
            outcome: 'accepted',
          });
        }
      }),
    );
    expect(new Set(taken).size).toBe(taken.length);
    const last = await until(
      () => owner.deltas.at(-1),
      (d) => d?.progress.runs === 18,
    );
    const verdict = await until(
      () => owner.verdicts.at(-1)?.verdict,
      (v) => v?.evidence === last?.evidence,
    );
    expect(verdict?.analysis.verdict).toMatchObject({ state: 'holds', runs: 18 });
    const all = [joined.delta, ...owner.deltas];
    for (const [i, d] of all.entries()) if (i > 0) expect(d.from).toBe(all[i - 1]?.to);
    const snapshot = await owner.must('room.sync', { code, from: 0 });
    expect(foldAll([snapshot])).toEqual(foldAll(all));
    expect(snapshot.cells.map((c) => [c.done, c.of])).toEqual(Array(6).fill([3, 3]));
    expect(world.counters.accepted).toBe(taken.length);
  });

  test('[L4] [L5] [L6] a vanished holder is replaced at once, and late or double results count once', async () => {
    const world = await start(await open());
    const a = await person(world);
    const { code } = await a.must('investigation.open', oneRun);
    const first = await a.must('lease.request', { code, device });
    const b = await person(world);
    expect(await b.ask('lease.request', { code, device })).toMatchObject({
      ok: false,
      reason: 'no-work',
    });
    a.socket.disconnect();
    const second = await until(
      () => b.ask('lease.request', { code, device }),
      (r) => r.ok,
    );
    if (!second.ok) throw new Error('unreachable');
    expect(second.value.shard).toBe(first.shard);
    const back = await person(world, a.deviceKey);
    expect(
      await back.ask('lease.progress', { shard: first.shard, attempt: first.attempt, done: 9 }),
    ).toMatchObject({ reason: 'lease-lost' });
    expect(await back.must('result.submit', resultOf(first))).toMatchObject({
      outcome: 'accepted',
    });
    expect(await back.must('result.submit', resultOf(first))).toMatchObject({
      outcome: 'already-accepted',
    });
    expect(await b.must('result.submit', resultOf(second.value))).toMatchObject({
      outcome: 'superseded',
    });
    const { delta } = await b.must('room.join', { code });
    expect(delta.progress).toMatchObject({ runs: 1, ofRuns: 1 });
    expect(delta.runs).toHaveLength(1);
  });

  test('[L2] [L4] a soft deadline reissues, a hard one rejects', async () => {
    const world = await start(await open(), { softMs: 100, hardMs: 300 });
    const [a, b] = [await person(world), await person(world)];
    const { code } = await a.must('investigation.open', oneRun);
    const first = await a.must('lease.request', { code, device });
    expect(first.deadlines).toEqual({ softMs: 100, hardMs: 300 });
    const second = await until(
      () => b.ask('lease.request', { code, device }),
      (r) => r.ok,
    );
    expect(second.ok && second.value.shard).toBe(first.shard);
    // A stays silent: asking for progress would renew its attempt once B's soft deadline passes.
    const hardAt = Date.now() + 350;
    await until(
      () => Date.now(),
      (now) => now > hardAt,
    );
    expect(await a.ask('result.submit', resultOf(first))).toMatchObject({
      ok: false,
      reason: 'lease-expired',
    });
  });

  test('[L7] an invalid result is refused with the reason, and after three the device gets no more work', async () => {
    const world = await start(await open());
    const a = await person(world);
    const { code } = await a.must('investigation.open', opening());
    for (let i = 0; i < 3; i++) {
      const lease = await a.must('lease.request', { code, device });
      const result = resultOf(lease);
      const broken = {
        ...result,
        runs: result.runs.map((r) => ({ ...r, columns: ['loss', 'nonsense'] })),
      };
      const reply = await a.ask('result.submit', broken);
      expect(reply).toMatchObject({
        ok: false,
        reason: 'invalid-result',
        message: expect.stringContaining('columns'),
      });
    }
    expect(await a.ask('lease.request', { code, device })).toMatchObject({ reason: 'not-allowed' });
    const b = await person(world);
    expect((await b.ask('lease.request', { code, device })).ok).toBe(true);
  });

  test('[L7] a result whose checkpoint hashes are not those of the program is invalid', async () => {
    const world = await start(await open());
    const a = await person(world);
    const { code } = await a.must('investigation.open', opening());
    for (const more of [-1, 1]) {
      const result = resultOf(await a.must('lease.request', { code, device }));
      const runs = result.runs.map((r) => ({ ...r, checkpoints: r.checkpoints + more }));
      const count = runs.reduce((n, r) => n + r.checkpoints, 0);
      const hashes = new Uint8Array(32 * count);
      expect(await a.ask('result.submit', { ...result, runs, hashes })).toMatchObject({
        ok: false,
        reason: 'invalid-result',
        message: expect.stringContaining('checkpoint'),
      });
    }
  });

  test('[L3] [L9] after a reconnect the new socket has the lease, and the old one takes nothing with it', async () => {
    const world = await start(await open());
    const [b, old] = [await person(world), await person(world)];
    const { code } = await b.must('investigation.open', oneRun);
    const elsewhere = (await b.must('investigation.open', oneRun)).code;
    const seen = (room: string) => b.presences.findLast((p) => p.code === room);
    for (const who of [b, old]) {
      for (const room of [code, elsewhere]) await who.must('room.join', { code: room });
    }
    const { shard, attempt, pack } = await old.must('lease.request', { code, device });
    const fresh = await person(world, old.deviceKey);
    await fresh.must('room.join', { code });
    await fresh.must('lease.progress', { shard, attempt, done: 7 });
    await until(
      () => seen(code)?.members.flatMap((m) => m.work ?? []),
      (works) => works?.[0]?.done === 7,
    );
    expect(seen(code)?.members.flatMap((m) => m.work ?? [])).toEqual([
      {
        ...{ shard, backend: 'cpu', adapter: null, done: 7, total: 30 },
        ...{ runs: pack.runs.map((r) => r.id), cells: [0], seeds: [1] },
      },
    ]);
    await until(
      () => seen(elsewhere)?.members.length,
      (n) => n === 2,
    );
    old.socket.disconnect();
    // That room hears of the old socket's end after its leases were dealt with.
    await until(
      () => seen(elsewhere)?.members.length,
      (n) => n === 1,
    );
    expect(await b.ask('lease.request', { code, device })).toMatchObject({ reason: 'no-work' });
    fresh.socket.disconnect();
    const next = await until(
      () => b.ask('lease.request', { code, device }),
      (r) => r.ok,
    );
    expect(next).toMatchObject({ value: { shard } });
  });

  test('[P2] [P3] bad messages of every kind are answered by a sentence, counted, and hurt nobody', async () => {
    const world = await start(await open());
    const a = await person(world);
    const raw = a.socket as unknown as {
      emitWithAck(name: string, ...args: unknown[]): Promise<Reply<unknown>>;
      emit(name: string, ...args: unknown[]): void;
    };
    for (const input of [
      undefined,
      null,
      7,
      'x',
      [],
      { code: 5 },
      { code: 'O0O0O0' },
      { code: { toString: 1 } },
    ]) {
      expect(await raw.emitWithAck('room.join', input)).toMatchObject({
        ok: false,
        reason: 'bad-message',
      });
    }
    expect(await raw.emitWithAck('no.such.request', {})).toMatchObject({
      ok: false,
      reason: 'bad-message',
    });
    expect(await raw.emitWithAck('__proto__', {})).toMatchObject({
      ok: false,
      reason: 'bad-message',
    });
    raw.emit('room.join', { code: 'ABCDEF' });
    raw.emit('room.join');
    expect(await a.ask('room.join', { code: 'ABCDEF' })).toMatchObject({ reason: 'not-found' });
    expect(
      await a.ask('investigation.open', {
        ...opening(),
        grid: { params: { width: [1e9] }, seeds: [1] },
      }),
    ).toMatchObject({ reason: 'bad-grid' });
    // Millions of cells are counted, and not made.
    const many = Array.from({ length: 32 }, (_, i) => i);
    const params = {
      ...{ width: many.map((i) => i + 4), steps: many.map((i) => i + 30) },
      ...{ learningRate: many.map((i) => (i + 1) / 100), momentum: many.map((i) => i / 100) },
    };
    expect(
      await a.ask('investigation.open', { ...opening(), grid: { params, seeds: [1] } }),
    ).toMatchObject({
      reason: 'bad-grid',
      message: expect.stringContaining('cells; one investigation may have 2,000'),
    });
    const health = (await (await fetch(`${world.url}/api/health`)).json()) as {
      refused: Record<string, Record<string, number>>;
    };
    expect(health.refused['room.join']?.['bad-message']).toBeGreaterThanOrEqual(8);
    expect(health.refused.unknown?.['bad-message']).toBe(2);
    const wrong = io(world.url, {
      transports: ['websocket'],
      reconnection: false,
      auth: { protocol: 99, deviceKey: 'f'.repeat(64) },
    });
    const refusal = await new Promise<Error>((resolve) => wrong.once('connect_error', resolve));
    wrong.disconnect();
    expect(refusal.message).toMatch(/Reload/);
  });
});
