/**
 * The Web Worker that trains: opens the engine once, then trains one pack at a time and reports
 * after each slice. Off the page's thread, so that the room stays smooth while the GPU works.
 */

import { numericClassOf } from '../engines/canary.ts';
import type { DeviceInfo, Engine, RunState } from '../engines/engine.ts';
import { openEngine } from '../engines/open.ts';
import { type ReplayOrder, replaySegment } from '../engines/replay.ts';
import { servedStates } from '../engines/states.ts';
import { webThreads } from '../engines/wasm/web-threads.ts';
import type { Pack } from '../programs/program.ts';
import type { FromWorker, KnownClass, ToWorker } from './messages.ts';
import { servedFiles } from './served-files.ts';
import { sleep, turn } from './sleep.ts';
import { trainPack } from './train-pack.ts';

let engine: Engine | null = null;
let halt = new AbortController();
let share = 1;

const say = (message: FromWorker) => self.postMessage(message);

async function train(pack: Pack, from: readonly RunState[] | null): Promise<void> {
  if (engine === null) throw new Error('The engine has not been opened.');
  halt = new AbortController();
  const order = {
    ...{ pack, from, signal: halt.signal },
    onProgress: (done: number, how: string) => say({ kind: 'progress', done, how }),
    onCheckpoint: (states: readonly RunState[]) => say({ kind: 'checkpoint', states }),
  };
  const host = { share: () => share, now: () => performance.now(), turn, sleep };
  say(await trainPack(engine, order, host));
}

/** The canary is trained only where its answer is not known of this very device, browser and code. */
async function tellClass(opened: Engine, known: KnownClass | null): Promise<void> {
  const key = classKeyOf(opened.device);
  const numericClass = known?.key === key ? known.numericClass : await numericClassOf(opened);
  const device = { ...opened.device, numericClass };
  say({ kind: 'opened', device, known: { key, numericClass } });
}

/** All that a numeric class hangs on. The address of this script is made from its content. */
const classKeyOf = ({ backend, adapter, build }: DeviceInfo): string =>
  [backend, adapter, build, navigator.userAgent, self.location.href].join(' | ');

/** Beside what is in training, between its slices. */
async function replay(order: ReplayOrder): Promise<void> {
  try {
    if (engine === null) throw new Error('The engine has not been opened.');
    say({ kind: 'replayed', replayed: await replaySegment(engine, order) });
  } catch (error) {
    say({ kind: 'replay-failed', message: error instanceof Error ? error.message : String(error) });
  }
}

async function handle(message: ToWorker): Promise<void> {
  switch (message.kind) {
    case 'open':
      engine = await openEngine({
        ...message.options,
        ...{ threads: webThreads(message.threads), files: servedFiles() },
        states: servedStates(),
      });
      await tellClass(engine, message.known);
      return;
    case 'train':
      await train(message.pack, message.from);
      return;
    case 'limit':
      share = message.share;
      return;
    case 'replay':
      await replay(message.order);
      return;
    case 'stop':
      halt.abort();
      return;
  }
}

self.onmessage = (event: MessageEvent<ToWorker>) => {
  handle(event.data).catch((error: unknown) => {
    say({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
  });
};
say({ kind: 'hello' });
