/**
 * Accounts, for those who want one: a user name and a password by which further browsers become the same
 * person, as a transfer code does for one. Who somebody is stays the device; an account names it. So a guest
 * who signs up keeps all that she had, and whoever never does misses nothing.
 */
import { APIError } from 'better-auth/api';
import { and, eq, isNull } from 'drizzle-orm';
import type { Database } from '../../db/open.ts';
import { devices, sessions, transfers, users } from '../../db/schema.ts';
import { devicesOfKeys, keyHashOf } from '../auth.ts';
import { browsersOf, linkKey, partKey } from '../browsers.ts';
import type { AccountView, Refusal } from '../protocol.ts';
import { refuse } from '../refusal.ts';
import type { AccountLibrary } from './library.ts';
import type { AccountInput } from './requests.ts';
import { accountView, type Here, hereOf } from './view.ts';

export interface AccountParts {
  readonly db: Database;
  readonly library: AccountLibrary;
  /** The browser with this key is another person now: its sockets come anew, at every coordinator. */
  readonly reconnect: (keyHash: string) => void;
}

/** Whoever asks: the headers that prove a session, and how long until a password of an account may be tried. */
export interface Asker {
  readonly headers: Headers;
  readonly waitFor: (username: string) => number;
}

/** What comes of a request: who is signed in now, and the cookies that say so. */
export interface Outcome {
  readonly account: AccountView | null;
  readonly cookies: readonly string[];
}

const NOBODY: Outcome = { account: null, cookies: [] };
const WRONG = 'The user name or the password is wrong.';
const TAKEN = 'Somebody has this user name already. Choose another one.';
const SIGNED_OUT = 'You are not signed in any more. Sign in again.';

/** Sentences for what better-auth refuses, by its codes. */
const SENTENCES: Readonly<Record<string, string>> = {
  INVALID_USERNAME_OR_PASSWORD: WRONG,
  INVALID_PASSWORD: 'The password is wrong.',
};

/** The library's answer, or its refusal as ours; what is no refusal is thrown on. */
async function asked<T>(answer: Promise<T>): Promise<T | Refusal> {
  try {
    return await answer;
  } catch (error) {
    const code = error instanceof APIError ? String(error.body?.code ?? '') : '';
    const sentence = SENTENCES[code];
    if (sentence === undefined) throw error;
    return refuse('not-allowed', sentence);
  }
}

const isRefusal = (value: object): value is Refusal => 'ok' in value && value.ok === false;

/** That a password may not be tried now; null if it may. */
function heldUp({ waitFor }: Asker, username: string): Refusal | null {
  const wait = waitFor(username.toLowerCase());
  if (wait === 0) return null;
  const seconds = Math.ceil(wait / 1000);
  const words = `Too many tries. Wait ${seconds} ${seconds === 1 ? 'second' : 'seconds'}.`;
  return refuse('too-many', words, wait);
}

/** Makes an account of the person that this browser is. */
export async function signUp(
  parts: AccountParts,
  { username, password, deviceKey }: AccountInput<'sign-up'>,
  { headers }: Asker,
): Promise<Outcome | Refusal> {
  const { db, library } = parts;
  const [person] = await devicesOfKeys(db, [deviceKey]);
  if (person === undefined) throw new Error('A browser that has a key is nobody.');
  const named = await hasOne(db, person.id);
  if (named !== null) return named;
  // No mail is ever sent; the library wants an address, and this one can be nobody's (RFC 2606).
  const email = `${username.toLowerCase()}@account.invalid`;
  const body = { email, name: username, username, password };
  const made = await asked(
    library.api.signUpEmail({ body, headers, returnHeaders: true }).catch(async (error) => {
      // Found by the library, or, of two that choose one name at once, by the database.
      if (await isTaken(db, username)) return refuse('not-allowed', TAKEN);
      throw error;
    }),
  );
  if (isRefusal(made)) return made;
  const { token, user } = made.response;
  if (token === null) throw new Error('Whoever signs up is signed in.');
  try {
    await attach(parts, user.id, token, deviceKey);
  } catch (error) {
    // Of two that sign up at once in one browser, one is the person's, and the other takes no name away.
    await db.delete(users).where(eq(users.id, user.id));
    const other = await hasOne(db, person.id);
    if (other !== null) return other;
    throw error;
  }
  return await outcomeOf(db, token, made.headers);
}

