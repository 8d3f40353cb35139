/** Settings from the environment, through a schema; a wrong one is one sentence for people. */
import path from 'node:path';
import { z } from 'zod';
import type { DatabasePlace } from '../db/open.ts';
import { DEFAULT_LIMITS, type Limits } from './limits.ts';

/** A whole number within bounds; digits only, as `Number` also takes 0x10 and 1e3. */
function whole(name: string, least: number, most: number, otherwise: number) {
  const error = ({ input }: { readonly input?: unknown }) =>
    `${name} must be a whole number from ${least} to ${most}, not “${input}”. Left out, it is ${otherwise}.`;
  return z
    .string()
    .trim()
    .regex(/^\d+$/, { error })
    .transform(Number)
    .pipe(z.number().min(least, { error }).max(most, { error }))
    .default(otherwise);
}

/** The address of a service; never quoted back, as it may hold a password. */
function address(name: string, service: string, schemes: readonly string[]) {
  const allowed = new RegExp(`^(${schemes.join('|')})://`);
  const error = `${name} must be the address of a ${service}, and start with ${schemes[0]}://.`;
  return z.string().trim().regex(allowed, { error }).optional();
}

const rate = (name: string, otherwise: number) =>
  whole(`MANYHANDS_${name}`, 1, 1_000_000, otherwise);

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
/** Timers of Node end at once beyond this. */
const LONGEST_MS = 2 ** 31 - 1;

const Environment = z
  .object({
    PORT: whole('PORT', 0, 65_535, 3000),
    HOST: z.string().trim().default('0.0.0.0'),
    LOG_LEVEL: z
      .enum(LOG_LEVELS, {
        error: ({ input }) => `LOG_LEVEL must be one of ${LOG_LEVELS.join(', ')}, not “${input}”.`,
      })
      .default('warn'),
    MANYHANDS_DATA: z.string().default('.manyhands'),
    DATABASE_URL: address('DATABASE_URL', 'PostgreSQL', ['postgres', 'postgresql']),
    REDIS_URL: address('REDIS_URL', 'Redis', ['redis', 'rediss']),
    /** Deadlines of leases; progress renews both. */
    MANYHANDS_LEASE_SOFT_MS: whole('MANYHANDS_LEASE_SOFT_MS', 100, LONGEST_MS, 60_000),
    MANYHANDS_LEASE_HARD_MS: whole('MANYHANDS_LEASE_HARD_MS', 100, LONGEST_MS, 600_000),
    /** How often a volunteer hands over what it trained, of a shard that takes longer. */
    MANYHANDS_HANDOVER_MS: whole('MANYHANDS_HANDOVER_MS', 100, LONGEST_MS, 60_000),
    /** Proxies of our own before us: so many ends of X-Forwarded-For are believed. */
    MANYHANDS_PROXIES: whole('MANYHANDS_PROXIES', 0, 8, 0),
    MANYHANDS_OPERATOR_TOKEN: z
      .string()
      .trim()
      .min(16, 'MANYHANDS_OPERATOR_TOKEN must have 16 characters or more: “openssl rand -hex 32”.')
      .optional(),
    MANYHANDS_SESSION_SECRET: z
      .string()
      .trim()
      .min(32, 'MANYHANDS_SESSION_SECRET must have 32 characters or more: “openssl rand -hex 32”.')
      .optional(),
    /** Replays segments of results; off, every result stays provisional. */
    MANYHANDS_VERIFY: z
      .enum(['on', 'elsewhere', 'off'], {
        error: ({ input }) =>
          `MANYHANDS_VERIFY must be on, elsewhere or off, not “${input}”. Left out, it is on.`,
      })
      .default('on'),
    MANYHANDS_MESSAGES_PER_DEVICE: rate('MESSAGES_PER_DEVICE', DEFAULT_LIMITS.messagesPerDevice),
    MANYHANDS_MESSAGES_PER_ADDRESS: rate('MESSAGES_PER_ADDRESS', DEFAULT_LIMITS.messagesPerAddress),
    MANYHANDS_CONNECTS_PER_ADDRESS: rate('CONNECTS_PER_ADDRESS', DEFAULT_LIMITS.connectsPerAddress),
    MANYHANDS_SOCKETS_PER_ADDRESS: rate('SOCKETS_PER_ADDRESS', DEFAULT_LIMITS.socketsPerAddress),
  })
  .superRefine(({ MANYHANDS_LEASE_SOFT_MS: soft, MANYHANDS_LEASE_HARD_MS: hard }, context) => {
    if (soft <= hard) return;
    context.addIssue({
      code: 'custom',
      message: `MANYHANDS_LEASE_HARD_MS (${hard}) must not be less than MANYHANDS_LEASE_SOFT_MS (${soft}): a result still counts after the soft deadline, and is refused after the hard one.`,
    });
  });

export interface Settings {
  readonly port: number;
  readonly host: string;
  readonly logLevel: (typeof LOG_LEVELS)[number];
  readonly database: DatabasePlace;
  readonly redisUrl: string | null;
  readonly softMs: number;
  readonly hardMs: number;
  readonly handoverMs: number;
  readonly limits: Limits;
  readonly proxies: number;
  readonly operatorToken: string | null;
  /** What the sessions of accounts are signed with; null: drawn once, and kept in the database. */
  readonly sessionSecret: string | null;
  /** Whether segments of results are drawn to be replayed, and whether here or by other coordinators. */
  readonly verify: 'on' | 'elsewhere' | 'off';
}

/** Reads the settings, an empty one as if left out; throws an Error that names what is wrong. */
export function readSettings(env: NodeJS.ProcessEnv): Settings {
  const given = Object.entries(env).filter(([, value]) => (value ?? '').trim() !== '');
  const parsed = Environment.safeParse(Object.fromEntries(given));
  if (!parsed.success) throw new Error(parsed.error.issues[0]?.message);
  const e = parsed.data;
  return {
    port: e.PORT,
    host: e.HOST,
    logLevel: e.LOG_LEVEL,
    database:
      e.DATABASE_URL === undefined
        ? { kind: 'folder', folder: path.resolve(e.MANYHANDS_DATA) }
        : { kind: 'postgresql', url: e.DATABASE_URL },
    redisUrl: e.REDIS_URL ?? null,
    softMs: e.MANYHANDS_LEASE_SOFT_MS,
    hardMs: e.MANYHANDS_LEASE_HARD_MS,
    handoverMs: e.MANYHANDS_HANDOVER_MS,
    limits: {
      ...DEFAULT_LIMITS,
      messagesPerDevice: e.MANYHANDS_MESSAGES_PER_DEVICE,
      messagesPerAddress: e.MANYHANDS_MESSAGES_PER_ADDRESS,
      connectsPerAddress: e.MANYHANDS_CONNECTS_PER_ADDRESS,
      socketsPerAddress: e.MANYHANDS_SOCKETS_PER_ADDRESS,
    },
    proxies: e.MANYHANDS_PROXIES,
    operatorToken: e.MANYHANDS_OPERATOR_TOKEN ?? null,
    sessionSecret: e.MANYHANDS_SESSION_SECRET ?? null,
    verify: e.MANYHANDS_VERIFY,
  };
}
