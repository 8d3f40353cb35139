import path from 'node:path';
import { expect, test } from 'vitest';
import { DEFAULT_LIMITS } from './limits.ts';
import { readSettings } from './settings.ts';

/** The environment as Node has it: of the settings, only these. */
const read = (env: Record<string, string>) => readSettings({ ...env, NODE_ENV: 'test' });

test('a setting that is left out or empty has its default', () => {
  const nothing = read({});
  expect(nothing).toEqual({
    ...{ port: 3000, host: '0.0.0.0', logLevel: 'warn', redisUrl: null },
    ...{ softMs: 60_000, hardMs: 600_000, handoverMs: 60_000, limits: DEFAULT_LIMITS },
    verify: 'on',
    ...{ proxies: 0, operatorToken: null, sessionSecret: null },
    database: { kind: 'folder', folder: path.resolve('.manyhands') },
  });
  const names = ['PORT', 'HOST', 'LOG_LEVEL', 'MANYHANDS_DATA', 'DATABASE_URL', 'REDIS_URL'];
  const deadlines = ['MANYHANDS_LEASE_SOFT_MS', 'MANYHANDS_LEASE_HARD_MS'];
  for (const empty of ['', '  ']) {
    expect(read(Object.fromEntries([...names, ...deadlines].map((n) => [n, empty])))).toEqual(
      nothing,
    );
  }
});

test('a right setting is taken as it is meant', () => {
  expect(read({ PORT: '0' }).port).toBe(0);
  expect(read({ PORT: ' 65535 ' }).port).toBe(65_535);
  expect(read({ MANYHANDS_DATA: '/tmp/x y' }).database).toEqual({
    kind: 'folder',
    folder: '/tmp/x y',
  });
  for (const url of ['postgres://u@h/d', 'postgresql:///d?host=/run']) {
    expect(read({ DATABASE_URL: url, MANYHANDS_DATA: 'unused' }).database).toEqual({
      kind: 'postgresql',
      url,
    });
  }
  expect(read({ REDIS_URL: 'rediss://h:6380' }).redisUrl).toBe('rediss://h:6380');
});

test.each(['abc', '-1', '65536', '80.5', '1e3', '0x10', '3000 3001'])(
  'PORT=%s is refused by a sentence that names it and the bounds',
  (port) => {
    expect(() => read({ PORT: port })).toThrow(
      `PORT must be a whole number from 0 to 65535, not “${port}”. Left out, it is 3000.`,
    );
  },
);

test('a hard deadline before the soft one is refused, not raised', () => {
  const soft = 'MANYHANDS_LEASE_SOFT_MS';
  const hard = 'MANYHANDS_LEASE_HARD_MS';
  expect(() => read({ [soft]: '5000', [hard]: '4999' })).toThrow(
    /MANYHANDS_LEASE_HARD_MS \(4999\) must not be less than MANYHANDS_LEASE_SOFT_MS \(5000\)/,
  );
  expect(() => read({ [soft]: '600001' })).toThrow(/HARD_MS \(600000\) must not be less/);
  expect(read({ [soft]: '5000', [hard]: '5000' })).toMatchObject({ softMs: 5000, hardMs: 5000 });
});

test('the address of another kind of service is refused, and its password not repeated', () => {
  const wrong = { DATABASE_URL: 'mysql://me:secret@host/d' };
  expect(() => read(wrong)).toThrow(
    'DATABASE_URL must be the address of a PostgreSQL, and start with postgres://.',
  );
  expect(() => read({ REDIS_URL: 'http://:secret@host' })).toThrow(
    'REDIS_URL must be the address of a Redis, and start with redis://.',
  );
});

test('an unknown log level is refused by a sentence that lists the levels', () => {
  expect(() => read({ LOG_LEVEL: 'loud' })).toThrow(
    'LOG_LEVEL must be one of fatal, error, warn, info, debug, trace, silent, not “loud”.',
  );
});

test('the operator token and the secret of sessions must be hard to guess, and are not repeated', () => {
  expect(() => read({ MANYHANDS_OPERATOR_TOKEN: 'hunter2' })).toThrow(
    /^MANYHANDS_OPERATOR_TOKEN must have 16 characters(?!.*hunter2)/,
  );
  expect(() => read({ MANYHANDS_SESSION_SECRET: 'hunter2' })).toThrow(
    /^MANYHANDS_SESSION_SECRET must have 32 characters(?!.*hunter2)/,
  );
  expect(() => read({ MANYHANDS_MESSAGES_PER_DEVICE: '0' })).toThrow(
    'MANYHANDS_MESSAGES_PER_DEVICE must be a whole number from 1 to 1000000',
  );
});
