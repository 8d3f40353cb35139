import { createRequire } from 'node:module';
import path from 'node:path';
import { expect, test } from 'vitest';
import { openEngine } from '../engines/open.ts';
import { runStudy } from './headless.ts';
import { neuralCollapse as study } from './neural-collapse.ts';
import { cellsOf } from './registry.ts';
import type { RunRecord, RunSummary, Summary } from './study.ts';

const [config = {}] = cellsOf(study, study.grids.quick);

/** A run whose measures fall as given, with an error until the second record. */
function record(accuracy: readonly number[], angles: readonly number[]): RunRecord {
  const columns = {
    ...{ accuracy: Float32Array.from(accuracy), collapseAngles: Float32Array.from(angles) },
    ...Object.fromEntries(
      ['collapseNorms', 'collapseVariability', 'collapseDuality', 'collapseCentres'].map(
        (name) => [name, Float32Array.from(angles, (v) => v / 2)] as const,
      ),
    ),
  };
  const steps = Float32Array.from(accuracy, (_, i) => i * 10);
  return { config, seed: 1, series: { steps, columns }, outcome: { kind: 'completed' } };
}

const judgedOf = (summaries: readonly Summary[]) => {
  const runs = summaries.map(
    (summary, i): RunSummary => ({
      ...{ config, seed: i + 1, outcome: { kind: 'completed' }, summary },
    }),
  );
  return study.analyse(runs, { null: false, expected: runs.length }).verdict;
};
const summary = (accuracy: readonly number[], angles: readonly number[]) =>
  study.summarise(record(accuracy, angles), { null: false });

test('what falls is compared with the first record from which on there is no error', () => {
  const { collapseAnglesFall, fitted } = summary([0.5, 1, 0.9, 1, 1], [0.4, 0.3, 0.25, 0.2, 0.01]);
  expect(fitted).toBe(1);
  expect(collapseAnglesFall).toBeCloseTo(0.05, 6);
});

test('it is undecided while a run errs on its training samples, and says so', () => {
  const verdict = judgedOf([
    summary([0.5, 0.9], [0.4, 0.01]),
    summary([0.5, 1, 1], [0.4, 0.3, 0.01]),
  ]);
  expect(verdict.state).toBe('undecided');
  expect(verdict.because).toContain('1 of 2 runs err');
});

test('it fails where the angles are not those of a simplex, and where they do not fall', () => {
  const wide = summary([0.5, 1, 1], [0.4, 0.3, 0.2]);
  expect(judgedOf([wide, wide]).state).toBe('fails');
  const rising = summary([0.5, 1, 1], [0.4, 0.001, 0.01]);
  expect(judgedOf([rising, rising]).because).toContain('over that at zero error');
});

test('the last hidden layer has room for the simplex, and the null no weight decay', () => {
  for (const grid of [study.grids.default, study.grids.quick])
    for (const cell of cellsOf(study, grid)) {
      const { program, hyper } = study.plan(cell, { null: false });
      const layers = program.kind === 'mlp' ? program.layers : [];
      expect(layers.at(-2)).toBeGreaterThanOrEqual((layers.at(-1) ?? 0) - 1);
      expect(hyper.weightDecay).toBeGreaterThan(0);
      const broken = study.plan(cell, { null: true });
      expect(broken).toEqual({ program, hyper: { ...hyper, weightDecay: 0 } });
    }
});

const wasmPath = `${path.dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'))}/`;

test.each([
  ['equal classes collapse to a simplex', 'clusters', 'holds', /within/],
  ['rare classes are pushed together, which is none', 'unequal', 'fails', /NC2: mean/],
  ['labels at random are not fitted in that time', 'random', 'undecided', /err on training/],
] as const)('at one weight decay, %s', async (_, data, state, because) => {
  const engine = await openEngine({ backend: 'wasm', wasmPath });
  const { params } = study.grids.quick;
  const grid = { params: { ...params, data: [data], weightDecay: [0.018] }, seeds: [1000, 1001] };
  const { verdict } = (await runStudy(study, grid, engine, { null: false })).analysis;
  expect(verdict.state, verdict.because).toBe(state);
  expect(verdict.because).toMatch(because);
});
