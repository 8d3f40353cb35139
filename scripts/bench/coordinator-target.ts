/**
 * What the load bench measures: a coordinator as a process of its own on a database of its own, its
 * limits for strangers raised, because here all come from one address. Loopback only.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createClient } from '../../client/client.ts';
import { addressOf, startProcess } from '../../server/process.testkit.ts';
import { startPostgres } from '../services.ts';
import { ensureTools } from '../tools.ts';
import { newKey } from './coordinator-people.ts';

export const DATABASES = ['postgresql', 'pglite'] as const;
export type DatabaseName = (typeof DATABASES)[number];

/** What the coordinator says of itself. */
export interface Gauges {
  readonly memoryMiB: number;
  readonly cpuSeconds: number;
  readonly sockets: number;
  /** Results since it started. */
  readonly accepted: number;
}

export interface Target {
  readonly url: string;
  gauges(): Promise<Gauges>;
  /** Opens rooms of this grid of the study of the edge of stability; returns their codes. */
  openRooms(count: number, grid: Grid): Promise<string[]>;
  dispose(): Promise<void>;
}

interface Grid {
  readonly params: Record<string, (number | string)[]>;
  readonly seeds: number[];
}

/** No limit of a stranger binds, and no lease runs out while it is waited for. */
const RAISED = {
  MANYHANDS_MESSAGES_PER_DEVICE: '1000000',
  MANYHANDS_MESSAGES_PER_ADDRESS: '1000000',
  MANYHANDS_CONNECTS_PER_ADDRESS: '1000000',
  MANYHANDS_SOCKETS_PER_ADDRESS: '1000000',
  MANYHANDS_LEASE_SOFT_MS: '600000',
  // Segments are drawn and their states shown; the numbers are arithmetic, and would not stand up to replay.
  MANYHANDS_VERIFY: 'elsewhere',
};

/** @param env more settings of the coordinator */
export async function startTarget(
  database: DatabaseName,
  env: Record<string, string> = {},
): Promise<Target> {
  const place = database === 'postgresql' ? await postgres() : await folder();
  const { child, ready, ended } = startProcess({
    ...{ ...RAISED, ...place.env, ...env },
    LOG_LEVEL: 'error',
  });
  const dispose = async () => {
    child.kill('SIGTERM');
    const { said } = await ended;
    await place.dispose();
    if (said !== '') process.stderr.write(`The coordinator said:\n${said.slice(0, 2_000)}\n`);
  };
  try {
    const { port } = addressOf(await ready);
    const url = `http://127.0.0.1:${port}`;
    return {
      ...{ url, dispose },
      gauges: () => gaugesOf(url),
      openRooms: (count, grid) => openRooms(url, count, grid),
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** As it is in production: a commit is on the disk when it is answered. */
async function postgres() {
  const service = await startPostgres(ensureTools(), 'durable');
  return { env: { DATABASE_URL: service.url }, dispose: service.dispose };
}

async function folder() {
  const data = await mkdtemp(path.join(tmpdir(), 'manyhands-bench-'));
  const dispose = () => rm(data, { recursive: true, force: true });
  return { env: { MANYHANDS_DATA: data, DATABASE_URL: '' }, dispose };
}

async function gaugesOf(url: string): Promise<Gauges> {
  const text = await (await fetch(`${url}/api/metrics`)).text();
  const read = (name: string) => {
    const value = new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1];
    if (value === undefined) throw new Error(`The coordinator has no metric ${name}.`);
    return Number(value);
  };
  return {
    memoryMiB: read('process_resident_memory_bytes') / 2 ** 20,
    cpuSeconds: read('process_cpu_seconds_total'),
    sockets: read('manyhands_sockets'),
    accepted: read('manyhands_results_accepted_total'),
  };
}

async function openRooms(url: string, count: number, grid: Grid): Promise<string[]> {
  const key = newKey();
  const client = createClient({ url, deviceKey: () => key });
  await new Promise<void>((resolve) => client.onConnected(resolve));
  const codes: string[] = [];
  try {
    while (codes.length < count) {
      const opened = await client.request('investigation.open', {
        ...{ study: 'edge-of-stability', title: 'Load', null: false, grid },
      });
      if (!opened.ok) throw new Error(opened.message);
      codes.push(opened.value.code);
    }
  } finally {
    client.dispose();
  }
  return codes;
}
