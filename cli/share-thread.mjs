// The thread of Node that trains shares of packs for the one that started it (`threads.ts`).
import { parentPort } from 'node:worker_threads';
import { register } from 'tsx/esm/api';

register();
const { serveShares } = await import('../compute/engines/wasm/threads.ts');
serveShares({
  listen: (handle) => parentPort.on('message', handle),
  say: (message, transfer) => parentPort.postMessage(message, transfer),
});
