/**
 * Group commit: what comes in one turn of the event loop, and while the last batch is at work, makes up
 * the next one. So nothing waits when little comes, and when much comes it shares the cost of a
 * transaction.
 */

import { setImmediate as arrivals } from 'node:timers/promises';

/** Does things together; answers are in the order of the items. */
export type Work<I, O> = (items: readonly I[]) => Promise<readonly O[]>;

/**
 * @param most items of one batch
 * @returns does one item, together with others. If a batch rejects, each of its items is done alone,
 *   so that one which cannot be done does not take the others with it: `work` must be all or nothing,
 *   or harmless to repeat.
 */
export function batched<I, O>(work: Work<I, O>, most: number): (item: I) => Promise<O> {
  interface Waiting {
    readonly item: I;
    readonly resolve: (value: O) => void;
    readonly reject: (error: unknown) => void;
  }
  const queue: Waiting[] = [];
  let busy = false;

  async function settle(batch: readonly Waiting[]): Promise<void> {
    try {
      const answers = await work(batch.map(({ item }) => item));
      if (answers.length !== batch.length) throw new Error('A batch must answer every item.');
      for (const [i, { resolve }] of batch.entries()) resolve(answers[i] as O);
    } catch (error) {
      if (batch.length > 1) await Promise.all(batch.map((one) => settle([one])));
      else batch[0]?.reject(error);
    }
  }

  async function run(): Promise<void> {
    if (busy) return;
    busy = true;
    while (queue.length > 0) {
      // What else has come: a database in this process lets no message in while it works.
      await arrivals();
      await settle(queue.splice(0, most));
    }
    busy = false;
  }

  return (item) =>
    new Promise((resolve, reject) => {
      queue.push({ item, resolve, reject });
      void run();
    });
}
