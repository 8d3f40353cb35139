import { afterEach, describe, expect, test, vi } from 'vitest';
import type { DeviceInfo, RunResult, RunState } from '../engines/engine.ts';
import { HYPER } from '../programs/program.ts';
import type { Courier, KeptResult, LeasedShard, SubmitAnswer, Trainer } from './parts.ts';
import { sleep } from './sleep.ts';
import type { VolunteerState } from './state.ts';
import { createVolunteer } from './volunteer.ts';

const device: DeviceInfo = { backend: 'cpu', adapter: null, fallbacks: [], build: 'test' };
const lease: LeasedShard = {
  shard: 's1',
  attempt: 1,
  from: null,
  handover: { everyMs: 60_000, mostBytes: 1_000_000 },
  pack: {
    program: {
      kind: 'linear',
      width: 2,
      depth: 1,
      singularValues: [1],
      init: 'aligned',
      observe: ['loss'],
      steps: 10,
      recordEvery: 5,
      checkpointEvery: 5,
    },
    runs: [
      {
        id: 'r1',
        seed: 1,
        hyper: HYPER,
      },
    ],
  },
};
const run: RunResult = {
  id: 'r1',
  series: { steps: new Float32Array(1), columns: {} },
  outcome: { kind: 'completed' },
  hashes: [],
};
const stateAt = (step: number): RunState[] => [
  { id: 'r1', step, arrays: {}, series: run.series, outcome: null, hashes: [] },
];

/** A coordinator, a trainer and an outbox under the test's hand; every call is written down. */
function world(
  options: { submit?: SubmitAnswer[]; train?: Trainer['train']; leases?: number } = {},
) {
  const log: string[] = [];
  const states: VolunteerState[] = [];
  const kept = new Map<string, KeptResult>();
  const submits = [...(options.submit ?? [])];
  let leases = options.leases ?? 1;
  let progressAnswer: 'go-on' | 'lost' = 'go-on';
  let clock = 0;
  const waiters: (() => void)[] = [];
  const courier: Courier = {
    lease: async () => {
      log.push('lease');
      leases -= 1;
      return leases >= 0
        ? { kind: 'lease', lease }
        : { kind: 'none', why: 'Every run is taken.', retryInMs: 1000 };
    },
    progress: async (_, done) => {
      log.push(`progress ${done}`);
      return progressAnswer;
    },
    handOver: async (_lease, _device, { step }) => {
      log.push(`hand over ${step}`);
      return { kind: 'taken', asks: [] };
    },
    release: async (_, reason) => void log.push(`release ${reason}`),
    submit: async (r) => {
      log.push(`submit ${r.shard}/${r.attempt}`);
      return submits.shift() ?? { kind: 'counted', asks: [] };
    },
    show: async (states) => {
      for (const { ask, start, end } of states)
        log.push(`show ${ask.audit} ${start?.length ?? 'none'} ${end?.length ?? 'none'}`);
      return 'done';
    },
    online: async () => {},
  };
  const volunteer = createVolunteer({
    courier,
    outbox: {
      put: async (r) => {
        log.push('keep');
        kept.set(`${r.shard}/${r.attempt}`, r);
      },
      all: async () => [...kept.values()],
      remove: async (s, a) => void kept.delete(`${s}/${a}`),
    },
    openTrainer: async () => {
      log.push('open');
      return {
        device,
        train: options.train ?? (async () => ({ kind: 'finished', runs: [run] })),
        replay: () => Promise.reject(new Error('Nothing is asked for here.')),
        limit: (share) => void log.push(`limit ${share}`),
        dispose: () => void log.push('dispose'),
      };
    },
    sleep: (_, signal) =>
      new Promise((resolve) => {
        if (signal.aborted) resolve();
        signal.addEventListener('abort', () => resolve(), { once: true });
        waiters.push(resolve);
      }),
    now: () => {
      clock += 1_000;
      return clock;
    },
    onState: (s) => states.push(s),
  });
  const until = async (kind: VolunteerState['kind']) => {
    while (states.at(-1)?.kind !== kind) await new Promise((r) => setImmediate(r));
  };
  const lose = () => {
    progressAnswer = 'lost';
  };
  return { volunteer, log, states, kept, until, waiters, lose };
}

