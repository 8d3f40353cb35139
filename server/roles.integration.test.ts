/** What roles, doors, invitations and transfers allow, over real sockets, on PGlite and on PostgreSQL. */
import { describe, expect, test } from 'vitest';
import { members } from '../db/schema.ts';
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
  until,
  type World,
} from './coordinator.testkit.ts';
import { findInvestigation, openInvestigation } from './investigations.ts';
import { addInvitation } from './invitations.ts';
import { admit } from './members.ts';
import { PERMISSIONS } from './permissions.ts';
import type { RequestInput, RequestName } from './protocol.ts';
import { drawTransfer, linkBrowser, TRANSFER_MS } from './transfers.ts';
import { ROLES, type Role } from './vocabulary.ts';

type Person = Awaited<ReturnType<typeof person>>;
const refused = { ok: false, reason: 'not-allowed' };

/** One person of each role in a room, and one who never came in. */
async function cast(world: World, owner: Person, code: string) {
  await owner.must('room.join', { code });
  const people = {} as Record<Role | 'outsider', Person>;
  for (const role of ['viewer', 'guest', 'volunteer', 'annotator', 'instructor'] as const) {
    people[role] = await person(world);
    const { invitation } = await owner.must('invitation.add', { code, role, hours: 1 });
    const { self } = await people[role].must('room.join', { code, invitation });
    expect(self.role).toBe(role);
  }
  return { ...people, owner, outsider: await person(world) };
}

