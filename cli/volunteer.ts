/**
 * `manyhands volunteer`: a lab's machine trains for the rooms of a coordinator, without a browser. The
 * same loop and messages as a page's; a key and unsent results are kept in a folder.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { createClient } from '../client/client.ts';
import { createCourier } from '../client/courier.ts';
import { classified } from '../compute/engines/canary.ts';
import type { DeviceInfo, Engine } from '../compute/engines/engine.ts';
import { replaySegment } from '../compute/engines/replay.ts';
import { servedStates } from '../compute/engines/states.ts';
import type { Trainer } from '../compute/volunteer/parts.ts';
import { sleep, turn } from '../compute/volunteer/sleep.ts';
import type { VolunteerState } from '../compute/volunteer/state.ts';
import { trainPack } from '../compute/volunteer/train-pack.ts';
import { createVolunteer } from '../compute/volunteer/volunteer.ts';
import { DeviceKey } from '../server/protocol.ts';
import { RoomCode } from '../server/vocabulary.ts';
import { Backend, openHere, parseFlag, Server, UsageError } from './common.ts';
import { openFolderOutbox } from './outbox.ts';

export interface VolunteerFlags {
  readonly server: string;
  readonly code?: string;
  readonly backend?: string;
  readonly folder?: string;
  readonly shards?: string;
  readonly share?: string;
}

const Shards = z
  .string()
  .regex(/^[1-9]\d{0,8}$/, 'a whole number from 1')
  .transform(Number);

const SHARE_RULE = 'a share above 0 and at most 1, as 0.5';
const Share = z
  .string()
  .regex(/^(0?\.\d+|1(\.0*)?)$/, SHARE_RULE)
  .transform(Number)
  .refine((share) => share > 0, SHARE_RULE);

/** Trains until it is told to stop (SIGINT, SIGTERM), or until so many shards were counted. */
export async function volunteerCommand(flags: VolunteerFlags): Promise<void> {
  const url = parseFlag(Server, '--server', flags.server);
  const code = flags.code === undefined ? null : parseFlag(RoomCode, '--code', flags.code);
  const most = flags.shards === undefined ? Infinity : parseFlag(Shards, '--shards', flags.shards);
  const share = flags.share === undefined ? 1 : parseFlag(Share, '--share', flags.share);
  const backend =
    flags.backend === undefined ? undefined : parseFlag(Backend, '--backend', flags.backend);
  const folder = flags.folder ?? path.join(os.homedir(), '.manyhands-volunteer');
  const key = await keyIn(folder);
  const say = (line: string) => process.stderr.write(`${line}\n`);
  const outbox = await openFolderOutbox(path.join(folder, 'outbox'), (file) =>
    say(`${file} is not a result any more; it is left where it is.`),
  );
  const client = createClient({ url, deviceKey: () => key });
  const refused = client.onStatus(() => {
    const status = client.status();
    if (status.kind === 'refused') stopWith(status.message);
  });
  let problem: string | null = null;
  let said = '';
  const volunteer = createVolunteer({
    ...{ courier: createCourier(client, code), outbox },
    async openTrainer() {
      const engine = await openHere(backend, servedStates(url));
      return trainerOn(engine, await classified(engine));
    },
    sleep,
    now: () => performance.now(),
    onState(state) {
      const line = lineOf(state);
      if (line !== said) say(line);
      said = line;
      if (state.kind === 'failed') problem = state.message;
      if (state.tally.shards >= most) volunteer.stop();
    },
  });
  function stopWith(message: string): void {
    problem = message;
    volunteer.stop();
  }
  const stop = () => volunteer.stop();
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    volunteer.limit(share);
    volunteer.start();
    await volunteer.settled;
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
    refused();
    client.dispose();
  }
  if (problem !== null) throw new Error(problem);
}

/** This machine's key, made at the first start; nobody else may read it. */
async function keyIn(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const file = path.join(folder, 'device-key');
  const kept = await readFile(file, 'utf8').catch(() => null);
  if (kept === null) {
    const made = randomBytes(32).toString('hex');
    await writeFile(file, made, { mode: 0o600, flag: 'wx' });
    return made;
  }
  const key = DeviceKey.safeParse(kept.trim());
  if (key.success) return key.data;
  throw new UsageError(`${file} is not a device key. Move it away to get a new one.`);
}

/** Trains in this process: `advance` ends after about 50 ms, and then the connection has its turn. */
function trainerOn(engine: Engine, device: DeviceInfo): Trainer {
  let share = 1;
  const host = { share: () => share, now: () => performance.now(), turn, sleep };
  return {
    device,
    train: (order) => trainPack(engine, order, host),
    replay: (order) => replaySegment(engine, order),
    limit(wanted) {
      share = wanted;
    },
    dispose: () => engine.dispose(),
  };
}

function lineOf(state: VolunteerState): string {
  switch (state.kind) {
    case 'starting':
      return 'Opening the engine …';
    case 'working':
      return `Training ${state.runs} runs on ${state.device.backend} (${state.tally.shards} shards counted).`;
    case 'waiting':
      return state.why;
    case 'paused':
      return 'Paused.';
    case 'off':
      return `Stopped: ${state.tally.shards} shards counted, ${state.tally.unsent} unsent.`;
    case 'failed':
      return `Failed: ${state.message}`;
  }
}
