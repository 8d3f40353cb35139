/** Accounts over HTTP and what becomes of the sockets, on PGlite and on PostgreSQL. */
import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { credentials, sessions, users } from '../../db/schema.ts';
import {
  kinds,
  oneRun,
  openTestDatabase,
  person,
  start,
  twoCoordinators,
  until,
  type World,
} from '../coordinator.testkit.ts';
import type { AccountView } from '../protocol.ts';

const PASSWORD = 'correct horse battery';

interface Answer {
  readonly status: number;
  readonly account: AccountView | null;
  readonly message: string;
  readonly cookies: readonly string[];
  readonly headers: Headers;
}

/** A browser: a key, and the cookies that it was given. */
function browser(deviceKey = randomBytes(32).toString('hex')) {
  const jar = new Map<string, string>();
  async function ask(
    { url }: Pick<World, 'url'>,
    name: string,
    body: object = {},
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const cookie = [...jar].map(([key, value]) => `${key}=${value}`).join('; ');
    const response = await fetch(`${url}/api/auth/${name}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', cookie, ...headers },
      body: JSON.stringify({ deviceKey, ...body }),
    });
    const cookies = response.headers.getSetCookie();
    for (const one of cookies) {
      const [pair = ''] = one.split(';');
      const at = pair.indexOf('=');
      if (/max-age=0/i.test(one)) jar.delete(pair.slice(0, at));
      else jar.set(pair.slice(0, at), pair.slice(at + 1));
    }
    const { account = null, message = '' } = (await response.json()) as Partial<Answer>;
    return { status: response.status, account, message, cookies, headers: response.headers };
  }
  const sign = (world: World, how: 'sign-up' | 'sign-in', username: string, password = PASSWORD) =>
    ask(world, how, { username, password });
  return { deviceKey, ask, sign, me: (world: World) => ask(world, 'me') };
}

/** Who this browser is in a room, by a connection of its own. */
async function selfIn(world: World, { deviceKey }: { readonly deviceKey: string }, code: string) {
  return (await (await person(world, deviceKey)).must('room.join', { code })).self;
}

/** Somebody who opened a room as a guest, and signed up afterwards. */
async function ada(world: World) {
  const desk = browser();
  const guest = await person(world, desk.deviceKey);
  await guest.must('device.rename', { nickname: 'Ada' });
  const { code } = await guest.must('investigation.open', oneRun);
  const { self } = await guest.must('room.join', { code });
  const up = await desk.sign(world, 'sign-up', 'Ada.L');
  return { desk, code, self, up };
}

describe.each(Object.keys(kinds) as (keyof typeof kinds)[])('on %s', (kind) => {
  const open = () => openTestDatabase(kind);

  test('[R15] a guest who signs up stays who she is, and another browser becomes her by signing in', async () => {
    const database = await open();
    const world = await start(database);
    const { desk, code, self, up } = await ada(world);
    expect(up).toMatchObject({ status: 200, account: { username: 'Ada.L', nickname: 'Ada' } });
    expect(await selfIn(world, desk, code)).toEqual(self);

    const phone = browser();
    const before = await selfIn(world, phone, code);
    expect(before.role).toBe('annotator');
    // Another page in that browser, which is open meanwhile.
    const page = await person(world, phone.deviceKey);
    // The name in any case.
    const signed = await phone.sign(world, 'sign-in', 'ada.l');
    expect(signed.account?.browsers.map((b) => [b.isFirst, b.here])).toEqual([
      ...[
        [true, false],
        [false, true],
      ],
    ]);
    await until(
      () => page.socket.connected,
      (is) => !is,
    );
    expect(await selfIn(world, phone, code)).toEqual(self);

    // Signing out gives the phone back to the guest that it was.
    const out = await phone.ask(world, 'sign-out');
    expect(out.account).toBeNull();
    expect(await selfIn(world, phone, code)).toEqual(before);
    expect((await phone.me(world)).account).toBeNull();
    expect((await desk.me(world)).account?.browsers).toHaveLength(1);

    // Also where she began: that browser is somebody new then, and she comes back by her password.
    await desk.ask(world, 'sign-out');
    const after = await selfIn(world, desk, code);
    expect(after.id).not.toBe(self.id);
    await desk.sign(world, 'sign-in', 'Ada.L');
    expect(await selfIn(world, desk, code)).toEqual(self);

    const kept = JSON.stringify([
      await database.db.select().from(users),
      await database.db.select().from(credentials),
      await database.db.select().from(sessions),
    ]);
    expect(kept).not.toContain(PASSWORD);
    expect(kept).not.toContain(desk.deviceKey);
  });

  test('[R15] a wrong password, an unknown name and a name that is taken change nothing, and say so', async () => {
    const world = await start(await open());
    const { desk, code, self } = await ada(world);
    const stranger = browser();
    const before = await selfIn(world, stranger, code);
    const wrong = await stranger.sign(world, 'sign-in', 'Ada.L', 'another password');
    const unknown = await stranger.sign(world, 'sign-in', 'nobody');
    expect([wrong.status, wrong.message]).toEqual([unknown.status, unknown.message]);
    expect(wrong).toMatchObject({
      status: 403,
      message: 'The user name or the password is wrong.',
    });
    expect([...wrong.cookies, ...unknown.cookies]).toEqual([]);
    expect(await stranger.sign(world, 'sign-up', 'ADA.L')).toMatchObject({
      ...{ status: 403, message: 'Somebody has this user name already. Choose another one.' },
    });
    expect((await stranger.sign(world, 'sign-up', 'a b')).message).toMatch(/letters from a to z/);
    expect((await stranger.sign(world, 'sign-up', 'short', 'nine char')).message).toMatch(/10/);
    expect((await desk.sign(world, 'sign-up', 'again')).message).toMatch(/have an account already/);
    expect(await selfIn(world, stranger, code)).toEqual(before);
    expect(await selfIn(world, desk, code)).toEqual(self);
  });

  test('[R15] a browser that is parted is somebody else at once, and its session is over', async () => {
    const world = await start(await open());
    const { desk, code, self } = await ada(world);
    const phone = browser();
    await phone.sign(world, 'sign-in', 'Ada.L');
    const there = await person(world, phone.deviceKey);
    await there.must('room.join', { code });
    const [first, second] = (await desk.me(world)).account?.browsers ?? [];
    const foreign = browser();
    await foreign.sign(world, 'sign-up', 'Eve');
    expect((await foreign.ask(world, 'revoke', { browser: second?.id })).status).toBe(404);
    expect((await desk.ask(world, 'revoke', { browser: first?.id })).message).toMatch(/Sign out/);
    const parted = await desk.ask(world, 'revoke', { browser: second?.id });
    expect(parted.account?.browsers.map((b) => b.id)).toEqual([first?.id]);
    await until(
      () => there.socket.connected,
      (is) => !is,
    );
    expect((await selfIn(world, phone, code)).id).not.toBe(self.id);
    expect((await phone.me(world)).account).toBeNull();
    expect((await phone.ask(world, 'revoke', { browser: first?.id })).message).toMatch(/Sign in/);
  });

  test('[R15] a new password parts all other browsers, and voids the code that one of them drew', async () => {
    const world = await start(await open());
    const { desk, code, self } = await ada(world);
    const thief = browser();
    await thief.sign(world, 'sign-in', 'Ada.L');
    const there = await person(world, thief.deviceKey);
    const { transfer } = await there.must('device.transfer', {});
    const next = 'a longer one than before';
    const wrong = await desk.ask(world, 'password', { current: 'wrong', next });
    expect(wrong).toMatchObject({ status: 403, message: 'The password is wrong.' });
    expect((await thief.me(world)).account?.username).toBe('Ada.L');

    const done = await desk.ask(world, 'password', { current: PASSWORD, next });
    expect(done.account?.browsers.map((b) => [b.isFirst, b.here])).toEqual([[true, true]]);
    await until(
      () => there.socket.connected,
      (is) => !is,
    );
    expect((await thief.me(world)).account).toBeNull();
    const guest = await person(world, thief.deviceKey);
    expect((await guest.must('room.join', { code })).self.id).not.toBe(self.id);
    expect(await guest.ask('device.link', { transfer })).toMatchObject({ reason: 'not-found' });
    expect((await thief.sign(world, 'sign-in', 'Ada.L')).status).toBe(403);
    expect((await desk.me(world)).account?.username).toBe('Ada.L');
    expect((await browser().sign(world, 'sign-in', 'Ada.L', next)).account?.nickname).toBe('Ada');
  });

  test('[R15] deleting the account needs the password, and leaves the person in her browsers', async () => {
    const database = await open();
    const world = await start(database);
    const { desk, code, self } = await ada(world);
    const phone = browser();
    await phone.sign(world, 'sign-in', 'Ada.L');
    expect((await desk.ask(world, 'delete', { password: 'wrong' })).status).toBe(403);
    expect(await desk.ask(world, 'delete', { password: PASSWORD })).toMatchObject({
      ...{ status: 200, account: null },
    });
    for (const one of [desk, phone]) {
      expect((await one.me(world)).account).toBeNull();
      expect(await selfIn(world, one, code)).toEqual(self);
    }
    expect((await phone.sign(world, 'sign-in', 'Ada.L')).status).toBe(403);
    const tables = [users, credentials, sessions];
    const left = await Promise.all(tables.map((t) => database.db.select().from(t)));
    expect(left).toEqual([[], [], []]);
    expect((await desk.sign(world, 'sign-up', 'Ada.L')).account?.nickname).toBe('Ada');
  });

  test('[R15] who links or unlinks a browser by a code signs it out', async () => {
    const world = await start(await open());
    const { desk } = await ada(world);
    const phone = browser();
    await phone.sign(world, 'sign-in', 'Ada.L');
    await (await person(world, phone.deviceKey)).must('device.unlink', {});
    expect((await phone.me(world)).account).toBeNull();
    await phone.sign(world, 'sign-in', 'Ada.L');
    const bea = await person(world);
    const { transfer } = await bea.must('device.transfer', {});
    await (await person(world, phone.deviceKey)).must('device.link', { transfer });
    expect((await phone.me(world)).account).toBeNull();
    expect((await desk.me(world)).account?.browsers).toHaveLength(1);
  });

  test('[R15] of two that choose one name at once, or sign up twice at once, one has it and the other is told', async () => {
    const database = await open();
    const world = await start(database);
    const both = await Promise.all(
      [browser(), browser()].map((b) => b.sign(world, 'sign-up', 'Eve')),
    );
    expect(both.map(({ status }) => status).sort()).toEqual([200, 403]);
    const one = browser();
    const names = ['first', 'second'];
    const twice = await Promise.all(names.map((name) => one.sign(world, 'sign-up', name)));
    expect(twice.map(({ status }) => status).sort()).toEqual([200, 403]);
    expect(await database.db.select().from(users)).toHaveLength(2);
  });

  test('[A1] tries of a password are few, of one account from one address, and nobody else notices', async () => {
    const world = await start(await open());
    const { desk } = await ada(world);
    const guesser = browser();
    const answers: Answer[] = [];
    for (let i = 0; i < 8; i++)
      answers.push(
        await guesser.sign(world, 'sign-in', i % 2 ? 'ada.l' : 'Ada.L', `guess number ${i}`),
      );
    const refused = answers.filter(({ status }) => status === 429);
    expect(answers.slice(0, 5).map(({ status }) => status)).toEqual([403, 403, 403, 403, 403]);
    expect(refused.length).toBeGreaterThanOrEqual(2);
    expect(refused[0]?.message).toMatch(/^Too many tries\. Wait \d+ seconds?\.$/);
    expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await browser().sign(world, 'sign-up', 'Bea')).status).toBe(200);
    expect((await desk.me(world)).account?.username).toBe('Ada.L');
  });

  test('[R15] cookies are out of the reach of scripts and of other sites, and secure over TLS', async () => {
    const world = await start(await open(), { proxies: 1 });
    const desk = browser();
    const plain = await desk.sign(world, 'sign-up', 'Ada');
    expect(plain.cookies.length).toBeGreaterThan(0);
    for (const cookie of plain.cookies) {
      expect(cookie).toMatch(/; HttpOnly/i);
      expect(cookie).toMatch(/; SameSite=Lax/i);
      expect(cookie).not.toMatch(/; Secure/i);
    }
    const phone = browser();
    const body = { username: 'Ada', password: PASSWORD, deviceKey: phone.deviceKey };
    const tls = await phone.ask(world, 'sign-in', body, { 'x-forwarded-proto': 'https' });
    expect(tls.cookies.length).toBeGreaterThan(0);
    for (const cookie of tls.cookies) expect(cookie).toMatch(/; Secure/);

    const me = { deviceKey: desk.deviceKey };
    const foreign = { 'sec-fetch-site': 'cross-site' };
    expect((await desk.ask(world, 'me', me, foreign)).status).toBe(403);
    expect((await desk.ask(world, 'me', me, { 'Content-Type': 'text/plain' })).status).toBe(403);
    expect((await desk.ask(world, 'list-sessions')).status).toBe(404);
    expect((await desk.ask(world, 'me', { deviceKey: 'x' })).status).toBe(400);
    expect((await fetch(`${world.url}/api/auth/me`)).status).toBe(405);
    // A cookie is good in the browser alone that it was given to: a key is needed too.
    expect((await desk.ask(world, 'me', { deviceKey: phone.deviceKey })).account).toBeNull();
    const elsewhere = { deviceKey: phone.deviceKey, browser: 'a'.repeat(64) };
    expect((await desk.ask(world, 'revoke', elsewhere)).message).toMatch(/Sign in again/);
    // A cookie that was tampered with is nobody's.
    const forged = browser(desk.deviceKey);
    const cookie = plain.cookies.map((c) => `${c.split(';')[0]}x`).join('; ');
    expect((await forged.ask(world, 'me', me, { cookie })).account).toBeNull();
  });
});

test('[R3] [R15] an account is one at all coordinators, and parting a browser reaches its sockets at another', async () => {
  const [one, two] = await twoCoordinators();
  const { desk, code, self } = await ada(one);
  const phone = browser();
  expect((await phone.sign(two, 'sign-in', 'Ada.L')).status).toBe(200);
  expect((await desk.me(two)).account?.browsers).toHaveLength(2);
  const there = await person(two, phone.deviceKey);
  expect((await there.must('room.join', { code })).self).toEqual(self);
  const [, second] = (await desk.me(one)).account?.browsers ?? [];
  expect((await desk.ask(one, 'revoke', { browser: second?.id })).status).toBe(200);
  await until(
    () => there.socket.connected,
    (is) => !is,
  );
});
