/** Threads of Node: they run the sources as this process does, through `share-thread.mjs`. */
import os from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Threads } from '../compute/engines/wasm/threads.ts';

/** @param count how many may compute at once, the starting one included: by default every core */
export const nodeThreads = (count: number = os.availableParallelism()): Threads => ({
  count,
  start({ message, failed }) {
    // What this process was started with (loaders, a test runner's hooks) is not theirs.
    const worker = new Worker(new URL('./share-thread.mjs', import.meta.url), { execArgv: [] });
    worker.on('message', message);
    worker.on('error', (error: Error) => failed(error.message));
    worker.on('messageerror', (error) => failed(error.message));
    worker.on('exit', (code) => failed(`it exited with code ${code}.`));
    return {
      send: (question) => worker.postMessage(question),
      terminate: () => void worker.terminate(),
    };
  },
});
