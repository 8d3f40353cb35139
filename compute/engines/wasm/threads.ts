/**
 * Shares on other threads. Compute is pure and can start no thread: `Threads` comes in from whoever
 * opens the engine and runs `serveShares` in each thread that it starts. A slice is one message there
 * and one back; arrays are sent only when they are asked for, so nothing is shared and no thread
 * waits for another within a slice.
 */
import type { Arrays } from '../machine.ts';
import { openShare, type Share, type ShareSetup } from './share.ts';

/** What a thread is asked; each is answered once, under its `id`. */
export type ToThread = { readonly id: number; readonly share: number } & (
  | { readonly kind: 'open'; readonly setup: ShareSetup }
  | { readonly kind: 'advance'; readonly steps: number }
  | { readonly kind: 'download' | 'outputs' | 'gradient' }
  | { readonly kind: 'product'; readonly vectors: Float32Array }
  | { readonly kind: 'close' }
);

export type FromThread =
  /** The script has loaded: a thread that fails to load may say nothing at all. */
  | { readonly kind: 'hello' }
  | ({ readonly kind: 'done'; readonly id: number } & Reply)
  | { readonly kind: 'failed'; readonly id: number; readonly message: string };

/** The arrays of a download, what was observed; empty where nothing was asked for. */
interface Reply {
  readonly arrays: readonly Arrays[];
  readonly values: Float32Array;
}

const reply = (
  values: Float32Array = new Float32Array(),
  arrays: readonly Arrays[] = [],
): Reply => ({
  ...{ values, arrays },
});

export interface Thread {
  send(message: ToThread): void;
  terminate(): void;
}

export interface Threads {
  /** How many may compute at once, the one that opened the engine included. */
  readonly count: number;
  /** Starts one more; throws or tells `failed` where that is impossible, and `failed` when it ends. */
  start(on: { message(message: FromThread): void; failed(why: string): void }): Thread;
}

/** Answers for shares in the thread that calls, from hello to its end. */
export function serveShares(port: {
  listen(handle: (message: ToThread) => void): void;
  say(message: FromThread, transfer: ArrayBuffer[]): void;
}): void {
  const shares = new Map<number, Share>();

  async function answer(message: ToThread): Promise<Reply> {
    if (message.kind === 'open') {
      shares.set(message.share, await openShare(message.setup));
      return reply();
    }
    if (message.kind === 'close') {
      shares.delete(message.share);
      return reply();
    }
    const share = shares.get(message.share);
    if (share === undefined) throw new Error('A thread was asked for a share that it has not.');
    switch (message.kind) {
      case 'download':
        return reply(undefined, await share.download());
      case 'outputs':
        return reply(await share.outputs());
      case 'gradient':
        return reply(await share.gradient());
      case 'product':
        return reply(await share.product(message.vectors));
      case 'advance':
        await share.advance(message.steps);
        return reply();
    }
  }

  port.listen((message) => {
    const { id } = message;
    answer(message).then(
      (own) => {
        const arrays = [own.values, ...own.arrays.flatMap((run) => Object.values(run))];
        port.say(
          { kind: 'done', id, ...own },
          arrays.map((array) => array.buffer as ArrayBuffer),
        );
      },
      (error: unknown) => port.say({ kind: 'failed', id, message: messageOf(error) }, []),
    );
  });
  port.say({ kind: 'hello' }, []);
}

/** The threads of an engine: started when first wanted, kept for the next pack. */
export interface Pool {
  /**
   * At most `most` openers of shares on threads besides the caller's own: fewer where no more may or
   * can be started.
   */
  take(most: number): Promise<readonly Opener[]>;
  /** Why no more could be started, or null. */
  readonly refusal: string | null;
  /** Ends every thread; what they are asked then is rejected. */
  dispose(): void;
}

export type Opener = (setup: ShareSetup) => Promise<Share>;

