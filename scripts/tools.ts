/**
 * What the tests need beyond Node: Chromium, PostgreSQL and Redis servers, HAProxy and nginx. Found where they
 * are, or installed from Debian's packages after saying so. Where that is not possible (not Debian, not
 * root), one sentence says what to install.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';

export interface Tools {
  /** Path of the Chromium executable. */
  readonly chromium: string;
  /** Folder with `initdb` and `postgres`. */
  readonly postgresBin: string;
  /** Path of the Redis (or Valkey) server. */
  readonly redis: string;
  /** Path of HAProxy. */
  readonly haproxy: string;
  /** Path of nginx. */
  readonly nginx: string;
}

const finders: {
  readonly [K in keyof Tools]: { readonly debian: string; readonly find: () => string | null };
} = {
  chromium: {
    debian: 'chromium',
    find: () =>
      process.env.CHROMIUM_PATH ??
      onPath('chromium') ??
      onPath('chromium-browser') ??
      onPath('google-chrome'),
  },
  postgresBin: { debian: 'postgresql', find: findPostgres },
  redis: { debian: 'redis-server', find: () => onPath('redis-server') ?? onPath('valkey-server') },
  haproxy: {
    debian: 'haproxy',
    find: () => onPath('haproxy') ?? ['/usr/sbin/haproxy'].find(existsSync) ?? null,
  },
  nginx: {
    debian: 'nginx-light',
    find: () => onPath('nginx') ?? ['/usr/sbin/nginx'].find(existsSync) ?? null,
  },
};

/** Finds the tools, installing what is missing. Throws one sentence if it cannot. */
export function ensureTools(): Tools {
  const missing = Object.values(finders).filter((f) => f.find() === null);
  if (missing.length > 0) install(missing.map((f) => f.debian));
  return {
    chromium: found('chromium'),
    postgresBin: found('postgresBin'),
    redis: found('redis'),
    haproxy: found('haproxy'),
    nginx: found('nginx'),
  };
}

function found(tool: keyof Tools): string {
  const at = finders[tool].find();
  if (at === null)
    throw new Error(`Still missing after the installation: ${finders[tool].debian}.`);
  return at;
}

function install(packages: readonly string[]): void {
  const list = packages.join(' ');
  if (onPath('apt-get') === null) {
    throw new Error(`The tests need these programs; please install them: ${list}.`);
  }
  const sudo = process.getuid?.() === 0 ? [] : ['sudo'];
  console.error(`The tests need ${list}: installing with apt-get …`);
  for (const args of [
    ['apt-get', 'update', '-q'],
    ['apt-get', 'install', '-q', '-y', '--no-install-recommends', ...packages],
  ]) {
    const [command, ...rest] = [...sudo, ...args];
    if (command === undefined) continue;
    // A package's own service must not start: the tests run their own servers on their own ports.
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
    const { status } = spawnSync(command, rest, { stdio: ['ignore', 2, 2], env });
    if (status !== 0) throw new Error(`Could not install ${list} (${args.join(' ')} failed).`);
  }
}

function onPath(name: string): string | null {
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  const at = folders.map((f) => path.join(f, name)).find((f) => existsSync(f));
  return at ?? null;
}

/** Debian keeps the servers off the path, one folder a version: the newest that is complete. */
function findPostgres(): string | null {
  const base = '/usr/lib/postgresql';
  const versions = existsSync(base) ? readdirSync(base).sort((a, b) => Number(b) - Number(a)) : [];
  const complete = (bin: string) =>
    existsSync(path.join(bin, 'initdb')) && existsSync(path.join(bin, 'postgres'));
  const folders = versions.map((v) => path.join(base, v, 'bin'));
  const own = onPath('postgres');
  if (own !== null) folders.push(path.dirname(own));
  return folders.find(complete) ?? null;
}
