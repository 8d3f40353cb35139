/** Manners in virtual time: an engine whose slices take 50 ms, and whose states take 20 ms to read. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Engine, RunState } from '../engines/engine.ts';
import type { Pack } from '../programs/program.ts';
import { sleep } from './sleep.ts';
import { type TrainOrder, trainPack } from './train-pack.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const never = new AbortController().signal;
const pack = { program: {}, runs: [{ id: 'a' }, { id: 'b' }] } as unknown as Pack;
const statesAt = (step: number): RunState[] => [
  {
    ...{ id: 'a', step, arrays: {}, outcome: null, hashes: [] },
    series: { steps: new Float32Array(), columns: {} },
  },
];

function slowEngine(slices: number, sliceMs = 50) {
  let [computed, disposed] = [0, 0];
  let lose = (_why: string) => {};
  const engine: Engine = {
    device: { backend: 'cpu', adapter: null, fallbacks: [], build: 'test' },
    lost: new Promise((resolve) => {
      lose = resolve;
    }),
    start: async (_, from) => {
      let step = from?.[0]?.step ?? 0;
      return {
        get step() {
          return step;
        },
        totalSteps: slices,
        how: 'by hand',
        advance: async () => {
          await sleep(sliceMs, never);
          computed += sliceMs;
          step += 1;
          return step === slices;
        },
        checkpoint: async () => {
          await sleep(20, never);
          return statesAt(step);
        },
        results: () => [],
        dispose: () => {
          disposed += 1;
        },
      };
    },
    dispose: () => {},
  };
  return {
    engine,
    computed: () => computed,
    disposed: () => disposed,
    lose: (w: string) => lose(w),
  };
}

const order = (extra: Partial<TrainOrder> = {}): TrainOrder => ({
  ...{ pack, from: null, signal: never, onProgress: () => {}, onCheckpoint: () => {} },
  ...extra,
});
const host = (share = 1) => ({
  ...{ share: () => share, now: () => performance.now(), turn: async () => {}, sleep },
});

test.each([0.25, 0.5, 0.75])(
  '[M2] limited to %d it computes for that share of the time',
  async (share) => {
    const slow = slowEngine(1_000);
    const startedAt = performance.now();
    const training = trainPack(slow.engine, order(), host(share));
    await vi.runAllTimersAsync();
    await training;
    const took = performance.now() - startedAt;
    expect(slow.computed() / took).toBeGreaterThan(share * 0.98);
    expect(slow.computed() / took).toBeLessThanOrEqual(share * 1.001);
  },
);

test('unlimited it does not wait between slices, and reads states out for 1% of the time', async () => {
  const slow = slowEngine(1_000);
  const read: number[] = [];
  const startedAt = performance.now();
  const onCheckpoint = ([state]: readonly RunState[]) => read.push(state?.step ?? 0);
  const training = trainPack(slow.engine, order({ onCheckpoint }), host());
  await vi.runAllTimersAsync();
  await training;
  expect(performance.now() - startedAt).toBe(50_000 + 20 * read.length);
  expect(read.length).toBe(9);
});

test.each([1, 0.25])(
  '[M1] told to stop at share %d, it computes for one slice more at most',
  async (share) => {
    for (let at = 0; at < 400; at += 25) {
      const slow = slowEngine(1_000);
      const halt = new AbortController();
      const training = trainPack(slow.engine, order({ signal: halt.signal }), host(share));
      await vi.advanceTimersByTimeAsync(at);
      const before = slow.computed();
      const toldAt = performance.now();
      halt.abort();
      await vi.runAllTimersAsync();
      const answer = await training;
      expect(answer).toMatchObject({ kind: 'stopped' });
      expect(slow.computed() - before).toBeLessThanOrEqual(50);
      // The slice, and reading out the states.
      expect(performance.now() - toldAt).toBeLessThanOrEqual(100);
      if (answer.kind === 'stopped') expect(answer.states[0]?.step).toBe(slow.computed() / 50);
    }
  },
);

test('[M3] a lost device ends the training with the reason, even in a slice that never ends', async () => {
  const slow = slowEngine(10, Number.POSITIVE_INFINITY);
  const training = trainPack(slow.engine, order(), host());
  const refused = expect(training).rejects.toThrow('The GPU was lost.');
  slow.lose('The GPU was lost.');
  await refused;
  expect(slow.disposed()).toBe(1);
});

test('it goes on from states', async () => {
  const slow = slowEngine(10);
  const done: number[] = [];
  const onProgress = (n: number) => done.push(n);
  const training = trainPack(slow.engine, order({ from: statesAt(7), onProgress }), host());
  await vi.runAllTimersAsync();
  expect(await training).toEqual({ kind: 'finished', runs: [] });
  expect(done).toEqual([16, 18, 20]);
});
