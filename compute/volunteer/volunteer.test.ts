import { describe, expect, test } from 'vitest';
import type { DeviceInfo, RunResult } from '../engines/engine.ts';
import type { VolunteerState } from './state.ts';
import {
  type Courier,
  createVolunteer,
  type KeptResult,
  type LeasedShard,
  type SubmitAnswer,
  type Trainer,
} from './volunteer.ts';

const device: DeviceInfo = { backend: 'cpu', adapter: null, fallbacks: [], build: 'test' };
const lease: LeasedShard = {
  shard: 's1',
  attempt: 1,
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
    runs: [{ id: 'r1', seed: 1, hyper: { learningRate: 0.1, momentum: 0, initScale: 1 } }],
  },
};
const run: RunResult = {
  id: 'r1',
  series: { steps: new Float32Array(1), columns: {} },
  outcome: { kind: 'completed' },
  hashes: [],
};

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
    progress: async () => progressAnswer,
    release: async (_, reason) => void log.push(`release ${reason}`),
    submit: async (r) => {
      log.push(`submit ${r.shard}/${r.attempt}`);
      return submits.shift() ?? { kind: 'counted' };
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
      clock += 3_000;
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

/** A training that goes on until it is told to stop. */
const endless: Trainer['train'] = (_, onProgress, signal) =>
  new Promise((resolve) => {
    const stop = () => resolve({ kind: 'stopped' });
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    onProgress(5);
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

  test('a result without an answer stays and is sent again before the next lease', async () => {
    const w = world({ submit: [{ kind: 'offline' }] });
    w.volunteer.start();
    await w.until('waiting');
    const first = w.log.indexOf('submit s1/1');
    const second = w.log.indexOf('submit s1/1', first + 1);
    expect(second).toBeGreaterThan(first);
    expect(w.log.slice(second).includes('lease')).toBe(true);
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

  test('pausing hands the shard back, resuming asks for work again, stopping puts the engine away', async () => {
    const w = world({ train: endless, leases: 2 });
    w.volunteer.start();
    await w.until('working');
    w.volunteer.pause('hidden');
    await w.until('paused');
    expect(w.log).toContain('release hidden');
    w.volunteer.resume('hidden');
    await w.until('working');
    w.volunteer.stop();
    await w.until('off');
    expect(w.log).toContain('release stopped');
    expect(w.log.at(-1)).toBe('dispose');
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

  test('a device that fails three shards in a row stops with the reason', async () => {
    const w = world({
      leases: 9,
      train: async () => {
        throw new Error('device lost');
      },
    });
    w.volunteer.start();
    await w.until('failed');
    expect(w.log.filter((l) => l === 'release failed')).toHaveLength(3);
    expect(w.states.at(-1)).toMatchObject({ message: expect.stringContaining('device lost') });
  });
});