/** A training that goes on until it is told to stop, at step 5. */
const endless: Trainer['train'] = ({ onProgress, signal }) =>
  new Promise((resolve) => {
    const stop = () => resolve({ kind: 'stopped', states: stateAt(5) });
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    onProgress(5, 'by hand');
  });

describe('volunteer', () => {
  test('a result is kept before it is sent and forgotten once it is acknowledged', async () => {
    const w = world();
    w.volunteer.start();
    await w.until('waiting');
    expect(w.log.indexOf('keep')).toBeLessThan(w.log.indexOf('submit s1/1'));
    expect(w.kept.size).toBe(0);
    expect(w.states.at(-1)?.tally).toEqual({ shards: 1, runs: 1, unsent: 0 });
    w.volunteer.stop();
    await w.volunteer.settled;
  });

  test('a result without an answer stays and is sent again', async () => {
    const w = world({ submit: [{ kind: 'offline' }] });
    w.volunteer.start();
    await w.until('waiting');
    expect(w.log.filter((l) => l === 'submit s1/1')).toHaveLength(2);
    expect(w.kept.size).toBe(0);
    w.volunteer.stop();
    await w.volunteer.settled;
  });

  test('a result refused for good is not sent for ever, and is not in the tally', async () => {
    const w = world({ submit: [{ kind: 'not-counted', why: 'Too late.' }] });
    w.volunteer.start();
    await w.until('waiting');
    expect(w.kept.size).toBe(0);
    expect(w.states.at(-1)?.tally.shards).toBe(0);
    w.volunteer.stop();
    await w.volunteer.settled;
  });

  test('[M1] pausing hands back the shard and the next one, resuming goes on where it was, stopping puts the engine away', async () => {
    const begun: (number | undefined)[] = [];
    const w = world({
      leases: 2,
      train: (order) => {
        begun.push(order.from?.[0]?.step);
        return endless(order);
      },
    });
    w.volunteer.start();
    await w.until('working');
    w.volunteer.pause('hidden');
    await w.until('paused');
    w.volunteer.resume('hidden');
    await w.until('working');
    expect(w.log.filter((l) => l === 'release hidden')).toHaveLength(2);
    expect(w.log).toContain('progress 5');
    expect(begun).toEqual([undefined, 5]);
    w.volunteer.stop();
    await w.until('off');
    expect(w.log).toContain('release stopped');
    expect(w.log.at(-1)).toBe('dispose');
  });

  test('a shard that somebody else took up during the pause is left to them', async () => {
    const w = world({ train: endless, leases: 2 });
    w.volunteer.start();
    await w.until('working');
    w.volunteer.pause('person');
    await w.until('paused');
    w.lose();
    w.volunteer.resume('person');
    await w.until('waiting');
    expect(w.log.filter((l) => l === 'lease')).toHaveLength(3);
    w.volunteer.stop();
    await w.until('off');
  });

  test('[M2] a limit reaches the trainer at hand and every later one', async () => {
    const w = world({ train: endless });
    w.volunteer.limit(0.5);
    w.volunteer.start();
    await w.until('working');
    w.volunteer.limit(0.25);
    expect(w.log.filter((l) => l.startsWith('limit'))).toEqual(['limit 0.5', 'limit 0.25']);
    w.volunteer.stop();
    await w.until('off');
  });

  test("a tab that is hidden and shown again does not undo a person's pause", async () => {
    const w = world({ train: endless, leases: 2 });
    w.volunteer.start();
    await w.until('working');
    w.volunteer.pause('person');
    w.volunteer.pause('hidden');
    await w.until('paused');
    w.volunteer.resume('hidden');
    expect(w.states.at(-1)).toMatchObject({ kind: 'paused', cause: 'person' });
    w.volunteer.stop();
    await w.until('off');
  });

  test('a shard that somebody else holds by now is dropped without a release', async () => {
    const w = world({ train: endless });
    w.lose();
    w.volunteer.start();
    await w.until('waiting');
    expect(w.log.filter((l) => l.startsWith('release'))).toEqual([]);
    w.volunteer.stop();
    await w.until('off');
  });

  test('[M3] a lost device goes on from the last checkpoint in a new engine, with the same lease', async () => {
    const begun: (number | undefined)[] = [];
    const w = world({
      train: async ({ from, onCheckpoint }) => {
        begun.push(from?.[0]?.step);
        if (begun.length === 4) return { kind: 'finished', runs: [run] };
        onCheckpoint(stateAt(begun.length));
        throw new Error('device lost');
      },
    });
    w.volunteer.start();
    await w.until('waiting');
    expect(begun).toEqual([undefined, 1, 2, 3]);
    expect(w.log.filter((l) => l === 'open')).toHaveLength(4);
    expect(w.log.filter((l) => l.startsWith('release'))).toEqual([]);
    expect(w.states.at(-1)?.tally.shards).toBe(1);
    w.volunteer.stop();
    await w.until('off');
  });

  test('[M3] a device that fails three times without coming further stops with the reason', async () => {
    const w = world({
      leases: 9,
      train: async () => {
        throw new Error('device lost');
      },
    });
    w.volunteer.start();
    await w.until('failed');
    expect(w.log.filter((l) => l === 'lease')).toHaveLength(1);
    expect(w.log.filter((l) => l === 'release failed')).toHaveLength(1);
    expect(w.states.at(-1)).toMatchObject({ message: expect.stringContaining('device lost') });
  });
});

