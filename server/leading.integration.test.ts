/** How a room is led, over real sockets: hidden names, presenting, freezing, pointers. */
import { describe, expect, test } from 'vitest';
import { frozenEvidence } from '../db/schema.ts';
import {
  device,
  kinds,
  opening,
  openTestDatabase,
  person,
  resultOf,
  start,
  twoCoordinators,
  until,
} from './coordinator.testkit.ts';
import type { Cursors } from './protocol.ts';
import { acceptedOf, withdraw } from './withdraw.ts';

type Person = Awaited<ReturnType<typeof person>>;
const view = { panel: 'ratio', cell: 1, claim: null, params: 'x=log&facet=width' };
const at = { panel: 'ratio', x: 3, y: 0.5 };
const region = { x: [0, 30] as [number, number], y: [0, 2] as [number, number] };

/** Whatever this person's socket receives from now on, as text. */
function listen({ socket }: Person) {
  const heard: string[] = [];
  socket.onAny((...packet) => heard.push(JSON.stringify(packet)));
  return heard;
}

describe.each(Object.keys(kinds) as (keyof typeof kinds)[])('on %s', (kind) => {
  const open = () => openTestDatabase(kind);

  test('[R10] hidden names leave the coordinator to instructors only, and stay the same', async () => {
    const world = await start(await open());
    const owner = await person(world);
    const people = await Promise.all(Array.from({ length: 3 }, () => person(world)));
    const [trainer, author, member] = people as [Person, Person, Person];
    const { code } = await owner.must('investigation.open', opening());
    const names: string[] = [];
    const ids: string[] = [];
    for (const [i, one] of [owner, trainer, author, member].entries()) {
      await one.must('device.rename', { nickname: `Realname${i}` });
      const { self } = await one.must('room.join', { code });
      names.push(self.nickname);
      ids.push(self.id);
    }
    expect(names).toEqual(['Realname0', 'Realname1', 'Realname2', 'Realname3']);
    await owner.must('room.anonymise', { code, on: true });
    await until(
      () => member.deltas.at(-1)?.investigation.room.anonymous,
      (on) => on === true,
    );
    await until(
      () =>
        member.presences
          .at(-1)
          ?.members.map((m) => m.nickname)
          .sort(),
      (all) => all?.[0] === 'Instructor 1' && all.length === 4,
    );

    const heard = listen(member);
    const [led, told] = [owner.deltas.length, member.deltas.length];
    await owner.must('room.present', { code, on: true });
    const lease = await trainer.must('lease.request', { code, device });
    await trainer.must('result.submit', resultOf(lease));
    const { claim } = await author.must('claim.add', {
      ...{ code, text: '@Realname1 saw it climb', mentions: ids.slice(1, 2), evidence: 1 },
      anchor: { kind: 'region', panel: 'ratio', region },
    });
    await author.must('claim.edit', { claim, text: 'It climbs', evidence: 1 });
    await trainer.must('claim.reply', { claim, text: 'It does' });
    await author.must('cursor.move', { code, at });
    await until(
      () => member.deltas.at(-1),
      (d) => d?.claims[0]?.replies.length === 1 || d?.progress.runs === lease.pack.runs.length,
    );
    await until(
      () => heard.some((packet) => packet.includes('room.cursors')),
      (there) => there,
    );
    const snapshot = await member.must('room.sync', { code, from: 0 });
    const joined = await (await person(world, member.deviceKey)).must('room.join', { code });
    const files = await Promise.all(
      ['results.csv', 'results.json'].map(async (file) =>
        (await fetch(`${world.url}/api/investigations/${code}/${file}`)).text(),
      ),
    );
    expect(joined.self.nickname).toBe('Realname3');
    const all = [
      ...heard,
      snapshot,
      { ...joined, self: null },
      ...member.deltas.slice(told),
      files,
    ];
    const history = await member.must('claim.history', { claim });
    expect(history.map((v) => v.text)).toEqual(['@Student 2 saw it climb', 'It climbs']);
    expect(files[1]).toContain('@Student 2 saw it climb');
    expect(JSON.stringify(all)).not.toContain('Realname');
    expect(files[0]).toContain('Student 2');
    expect(snapshot.runs[0]?.by).toBe('Student 2');
    expect(snapshot.claims[0]).toMatchObject({ authorName: 'Student 3' });
    expect(snapshot.investigation).toMatchObject({ openedBy: 'Instructor 1' });

    const seen = await owner.must('room.sync', { code, from: 0 });
    expect(seen.claims[0]).toMatchObject({ authorName: 'Realname2' });
    expect(JSON.stringify(owner.deltas.slice(led))).not.toContain('Student');
    // Who becomes an instructor sees names from then on; who is none any more does not.
    const id = joined.self.id;
    await owner.must('member.role', { code, member: id, role: 'instructor' });
    expect((await member.must('room.sync', { code, from: 0 })).runs[0]?.by).toBe('Realname1');
    await owner.must('member.role', { code, member: id, role: 'guest' });
    expect((await member.must('room.sync', { code, from: 0 })).runs[0]?.by).toBe('Student 2');
    await owner.must('room.anonymise', { code, on: false });
    expect((await member.must('room.sync', { code, from: 0 })).runs[0]?.by).toBe('Realname1');
  });

  test('[R11] a room stays presented, frozen and nameless when its coordinator is replaced', async () => {
    const database = await open();
    const world = await start(database);
    const [owner, member] = [await person(world), await person(world)];
    const { code } = await owner.must('investigation.open', opening());
    const { self } = await owner.must('room.join', { code });
    await member.must('room.join', { code });
    await owner.must('room.present', { code, on: true });
    await owner.must('room.freeze', { code, on: true });
    const frozen = await until(
      () => member.deltas.at(-1)?.investigation.room.frozen ?? null,
      (number) => number !== null,
    );
    await owner.must('room.freeze', { code, on: true });
    await owner.must('room.anonymise', { code, on: true });
    await world.stop();
    const again = await start(database);
    const back = await person(again, member.deviceKey);
    const { delta } = await back.must('room.join', { code });
    expect(delta.investigation.room).toMatchObject({
      ...{ frozen, anonymous: true, presenter: { id: self.id, nickname: 'Instructor 1' } },
    });
    expect(delta.to).toBeGreaterThan(frozen ?? 0);
  });

  test('[R16] who comes into a frozen room sees what it was frozen at, whatever came and left since', async () => {
    const database = await open();
    const world = await start(database);
    const [owner, one, two] = [await person(world), await person(world), await person(world)];
    const { code } = await owner.must('investigation.open', opening());
    await owner.must('room.join', { code });
    for (const [i, who] of [one, two].entries()) {
      await who.must('device.rename', { nickname: `Realname${i + 1}` });
      await who.must('room.join', { code });
      await who.must('result.submit', resultOf(await who.must('lease.request', { code, device })));
    }
    const { id } = (await two.must('room.join', { code })).self;
    expect(await two.ask('room.frozen', { code })).toMatchObject({ reason: 'not-found' });
    await owner.must('room.freeze', { code, on: true });
    const then = await owner.must('room.sync', { code, from: 0 });
    const { frozen } = then.investigation.room;
    expect(frozen).toBe(then.to);
    const { to: seq, cells, runs, verdict, progress } = then;
    expect(verdict?.evidence).toBe(then.evidence);
    const evidence = { seq, cells, runs, evidence: then.evidence, verdict, progress };
    expect(new Set(runs.map(({ by }) => by))).toEqual(new Set(['Realname1', 'Realname2']));

    // One more result comes, and one that was in leaves: the coordinator has its numbers no more.
    await one.must('result.submit', resultOf(await one.must('lease.request', { code, device })));
    await database.db.transaction(async (tx) => await withdraw(tx, await acceptedOf(tx, id)));
    await owner.must('room.freeze', { code, on: true });
    const late = await person(world);
    const { delta } = await late.must('room.join', { code });
    expect(delta.runs.some(({ device: by }) => by === id)).toBe(false);
    expect(delta.investigation.room.frozen).toBe(seq);
    expect(await late.must('room.frozen', { code })).toEqual(evidence);

    // Names are those of now, of the runs that have left as well.
    await owner.must('room.anonymise', { code, on: true });
    const hidden = await late.must('room.frozen', { code });
    expect(new Set(hidden.runs.map(({ by }) => by))).toEqual(new Set(['Student 2', 'Student 3']));
    expect(await owner.must('room.frozen', { code })).toEqual(evidence);
    await owner.must('room.anonymise', { code, on: false });
    await world.stop();
    const again = await start(database);
    const back = await person(again, late.deviceKey);
    await back.must('room.join', { code });
    expect(await back.must('room.frozen', { code })).toEqual(evidence);

    const leader = await person(again, owner.deviceKey);
    await leader.must('room.join', { code });
    await leader.must('room.freeze', { code, on: false });
    expect(await back.ask('room.frozen', { code })).toMatchObject({ reason: 'not-found' });
    expect(await database.db.select().from(frozenEvidence)).toEqual([]);
    await leader.must('room.freeze', { code, on: true });
    const anew = await back.must('room.frozen', { code });
    expect(anew.seq).toBeGreaterThan(delta.to);
    expect(anew.runs.map((r) => r.id).sort()).toEqual(delta.runs.map((r) => r.id).sort());
  });

  test('[R16] a room that is frozen while results come in stands at one state, without a part of another', async () => {
    const world = await start(await open());
    const owner = await person(world);
    const { code } = await owner.must('investigation.open', opening());
    await owner.must('room.join', { code });
    const people = await Promise.all(Array.from({ length: 3 }, () => person(world)));
    const [first, second, third] = await Promise.all(
      people.map(async (who) => {
        const result = resultOf(await who.must('lease.request', { code, device }));
        return () => who.must('result.submit', result);
      }),
    );
    const freeze = () => owner.must('room.freeze', { code, on: true });
    await Promise.all([first, second, freeze, third].map((act) => act?.()));
    const { runs, cells, progress, seq } = await owner.must('room.frozen', { code });
    expect(progress.runs).toBe(runs.length);
    expect(cells.reduce((sum, { done }) => sum + done, 0)).toBe(runs.length);
    for (const cell of cells) {
      expect(runs.filter((r) => r.cell === cell.index)).toHaveLength(cell.done);
      const shown = cell.lines.ratio?.[0]?.n ?? [];
      expect(Math.max(0, ...shown)).toBe(cell.done);
    }
    expect((await owner.must('room.sync', { code, from: 0 })).investigation.room.frozen).toBe(seq);
  });

  test('[R11] what the presenter looks at reaches the room, and nobody else’s view does', async () => {
    const world = await start(await open());
    const [owner, other, member] = [await person(world), await person(world), await person(world)];
    const { code } = await owner.must('investigation.open', opening());
    await owner.must('room.join', { code });
    const { self } = await other.must('room.join', { code });
    await member.must('room.join', { code });
    await owner.must('member.role', { code, member: self.id, role: 'instructor' });
    const views: unknown[] = [];
    member.socket.on('present.view', (v) => views.push(v));
    expect(await other.ask('present.view', { code, view })).toMatchObject({
      reason: 'not-allowed',
    });
    await other.must('room.present', { code, on: true });
    await until(
      async () => {
        await other.must('present.view', { code, view });
        return views.length;
      },
      (n) => n > 0,
    );
    expect(views[0]).toEqual({ code, view });
    expect(await owner.ask('present.view', { code, view })).toMatchObject({
      reason: 'not-allowed',
    });
    expect(
      await other.ask('present.view', { code, view: { ...view, params: '<script>' } }),
    ).toMatchObject({ reason: 'bad-message' });
    // Who is no instructor any more presents no more.
    await owner.must('member.role', { code, member: self.id, role: 'guest' });
    expect((await owner.must('room.sync', { code, from: 0 })).investigation.room.presenter).toBe(
      null,
    );
  });

  test('[R12] pointers reach their room alone, from members alone, and not faster than 30 Hz', async () => {
    const world = await start(await open(), { limits: { cursorsPerDevice: 5 } });
    const [owner, member, elsewhere] = [
      await person(world),
      await person(world),
      await person(world),
    ];
    const [{ code }, other] = [
      await owner.must('investigation.open', opening()),
      await owner.must('investigation.open', opening()),
    ];
    await owner.must('room.join', { code });
    const { self } = await member.must('room.join', { code });
    await elsewhere.must('room.join', { code: other.code });
    const link = await owner.must('invitation.add', { code, role: 'viewer', hours: 1 });
    const viewer = await person(world);
    await viewer.must('room.join', { code, invitation: link.invitation });
    const seen: Cursors[] = [];
    viewer.socket.on('room.cursors', (c) => seen.push(c));
    const strays = listen(elsewhere);
    expect(await viewer.ask('cursor.move', { code, at })).toMatchObject({ reason: 'not-allowed' });
    expect(await elsewhere.ask('cursor.move', { code, at })).toMatchObject({
      reason: 'not-allowed',
    });
    await until(
      async () => {
        await member.ask('cursor.move', { code, at });
        return seen.length;
      },
      (n) => n > 0,
    );
    expect(seen[0]).toEqual({ code, cursors: [{ member: self.id, at }] });
    const burst = await Promise.all(
      Array.from({ length: 12 }, () => owner.ask('cursor.move', { code, at })),
    );
    expect(burst.filter(({ ok }) => ok).length).toBeLessThanOrEqual(11);
    expect(burst.filter((r) => !r.ok && r.reason === 'too-many').length).toBeGreaterThan(0);
    // Pointers take nothing of what else may be asked.
    expect((await owner.ask('room.sync', { code, from: 0 })).ok).toBe(true);
    expect(strays.filter((packet) => packet.includes('room.cursors'))).toEqual([]);
  });
});

test('[R3] [R11] [R12] pointers, views and hidden names cross coordinators', async () => {
  const [one, two] = await twoCoordinators();
  const [a, b] = [await person(one), await person(two)];
  const { code } = await a.must('investigation.open', opening());
  const { self } = await a.must('room.join', { code });
  const { self: other } = await b.must('room.join', { code });
  const heard = listen(b);
  const hears = (word: string) => () => heard.some((packet) => packet.includes(word));
  await a.must('room.present', { code, on: true });
  await until(async () => {
    await a.must('cursor.move', { code, at });
    await a.must('present.view', { code, view });
    return hears('room.cursors')() && hears('present.view')();
  }, Boolean);
  await a.must('room.anonymise', { code, on: true });
  await until(
    () => b.deltas.at(-1)?.investigation,
    (i) => i?.room.anonymous === true && i.openedBy === 'Instructor 1',
  );
  // A role that is given at one coordinator counts for the socket at the other.
  await a.must('member.role', { code, member: other.id, role: 'instructor' });
  await until(
    () => b.must('room.sync', { code, from: 0 }),
    (delta) => delta.investigation.openedBy === self.nickname,
  );
});
