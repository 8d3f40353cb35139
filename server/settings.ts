/** Settings from the environment, through a schema; a wrong one is one clear sentence. */
import path from 'node:path';
import { z } from 'zod';
import type { DatabasePlace } from '../db/open.ts';

const Environment = z.object({
  PORT: z.coerce.number().int().min(0).max(65_535).default(3000),
  HOST: z.string().default('0.0.0.0'),
  MANYHANDS_DATA: z.string().min(1).default('.manyhands'),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'must start with postgres://')
    .optional(),
  REDIS_URL: z
    .string()
    .regex(/^rediss?:\/\//, 'must start with redis://')
    .optional(),
  /** Deadlines of leases; progress renews both. */
  MANYHANDS_LEASE_SOFT_MS: z.coerce.number().int().min(100).default(60_000),
  MANYHANDS_LEASE_HARD_MS: z.coerce.number().int().min(100).default(600_000),
});

export interface Settings {
  readonly port: number;
  readonly host: string;
  readonly database: DatabasePlace;
  readonly redisUrl: string | null;
  readonly softMs: number;
  readonly hardMs: number;
}

/** Reads the settings; throws an Error whose message names the variable and what is wrong. */
export function readSettings(env: NodeJS.ProcessEnv): Settings {
  const parsed = Environment.safeParse(env);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new Error(`The setting ${issue?.path.join('.')} is wrong: ${issue?.message}`);
  }
  const e = parsed.data;
  return {
    port: e.PORT,
    host: e.HOST,
    database:
      e.DATABASE_URL === undefined
        ? { kind: 'folder', folder: path.resolve(e.MANYHANDS_DATA) }
        : { kind: 'postgresql', url: e.DATABASE_URL },
    redisUrl: e.REDIS_URL ?? null,
    softMs: e.MANYHANDS_LEASE_SOFT_MS,
    hardMs: Math.max(e.MANYHANDS_LEASE_HARD_MS, e.MANYHANDS_LEASE_SOFT_MS),
  };
}
