import { createRequire } from 'node:module';
import path from 'node:path';
import { expect, test } from 'vitest';
import { openEngine } from '../engines/open.ts';
import { mlpDescent } from '../engines/reference.testkit.ts';
import { distinctRows } from '../random.ts';
import { firstReach, grokking } from './grokking.ts';
import type { Config, RunRecord, RunSummary, Summary } from './study.ts';

const wasmPath = `${path.dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'))}/`;
const config: Config = {
  ...{ modulus: 11, width: 12, fraction: 0.6, learningRate: 0.01, weightDecay: 1, steps: 100 },
};
const good: Summary = {
  ...{ fitted: 1, delay: 10, testAccuracy: 1, fourierShare: 0.95 },
  ...{ restrictedAccuracy: 1, excludedAbove: 0.02 },
};

test.each([false, true])(
  'training, null %s, follows float64 descent of the same pairs',
  async (isNull) => {
    const plan = grokking.plan(config, { null: isNull });
    if (plan.program.kind !== 'mlp') throw new Error('Not an mlp.');
    const engine = await openEngine({ backend: 'wasm', wasmPath });
    const run = { id: 'a', seed: 7, hyper: plan.hyper };
    const training = await engine.start({ program: plan.program, runs: [run] });
    while (!(await training.advance()));
    const [result] = training.results();
    const { losses } = mlpDescent(plan.program, 7, plan.hyper, 100);
    for (const [row, step] of result?.series.steps.entries() ?? []) {
      const loss = result?.series.columns.loss?.[row] ?? Number.NaN;
      expect(Math.abs(loss / (losses[step] ?? 0) - 1), `step ${step}`).toBeLessThan(1e-3);
    }
    expect(result?.series.steps.length).toBe(101);
  },
);

test('a step between records is read off the straight line', () => {
  const run = (accuracy: readonly number[]): RunRecord => ({
    ...{ config, seed: 1, outcome: { kind: 'completed' } },
    series: {
      steps: Float32Array.from([0, 10, 20]),
      columns: { accuracy: Float32Array.from(accuracy) },
    },
  });
  expect(firstReach(run([0, 0.5, 1]), 'accuracy', 0.75)).toBeCloseTo(15, 6);
  expect(firstReach(run([0, 0.5, 0.6]), 'accuracy', 0.75)).toBeNull();
  expect(firstReach(run([1, 1, 1]), 'accuracy', 0.75)).toBe(0);
});

test('the pairs that are trained on are the seed’s own, and as many as the share says', () => {
  const plan = grokking.plan(config, { null: false });
  if (plan.program.kind !== 'mlp' || plan.program.train === 'all') throw new Error('No split.');
  const { count } = plan.program.train;
  expect(count).toBe(73);
  expect([...distinctRows(1, count, 121)]).not.toEqual([...distinctRows(2, count, 121)]);
});

const analysed = (changes: Config, summary: Summary) => {
  const runs = [1, 2, 3].map(
    (seed): RunSummary => ({
      ...{ config: { ...config, fraction: 0.9, ...changes }, seed, outcome: { kind: 'completed' } },
      summary: { ...good, ...summary },
    }),
  );
  return grokking.analyse(runs, { null: false, expected: 3 }).verdict;
};

test.each([
  ['holds', 'all is as the law says', {}, {}],
  ['fails', 'held-out pairs come at once', {}, { delay: 2 }],
  ['fails', 'they never come', {}, { delay: null, testAccuracy: 0.1 }],
  ['fails', 'units are no waves', {}, { fourierShare: 0.4 }],
  ['fails', 'something is known without the waves', {}, { excludedAbove: 0.5 }],
  ['undecided', 'training pairs are not known', {}, { fitted: 0 }],
  ['undecided', 'there are too few pairs', { fraction: 0.3 }, { testAccuracy: 0.1 }],
  ['undecided', 'there is too little decay', { weightDecay: 0.1 }, { testAccuracy: 0.1 }],
] as const)('the verdict %s where %s', (state, _, changes, summary) => {
  expect(analysed(changes, summary).state).toBe(state);
});