describe('in virtual time', () => {
  afterEach(() => void vi.useRealTimers());

  test.each([
    { shardSeconds: 30, latencyMs: 300 },
    { shardSeconds: 5, latencyMs: 300 },
    { shardSeconds: 5, latencyMs: 2_000 },
  ])(
    '[M4] it computes at least 98% of the time: shards of $shardSeconds s, $latencyMs ms to the coordinator',
    async ({ shardSeconds, latencyMs }) => {
      vi.useFakeTimers();
      const never = new AbortController().signal;
      const late = <T>(value: T) => sleep(latencyMs, never).then(() => value);
      const [minutes, sliceMs] = [20, 50];
      const slices = (shardSeconds * 1000) / sliceMs;
      let [computed, submitted, attempt] = [0, 0, 0];
      const kept = new Map<number, KeptResult>();
      const volunteer = createVolunteer({
        courier: {
          lease: () => late({ kind: 'lease', lease: { ...lease, attempt: ++attempt } }),
          progress: () => late('go-on'),
          handOver: () => late({ kind: 'taken', asks: [] }),
          release: () => late(undefined),
          submit: () => {
            submitted += 1;
            return late({ kind: 'counted', asks: [] });
          },
          show: async () => 'done',
          online: async () => {},
        },
        outbox: {
          put: async (r) => void kept.set(r.attempt, r),
          all: async () => [...kept.values()],
          remove: async (_, a) => void kept.delete(a),
        },
        openTrainer: async () => ({
          device,
          train: async ({ onProgress, signal }) => {
            for (let i = 1; i <= slices && !signal.aborted; i++) {
              await sleep(sliceMs, never);
              computed += sliceMs;
              onProgress((i / slices) * lease.pack.program.steps, 'by hand');
            }
            return signal.aborted
              ? { kind: 'stopped', states: stateAt(1) }
              : { kind: 'finished', runs: [run] };
          },
          replay: () => Promise.reject(new Error('Nothing is asked for here.')),
          limit: () => {},
          dispose: () => {},
        }),
        sleep,
        now: () => performance.now(),
        onState: () => {},
      });
      volunteer.start();
      await vi.advanceTimersByTimeAsync(minutes * 60_000);
      expect(computed / (minutes * 60_000)).toBeGreaterThanOrEqual(0.98);
      expect(submitted).toBeGreaterThanOrEqual(((minutes * 60) / shardSeconds) * 0.97);
      volunteer.stop();
      await vi.advanceTimersByTimeAsync(10_000);
      await volunteer.settled;
      expect(kept.size).toBe(0);
    },
  );
});
