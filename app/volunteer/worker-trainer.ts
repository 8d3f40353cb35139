/**
 * A `Trainer` whose packs are trained in a Web Worker. A worker whose script fails to load gives an
 * empty error or none, so it must say hello within a time; a lost GPU device or a crash ends the
 * worker, and the volunteer opens a new one, which goes on from the last checkpoint.
 */
import type { FromWorker, SentOptions, ToWorker } from '../../compute/volunteer/messages.ts';
import type { Trainer } from '../../compute/volunteer/parts.ts';
import { knownClass, rememberClass } from './known-class.ts';

const HELLO_MS = 30_000;
/** The first compilation of every kernel on a slow device is included. */
const OPEN_MS = 60_000;

/** Starts the worker and opens the best engine it can. Rejects with a sentence if it cannot. */
export async function openWorkerTrainer(options: SentOptions): Promise<Trainer> {
  const worker = new Worker(new URL('../../compute/volunteer/train.worker.ts', import.meta.url), {
    type: 'module',
  });
  const say = (message: ToWorker) => worker.postMessage(message);
  try {
    await answer(worker, 'hello', HELLO_MS);
    const opened = answer(worker, 'opened', OPEN_MS);
    say({ kind: 'open', options, threads: threadsHere(), known: knownClass() });
    const { device, known } = await opened;
    rememberClass(known);
    /** Ends each replay that is under way. */
    const replays = new Set<(why: string) => void>();
    return {
      device,
      train: ({ pack, from, onProgress, onCheckpoint, signal }) =>
        new Promise((resolve, reject) => {
          const stop = () => say({ kind: 'stop' });
          signal.addEventListener('abort', stop, { once: true });
          const end = (settle: () => void) => {
            signal.removeEventListener('abort', stop);
            worker.onmessage = null;
            worker.onerror = null;
            settle();
          };
          worker.onerror = (e) => end(() => reject(new Error(e.message || 'The worker crashed.')));
          worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
            switch (data.kind) {
              case 'progress':
                onProgress(data.done, data.how);
                return;
              case 'checkpoint':
                onCheckpoint(data.states);
                return;
              case 'finished':
              case 'stopped':
                end(() => resolve(data));
                return;
              case 'failed':
                end(() => reject(new Error(data.message)));
                return;
              case 'hello':
              case 'opened':
              case 'replayed':
              case 'replay-failed':
                return;
            }
          };
          say({ kind: 'train', pack, from });
          if (signal.aborted) stop();
        }),
      replay: (order) =>
        new Promise((resolve, reject) => {
          const end = (settle: () => void) => {
            worker.removeEventListener('message', heard);
            replays.delete(fail);
            settle();
          };
          const fail = (why: string) => end(() => reject(new Error(why)));
          function heard({ data }: MessageEvent<FromWorker>): void {
            if (data.kind === 'replayed') end(() => resolve(data.replayed));
            else if (data.kind === 'replay-failed') fail(data.message);
          }
          replays.add(fail);
          worker.addEventListener('message', heard);
          say({ kind: 'replay', order });
        }),
      limit: (share) => say({ kind: 'limit', share }),
      dispose() {
        worker.terminate();
        for (const fail of replays) fail('The training worker was put away.');
      },
    };
  } catch (error) {
    worker.terminate();
    throw error;
  }
}

/** All cores but one, which the page keeps, so that the room stays smooth. */
const threadsHere = (): number => Math.max(1, navigator.hardwareConcurrency - 1);

/** The worker's next message, which must be of this kind and come in time. */
function answer<K extends FromWorker['kind']>(
  worker: Worker,
  kind: K,
  ms: number,
): Promise<Extract<FromWorker, { kind: K }>> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () =>
        reject(
          new Error('The training worker did not start in time. Reload the page to try again.'),
        ),
      ms,
    );
    const end = (settle: () => void) => {
      clearTimeout(timer);
      worker.onmessage = null;
      worker.onerror = null;
      settle();
    };
    worker.onerror = (e) =>
      end(() =>
        reject(new Error(e.message || 'The training worker could not be loaded. Reload the page.')),
      );
    worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
      if (isKind(data, kind)) end(() => resolve(data));
      else if (data.kind === 'failed') end(() => reject(new Error(data.message)));
    };
  });
}

function isKind<K extends FromWorker['kind']>(
  message: FromWorker,
  kind: K,
): message is Extract<FromWorker, { kind: K }> {
  return message.kind === kind;
}
