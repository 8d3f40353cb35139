import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { STREAMS, uniformAt } from '../compute/random.ts';
import {
  CLEARLY,
  type Committed,
  drawHandover,
  drawSegments,
  judge,
  leavesWith,
  MOST_PER_RUN,
  type Observed,
  RECORD,
  REPLAY_AT_LEAST,
  REPLAY_SHARE,
  type Segment,
  segmentsOf,
} from './trust.ts';

const uniform = (seed: number) => {
  let i = 0;
  return () => uniformAt(seed, STREAMS.probe, 0, i++);
};
const unknown = { valid: 0, invalid: 0 };
const known = { valid: RECORD, invalid: 0 };
const runOf = (run: string, segments: number, diverged: number | null = null): Committed => ({
  ...{ run, diverged },
  checkpoints: Array.from({ length: segments + 1 }, (_, i) => 10 * i),
});
const nameOf = ({ run, from, to }: Segment) => `${run} ${from} ${to}`;

const committed = fc
  .array(fc.record({ segments: fc.integer({ min: 1, max: 100 }), diverges: fc.boolean() }), {
    minLength: 1,
    maxLength: 40,
  })
  .map((all) =>
    all.map(({ segments, diverges }, i) =>
      runOf(`r${i}`, segments, diverges ? 10 * segments + 5 : null),
    ),
  );

describe('drawing', () => {
  test('[V1] takes distinct segments between neighbouring commitments, or up to a divergence', () => {
    fc.assert(
      fc.property(committed, fc.nat(), fc.boolean(), (runs, seed, hasRecord) => {
        const drawn = drawSegments(runs, hasRecord ? known : unknown, uniform(seed)).map(nameOf);
        const all = new Set(runs.flatMap(segmentsOf).map(nameOf));
        expect(new Set(drawn).size).toBe(drawn.length);
        expect(drawn.filter((name) => !all.has(name))).toEqual([]);
        expect(drawn.length).toBeGreaterThan(0);
      }),
    );
  });

  test('[V2] takes the share of the segments, at least the set number, and no run twice before every run once', () => {
    fc.assert(
      fc.property(committed, fc.nat(), fc.boolean(), (runs, seed, hasRecord) => {
        const drawn = drawSegments(runs, hasRecord ? known : unknown, uniform(seed));
        const all = runs.flatMap(segmentsOf).length;
        const { known: few, unknown: many } = REPLAY_AT_LEAST;
        const least = hasRecord ? Math.min(few, REPLAY_SHARE.most * all) : Math.min(many, all);
        const usual = Math.min(REPLAY_SHARE.usual * all, MOST_PER_RUN * runs.length);
        const wanted = Math.max(1, least, usual);
        expect(drawn.length).toBeGreaterThanOrEqual(Math.floor(wanted));
        expect(drawn.length).toBeLessThanOrEqual(Math.ceil(wanted));
        const times = (run: Committed) => drawn.filter((s) => s.run === run.run).length;
        const short = runs.filter((run) => times(run) < segmentsOf(run).length).map(times);
        const most = Math.max(...runs.map(times));
        expect(Math.min(most, ...short)).toBeGreaterThanOrEqual(most - 1);
      }),
    );
  });

  test('[V1] every segment of a run is as likely as any other', () => {
    const [draws, counts] = [6_000, new Map<string, number>()];
    const random = uniform(3);
    for (let i = 0; i < draws; i++) {
      for (const segment of drawSegments([runOf('a', 12)], unknown, random))
        counts.set(nameOf(segment), (counts.get(nameOf(segment)) ?? 0) + 1);
    }
    const p = REPLAY_AT_LEAST.unknown / 12;
    const error = Math.sqrt(draws * p * (1 - p));
    expect(counts.size).toBe(12);
    for (const n of counts.values()) expect(Math.abs(n - draws * p)).toBeLessThan(4 * error);
  });

  test('[V6] of a handover the last segment of one run that trains is drawn, any run as likely, and others nobody can foresee', () => {
    const lasts = new Map<string, number>();
    const others = new Map<string, number>();
    const runs = [runOf('a', 8), runOf('b', 8), runOf('c', 8), runOf('gone', 8, 85)];
    const times = 6_000;
    for (let seed = 0; seed < times; seed++) {
      const [last, ...more] = drawHandover(runs, known, uniform(seed));
      if (last === undefined) throw new Error('Nothing was drawn.');
      expect(last.to).toBe(80);
      lasts.set(last.run, (lasts.get(last.run) ?? 0) + 1);
      expect(new Set([last, ...more].map(nameOf)).size).toBe(1 + more.length);
      for (const one of more) others.set(nameOf(one), (others.get(nameOf(one)) ?? 0) + 1);
    }
    // One of the three: binomial, within four deviations.
    expect([...lasts.keys()].sort()).toEqual(['a', 'b', 'c']);
    const apart = 4 * Math.sqrt((times * 2) / 9);
    for (const n of lasts.values()) expect(Math.abs(n - times / 3)).toBeLessThan(apart);
    // Every other one is drawn now and then: of the 32 left over, 8% a time.
    expect(others.size).toBe(33);
    const drawn = [...others.values()].reduce((a, b) => a + b, 0) / times;
    expect(drawn).toBeCloseTo(REPLAY_SHARE.most * 32, 1);
  });

  test('[V2] passes over a quarter of forged segments as often as combinatorics says', () => {
    // Six of eighty drawn, all of the sixty honest: C(60, 6) / C(80, 6).
    const p = [0, 1, 2, 3, 4, 5].reduce((q, i) => (q * (60 - i)) / (80 - i), 1);
    const [draws, random] = [6_000, uniform(4)];
    let passed = 0;
    for (let i = 0; i < draws; i++) {
      const drawn = drawSegments([runOf('a', 80)], known, random);
      expect(drawn.length).toBe(6);
      if (drawn.every(({ to }) => to > 200)) passed += 1;
    }
    expect(Math.abs(passed - draws * p)).toBeLessThan(4 * Math.sqrt(draws * p * (1 - p)));
  });
});

