/** What people in a room see of one another, over real sockets, on PGlite and on PostgreSQL. */
import { describe, expect, test } from 'vitest';
import { devicesOfKeys } from './auth.ts';
import {
  device,
  kinds,
  oneRun,
  opening,
  openTestDatabase,
  person,
  resultOf,
  start,
  twoCoordinators,
  until,
} from './coordinator.testkit.ts';
import { openInvestigation } from './investigations.ts';
import type { Delta } from './protocol.ts';

describe.each(Object.keys(kinds) as (keyof typeof kinds)[])('on %s', (kind) => {
  const open = () => openTestDatabase(kind);

  test('[R1] [R2] claims and replies reach the others, only the owner steers, and a new coordinator finds everything', async () => {
    const database = await open();
    const world = await start(database);
    const [owner, other] = [await person(world), await person(world)];
    const { code } = await owner.must('investigation.open', opening());
    await owner.must('room.join', { code });
    await other.must('room.join', { code });
    const lease = await other.must('lease.request', { code, device });
    await other.must('result.submit', resultOf(lease));
    const region = { x: [0, 30] as [number, number], y: [0, 2] as [number, number] };
    const { claim } = await other.must('claim.add', {
      code,
      anchor: { kind: 'region', panel: 'ratio', region },
      text: '=It climbs',
      evidence: 2,
    });
    await owner.must('claim.reply', { claim, text: 'It does.' });
    const seen = await until(
      () => other.deltas.flatMap((d) => d.claims).at(-1),
      (c) => c?.replies.length === 1,
    );
    expect(seen).toMatchObject({ text: '=It climbs', replies: [{ text: 'It does.' }] });
    expect(seen?.runs.length).toBe(lease.pack.runs.length);
    expect(await owner.ask('claim.withdraw', { kind: 'claim', id: claim })).toMatchObject({
      reason: 'not-allowed',
    });
    expect(await other.ask('investigation.control', { code, action: 'pause' })).toMatchObject({
      reason: 'not-allowed',
    });
    await owner.must('investigation.control', { code, action: 'pause' });
    expect(await other.ask('lease.request', { code, device })).toMatchObject({
      reason: 'not-running',
    });
    const before = await until(
      () => owner.must('room.sync', { code, from: 0 }),
      (r) => r.verdict?.evidence === r.evidence,
    );
    await world.stop();

    const again = await start(database);
    const back = await person(again, owner.deviceKey);
    const joined = await back.must('room.join', { code: code.toLowerCase() });
    expect(joined.self.role).toBe('owner');
    expect(joined.delta).toEqual(before);
    const csv = await (await fetch(`${again.url}/api/investigations/${code}/results.csv`)).text();
    expect(csv.trim().split('\r\n')).toHaveLength(1 + 18);
    const json = (await (
      await fetch(`${again.url}/api/investigations/${code}/results.json`)
    ).json()) as { runs: unknown[] };
    expect(json.runs).toHaveLength(18);
    const run = lease.pack.runs[0];
    const point = (await (
      await fetch(`${again.url}/api/runs/${run?.id}/point.json`)
    ).json()) as Record<string, unknown>;
    expect(point).toMatchObject({
      manyhands: 'point',
      seed: run?.seed,
      study: 'edge-of-stability',
      plan: { hyper: run?.hyper },
    });
    expect((await fetch(`${again.url}/api/runs/none/point.json`)).status).toBe(404);
  });

  test('[D1] whoever joins or syncs while results flow in is told what follows without a gap', async () => {
    const world = await start(await open());
    const volunteer = await person(world);
    const grid = opening([0.1, 0.15, 0.2, 0.25], [1, 2, 3, 4]);
    const { code } = await volunteer.must('investigation.open', grid);
    await volunteer.must('room.join', { code });
    const told: { readonly at: Delta; readonly deltas: readonly Delta[] }[] = [];
    let runs = 0;
    for (;;) {
      const lease = await volunteer.ask('lease.request', { code, device });
      if (!lease.ok) break;
      await volunteer.must('result.submit', resultOf(lease.value));
      runs += lease.value.pack.runs.length;
      const joiner = await person(world);
      told.push({ at: (await joiner.must('room.join', { code })).delta, deltas: joiner.deltas });
      const synced = await volunteer.must('room.sync', { code, from: 0 });
      told.push({ at: synced, deltas: volunteer.deltas });
    }
    expect(told.length).toBeGreaterThan(6);
    for (const { at, deltas } of told) {
      const following = await until(
        () => deltas.filter((d) => d.to > at.to),
        (ds) => at.progress.runs === runs || ds.at(-1)?.progress.runs === runs,
      );
      const stands = [at.to, ...following.map((d) => d.to)];
      expect(following.map((d) => d.from)).toEqual(stands.slice(0, -1));
    }
  });

  test('[D1] a room that everybody left is told from its present state when somebody comes', async () => {
    const world = await start(await open());
    const owner = await person(world);
    const { code } = await owner.must('investigation.open', oneRun);
    await owner.must('room.join', { code });
    await owner.must('room.leave', { code });
    await owner.must('investigation.control', { code, action: 'pause' });
    await owner.must('investigation.control', { code, action: 'resume' });
    expect((await owner.must('room.join', { code })).delta.to).toBe(3);
  });

  test('[R4] two in a room never bear one nickname: a joiner gets another, a renamer is told', async () => {
    const world = await start(await open());
    const owner = await person(world);
    const { code } = await owner.must('investigation.open', oneRun);
    const twins = await Promise.all(Array.from({ length: 4 }, () => person(world)));
    for (const twin of twins) await twin.must('device.rename', { nickname: 'Ada' });
    const joined = await Promise.all(twins.map((t) => t.must('room.join', { code })));
    const names = joined.map((j) => j.self.nickname);
    expect(new Set(names).size).toBe(4);
    const back = await person(world, twins[1]?.deviceKey);
    expect((await back.must('room.join', { code })).self.nickname).toBe(names[1]);

    const { self } = await owner.must('room.join', { code });
    expect(await owner.ask('device.rename', { nickname: ` ${names[0]?.toUpperCase()} ` })).toEqual({
      ...{ ok: false, reason: 'not-allowed' },
      message: expect.stringMatching(/already.*another name/),
    });
    expect(await owner.must('device.rename', { nickname: self.nickname.toUpperCase() })).toEqual({
      nickname: self.nickname.toUpperCase(),
    });
    const both = [owner, ...twins].map((p) => p.ask('device.rename', { nickname: 'Emmy' }));
    expect((await Promise.all(both)).filter((r) => r.ok)).toHaveLength(1);
  });

  test('[R5] a room code that is taken is drawn again', async () => {
    const { db } = await open();
    const [{ id } = { id: '' }] = await devicesOfKeys(db, ['f'.repeat(64)]);
    const codes = ['AAAAAA', 'AAAAAA', 'AAAAAA', 'BBBBBB'];
    const draw = () => codes.shift() ?? 'CCCCCC';
    expect(await openInvestigation(db, id, oneRun, draw)).toEqual({ code: 'AAAAAA' });
    expect(await openInvestigation(db, id, oneRun, draw)).toEqual({ code: 'BBBBBB' });
    await expect(openInvestigation(db, id, oneRun, () => 'AAAAAA')).rejects.toThrow(/codes/);
  });
});