/** Makes this browser the person of the account. */
export async function signIn(
  parts: AccountParts,
  { username, password, deviceKey }: AccountInput<'sign-in'>,
  asker: Asker,
): Promise<Outcome | Refusal> {
  const { db, library } = parts;
  const refused = heldUp(asker, username);
  if (refused !== null) return refused;
  const { headers } = asker;
  const body = { username, password };
  const made = await asked(library.api.signInUsername({ body, headers, returnHeaders: true }));
  if (isRefusal(made)) return made;
  const { token, user } = made.response;
  await attach(parts, user.id, token, deviceKey);
  return await outcomeOf(db, token, made.headers);
}

/** Who is signed in here. A session is of one browser: with another key it is nobody's. */
export async function whoIsHere(
  parts: AccountParts,
  { deviceKey }: AccountInput<'me'>,
  { headers }: Asker,
): Promise<Outcome> {
  const found = await parts.library.api.getSession({ headers, returnHeaders: true });
  if (found.response === null) return NOBODY;
  const here = await hereOf(parts.db, found.response.session.token);
  if (here?.keyHash !== keyHashOf(deviceKey)) return NOBODY;
  return await outcomeOf(parts.db, here.token, found.headers);
}

/** Ends the session, and makes this browser a guest again: the account's rooms stay the account's. */
export async function signOut(
  parts: AccountParts,
  { deviceKey }: AccountInput<'sign-out'>,
  { headers }: Asker,
): Promise<Outcome> {
  const here = await sessionOf(parts, headers, deviceKey);
  const { headers: answer } = await parts.library.api.signOut({ headers, returnHeaders: true });
  if (here !== null) await part(parts, here.device, [here.keyHash]);
  return { ...NOBODY, cookies: answer.getSetCookie() };
}

/** Changes the password, and parts all other browsers: whoever knew the old one is out. */
export async function changePassword(
  parts: AccountParts,
  { current, next, deviceKey }: AccountInput<'password'>,
  asker: Asker,
): Promise<Outcome | Refusal> {
  const { db, library } = parts;
  const { headers } = asker;
  const here = await sessionOf(parts, headers, deviceKey);
  if (here === null) return refuse('not-allowed', SIGNED_OUT);
  const refused = heldUp(asker, here.username);
  if (refused !== null) return refused;
  const body = { currentPassword: current, newPassword: next, revokeOtherSessions: true };
  const made = await asked(library.api.changePassword({ body, headers, returnHeaders: true }));
  if (isRefusal(made)) return made;
  const { token } = made.response;
  if (token === null) throw new Error('Whoever changed the password has no session.');
  const { keyHash, device } = here;
  await db.update(sessions).set({ keyHash }).where(eq(sessions.token, token));
  const keys = (await browsersOf(db, device)).map((b) => b.keyHash);
  await part(
    parts,
    device,
    keys.filter((key) => key !== keyHash),
  );
  return await outcomeOf(db, token, made.headers);
}

/** Deletes the account. The person stays, in the browsers that are her: rooms and claims are the person's. */
export async function deleteAccount(
  parts: AccountParts,
  { password, deviceKey }: AccountInput<'delete'>,
  asker: Asker,
): Promise<Outcome | Refusal> {
  const { headers } = asker;
  const here = await sessionOf(parts, headers, deviceKey);
  if (here === null) return refuse('not-allowed', SIGNED_OUT);
  const refused = heldUp(asker, here.username);
  if (refused !== null) return refused;
  const made = await asked(
    parts.library.api.deleteUser({ body: { password }, headers, returnHeaders: true }),
  );
  return isRefusal(made) ? made : { ...NOBODY, cookies: made.headers.getSetCookie() };
}