describe.each(Object.keys(kinds) as (keyof typeof kinds)[])('on %s', (kind) => {
  const open = () => openTestDatabase(kind);

  test('[R6] each request is refused to every role below the one it needs, and to strangers', async () => {
    const world = await start(await open());
    const owner = await person(world);
    const { code } = await owner.must('investigation.open', opening());
    const people = await cast(world, owner, code);
    const { self: guest } = await people.guest.must('room.join', { code });
    const claim = await people.annotator.must('claim.add', {
      ...{ code, text: 'It climbs', evidence: 1 },
      anchor: { kind: 'region', panel: 'ratio', region: { x: [0, 30], y: [0, 2] } },
    });
    const { invitation } = await owner.must('invitation.add', { code, role: 'guest', hours: null });
    const view = { panel: 'ratio', cell: null, claim: null, params: '' };
    /** A request of each kind that asks for a role, and whether whoever has it is answered by a value. */
    const asked: { [N in RequestName]?: { input: RequestInput<N>; least: Role } } = {
      'room.sync': { input: { code, from: 0 }, least: 'viewer' },
      'room.frozen': { input: { code }, least: 'viewer' },
      'room.runs': { input: { code, after: null }, least: 'viewer' },
      'cursor.move': { input: { code, at: null }, least: 'guest' },
      'lease.request': { input: { code, device }, least: 'volunteer' },
      'claim.add': {
        input: {
          ...{ code, text: 'So', evidence: 1 },
          anchor: { kind: 'region', panel: 'ratio', region: { x: [0, 1], y: [0, 1] } },
        },
        least: 'annotator',
      },
      'claim.reply': { input: { ...claim, text: 'Yes' }, least: 'annotator' },
      'snapshot.take': { input: { code, title: 'So far', note: '', view: '' }, least: 'annotator' },
      'report.save': {
        input: { code, report: null, after: 0, title: 'On it', body: 'So.', snapshot: null },
        least: 'annotator',
      },
      'room.people': { input: { code }, least: 'annotator' },
      'room.shared': { input: { code }, least: 'viewer' },
      'claim.history': { input: claim, least: 'viewer' },
      'claims.queue': { input: { code }, least: 'viewer' },
      'claims.log': { input: { code }, least: 'instructor' },
      'claims.moderate': {
        input: { action: 'policy', code, wait: false },
        least: 'instructor',
      },
      'room.present': { input: { code, on: true }, least: 'instructor' },
      'present.view': { input: { code, view }, least: 'instructor' },
      'room.freeze': { input: { code, on: false }, least: 'instructor' },
      'room.anonymise': { input: { code, on: false }, least: 'instructor' },
      'investigation.control': { input: { code, action: 'pause' }, least: 'instructor' },
      'room.door': { input: { code, open: true, role: 'guest' }, least: 'owner' },
      'member.role': { input: { code, member: guest.id, role: 'guest' }, least: 'owner' },
      'invitation.add': { input: { code, role: 'guest', hours: 1 }, least: 'owner' },
      'invitation.list': { input: { code }, least: 'owner' },
      'invitation.revoke': { input: { code, invitation }, least: 'owner' },
    };
    const guarded = (Object.keys(PERMISSIONS) as RequestName[]).filter((name) =>
      ['room', 'written', 'presence'].includes(PERMISSIONS[name].by),
    );
    // What the author of something may alone is tested with the claims.
    expect(guarded.filter((name) => !(name in asked)).sort()).toEqual([
      ...['claim.edit', 'claim.reaffirm', 'claim.resolve', 'claim.restore', 'claim.withdraw'],
      'reply.edit',
    ]);
    await owner.must('room.freeze', { code, on: true });
    // Nobody comes in by the door here: who was never in is a stranger.
    await owner.must('room.door', { code, open: false, role: 'annotator' });
    for (const [name, { input, least }] of Object.entries(asked) as [
      RequestName,
      { input: RequestInput<RequestName>; least: Role },
    ][]) {
      const ask = (who: Person) => who.ask(name, input as never);
      expect(await ask(people.outsider), `${name} by a stranger`).toMatchObject(refused);
      for (const role of ROLES) {
        const answer = await ask(people[role]);
        const what = `${name} by a ${role}: ${JSON.stringify(answer).slice(0, 200)}`;
        if (ROLES.indexOf(role) < ROLES.indexOf(least)) expect(answer, what).toMatchObject(refused);
        else if (name === 'present.view') expect(answer, what).toBeDefined();
        else expect(answer.ok, what).toBe(true);
        if (name === 'room.present' && role === 'instructor')
          expect((await people.instructor.ask('present.view', { code, view })).ok).toBe(true);
      }
      if (name === 'investigation.control')
        expect(
          await people.instructor.ask('investigation.control', { code, action: 'conclude' }),
        ).toMatchObject(refused);
    }
    expect(await owner.ask('claim.withdraw', { kind: 'claim', id: claim.claim })).toMatchObject(
      refused,
    );
    expect(
      (await people.annotator.ask('claim.withdraw', { kind: 'claim', id: claim.claim })).ok,
    ).toBe(true);
  });

  test('[R7] a closed door admits nobody new, to the room or to its work; members stay', async () => {
    const world = await start(await open());
    const [owner, member, late] = [await person(world), await person(world), await person(world)];
    const { code } = await owner.must('investigation.open', opening());
    expect((await member.must('room.join', { code })).self.role).toBe('annotator');
    await owner.must('room.door', { code, open: false, role: 'guest' });
    expect(await late.ask('room.join', { code })).toEqual({
      ...refused,
      message: expect.stringMatching(/door.*closed.*invitation/),
    });
    expect(await late.ask('lease.request', { code, device })).toMatchObject(refused);
    expect(await late.ask('lease.request', { code: null, device })).toMatchObject({
      reason: 'no-work',
    });
    const back = await person(world, member.deviceKey);
    expect((await back.must('room.join', { code })).self.role).toBe('annotator');
    await back.must('lease.request', { code: null, device });

    await owner.must('room.door', { code, open: true, role: 'guest' });
    const { self, delta } = await late.must('room.join', { code });
    expect(self.role).toBe('guest');
    expect(delta.investigation.room.door).toEqual({ open: true, role: 'guest' });
    expect(await late.ask('lease.request', { code, device })).toMatchObject(refused);
    const stranger = await person(world);
    expect(await stranger.ask('lease.request', { code, device })).toMatchObject(refused);
  });

  test('[R7] who trained before the door closed, without having come in, is a stranger then', async () => {
    const world = await start(await open());
    const [owner, headless] = [await person(world), await person(world)];
    const { code } = await owner.must('investigation.open', opening());
    const lease = await headless.must('lease.request', { code, device });
    await owner.must('room.door', { code, open: false, role: 'annotator' });
    // What it was leased, it finishes.
    await headless.must('result.submit', resultOf(lease));
    expect(await headless.ask('room.join', { code })).toMatchObject(refused);
    expect(await headless.ask('lease.request', { code, device })).toMatchObject(refused);
  });

  test('[R8] an invitation gives its role until it expires or is revoked, and says why not then', async () => {
    const { db } = await open();
    const [a, b, c, d] = await devicesOfKeys(
      db,
      ['a', 'b', 'c', 'd'].map((x) => x.repeat(64)),
    );
    const ids = [a, b, c, d].map((one) => one?.id ?? '');
    const [owner = '', first = '', second = '', third = ''] = ids;
    const opened = await openInvestigation(db, owner, oneRun);
    if ('ok' in opened) throw new Error(opened.message);
    const { code } = opened;
    const found = await findInvestigation(db, code);
    if (found === null) throw new Error('The room is gone.');
    const noon = Date.UTC(2026, 0, 1, 12);
    const card = await addInvitation(db, found, { role: 'instructor', hours: 2 }, noon);
    if ('ok' in card) throw new Error(card.message);
    expect(card).toMatchObject({ state: 'valid', expiresAt: '2026-01-01T14:00:00.000Z' });
    const enter = async (who: string, now: number, invitation: string | null = card.invitation) =>
      (await admit(db, [{ code, device: who, invitation, now }]))[0];
    const end = noon + 2 * 3_600_000;
    expect(await enter(first, end - 1)).toBe('instructor');
    const why = await enter(second, end);
    expect(why).toMatchObject({ ...refused, message: expect.stringContaining('expired') });
    // Whom it admitted stays; the room's own door is open to the other.
    expect(await enter(first, end)).toBe('instructor');
    expect(await enter(second, end, null)).toBe('annotator');
    // It raises a member, and lowers none.
    expect(await enter(second, end - 1)).toBe('instructor');
    expect(await enter(owner, noon)).toBe('owner');
    expect(await enter(third, noon, 'ABCDEFGHJKMN')).toMatchObject({
      message: expect.stringContaining('not one of this room'),
    });
  });

  test('[R8] a revoked invitation and a link for viewing let nobody in who has nothing else', async () => {
    const world = await start(await open());
    const [owner, watcher] = [await person(world), await person(world)];
    const { code } = await owner.must('investigation.open', oneRun);
    await owner.must('room.join', { code });
    const link = await owner.must('invitation.add', { code, role: 'viewer', hours: null });
    await owner.must('room.door', { code, open: false, role: 'annotator' });
    const { self, presence } = await watcher.must('room.join', {
      ...{ code, invitation: link.invitation },
    });
    expect(self.role).toBe('viewer');
    expect(presence.members.map(({ role }) => role)).toEqual(['owner']);
    expect(presence.viewers).toBe(1);
    await owner.must('invitation.revoke', { code, invitation: link.invitation });
    expect(await owner.must('invitation.list', { code })).toMatchObject([{ state: 'revoked' }]);
    const again = await person(world, watcher.deviceKey);
    expect(await again.ask('room.join', { code, invitation: link.invitation })).toMatchObject({
      ...refused,
      message: expect.stringContaining('revoked'),
    });
    expect(await again.ask('room.sync', { code, from: 0 })).toMatchObject(refused);
  });

  test('[R9] the owner gives roles and hands the room over; nobody takes it from her', async () => {
    const world = await start(await open());
    const [owner, other, third] = [await person(world), await person(world), await person(world)];
    const { code } = await owner.must('investigation.open', oneRun);
    const { self: mine } = await owner.must('room.join', { code });
    const { self: theirs } = await other.must('room.join', { code });
    const { self: last } = await third.must('room.join', { code });
    await owner.must('member.role', { code, member: theirs.id, role: 'instructor' });
    await until(
      () => third.presences.at(-1)?.members.find(({ id }) => id === theirs.id)?.role,
      (role) => role === 'instructor',
    );
    const demote = { code, member: mine.id, role: 'guest' } as const;
    expect(await other.ask('member.role', demote)).toMatchObject(refused);
    expect(await owner.ask('member.role', demote)).toMatchObject({
      ...refused,
      message: expect.stringContaining('owner first'),
    });
    expect(await owner.ask('member.role', { code, member: 'nobody', role: 'guest' })).toMatchObject(
      { reason: 'not-found' },
    );
    const both = await Promise.all(
      [theirs, last].map(({ id }) => owner.ask('member.role', { code, member: id, role: 'owner' })),
    );
    expect(both.filter(({ ok }) => ok)).toHaveLength(1);
    const heir = both[0]?.ok ? other : third;
    await heir.must('member.role', { code, member: mine.id, role: 'annotator' });
    expect((await owner.must('room.join', { code })).self.role).toBe('annotator');
    expect((await heir.must('room.join', { code })).self.role).toBe('owner');
  });

  test('[R13] a transfer code makes another browser the same person, once and for ten minutes', async () => {
    const database = await open();
    const world = await start(database);
    const [owner, phone] = [await person(world), await person(world)];
    const { code } = await owner.must('investigation.open', oneRun);
    const { self } = await owner.must('room.join', { code });
    const { transfer } = await owner.must('device.transfer', {});
    expect(await phone.must('device.link', { transfer })).toEqual({ nickname: self.nickname });
    expect(await owner.ask('device.link', { transfer })).toMatchObject({ reason: 'not-found' });
    const linked = await person(world, phone.deviceKey);
    const joined = await linked.must('room.join', { code });
    expect(joined.self).toEqual(self);
    expect(joined.presence.members).toHaveLength(1);
    await linked.must('investigation.control', { code, action: 'pause' });
    await linked.must('device.unlink', {});
    const alone = await person(world, phone.deviceKey);
    expect((await alone.must('room.join', { code })).self.role).toBe('annotator');

    const { db } = database;
    const [two] = await devicesOfKeys(db, [alone.deviceKey]);
    const drawn = await drawTransfer(db, self.id, 1_000);
    expect(await linkBrowser(db, 'hash', drawn, 1_000 + TRANSFER_MS)).toMatchObject({
      reason: 'not-found',
    });
    expect(two?.id).not.toBe(self.id);
  });

  test('[R14] a thousand who come at once are let in, each under a number of her own', async () => {
    const { db } = await open();
    const keys = Array.from({ length: 1_000 }, (_, i) => i.toString(16).padStart(64, '0'));
    const devices = await devicesOfKeys(db, keys);
    const opened = await openInvestigation(db, devices[0]?.id ?? '', oneRun);
    if ('ok' in opened) throw new Error(opened.message);
    const { code } = opened;
    const batches = [devices.slice(0, 400), devices.slice(300, 700), devices.slice(600)];
    const roles = await Promise.all(
      batches.map((batch) =>
        admit(
          db,
          batch.map(({ id }) => ({ code, device: id, invitation: null, now: 0 })),
        ),
      ),
    );
    expect(new Set(roles.flat())).toEqual(new Set(['owner', 'annotator']));
    const rows = await db.select().from(members);
    expect(rows).toHaveLength(1_000);
    expect(new Set(rows.map(({ number }) => number)).size).toBe(1_000);
  });
});
