import { expect, test } from 'vitest';
import { mup } from './mup.ts';
import type { Config, RunSummary } from './study.ts';

const RATES = [0.002, 0.004, 0.008, 0.016, 0.032];
const config = (width: number, learningRate: number): Config => ({
  ...{ optimizer: 'adam', width, depth: 1, learningRate, side: '7', batch: 32, steps: 100 },
});

/** Losses on parabolas in log₂ η whose lowest point moves by so many octaves a doubling of width. */
function runs(shift: number, rates = RATES, widths = [128, 256, 512]): RunSummary[] {
  return [1, 2].flatMap((seed) =>
    widths.flatMap((width) =>
      rates.map((rate): RunSummary => {
        const best = Math.log2(0.008) + shift * Math.log2(width / 256) + 0.01 * seed;
        const loss = Math.exp(0.1 * (Math.log2(rate) - best) ** 2 - 1);
        return {
          ...{ config: config(width, rate), seed, outcome: { kind: 'completed' } },
          summary: { loss, featureChange: 1 },
        };
      }),
    ),
  );
}
const verdictOf = (of: readonly RunSummary[]) =>
  mup.analyse(of, { null: false, expected: of.length }).verdict;

test('a shift that was put in is measured, over the whole range of widths', () => {
  // −0.65 octaves a doubling over two doublings.
  expect(verdictOf(runs(-0.65))).toMatchObject({ state: 'fails', value: expect.closeTo(-1.3, 9) });
  expect(verdictOf(runs(0.1))).toMatchObject({ state: 'holds', value: expect.closeTo(0.2, 9) });
});

test('a best learning rate at the end of the list is no optimum: undecided, and says for which width', () => {
  const verdict = verdictOf(runs(0, RATES.slice(2)));
  expect(verdict.state).toBe('undecided');
  expect(verdict.because).toContain('N = 128, N = 256, N = 512');
});

test('one width has nothing to transfer to', () => {
  expect(verdictOf(runs(0, RATES, [256])).because).toContain('two widths');
});

test('a learning rate at which a run diverged is beyond the valley, not in it', () => {
  const all = runs(0).map(
    (run): RunSummary =>
      run.config.learningRate === 0.032
        ? {
            ...run,
            outcome: { kind: 'diverged', step: 3 },
            summary: { loss: null, featureChange: null },
          }
        : run,
  );
  expect(verdictOf(all).value).toBeCloseTo(0, 9);
});

test('a narrow network is shown and not judged: the law is one of wide ones', () => {
  // One octave higher at N = 64 than at all others.
  const all = [...runs(0), ...runs(-0.5, RATES, [64])];
  const { fits, verdict } = mup.analyse(all, { null: false, expected: all.length });
  expect(verdict).toMatchObject({ state: 'holds', value: expect.closeTo(0, 9) });
  expect(Object.values(fits).find(({ label }) => label.includes('N = 64'))?.value).toBeCloseTo(
    0.016 * 2 ** 0.01,
    2,
  );
  expect(verdictOf(runs(0, RATES, [64, 128])).because).toContain('128 or more');
});
