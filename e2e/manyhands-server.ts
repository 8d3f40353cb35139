/** The product as a person starts it, `npm start`, on a free port with a data folder of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../scripts/services.ts';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

export interface ManyhandsServer {
  readonly url: string;
  /** Asks it to end, as Ctrl-C does, and waits until it has. */
  stop(): Promise<void>;
  /** Starts it again on the same port and data. */
  start(): Promise<void>;
  /** Stops it and removes its data. */
  dispose(): Promise<void>;
}

/** @param settings what else stands in its environment */
export async function startManyhands(
  settings: Readonly<Record<string, string>> = {},
): Promise<ManyhandsServer> {
  const data = await mkdtemp(path.join(tmpdir(), 'manyhands-e2e-'));
  const port = await freePort();
  let child: ChildProcess | null = null;
  const server: ManyhandsServer = {
    url: `http://localhost:${port}`,
    async start() {
      child = await launch(port, data, settings);
    },
    async stop() {
      const running = child;
      child = null;
      if (running !== null) await ended(running);
    },
    async dispose() {
      await server.stop();
      await rm(data, { recursive: true, force: true });
    },
  };
  await server.start();
  return server;
}

function launch(
  port: number,
  data: string,
  settings: Readonly<Record<string, string>>,
): Promise<ChildProcess> {
  const child = spawn(process.execPath, [path.join(root, 'bin', 'start.mjs')], {
    cwd: root,
    env: { ...process.env, PORT: String(port), MANYHANDS_DATA: data, ...settings },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return new Promise((resolve, reject) => {
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (said.includes(`http://localhost:${port}`)) resolve(child);
    });
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`The server ended (${code}). It said: ${said}`)));
  });
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGTERM');
  });
}
