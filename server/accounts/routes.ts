/**
 * The routes of accounts, below /api/auth/: what comes is checked, counted, carried out, and answered with
 * who is signed in, or with a sentence. Cookies are for this server alone (SameSite=Lax, HttpOnly), and
 * secure wherever the page is.
 */
import type { IncomingMessage } from 'node:http';
import type { z } from 'zod';
import type { Database } from '../../db/open.ts';
import { jsonOf } from '../json-body.ts';
import type { Gate } from '../limits.ts';
import type { Log } from '../log.ts';
import type { Refusal } from '../protocol.ts';
import type { AccountParts, Asker, Outcome } from './accounts.ts';
import { type AccountInput, type AccountRequest, AccountRequests } from './requests.ts';
import { sessionSecret } from './secret.ts';

export interface AccountAnswer {
  readonly status: number;
  readonly value: object;
  readonly headers: Readonly<Record<string, string | string[]>>;
}

export interface AccountCall {
  /** What stands after /api/auth/. */
  readonly name: string;
  readonly request: IncomingMessage;
  /** Where it comes from (see `addressOf`). */
  readonly address: string;
  /** Whether the page was loaded over TLS, as far as our own proxies say. */
  readonly isSecure: boolean;
  readonly now: number;
}

export interface AccountsOptions {
  readonly db: Database;
  readonly gate: Pick<Gate, 'account' | 'password'>;
  readonly reconnect: AccountParts['reconnect'];
  /** What sessions are signed with; null: drawn once, and kept in the database. */
  readonly secret: string | null;
  readonly log: Log;
}

export interface Accounts {
  /** Answers one request below /api/auth/. */
  answer(call: AccountCall): Promise<AccountAnswer>;
}

const BODY_BYTES = 4_096;

const sentence = (status: number, message: string, headers = {}): AccountAnswer => ({
  ...{ status, value: { message }, headers },
});

export function createAccounts({ db, gate, reconnect, secret, log }: AccountsOptions): Accounts {
  let opened: Promise<Carried> | null = null;
  /** The library is loaded when somebody first asks: where nobody has an account, it costs nothing. */
  const open = () => {
    opened ??= openLibrary().catch((error: unknown) => {
      opened = null;
      throw error;
    });
    return opened;
  };
  async function openLibrary(): Promise<Carried> {
    const acts = await import('./accounts.ts');
    const { createAccountLibrary } = await import('./library.ts');
    const signedWith = await sessionSecret(db, secret);
    const parts = { db, library: createAccountLibrary(db, signedWith, log), reconnect };
    const handlers: Handlers = {
      me: acts.whoIsHere,
      'sign-up': acts.signUp,
      'sign-in': acts.signIn,
      'sign-out': acts.signOut,
      password: acts.changePassword,
      delete: acts.deleteAccount,
      revoke: acts.revokeBrowser,
    };
    return (name, input, asker) => handlers[name](parts, input, asker);
  }

  return {
    async answer({ name, request, address, isSecure, now }) {
      if (!isRequest(name)) return sentence(404, 'There is nothing by that name here.');
      if (request.method !== 'POST') {
        return sentence(405, 'This is asked by POST.', { Allow: 'POST' });
      }
      if (isForeign(request)) {
        return sentence(403, 'Accounts are signed in to on the pages of this server only.');
      }
      const wait = gate.account(address, now);
      if (wait > 0) return tooMany('Too many requests from your network. Wait a moment.', wait);
      const schema = AccountRequests[name] as unknown as z.ZodType<AccountInput<typeof name>>;
      const parsed = schema.safeParse(await jsonOf(request, BODY_BYTES));
      if (!parsed.success) {
        return sentence(400, parsed.error.issues[0]?.message ?? 'That was not understood.');
      }
      const carry = await open();
      const waitFor = (username: string) => gate.password(username, address, now);
      const outcome = await carry(name, parsed.data, { headers: headersOf(request), waitFor });
      return 'ok' in outcome ? refused(outcome) : done(outcome, isSecure);
    },
  };
}

type Handlers = {
  readonly [N in AccountRequest]: (
    parts: AccountParts,
    input: AccountInput<N>,
    asker: Asker,
  ) => Promise<Outcome | Refusal>;
};
type Carried = <N extends AccountRequest>(
  name: N,
  input: AccountInput<N>,
  asker: Asker,
) => Promise<Outcome | Refusal>;

const isRequest = (name: string): name is AccountRequest => Object.hasOwn(AccountRequests, name);

function tooMany(message: string, waitMs: number): AccountAnswer {
  return sentence(429, message, { 'Retry-After': String(Math.ceil(waitMs / 1000)) });
}

function refused({ reason, message, retryInMs }: Refusal): AccountAnswer {
  if (reason === 'too-many') return tooMany(message, retryInMs ?? 0);
  return sentence(reason === 'not-found' ? 404 : 403, message);
}

function done({ account, cookies }: Outcome, isSecure: boolean): AccountAnswer {
  const set = cookies.map((cookie) => (isSecure ? `${cookie}; Secure` : cookie));
  return {
    ...{ status: 200, value: { account } },
    headers: set.length === 0 ? {} : { 'Set-Cookie': set },
  };
}

/**
 * Cookies do not come along from other sites (SameSite), and a form cannot send JSON; a browser that says
 * where a request comes from is believed besides.
 */
function isForeign({ headers }: IncomingMessage): boolean {
  const site = headers['sec-fetch-site'];
  const isJson = /^application\/json *(;|$)/i.test(headers['content-type'] ?? '');
  return !isJson || (site !== undefined && site !== 'same-origin');
}

/** Of what came, what the library needs. */
function headersOf({ headers }: IncomingMessage): Headers {
  const { cookie, 'user-agent': userAgent } = headers;
  return new Headers({
    ...(cookie === undefined ? {} : { cookie }),
    ...(userAgent === undefined ? {} : { 'user-agent': userAgent.slice(0, 400) }),
  });
}
