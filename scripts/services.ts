/**
 * Throw-away PostgreSQL and Redis servers on free loopback ports, in a temporary folder that goes
 * with them. Only the tests use them; durability is off, because nothing outlives the run.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Tools } from './tools.ts';

export interface Services {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  dispose(): Promise<void>;
}

/** Starts both servers and waits until they answer. */
export async function startServices(tools: Tools): Promise<Services> {
  const folder = await mkdtemp(path.join(tmpdir(), 'manyhands-services-'));
  const children: ChildProcess[] = [];
  const dispose = async () => {
    await Promise.all(children.map(stop));
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const [databasePort, redisPort] = [await freePort(), await freePort()];
    children.push(await startPostgres(tools.postgresBin, folder, databasePort));
    children.push(
      spawn(
        tools.redis,
        ['--port', String(redisPort), '--bind', '127.0.0.1', '--save', '', '--dir', folder],
        { stdio: 'ignore' },
      ),
    );
    await Promise.all([listening(databasePort), listening(redisPort)]);
    return {
      databaseUrl: `postgres://postgres@127.0.0.1:${databasePort}/postgres`,
      redisUrl: `redis://127.0.0.1:${redisPort}`,
      dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

async function startPostgres(bin: string, folder: string, port: number): Promise<ChildProcess> {
  const data = path.join(folder, 'postgres');
  await chmod(folder, 0o777);
  // PostgreSQL refuses to run as root. Spawned as the other user and not through a wrapper, so that
  // the signal that stops it reaches it.
  const user = process.getuid?.() === 0 ? unprivilegedUser() : {};
  const initdb = ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync'];
  const made = spawnSync(path.join(bin, 'initdb'), initdb, {
    encoding: 'utf8',
    cwd: folder,
    ...user,
  });
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}${made.error ?? ''}`);
  const settings = [
    'fsync=off',
    'synchronous_commit=off',
    'full_page_writes=off',
    'max_connections=200',
  ];
  const args = ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', folder];
  const options = settings.flatMap((s) => ['-c', s]);
  return spawn(path.join(bin, 'postgres'), [...args, ...options], {
    stdio: 'ignore',
    cwd: folder,
    ...user,
  });
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

async function listening(port: number): Promise<void> {
  const deadline = Date.now() + 30_000;
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
    await new Promise((r) => setTimeout(r, 100));
  }
  throw new Error(`Nothing listens on port ${port} after 30 s.`);
}

function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGINT');
  });
}
