import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  isLive,
  newShard,
  type Outcome,
  type Shard,
  type ShardEvent,
  transition,
} from './shards.ts';

const limits = { softMs: 10, hardMs: 50 };
const fold = (shard: Shard, ...events: ShardEvent[]) => {
  const outcomes: Outcome[] = [];
  let state = shard;
  for (const event of events) {
    const next = transition(state, event);
    state = next.shard;
    outcomes.push(next.outcome);
  }
  return {
    shard: state,
    outcomes,
    kinds: outcomes.map((o) => (o.kind === 'refused' ? o.reason : o.kind)),
  };
};
const lease = (device: string, now: number): ShardEvent => ({
  kind: 'lease',
  device,
  now,
  ...limits,
});
const progress = (device: string, attempt: number, now: number): ShardEvent => ({
  ...{ kind: 'progress', device, attempt, now, done: now },
  ...limits,
});
const submit = (device: string, attempt: number, now: number, valid = true): ShardEvent => ({
  ...{ kind: 'submit', device, attempt, now, valid },
});
const release = (device: string, attempt: number, softAt: number | null = null): ShardEvent => ({
  ...{ kind: 'release', device, attempt, softAt },
});

describe('one shard', () => {
  test('[L2] is leased to one device until its soft deadline passes or it lets go', () => {
    expect(fold(newShard, lease('a', 0), lease('b', 10), lease('b', 11)).kinds).toEqual([
      'leased',
      'lease-lost',
      'leased',
    ]);
    expect(fold(newShard, lease('a', 0), release('a', 1), lease('b', 1)).kinds).toEqual([
      'leased',
      'released',
      'leased',
    ]);
  });

  test('[L10] a recall ends every attempt that counts or could, and blames nobody', () => {
    const recall: ShardEvent = { kind: 'recall' };
    const held = fold(newShard, lease('a', 0), release('a', 1), lease('b', 1), recall);
    expect(held.shard.attempts.map((a) => a.state)).toEqual(['lapsed', 'lapsed']);
    const after = fold(held.shard, submit('b', 2, 2), progress('b', 2, 3), submit('a', 1, 4));
    expect(after.kinds).toEqual(['lease-lost', 'lease-lost', 'lease-lost']);
    const counted = fold(newShard, lease('a', 0), submit('a', 1, 1), recall);
    expect(counted.shard).toMatchObject({ accepted: null, attempts: [{ state: 'recalled' }] });
    // What was wrong before stays wrong.
    const wrong = fold(newShard, lease('a', 0), submit('a', 1, 1, false), recall);
    expect(wrong.shard.attempts.map((a) => a.state)).toEqual(['invalid']);
  });

  test('[L3] progress renews, a vanished holder takes up again, and loses to whoever holds it now', () => {
    expect(fold(newShard, lease('a', 0), progress('a', 1, 9), lease('b', 15)).kinds.at(-1)).toBe(
      'lease-lost',
    );
    expect(
      fold(newShard, lease('a', 0), release('a', 1), progress('a', 1, 5), lease('b', 6)).kinds.at(
        -1,
      ),
    ).toBe('lease-lost');
    expect(fold(newShard, lease('a', 0), lease('b', 11), progress('a', 1, 12)).kinds.at(-1)).toBe(
      'lease-lost',
    );
    expect(fold(newShard, lease('a', 0), progress('a', 1, 51)).kinds.at(-1)).toBe('lease-expired');
  });

  test('[L4] a late valid result counts once, and not after the hard deadline', () => {
    expect(
      fold(newShard, lease('a', 0), lease('b', 20), submit('a', 1, 30), submit('b', 2, 31)).kinds,
    ).toEqual(['leased', 'leased', 'accepted', 'superseded']);
    expect(fold(newShard, lease('a', 0), submit('a', 1, 51)).kinds.at(-1)).toBe('lease-expired');
  });

  test('[L5] a duplicate of the accepted result is acknowledged again, even after the hard deadline', () => {
    expect(fold(newShard, lease('a', 0), submit('a', 1, 5), submit('a', 1, 500)).kinds.at(-1)).toBe(
      'already-accepted',
    );
  });

  test('[L7] an invalid result ends its attempt and opens the shard', () => {
    expect(
      fold(newShard, lease('a', 0), submit('a', 1, 5, false), submit('a', 1, 6), lease('b', 7))
        .kinds,
    ).toEqual(['leased', 'invalid-result', 'invalid-result', 'leased']);
  });

  test("[L8] another device's attempt number is of no use", () => {
    for (const event of [submit('b', 1, 5), progress('b', 1, 5), release('b', 1)]) {
      const { shard, kinds } = fold(newShard, lease('a', 0), event);
      expect(kinds.at(-1)).toBe('not-found');
      expect(shard).toEqual(fold(newShard, lease('a', 0)).shard);
    }
  });

  test('[L9] a disconnect releases at once what was not renewed since, and nothing else', () => {
    const vanishedAt = (softAt: number) =>
      fold(newShard, lease('a', 0), progress('a', 1, 5), release('a', 1, softAt), lease('b', 6));
    expect(vanishedAt(15).kinds.at(-1)).toBe('leased');
    expect(vanishedAt(10).kinds.at(-1)).toBe('lease-lost');
  });
});

