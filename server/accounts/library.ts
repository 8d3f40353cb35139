/**
 * better-auth as it is used here: user names and passwords (scrypt), sessions in the database, cookies. Its
 * own routes are not served: what may be asked of it is in routes.ts. It sends nothing anywhere.
 */
import { betterAuth } from 'better-auth';
import { drizzleAdapter } from 'better-auth/adapters/drizzle';
import { username } from 'better-auth/plugins';
import type { Database } from '../../db/open.ts';
import { credentials, sessions, users, verifications } from '../../db/schema.ts';
import type { Log } from '../log.ts';
import { LIMITS } from '../vocabulary.ts';

const DAY_S = 86_400;

/** @param secret what the cookies of sessions are signed with */
export function createAccountLibrary(db: Database, secret: string, log: Log) {
  return betterAuth({
    appName: 'Manyhands',
    // Asked by our own routes alone, which know how a request came, and make cookies secure.
    baseURL: 'http://localhost',
    secret,
    database: drizzleAdapter(db, {
      provider: 'pg',
      schema: { user: users, session: sessions, account: credentials, verification: verifications },
    }),
    emailAndPassword: {
      enabled: true,
      minPasswordLength: LIMITS.passwordLeast,
      maxPasswordLength: LIMITS.password,
    },
    user: { deleteUser: { enabled: true } },
    session: { expiresIn: 30 * DAY_S, updateAge: DAY_S },
    plugins: [username({ maxUsernameLength: LIMITS.username })],
    advanced: {
      cookiePrefix: 'manyhands',
      useSecureCookies: false,
      defaultCookieAttributes: { httpOnly: true, sameSite: 'lax', path: '/' },
      // Where somebody was is nothing that we need to know.
      ipAddress: { disableIpTracking: true },
    },
    // Counted by the coordinator's own gate (limits.ts), which knows the addresses behind proxies.
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    // A wrong password is an error to it, and for us an answer; names that were typed are not logged.
    logger: { log: (level, message) => log.debug({ level }, `better-auth: ${message}`) },
  });
}

export type AccountLibrary = ReturnType<typeof createAccountLibrary>;