const observed = (end: readonly number[] | null, rows: readonly number[]): Observed => ({
  end: end === null ? null : { w: Float32Array.from(end) },
  ...{ rows: { loss: Float32Array.from(rows) }, diverged: end === null ? 20 : null },
});
const start = { w: Float32Array.from([1, 2, 3]) };
const tolerance = 1e-3;
const judged = (claimed: Observed, replayed: Observed) =>
  judge(claimed, replayed, start, tolerance, { columns: { loss: 10 }, reach: {} });

describe('judging', () => {
  const number = fc.float({ noNaN: true, min: -100, max: 100 });
  const triple = fc.tuple(number, number, number);

  test('[V3] equal bits are valid, whatever they are', () => {
    fc.assert(
      fc.property(triple, fc.array(fc.float()), (end, rows) => {
        const result = judged(observed(end, rows), observed(end, rows));
        expect(result).toEqual({ verdict: 'valid', deviation: 0 });
      }),
    );
  });

  test('[V3] a state is measured by how far training went, and valid, inconclusive or invalid by that', () => {
    fc.assert(
      fc.property(
        triple,
        triple,
        fc.double({ min: -5, max: 0, noNaN: true }),
        (end, aside, log) => {
          const replayed = observed(end, [1]);
          const b = [...(replayed.end?.w ?? [])];
          const moved = Math.max(
            Math.hypot(...b.map((x, i) => x - (start.w[i] ?? 0))),
            1e-3 * Math.hypot(...b),
          );
          const length = Math.hypot(...aside);
          fc.pre(moved > 1e-3 && length > 1e-3);
          const claimed = observed(
            b.map((x, i) => x + (10 ** log * moved * (aside[i] ?? 0)) / length),
            [1],
          );
          const apart = Math.hypot(...[...(claimed.end?.w ?? [])].map((x, i) => x - (b[i] ?? 0)));
          const { verdict, deviation } = judged(claimed, replayed);
          expect(deviation).toBeCloseTo(apart / moved, 9);
          const expected =
            apart / moved <= tolerance
              ? 'valid'
              : apart / moved <= CLEARLY * tolerance
                ? 'inconclusive'
                : 'invalid';
          // At the very thresholds the last bit decides.
          const near = [1, CLEARLY].some(
            (k) => Math.abs(apart / moved / (k * tolerance) - 1) < 1e-9,
          );
          if (!near) expect(verdict).toBe(expected);
        },
      ),
    );
  });

  test('[V3] a velocity is measured by its own movement, or by what it will still do to the weights', () => {
    const state = (m: number) => ({
      ...observed([1, 2, 3], [1]),
      end: { W1: Float32Array.of(30, 40), m1: Float32Array.of(m, 0) },
    });
    const from = { W1: Float32Array.of(3, 4), m1: Float32Array.of(0, 0) };
    const reach = { m1: { of: 'W1', times: 5 } };
    const judgedAt = (
      claimed: number,
      replayed: number,
      reached: typeof reach | Record<never, never>,
    ) =>
      judge(state(claimed), state(replayed), from, tolerance, {
        ...{ columns: { loss: 10 }, reach: reached },
      });
    // The weights went 45: a velocity of 9 moves them as far again.
    expect(judgedAt(2e-3, 1e-3, {})).toEqual({ verdict: 'invalid', deviation: expect.closeTo(1) });
    expect(judgedAt(2e-3, 1e-3, reach).deviation).toBeCloseTo(1e-3 / 9, 9);
    expect(judgedAt(19, 1, reach).deviation).toBeCloseTo(2, 6);
    // One that is larger than it will be felt is held to its own movement.
    expect(judgedAt(111, 100, reach).deviation).toBeCloseTo(0.11, 6);
  });

  test('[V3] a recorded column is measured by its largest value, or a thousandth of it in the whole run', () => {
    expect(judged(observed([2, 2, 2], [4, 1]), observed([2, 2, 2], [4, 1.5])).deviation).toBe(
      0.125,
    );
    // Beside a run of size 10 a loss of 1e-6 is nothing: 1e-6 / (1e-3 · 10).
    const tiny = judged(observed([2, 2, 2], [2e-6]), observed([2, 2, 2], [1e-6]));
    expect(tiny.deviation).toBeCloseTo(1e-4, 9);
    expect(tiny.verdict).toBe('valid');
  });

  test('[V3] what has another shape, or is not a number on one side alone, is invalid', () => {
    const replayed = observed([2, 2, 2], [1, 1]);
    for (const claimed of [
      observed([2, 2], [1, 1]),
      observed([2, 2, Number.NaN], [1, 1]),
      observed([2, 2, 2], [1]),
      observed([2, 2, 2], [1, Number.NaN]),
      { ...replayed, end: { w: start.w, v: start.w } },
      { ...replayed, rows: {} },
      { ...replayed, end: null },
    ])
      expect(judged(claimed, replayed)).toEqual({ verdict: 'invalid', deviation: Infinity });
  });

  test('[V3] a divergence is compared as such, and one that is not found again is not held against anybody', () => {
    expect(judged(observed(null, [1]), observed(null, [7])).verdict).toBe('valid');
    expect(judged(observed(null, [1]), observed([2, 2, 2], [1])).verdict).toBe('inconclusive');
    expect(judged(observed([2, 2, 2], [1]), observed(null, [1])).verdict).toBe('invalid');
  });

  test('[V4] [V5] an invalid segment takes all of its device with it, an inconclusive one its attempt', () => {
    expect((['valid', 'inconclusive', 'invalid'] as const).map(leavesWith)).toEqual([
      ...['nothing', 'attempt', 'device'],
    ]);
  });
});