describe('any interleaving', () => {
  const device = fc.constantFrom('a', 'b', 'c', 'd');
  const attempt = fc.integer({ min: 1, max: 8 });
  const step = fc.oneof(
    device.map((d) => ({ make: (now: number) => lease(d, now) })),
    fc.tuple(device, attempt).map(([d, n]) => ({ make: (now: number) => progress(d, n, now) })),
    fc.tuple(device, attempt, fc.option(fc.integer({ min: 0, max: 60 }))).map(([d, n, since]) => ({
      make: (now: number) => release(d, n, since === null ? null : now + since),
    })),
    fc
      .tuple(device, attempt, fc.boolean())
      .map(([d, n, valid]) => ({ make: (now: number) => submit(d, n, now, valid) })),
  );
  const history = fc.array(fc.tuple(fc.nat({ max: 30 }), step), { maxLength: 60 });

  test('[L1] [L2] [L5] [L6] never counts a shard twice, never loses what was counted, never has two holders', () => {
    fc.assert(
      fc.property(history, (steps) => {
        let [now, shard, counted] = [0, newShard, 0];
        for (const [wait, { make }] of steps) {
          now += wait;
          const before = shard.accepted;
          const { shard: next, outcome } = transition(shard, make(now));
          if (outcome.kind === 'accepted') counted += 1;
          expect(counted).toBeLessThanOrEqual(1);
          if (before !== null) expect(next.accepted).toBe(before);
          expect(next.accepted !== null).toBe(counted === 1);
          expect(next.attempts.filter((a) => isLive(a, now)).length).toBeLessThanOrEqual(1);
          expect(next.attempts.filter((a) => a.state === 'accepted').length).toBe(counted);
          expect(new Set(next.attempts.map((a) => a.number)).size).toBe(next.attempts.length);
          shard = next;
        }
      }),
      { seed: 20261124, numRuns: 2000 },
    );
  });

  test('[L2] [L4] whatever happened, a patient device can still finish the shard, exactly once', () => {
    fc.assert(
      fc.property(history, (steps) => {
        let [now, shard] = [0, newShard];
        for (const [wait, { make }] of steps) {
          now += wait;
          shard = transition(shard, make(now)).shard;
        }
        if (shard.accepted !== null) return;
        now += limits.softMs + 1;
        const leased = transition(shard, lease('z', now));
        expect(leased.outcome.kind).toBe('leased');
        if (leased.outcome.kind !== 'leased') return;
        const done = transition(leased.shard, submit('z', leased.outcome.attempt, now + 1));
        expect(done.outcome.kind).toBe('accepted');
      }),
      { seed: 7, numRuns: 2000 },
    );
  });
});
