/** Packs on several threads of Node: the same bits, no thread left, a failure told. */
import { createRequire } from 'node:module';
import path from 'node:path';
import { expect, test } from 'vitest';
import { nodeThreads } from '../../../cli/threads.ts';
import type { Pack } from '../../programs/program.ts';
import { standardScales } from '../../programs/scales.ts';
import { trainPack } from '../../volunteer/train-pack.ts';
import { hyperOf, mlp, packOf } from '../conformance.testkit.ts';
import type { Engine, RunState } from '../engine.ts';
import { openEngine } from '../open.ts';
import type { Thread, Threads } from './threads.ts';

const wasmPath = `${path.dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'))}/`;

/** Threads that are counted: how many were started, and how many of those were ended. */
function counted(threads: Threads) {
  const live = new Map<Thread, (why: string) => void>();
  let started = 0;
  return {
    ...{ live, started: () => started },
    threads: {
      count: threads.count,
      start(on) {
        const thread = threads.start(on);
        started += 1;
        const own: Thread = {
          send: thread.send,
          terminate() {
            live.delete(own);
            thread.terminate();
          },
        };
        live.set(own, on.failed);
        return own;
      },
    } satisfies Threads,
  };
}

async function trained(
  threads: Threads | null,
  pack: Pack,
  from?: readonly RunState[],
  until = Number.POSITIVE_INFINITY,
) {
  const engine = await openEngine({
    ...{ backend: 'wasm', machine: 'fused', wasmPath },
    ...(threads === null ? {} : { threads }),
  });
  try {
    const training = await engine.start(pack, from);
    let finished = false;
    while (!finished && training.step < until) finished = await training.advance();
    const states = await training.checkpoint();
    const results = finished ? training.results() : [];
    training.dispose();
    return { results, states, how: training.how };
  } finally {
    engine.dispose();
  }
}

const hypers = [
  hyperOf(0.05, 0.9),
  hyperOf(0.02, 0.5, 2),
  hyperOf(0.03),
  hyperOf(0.04),
  hyperOf(0.01),
];
const layers = [4, 9, 6, 1];
const data = { kind: 'teacher', seed: 4, samples: 30 } as const;
const small = mlp({ layers, scales: standardScales(layers), data, steps: 120, batch: 5 });
const PACKS: readonly (readonly [string, Pack])[] = [
  ['momentum on mini-batches', packOf(small, ...hypers)],
  [
    'Adam with weight decay for some',
    packOf(
      { ...small, optimizer: 'adam', observe: ['loss', 'preconditionedSharpness'] },
      ...hypers.map((h, i) => ({
        ...h,
        weightDecay: i === 4 ? 0.01 : 0,
        learningRate: h.learningRate / 10,
      })),
    ),
  ],
  [
    'samples and targets of their own, full batch, one that diverges',
    packOf(
      mlp({
        ...{ layers, scales: standardScales(layers), steps: 120, recordEvery: 30 },
        data: { kind: 'cube', samples: 16, terms: [{ on: [1, 2], coefficient: 0.5 }] },
        train: { count: 9, draw: 'run' },
        observe: ['loss', 'testLoss', 'gradientNorm', 'sharpness'],
      }),
      ...[...hypers.slice(0, 4), hyperOf(500)],
    ),
  ],
];

// Three threads over five runs cut it unequally; six are more than there are runs.
test.each(PACKS)('%s: a pack has the same bits on 1, 2, 3 and 6 threads', async (_, pack) => {
  const alone = await trained(null, pack);
  expect(alone.how).toBe('fused in WebAssembly, one thread');
  for (const count of [1, 2, 3, 6]) {
    const { threads, started } = counted(nodeThreads(count));
    const together = await trained(threads, pack);
    const used = Math.min(count, pack.runs.length);
    expect(started()).toBe(used - 1);
    expect(together.how).toBe(
      `fused in WebAssembly, ${used === 1 ? 'one thread' : `${used} threads`}`,
    );
    expect(together.results).toEqual(alone.results);
    expect(together.states).toEqual(alone.states);
  }
});

