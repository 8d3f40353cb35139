import { expect, test } from 'vitest';
import type { Carried } from '../engines/carried.ts';
import type { RunState } from '../engines/engine.ts';
import { hashOf } from '../engines/state-bytes.ts';
import { HYPER } from '../programs/program.ts';
import { createHandover } from './hand-over.ts';
import type { Ask, HandoverAnswer, LeasedShard, Trainer } from './parts.ts';

const lease = (from: number, mostBytes = 1_000): LeasedShard => ({
  ...{ shard: 's', attempt: 1, handover: { everyMs: 60_000, mostBytes } },
  from: from === 0 ? null : { step: from, runs: [] },
  pack: {
    program: {
      ...{ kind: 'linear', width: 1, depth: 1, singularValues: [1], init: 'aligned' },
      ...{ observe: ['loss'], steps: 100, recordEvery: 10, checkpointEvery: 10 },
    },
    runs: [{ id: 'r', seed: 1, hyper: HYPER }],
  },
});

/** A run whose state counts its steps, with all its committed states at hand. */
function statesAt(step: number): RunState[] {
  const steps = Array.from({ length: Math.floor(step / 10) + 1 }, (_, i) => 10 * i);
  const kept = steps.slice(1).map((s) => ({ step: s, arrays: { W1: Float32Array.of(s) } }));
  return [
    {
      ...{ id: 'r', step, arrays: { W1: Float32Array.of(step) }, outcome: null, kept },
      series: {
        steps: Float32Array.from(steps),
        columns: { loss: new Float32Array(steps.length) },
      },
      hashes: steps.map((s) => ({ step: s, sha256: hashOf({ W1: Float32Array.of(s) }) })),
    },
  ];
}

function world(leased: LeasedShard, answers: readonly HandoverAnswer[] = []) {
  const handed: Carried[] = [];
  const shown: string[] = [];
  const left = [...answers];
  let clock = 0;
  const handover = createHandover({
    lease: leased,
    now: () => clock,
    courier: {
      handOver: async (_, __, carried) => {
        handed.push(carried);
        return left.shift() ?? { kind: 'taken', asks: [] };
      },
      show: async (states) => {
        shown.push(...states.map(({ ask, end }) => `${ask.audit} ${end?.byteLength ?? 'none'}`));
        return 'done';
      },
    },
  });
  const device = { backend: 'cpu', adapter: null, fallbacks: [], build: 'test' } as const;
  const on: Trainer = {
    device,
    train: () => Promise.reject(new Error('Nothing is trained here.')),
    replay: () => Promise.reject(new Error('Nothing is trained again here.')),
    limit() {},
    dispose() {},
  };
  const at = async (seconds: number, step: number, left: number | null = 600) => {
    clock = 1_000 * seconds;
    await handover.reached(on, statesAt(step), left);
  };
  const leave = async (seconds: number, step: number) => {
    clock = 1_000 * seconds;
    await handover.leaving(on, statesAt(step));
  };
  return { at, leave, handed: () => handed.map((c) => c.step), shown };
}

test('[L11] a shard is handed over after a minute, and then every minute, as of its last committed step', async () => {
  const w = world(lease(0));
  await w.at(59, 45);
  expect(w.handed()).toEqual([]);
  await w.at(61, 47);
  await w.at(90, 85);
  expect(w.handed()).toEqual([40]);
  // Four segments at least lie between two, as each is replayed at its end.
  await w.at(122, 78);
  expect(w.handed()).toEqual([40]);
  await w.at(125, 88);
  expect(w.handed()).toEqual([40, 80]);
});

test('[L11] who will be done within a minute hands nothing over', async () => {
  const w = world(lease(0));
  await w.at(61, 55, 59);
  expect(w.handed()).toEqual([]);
  await w.at(62, 56, null);
  expect(w.handed()).toEqual([50]);
});

test('[V6] the states that are asked for are shown at once', async () => {
  const asks: Ask[] = [{ audit: 'a', run: 'r', from: 10, to: 20 }];
  const w = world(lease(0), [{ kind: 'taken', asks }]);
  await w.at(61, 45);
  expect(w.shown).toEqual([expect.stringMatching(/^a \d+$/)]);
});

test('what was not taken is handed over with the next; nothing is that the coordinator has', async () => {
  const w = world(lease(10), [{ kind: 'refused' }]);
  await w.at(61, 45);
  expect(w.handed()).toEqual([]);
  await w.at(62, 55);
  await w.at(63, 58);
  await w.at(130, 58);
  expect(w.handed()).toEqual([50, 50]);
  await w.at(200, 59);
  expect(w.handed()).toEqual([50, 50]);
});

test('[L11] who hands a shard back hands over before, if half a minute was trained since', async () => {
  const w = world(lease(0));
  await w.leave(29, 45);
  expect(w.handed()).toEqual([]);
  await w.leave(31, 55);
  expect(w.handed()).toEqual([50]);
});

test('states that are too large stay here', async () => {
  const w = world(lease(0, 4));
  await w.at(61, 45);
  expect(w.handed()).toEqual([]);
});
