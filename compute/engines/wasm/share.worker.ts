/** The Web Worker that trains shares of packs for the one that started it (`web-threads.ts`). */
import { serveShares } from './threads.ts';

serveShares({
  listen(handle) {
    self.onmessage = ({ data }) => handle(data);
  },
  say: (message, transfer) => self.postMessage(message, { transfer }),
});
