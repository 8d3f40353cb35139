/** Threads that answer one question after another: both ends of the line. */
import { parentPort, Worker } from 'node:worker_threads';

interface Asked<Q> {
  readonly id: number;
  readonly question: Q;
}

type Answered<A> =
  | { readonly id: number; readonly ok: true; readonly answer: A }
  | { readonly id: number; readonly ok: false; readonly message: string };

export interface Thread<Q, A> {
  /** Rejects if the thread could not answer, or ended before it did. */
  ask(question: Q): Promise<A>;
  /** Ends it; what it was asked is rejected. */
  dispose(): void;
}

/**
 * Starts a thread. While it is asked nothing, it keeps no process alive.
 * @param file a module that calls `answerQuestions`
 * @param name who ended, in the sentence of a rejection
 * @param onEnd hears once that it has ended: it answers nothing any more
 */
export function openThread<Q, A>(file: URL, name: string, onEnd = () => {}): Thread<Q, A> {
  // However the process was started: a thread is started by its file.
  const worker = new Worker(file, { execArgv: [] });
  worker.unref();
  let next = 0;
  let ended = false;
  const waiting = new Map<number, { resolve(answer: A): void; reject(error: Error): void }>();
  const settled = (id: number) => {
    const asked = waiting.get(id);
    waiting.delete(id);
    if (waiting.size === 0) worker.unref();
    return asked;
  };
  const fail = (error: Error) => {
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  worker.on('message', (answered: Answered<A>) => {
    const asked = settled(answered.id);
    if (answered.ok) asked?.resolve(answered.answer);
    else asked?.reject(new Error(answered.message));
  });
  worker.on('error', fail);
  worker.on('exit', () => {
    ended = true;
    fail(new Error(`${name} ended.`));
    onEnd();
  });
  return {
    ask: (question) =>
      new Promise((resolve, reject) => {
        if (ended) return reject(new Error(`${name} ended.`));
        const id = next++;
        waiting.set(id, { resolve, reject });
        worker.ref();
        worker.postMessage({ id, question } satisfies Asked<Q>);
      }),
    dispose: () => void worker.terminate(),
  };
}

/** In a thread: answers whatever is asked of it from now on. */
export function answerQuestions<Q, A>(answer: (question: Q) => Promise<A>): void {
  const port = parentPort;
  if (port === null) throw new Error('This is a thread of the coordinator.');
  const answered = async ({ id, question }: Asked<Q>): Promise<Answered<A>> => {
    try {
      return { id, ok: true, answer: await answer(question) };
    } catch (error) {
      return { id, ok: false, message: error instanceof Error ? error.message : String(error) };
    }
  };
  port.on('message', (asked: Asked<Q>) => {
    void answered(asked).then((message) => port.postMessage(message));
  });
}
