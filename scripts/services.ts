/**
 * Throw-away PostgreSQL, Redis, HAProxy and nginx servers on free loopback ports, in temporary folders that
 * go with them, for tests and measurements.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Tools } from './tools.ts';

export interface Services {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  dispose(): Promise<void>;
}

/** One server, which a test may kill and start again on the same data. */
export interface Service {
  readonly url: string;
  /** Ends it as a power cut would. */
  kill(): Promise<void>;
  /** Starts it again after `kill`, and waits until it answers. */
  restart(): Promise<void>;
  dispose(): Promise<void>;
}

/** Starts both servers and waits until they answer. */
export async function startServices(tools: Tools): Promise<Services> {
  const database = await startPostgres(tools, 'fast');
  try {
    const redis = await startRedis(tools);
    return {
      databaseUrl: database.url,
      redisUrl: redis.url,
      dispose: async () => void (await Promise.all([database.dispose(), redis.dispose()])),
    };
  } catch (error) {
    await database.dispose();
    throw error;
  }
}

/** Nothing outlives the run, so nothing need reach the disk. */
const FAST = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off'];

/** A PostgreSQL server; `durable` as it is in production: what is committed survives a kill. */
export async function startPostgres(tools: Tools, mode: 'durable' | 'fast'): Promise<Service> {
  return await startService(async (folder, port) => {
    const data = path.join(folder, 'postgres');
    await chmod(folder, 0o777);
    // PostgreSQL refuses to run as root. Spawned as the other user and not through a wrapper, so that
    // the signal that stops it reaches it.
    const options = { cwd: folder, ...(process.getuid?.() === 0 ? unprivilegedUser() : {}) };
    const initdb = ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync'];
    const made = spawnSync(path.join(tools.postgresBin, 'initdb'), initdb, {
      encoding: 'utf8',
      ...options,
    });
    if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}${made.error ?? ''}`);
    const settings = ['max_connections=200', ...(mode === 'fast' ? FAST : [])];
    const args = ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', folder];
    const all = [...args, ...settings.flatMap((s) => ['-c', s])];
    return {
      url: `postgres://postgres@127.0.0.1:${port}/postgres`,
      start: () =>
        spawn(path.join(tools.postgresBin, 'postgres'), all, { stdio: 'ignore', ...options }),
    };
  });
}

/** A Redis server that keeps nothing. */
export async function startRedis(tools: Tools): Promise<Service> {
  return await startService(async (folder, port) => {
    const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder];
    return {
      url: `redis://127.0.0.1:${port}`,
      start: () => spawn(tools.redis, args, { stdio: 'ignore' }),
    };
  });
}

/** HAProxy with a configuration that listens on the port given it as BIND_PORT. */
export async function startHaproxy(
  tools: Tools,
  config: string,
  env: Readonly<Record<string, string>>,
): Promise<Service> {
  return await startService(async (_, port) => ({
    url: `http://127.0.0.1:${port}`,
    start: () =>
      spawn(tools.haproxy, ['-db', '-q', '-f', config], {
        stdio: 'ignore',
        env: { ...process.env, ...env, BIND_PORT: String(port) },
      }),
  }));
}

/** nginx with a file for its http block, in which ${…} stands for values of `env` and for BIND_PORT. */
export async function startNginx(
  tools: Pick<Tools, 'nginx'>,
  template: string,
  env: Readonly<Record<string, string>>,
): Promise<Service> {
  return await startService(async (folder, port) => {
    const values: Readonly<Record<string, string>> = { ...env, BIND_PORT: String(port) };
    const text = await readFile(template, 'utf8');
    await writeFile(
      path.join(folder, 'site.conf'),
      text.replace(/\$\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole),
    );
    const bodies = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
    const main = path.join(folder, 'nginx.conf');
    await writeFile(
      main,
      `daemon off; pid nginx.pid; events {}
      http { access_log off; include site.conf; ${bodies.map((b) => `${b}_temp_path ${b};`).join(' ')} }`,
    );
    const args = ['-p', folder, '-c', main, '-e', 'stderr'];
    return {
      url: `http://127.0.0.1:${port}`,
      start: () => spawn(tools.nginx, args, { stdio: 'ignore' }),
    };
  });
}

/** Starts a server in a temporary folder of its own, on a free port. */
async function startService(
  prepare: (
    folder: string,
    port: number,
  ) => Promise<{ readonly url: string; readonly start: () => ChildProcess }>,
): Promise<Service> {
  const folder = await mkdtemp(path.join(tmpdir(), 'manyhands-services-'));
  let child: ChildProcess | null = null;
  const dispose = async () => {
    if (child !== null) await stop(child, 'SIGINT');
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const port = await freePort();
    const { url, start } = await prepare(folder, port);
    const restart = async () => {
      const started = () => {
        child = start();
        return child;
      };
      await listening(port, started);
    };
    await restart();
    const kill = async () => {
      if (child !== null) await stop(child, 'SIGKILL');
    };
    return { url, kill, restart, dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

function unprivilegedUser(): { readonly uid: number; readonly gid: number } {
  const id = (flag: string) => {
    const named = spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' });
    return Number(
      named.status === 0
        ? named.stdout
        : spawnSync('id', [flag, 'nobody'], { encoding: 'utf8' }).stdout,
    );
  };
  return { uid: id('-u'), gid: id('-g') };
}

/** A port of the loopback interface that is free now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = address !== null && typeof address === 'object' ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

/**
 * Starts until something listens: a server that ends at once is started again, as PostgreSQL does
 * while the processes of a killed one have not noticed yet.
 */
async function listening(port: number, start: () => ChildProcess): Promise<void> {
  const deadline = Date.now() + 30_000;
  let child = start();
  while (Date.now() < deadline) {
    const ok = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('connect', () => {
        socket.destroy();
        resolve(true);
      });
      socket.once('error', () => resolve(false));
    });
    if (ok) return;
    if (hasEnded(child)) child = start();
    await new Promise((r) => setTimeout(r, 100));
  }
  throw new Error(`Nothing listens on port ${port} after 30 s.`);
}

const hasEnded = (child: ChildProcess) => child.exitCode !== null || child.signalCode !== null;

function stop(child: ChildProcess, signal: 'SIGINT' | 'SIGKILL'): Promise<void> {
  if (hasEnded(child)) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill(signal);
  });
}
