import { expect, test } from 'vitest';
import { modeStrengths, stepError } from '../analysis/linear-modes.ts';
import { mean } from '../analysis/stats.ts';
import { initialLinear, targetOf } from '../programs/linear.ts';
import { deepLinear } from './deep-linear.ts';
import { MODES } from './deep-linear-criteria.ts';
import { cellsOf } from './registry.ts';
import type { Config, RunRecord, Verdict } from './study.ts';

const options = { null: false };

/** Times at which modes are made to lie, in place of the exact ones; and a factor on the step's error. */
interface Made {
  readonly delays?: readonly number[];
  readonly error?: number;
  readonly until?: number;
}

/** A run as theory says it comes out, first order in the step, but for what is asked for. */
function made(
  config: Config,
  seed: number,
  { delays = [], error = 1, until = 7 }: Made,
): RunRecord {
  const [depth, rate] = [Number(config.depth), Number(config.learningRate)];
  const a0 = Number(config.initScale);
  const times = Array.from({ length: 141 }, (_, i) => (i * until) / 140);
  const columns = MODES.map((s, mode) => {
    const late = times.map((t) => Math.max(0, t - (delays[mode] ?? 0)));
    const exact = modeStrengths(depth, s, a0, late);
    const own = exact.map((a) => a + error * stepError(depth, s, a0, rate, a));
    return [`mode${mode + 1}`, Float32Array.from(own)] as const;
  });
  return {
    ...{ config, seed, outcome: { kind: 'completed' } },
    series: {
      steps: Float32Array.from(times, (t) => t / rate),
      columns: Object.fromEntries(columns),
    },
  };
}

function verdictOn(
  params: Readonly<Record<string, readonly (number | string)[]>>,
  how: Made,
): Verdict {
  const grid = { params: { ...deepLinear.grids.default.params, ...params }, seeds: [1, 2] };
  const runs = cellsOf(deepLinear, grid).flatMap((config) =>
    grid.seeds.map((seed) => made(config, seed, how)),
  );
  return deepLinear.analyse(
    runs.map((run) => ({ ...run, summary: deepLinear.summarise(run, options) })),
    { ...options, expected: runs.length },
  ).verdict;
}

const aligned = { init: ['aligned'] };

test('holds on runs that follow theory with the error of their step, at every depth', () => {
  const verdict = verdictOn(aligned, {});
  expect(verdict.state, verdict.because).toBe('holds');
});

test('fails on distances that do not come from the step: too large, too small, or not in proportion', () => {
  expect(verdictOn(aligned, { error: 4 })).toMatchObject({ state: 'fails' });
  expect(verdictOn(aligned, { error: 0.5 })).toMatchObject({ state: 'fails' });
  // A delay of a mode is off by the same at every rate.
  expect(verdictOn({ ...aligned, depth: [2] }, { delays: [0, 0, 0, 0.02] }).state).toBe('fails');
});

test('fails where a mode is learnt before a stronger one', () => {
  const verdict = verdictOn({ init: ['random'], depth: [2] }, { delays: [1.5] });
  expect(verdict.state).toBe('fails');
  expect(verdict.because).toMatch(/in order of s/);
});

test('is undecided where the step is too large for the flow, and where modes were not waited for', () => {
  const large = verdictOn({ ...aligned, depth: [4], learningRate: [0.05] }, {});
  expect(large.state).toBe('undecided');
  expect(large.because).toMatch(/too large to follow the gradient flow/);
  const short = verdictOn({ ...aligned, depth: [2] }, { until: 1 });
  expect(short.state).toBe('undecided');
  expect(short.because).toMatch(/longer horizon/);
});

test('from a large start the order alone is judged, and fails', () => {
  const verdict = verdictOn({ ...aligned, initScale: [4] }, {});
  expect(verdict.state).toBe('fails');
  expect(verdict.because).not.toMatch(/distance/);
});

test('a random start of more than two layers is reported and not judged', () => {
  const verdict = verdictOn({ init: ['aligned', 'random'], depth: [2, 3] }, {});
  expect(verdict.state).toBe('holds');
  expect(verdict.because).toMatch(/Random starts of 3 layers are not judged/);
  expect(verdictOn({ init: ['random'], depth: [3] }, {}).state).toBe('undecided');
});

test('the growing half of a mode has the strength that is asked for, on average over random starts', () => {
  const [config] = cellsOf(deepLinear, {
    params: { ...deepLinear.grids.default.params, init: ['random'], depth: [2] },
    seeds: [1],
  });
  if (config === undefined) throw new Error('The grid is empty.');
  const { program, hyper } = deepLinear.plan(config, options);
  if (program.kind !== 'linear') throw new Error('The study trains linear networks.');
  const d = program.width;
  const strengths = Array.from({ length: 40 }, (_, seed) => {
    const { u, v } = targetOf(program, seed);
    const [first, second] = initialLinear(program, seed, hyper.initScale);
    return MODES.map((_, mode) => {
      let square = 0;
      for (let h = 0; h < d; h++) {
        let sum = 0;
        for (let k = 0; k < d; k++)
          sum +=
            (first?.[h * d + k] ?? 0) * v.get(k, mode) +
            (second?.[k * d + h] ?? 0) * u.get(k, mode);
        square += (sum / 2) ** 2;
      }
      return square;
    });
  }).flat();
  // The mean of 160 chi-squares of 32 degrees: standard error 2%.
  expect(Math.abs(mean(strengths) / Number(config.initScale) - 1)).toBeLessThan(0.06);
});