/** Parts one of one's own browsers from oneself, and ends its session. */
export async function revokeBrowser(
  parts: AccountParts,
  { browser, deviceKey }: AccountInput<'revoke'>,
  { headers }: Asker,
): Promise<Outcome | Refusal> {
  const here = await sessionOf(parts, headers, deviceKey);
  if (here === null) return refuse('not-allowed', SIGNED_OUT);
  if (browser === here.keyHash) {
    return refuse('not-allowed', 'This is the browser that you sit at. Sign out of it instead.');
  }
  if ((await part(parts, here.device, [browser])) === 0) {
    return refuse('not-found', 'This browser is not yours any more. Load the page again.');
  }
  return await outcomeOf(parts.db, here.token, new Headers());
}

/** The session that these headers prove, of the browser with this key; null without one. */
async function sessionOf(
  { db, library }: AccountParts,
  headers: Headers,
  deviceKey: string,
): Promise<Here | null> {
  const found = await library.api.getSession({ headers });
  const here = found === null ? null : await hereOf(db, found.session.token);
  return here?.keyHash === keyHashOf(deviceKey) ? here : null;
}

/** That the person has an account; null if not. */
async function hasOne(db: Database, device: string): Promise<Refusal | null> {
  const [named] = await db.select().from(users).where(eq(users.device, device));
  if (named === undefined) return null;
  const words = `You have an account already: ${named.displayUsername}. Sign in to it.`;
  return refuse('not-allowed', words);
}

async function isTaken(db: Database, username: string): Promise<boolean> {
  const named = eq(users.username, username.toLowerCase());
  return (await db.select({ id: users.id }).from(users).where(named)).length > 0;
}

/**
 * Says in which browser a session was made, and makes that browser the person of the account. An account
 * that has none yet (it was just made, or its making was cut short) gets the person that the browser is.
 */
async function attach(
  { db, reconnect }: AccountParts,
  user: string,
  token: string,
  deviceKey: string,
): Promise<void> {
  const keyHash = keyHashOf(deviceKey);
  // Made if it is not there: so there is a guest to come back to.
  const [before] = await devicesOfKeys(db, [deviceKey]);
  if (before === undefined) throw new Error('A browser that has a key is nobody.');
  const after = await db.transaction(async (tx) => {
    const nobodys = and(eq(users.id, user), isNull(users.device));
    await tx.update(users).set({ device: before.id }).where(nobodys);
    const [person] = await tx
      .select({ id: devices.id, keyHash: devices.keyHash })
      .from(users)
      .innerJoin(devices, eq(devices.id, users.device))
      .where(eq(users.id, user));
    if (person === undefined) throw new Error(`The account ${user} is gone.`);
    await linkKey(tx, keyHash, person);
    await tx.update(sessions).set({ keyHash }).where(eq(sessions.token, token));
    return person.id;
  });
  if (after !== before.id) reconnect(keyHash);
}

/** Makes browsers of a person guests, and voids the transfer code that one of them may have drawn; how many. */
async function part(
  { db, reconnect }: AccountParts,
  device: string,
  keys: readonly string[],
): Promise<number> {
  const parted = await db.transaction(async (tx) => {
    await tx.delete(transfers).where(eq(transfers.device, device));
    const hers: string[] = [];
    for (const keyHash of keys) if (await partKey(tx, keyHash, device)) hers.push(keyHash);
    return hers;
  });
  for (const keyHash of parted) reconnect(keyHash);
  return parted.length;
}

async function outcomeOf(db: Database, token: string, answer: Headers): Promise<Outcome> {
  const here = await hereOf(db, token);
  const account = here === null ? null : await accountView(db, here);
  return { account, cookies: answer.getSetCookie() };
}