export function createPool(threads: Threads): Pool {
  const started = new Set<Started>();
  let refusal: string | null = null;
  let disposed = false;
  let turn: Promise<unknown> = Promise.resolve();

  async function startOne(): Promise<void> {
    const one = start(threads);
    started.add(one);
    await one.hello.catch((error: unknown) => {
      refusal = messageOf(error);
    });
  }

  async function takeNow(most: number): Promise<readonly Opener[]> {
    const living = () => [...started].filter((one) => !one.ended());
    const missing = Math.min(most, threads.count - 1) - living().length;
    // What could not be started once is not tried again: each time might cost the wait for a hello.
    if (refusal === null && !disposed)
      await Promise.all(Array.from({ length: Math.max(0, missing) }, startOne));
    for (const one of started) if (one.ended()) started.delete(one);
    return living()
      .slice(0, Math.max(0, most))
      .map((one) => one.open);
  }

  return {
    take(most) {
      // One after another: two packs that start at once are not to start twice the threads.
      const taken = turn.then(() => takeNow(most));
      turn = taken.catch(() => {});
      return taken;
    },
    get refusal() {
      return refusal;
    },
    dispose() {
      disposed = true;
      for (const one of started) one.end('The engine was put away.');
      started.clear();
    },
  };
}

/** A thread that has not said hello by then counts as one that cannot be started. */
const HELLO_MS = 10_000;
const HELLO = 0;

interface Started {
  /** Resolves when the thread answers; rejects with why it does not. */
  readonly hello: Promise<void>;
  readonly open: Opener;
  ended(): boolean;
  end(why: string): void;
}

type Question = ToThread extends infer T ? (T extends ToThread ? Omit<T, 'id'> : never) : never;

function start(threads: Threads): Started {
  interface Waiting {
    resolve(reply: Reply): void;
    reject(error: Error): void;
  }
  const waiting = new Map<number, Waiting>();
  let thread: Thread | null = null;
  let ended: string | null = null;
  let ids = HELLO;
  let shares = 0;

  function settle(id: number, how: (waiting: Waiting) => void): void {
    const own = waiting.get(id);
    waiting.delete(id);
    if (own !== undefined) how(own);
  }

  function end(why: string): void {
    if (ended !== null) return;
    ended = why;
    clearTimeout(timer);
    thread?.terminate();
    for (const id of [...waiting.keys()]) settle(id, ({ reject }) => reject(new Error(why)));
  }

  function onMessage(message: FromThread): void {
    switch (message.kind) {
      case 'hello':
        clearTimeout(timer);
        settle(HELLO, ({ resolve }) => resolve(reply()));
        return;
      case 'done':
        settle(message.id, ({ resolve }) => resolve(message));
        return;
      case 'failed':
        settle(message.id, ({ reject }) => reject(new Error(message.message)));
        return;
    }
  }

  const timer = setTimeout(() => end('it did not answer in time.'), HELLO_MS);
  const hello = new Promise<void>((resolve, reject) => {
    waiting.set(HELLO, { resolve: () => resolve(), reject });
  });
  try {
    thread = threads.start({ message: onMessage, failed: end });
    // It may have failed before it was returned.
    if (ended !== null) thread.terminate();
  } catch (error) {
    end(messageOf(error));
  }

  function ask(question: Question): Promise<Reply> {
    if (ended !== null) return Promise.reject(new Error(`A training thread ended: ${ended}`));
    const id = ++ids;
    return new Promise<Reply>((resolve, reject) => {
      waiting.set(id, { resolve, reject });
      thread?.send({ ...question, id } as ToThread);
    }).catch((error: unknown) => {
      throw new Error(`A training thread failed: ${messageOf(error)}`);
    });
  }

  return {
    hello,
    async open(setup) {
      const share = shares++;
      await ask({ kind: 'open', share, setup });
      return {
        async advance(steps) {
          await ask({ kind: 'advance', share, steps });
        },
        outputs: async () => (await ask({ kind: 'outputs', share })).values,
        gradient: async () => (await ask({ kind: 'gradient', share })).values,
        // A copy: with a view the whole pack would be sent.
        product: async (vectors) =>
          (await ask({ kind: 'product', share, vectors: vectors.slice() })).values,
        download: async () => (await ask({ kind: 'download', share })).arrays,
        dispose() {
          // A thread that has ended holds nothing any more.
          ask({ kind: 'close', share }).catch(() => {});
        },
      };
    },
    ended: () => ended !== null,
    end,
  };
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
