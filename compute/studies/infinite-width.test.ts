import { expect, test } from 'vitest';
import { mlpDescent, mlpLossAndGradient, mlpStart } from '../engines/reference.testkit.ts';
import { madeSet } from '../programs/data.ts';
import type { MadeDataSpec, MlpSpec } from '../programs/program.ts';
import { normals, STREAMS } from '../random.ts';
import { firstStepMoments, pairContribution } from './first-step.ts';
import { infiniteWidth } from './infinite-width.ts';
import type { RunRecord, RunSummary } from './study.ts';

const config = { pairs: 6, inputs: 3, samples: 5, learningRate: 0.7, steps: 4 };
const plan = infiniteWidth.plan(config, { null: false });
const program = plan.program as MlpSpec;
const [inputs = 0, width = 0, outputs = 0] = program.layers;
const table = madeSet(program.data as MadeDataSpec, inputs, outputs);
const task = { table, inputs, outputs, trained: config.samples, rate: config.learningRate };

/** Held-out outputs after the first step: the mean over pairs of what each contributes. */
function firstOutputs(start: readonly Float64Array[]): number[] {
  // Absorbed weights are w/√d and a/N.
  const all = Array.from({ length: config.pairs }, (_, j) =>
    pairContribution(
      task,
      Array.from(
        { length: inputs },
        (_, k) => Math.sqrt(inputs) * (start[0]?.[k * width + j] ?? 0),
      ),
      Array.from({ length: outputs }, (_, k) => width * (start[1]?.[j * outputs + k] ?? 0)),
    ),
  );
  return Array.from({ length: 4 * outputs }, (_, i) =>
    all.reduce((sum, own) => sum + (own[i] ?? 0) / config.pairs, 0),
  );
}

test('the mean of what pairs contribute gives the network’s losses after one step, in float64', () => {
  const f = firstOutputs(mlpStart(program, 4, 1));
  const { weights } = mlpDescent(program, 4, plan.hyper, 1);
  for (let s = 0; s < 4; s++) {
    const row = config.samples + s;
    const target = table.y.subarray(row * outputs, (row + 1) * outputs);
    const loss = f
      .slice(s * outputs, (s + 1) * outputs)
      .reduce((sum, v, k) => sum + (v - (target[k] ?? 0)) ** 2 / 2, 0);
    expect(mlpLossAndGradient(program, weights, 1, [row]).loss).toBeCloseTo(loss, 6);
  }
});

test('the moments over pairs are those of networks: variance 2/N of one pair’s', () => {
  const { mean, variance } = firstStepMoments(task, 3000);
  const distances = Array.from({ length: 300 }, (_, seed) =>
    firstOutputs(mlpStart(program, seed, 1)).reduce(
      (sum, f, i) => sum + (f - (mean[i] ?? 0)) ** 2,
      0,
    ),
  );
  const measured = distances.reduce((a, b) => a + b) / 300;
  const spread = Math.sqrt(distances.reduce((s, v) => s + (v - measured) ** 2, 0) / 300);
  const expected = (2 / width) * variance.reduce((a, b) => a + b);
  expect(Math.abs(measured - expected)).toBeLessThan(
    (3 * spread) / Math.sqrt(300) + 0.03 * expected,
  );
});

test('what is drawn of all seeds together is their sample variance', () => {
  const runOf = (seed: number, values: number[]): RunRecord => ({
    ...{ config, seed, outcome: { kind: 'completed' } },
    series: {
      steps: Float32Array.from([0, 1]),
      columns: Object.fromEntries(
        Array.from({ length: 128 }, (_, i) => [
          `f${i + 1}`,
          Float32Array.from([0, values[i % values.length] ?? 0]),
        ]),
      ),
    },
  });
  const panel = infiniteWidth.panels.find((p) => p.id === 'scaled-variance');
  const runs = [runOf(1, [1, 5]), runOf(2, [2, 5]), runOf(3, [6, 8])];
  const traces = panel?.observeTogether?.(runs, { null: false }) ?? [];
  const at = traces.map((t) => t.y[t.x.indexOf(1)] ?? Number.NaN);
  // Sample variances of (1, 2, 6) and (5, 5, 8): 7 and 3. Times N = 12.
  expect(at.reduce((a, b) => a + b, 0) / 3).toBeCloseTo((12 * (7 + 3)) / 2, 6);
});

test('is undecided with one width, and with one seed', () => {
  const runs = (pairs: readonly number[], seeds: readonly number[]): RunSummary[] =>
    pairs.flatMap((p) =>
      seeds.map((seed) => ({
        ...{ config: { ...config, pairs: p }, seed, outcome: { kind: 'completed' } },
        summary: Object.fromEntries(
          Array.from({ length: 128 }, (_, i) => [
            `f${i + 1}`,
            Math.sin(seed * (i + 1)) / Math.sqrt(p),
          ]),
        ),
      })),
    );
  const verdict = (all: RunSummary[]) =>
    infiniteWidth.analyse(all, { null: false, expected: all.length }).verdict;
  expect(verdict(runs([8], [1, 2, 3])).because).toMatch(/Two widths/);
  expect(verdict(runs([8, 32], [1])).state).toBe('undecided');
  expect(verdict(runs([8, 32, 128], [1, 2, 3])).state).toBe('holds');
});

test('judges the loss above the widest where it is precise, and says so where it is not', () => {
  const analysis = (power: number, noise: number) => {
    const runs = [8, 32, 128, 512].flatMap((pairs) =>
      Array.from({ length: 8 }, (_, seed): RunSummary => {
        const chance = normals(seed, STREAMS.probe, pairs, 128).map((z) => z / Math.sqrt(pairs));
        return {
          ...{ config: { ...config, pairs }, seed, outcome: { kind: 'completed' } },
          summary: {
            ...Object.fromEntries([...chance].map((f, i) => [`f${i + 1}`, f])),
            testLoss: 1 + pairs ** power + noise * (chance[0] ?? 0),
          },
        };
      }),
    );
    return infiniteWidth.analyse(runs, { null: false, expected: runs.length });
  };
  expect(analysis(-1, 1e-3).verdict.state).toBe('holds');
  expect(analysis(-0.4, 1e-3).verdict).toMatchObject({ state: 'fails', threshold: [-1.3, -0.7] });
  const noisy = analysis(-0.4, 0.5);
  expect(noisy.verdict.state).toBe('holds');
  expect(noisy.fits.bias?.label).toMatch(/too noisy to judge/);
});