test('[R3] two coordinators on one PostgreSQL and Redis show one room', async () => {
  const [one, two] = await twoCoordinators();
  const [a, b] = [await person(one), await person(two)];
  const { code } = await a.must('investigation.open', opening());
  await a.must('room.join', { code });
  await b.must('room.join', { code });
  const presences: number[] = [];
  a.socket.on('room.presence', (p) => presences.push(p.members.length));
  const lease = await b.must('lease.request', { code, device });
  await b.must('result.submit', resultOf(lease));
  await until(
    () => a.deltas.at(-1)?.progress.runs,
    (n) => n === lease.pack.runs.length,
  );
  await until(
    () => presences.at(-1),
    (n) => n === 2,
  );
});

test('[R3] [L9] the device that comes back at another coordinator keeps its lease when the first one ends', async () => {
  const [one, two] = await twoCoordinators();
  const [old, b] = [await person(one), await person(two)];
  const { code } = await b.must('investigation.open', oneRun);
  await b.must('room.join', { code });
  const { shard, attempt } = await old.must('lease.request', { code, device });
  const fresh = await person(two, old.deviceKey);
  await fresh.must('lease.progress', { shard, attempt, done: 7 });
  await one.stop();
  expect(old.socket.connected).toBe(false);
  expect(await b.ask('lease.request', { code, device })).toMatchObject({ reason: 'no-work' });
  fresh.socket.disconnect();
  await until(
    () => b.ask('lease.request', { code, device }),
    (r) => r.ok,
  );
});
