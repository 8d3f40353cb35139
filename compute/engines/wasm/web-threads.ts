/** Threads of a browser: module workers, started by a page or by a worker. */
import type { FromThread, Threads } from './threads.ts';

/** @param count how many may compute at once, the starting one included */
export const webThreads = (count: number): Threads => ({
  count,
  start({ message, failed }) {
    const worker = new Worker(new URL('./share.worker.ts', import.meta.url), { type: 'module' });
    worker.onmessage = ({ data }: MessageEvent<FromThread>) => message(data);
    // A script that does not load gives an error without a word.
    worker.onerror = (event) => failed(event.message || 'its script could not be loaded.');
    worker.onmessageerror = () => failed('a message to it could not be read.');
    return {
      send: (question) => worker.postMessage(question),
      terminate: () => worker.terminate(),
    };
  },
});
