import { expect, test } from 'vitest';
import type { Checkpoint, RunResult } from '../engines/engine.ts';
import type { ReplayOrder } from '../engines/replay.ts';
import { hashOf, unpackState } from '../engines/state-bytes.ts';
import { HYPER, MLP, type Pack } from '../programs/program.ts';
import { standardScales } from '../programs/scales.ts';
import type { Ask, Courier, KeptResult, Outbox } from './parts.ts';
import { type Sending, sendOutbox } from './send-outbox.ts';

const layers = [1, 2, 1];
const pack: Pack = {
  program: {
    ...{ ...MLP, layers, scales: standardScales(layers), observe: ['loss'] },
    data: { kind: 'chebyshev', degree: 1, samples: 2 },
    ...{ steps: 30, recordEvery: 10, checkpointEvery: 10 },
  },
  runs: [{ id: 'r', seed: 1, hyper: HYPER }],
};
/** The state of a run that only counts its steps. */
const stateAt = (step: number): Checkpoint => ({ step, arrays: { W1: Float32Array.of(step) } });
const result = (kept: readonly number[]): RunResult => ({
  ...{ id: 'r', outcome: { kind: 'completed' } },
  series: { steps: Float32Array.of(0, 10), columns: { loss: Float32Array.of(2, 1) } },
  hashes: [0, 10, 20, 30].map((step) => ({ step, sha256: hashOf(stateAt(step).arrays) })),
  kept: kept.map(stateAt),
});

async function send(kept: readonly number[], asks: readonly Ask[], replay?: Sending['replay']) {
  const shown: (readonly number[] | null)[] = [];
  const messages: number[] = [];
  const inside = new Map<string, KeptResult>();
  const device = { backend: 'cpu', adapter: null, fallbacks: [], build: '' } as const;
  const box: KeptResult = {
    shard: 's',
    attempt: 1,
    device,
    runs: [result(kept)],
    pack,
    seconds: 1,
  };
  inside.set('s', box);
  const outbox: Outbox = {
    put: async () => {},
    all: async () => [...inside.values()],
    remove: async (shard) => void inside.delete(shard),
  };
  const step = (bytes: Uint8Array | null) =>
    bytes === null ? null : [...(unpackState(bytes)?.W1 ?? [])];
  const courier = {
    submit: async () => ({ kind: 'counted', asks }),
    show: async (states) => {
      messages.push(states.length);
      for (const { start, end } of states) shown.push(step(start), step(end));
      return 'done';
    },
  } satisfies Partial<Courier> as Partial<Courier> as Courier;
  let counted = 0;
  await sendOutbox(outbox, courier, { replay, onCounted: () => counted++ });
  return { shown, messages, left: inside.size, counted };
}

const ask = (from: number, to: number): Ask => ({ audit: 'a', run: 'r', from, to });
const counting = async ({ from, to }: ReplayOrder) => ({
  ...{ start: from?.arrays ?? {}, end: stateAt(to).arrays, rows: {}, diverged: null },
});

test('states that are at hand are shown; the one that follows from the seed is not', async () => {
  expect(await send([10, 20], [ask(0, 10), ask(10, 20)])).toEqual({
    ...{ shown: [null, [10], [10], [20]], messages: [2], left: 0, counted: 1 },
  });
});

test('what is asked for is shown in messages of 64 segments at most', async () => {
  const many = Array.from({ length: 130 }, () => ask(10, 20));
  expect(await send([10, 20], many)).toMatchObject({ messages: [64, 64, 2], left: 0 });
});

test('a state that was not kept is trained again, from the last one before it', async () => {
  const from: (number | null)[] = [];
  const replay = (order: ReplayOrder) => {
    from.push(order.from?.step ?? null);
    return counting(order);
  };
  expect(await send([10], [ask(20, 30)], replay)).toMatchObject({ shown: [[20], [30]], left: 0 });
  expect(from).toEqual([10, 10]);
});

test('a state that does not come out as committed is not shown', async () => {
  const replay = (order: ReplayOrder) => counting({ ...order, to: order.to + 1 });
  expect(await send([10], [ask(10, 20)], replay)).toMatchObject({ shown: [[10], null], left: 0 });
});

test('where nothing trains, a result whose states must be trained again stays for later', async () => {
  expect(await send([10], [ask(10, 20)])).toMatchObject({ shown: [], left: 1, counted: 0 });
});