test.each(PACKS)(
  '%s: a checkpoint goes on to the same bits on another number of threads',
  async (_, pack) => {
    const whole = await trained(null, pack);
    const { states } = await trained(nodeThreads(3), pack, undefined, 60);
    expect(states[0]?.step).toBeLessThan(120);
    const { results } = await trained(nodeThreads(2), pack, structuredClone(states));
    expect(results).toEqual(whole.results);
  },
);

test('runs cut from a pack have the same bits by themselves', async () => {
  const [, pack] = PACKS[1] as (typeof PACKS)[number];
  const { results } = await trained(nodeThreads(2), pack);
  const cut = await trained(null, { ...pack, runs: pack.runs.slice(1, 3) });
  expect(cut.results).toEqual(results.slice(1, 3));
});

async function opened(threads: Threads): Promise<Engine> {
  return await openEngine({ backend: 'wasm', machine: 'fused', wasmPath, threads });
}

test('a pack of one run starts no thread, and threads are kept for the next pack', async () => {
  const { threads, started, live } = counted(nodeThreads(3));
  const engine = await opened(threads);
  const startOf = (runs: number) => engine.start(packOf(small, ...hypers.slice(0, runs)));
  (await startOf(1)).dispose();
  expect(started()).toBe(0);
  for (let i = 0; i < 3; i++) {
    const training = await startOf(3);
    await training.advance();
    training.dispose();
  }
  expect(started()).toBe(2);
  expect(live.size).toBe(2);
  engine.dispose();
  expect(live.size).toBe(0);
});

test('two packs that start at once share the threads', async () => {
  const { threads, started, live } = counted(nodeThreads(3));
  const engine = await opened(threads);
  const pack = packOf(small, ...hypers);
  const two = await Promise.all([engine.start(pack), engine.start(pack)]);
  expect(started()).toBe(2);
  for (let finished = false; !finished; )
    finished = (await Promise.all(two.map((t) => t.advance()))).every(Boolean);
  expect(two[0]?.results()).toEqual(two[1]?.results());
  for (const training of two) training.dispose();
  engine.dispose();
  expect(live.size).toBe(0);
});

test('[M3] a thread that ends rejects the training with the reason, and the next one starts afresh', async () => {
  const { threads, started, live } = counted(nodeThreads(2));
  const engine = await opened(threads);
  const pack = packOf({ ...small, steps: 100_000_000, recordEvery: 100_000_000 }, ...hypers);
  const never = new AbortController().signal;
  const order = { pack, from: null, signal: never, onCheckpoint() {} };
  const host = {
    ...{ share: () => 1, now: () => performance.now(), sleep: async () => {} },
    turn: () => new Promise<void>((resolve) => setImmediate(resolve)),
  };
  const failing = trainPack(
    engine,
    {
      ...order,
      onProgress() {
        for (const fail of live.values()) fail('it ran out of memory.');
      },
    },
    host,
  );
  await expect(failing).rejects.toThrow(
    /^A training thread (failed|ended): it ran out of memory\.$/,
  );
  expect(live.size).toBe(0);
  const training = await engine.start(packOf(small, ...hypers));
  expect(started()).toBe(2);
  expect(training.how).toBe('fused in WebAssembly, 2 threads');
  training.dispose();
  engine.dispose();
});

test('a Node thread that dies by itself is noticed', async () => {
  const node = nodeThreads(2);
  const { threads } = counted({
    count: 2,
    start: (on) => {
      const thread = node.start(on);
      return {
        ...thread,
        send: (m) => (m.kind === 'advance' ? thread.terminate() : thread.send(m)),
      };
    },
  });
  await expect(trained(threads, packOf(small, ...hypers))).rejects.toThrow(
    'A training thread failed: it exited with code 1.',
  );
});

test.each([
  [
    'throws',
    () => {
      throw new Error('workers are forbidden.');
    },
  ],
  [
    'fails later',
    ({ failed }: Parameters<Threads['start']>[0]) => {
      setImmediate(() => failed('workers are forbidden.'));
      return { send() {}, terminate() {} };
    },
  ],
])('where starting a thread %s, one thread trains and says why', async (_, start) => {
  const pack = packOf(small, ...hypers);
  const { results, how } = await trained({ count: 4, start }, pack);
  expect(how).toBe(
    'fused in WebAssembly, one thread (no other could be started: workers are forbidden.)',
  );
  expect(results).toEqual((await trained(null, pack)).results);
});
