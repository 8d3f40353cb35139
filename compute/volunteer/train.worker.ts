/**
 * The Web Worker that trains: opens the engine once, then trains one pack at a time and reports
 * after each record. Off the page's thread, so that the room stays smooth while the GPU works.
 */
import type { Engine } from '../engines/engine.ts';
import { openEngine } from '../engines/open.ts';
import type { Pack } from '../programs/program.ts';
import type { FromWorker, ToWorker } from './messages.ts';

let engine: Engine | null = null;
let stopping = false;

const say = (message: FromWorker) => self.postMessage(message);

async function train(pack: Pack): Promise<void> {
  if (engine === null) throw new Error('The engine has not been opened.');
  stopping = false;
  const training = await engine.start(pack);
  try {
    let finished = false;
    while (!finished && !stopping) {
      finished = await training.advance();
      say({ kind: 'progress', done: training.step * pack.runs.length });
      // A turn of the event loop: `stop` is a message, and would never be read otherwise.
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    say(finished ? { kind: 'finished', runs: training.results() } : { kind: 'stopped' });
  } finally {
    training.dispose();
  }
}

async function handle(message: ToWorker): Promise<void> {
  switch (message.kind) {
    case 'open':
      engine = await openEngine(message.options);
      say({ kind: 'opened', device: engine.device });
      return;
    case 'train':
      await train(message.pack);
      return;
    case 'stop':
      stopping = true;
      return;
  }
}

self.onmessage = (event: MessageEvent<ToWorker>) => {
  handle(event.data).catch((error: unknown) => {
    say({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
  });
};
say({ kind: 'hello' });
