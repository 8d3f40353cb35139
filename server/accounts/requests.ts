/**
 * What may be asked below /api/auth/: bodies by name, all by POST, as JSON. Each has the browser's key: a
 * session is good in the browser alone that it was made in.
 */
import { z } from 'zod';
import { DeviceKey } from '../protocol.ts';
import { LIMITS } from '../vocabulary.ts';

const Username = z
  .string()
  .trim()
  .regex(
    new RegExp(`^[A-Za-z0-9_.]{3,${LIMITS.username}}$`),
    `A user name has 3 to ${LIMITS.username} letters from a to z, digits, dots or underscores.`,
  );
const NewPassword = z
  .string()
  .min(LIMITS.passwordLeast, `A password has ${LIMITS.passwordLeast} characters or more.`)
  .max(LIMITS.password, `A password has ${LIMITS.password} characters at most.`);
/** One that was chosen already: whatever it is, it is right or wrong. */
const Password = z
  .string()
  .min(1, 'Type your password.')
  .max(LIMITS.password, 'That is no password.');
const deviceKey = DeviceKey;

export const AccountRequests = {
  /** Who is signed in here. */
  me: z.object({ deviceKey }),
  'sign-up': z
    .object({ deviceKey, username: Username, password: NewPassword })
    .refine(
      ({ username, password }) => !password.toLowerCase().includes(username.toLowerCase()),
      'A password must not hold the user name.',
    ),
  'sign-in': z.object({ deviceKey, username: Username, password: Password }),
  'sign-out': z.object({ deviceKey }),
  password: z.object({ deviceKey, current: Password, next: NewPassword }),
  delete: z.object({ deviceKey, password: Password }),
  /** Parts one of one's browsers from oneself. */
  revoke: z.object({
    deviceKey,
    browser: z.string().regex(/^[0-9a-f]{64}$/, 'That is no browser.'),
  }),
} as const;

export type AccountRequest = keyof typeof AccountRequests;
export type AccountInput<N extends AccountRequest> = z.output<(typeof AccountRequests)[N]>;
