import { expect, test } from 'vitest';
import { inputsOf } from '../programs/program.ts';
import { cellsOf, plannedPacks, plannedRuns, studies } from './registry.ts';
import { problemOfInputs, problemOfStages, stageOf, stagesOf } from './stages.ts';
import type { Stage, Study } from './study.ts';
import { universalRepresentations as staged } from './universal-representations.ts';

const grid = {
  params: {
    ...{ leftNetwork: ['mlp'], left: [8, 16], rightNetwork: ['transformer'], right: [4] },
    ...{ updates: [10, 20], learningRate: [0.02] },
  },
  seeds: [1, 2],
};
const withStages = (change: (stages: readonly Stage[]) => readonly Stage[]): Study => ({
  ...staged,
  stages: change(staged.stages ?? []),
});

test('a study without stages has one, of every combination', () => {
  const [plain] = studies;
  if (plain === undefined) throw new Error('There is no study.');
  expect(stagesOf(plain)).toHaveLength(1);
  expect(plannedRuns(plain, cellsOf(plain, plain.grids.quick), [1], { null: false })).toEqual(
    expect.not.arrayContaining([expect.objectContaining({ inputs: expect.anything() })]),
  );
});

test('each stage crosses the parameters that mean something to it, and a cell says whose it is', () => {
  const cells = cellsOf(staged, grid);
  expect(cells).toHaveLength(2 * 2 + 1 * 2 + 2 * 1 * 2);
  const ids = cells.map((config) => stageOf(staged, config).id);
  expect(ids.filter((id) => id === 'left')).toHaveLength(4);
  expect(ids.filter((id) => id === 'right')).toHaveLength(2);
  expect(ids.filter((id) => id === 'compare')).toHaveLength(4);
});

test('every study’s runs stand on runs of earlier stages, trained by the programs that theirs expect', () => {
  for (const study of studies)
    for (const own of [study.grids.default, study.grids.quick]) {
      expect(problemOfStages(study, own)).toBeNull();
      for (const config of cellsOf(study, own))
        expect(problemOfInputs(study, config, 1)).toBeNull();
    }
});

test('what runs stand on comes before them, in the grid and in the packs', () => {
  const place = new Map<string, number>();
  for (const [p, pack] of plannedPacks(staged, grid, { null: false }).entries())
    for (const { cell, seed, inputs = [], plan } of pack) {
      expect(inputs).toHaveLength(inputsOf(plan.program).length);
      for (const input of inputs) {
        expect(input.seed).toBe(seed);
        expect(place.get(`${input.cell} ${input.seed}`)).toBeLessThan(p);
      }
      place.set(`${cell} ${seed}`, p);
    }
  expect(place.size).toBe(10 * 2);
});

test('a run that stands on one outside the grid is refused', () => {
  const cells = cellsOf(staged, grid).filter(({ left }) => left !== 0);
  expect(() => plannedRuns(staged, cells, [1], { null: false })).toThrow(/not in the grid/);
});

test.each([
  [
    'a cycle',
    (s: readonly Stage[]) =>
      s.map((x) => (x.id === 'left' ? { ...x, after: ['compare'], inputs: () => [] } : x)),
    /does not come before/,
  ],
  [
    'itself',
    (s: readonly Stage[]) => s.map((x) => (x.id === 'compare' ? { ...x, after: ['compare'] } : x)),
    /does not come before/,
  ],
  ['a name twice', (s: readonly Stage[]) => [...s, ...s.slice(0, 1)], /Two stages/],
  [
    'stages without runs',
    (s: readonly Stage[]) => s.map((x) => (x.id === 'right' ? { ...x, after: ['left'] } : x)),
    /or neither/,
  ],
  [
    'a parameter that is none',
    (s: readonly Stage[]) => s.map((x) => (x.id === 'left' ? { ...x, fixed: { depth: 0 } } : x)),
    /no parameter/,
  ],
  [
    'a value of the grid',
    (s: readonly Stage[]) => s.map((x) => (x.id === 'left' ? { ...x, fixed: { right: 4 } } : x)),
    /the grid has too/,
  ],
] as const)('stages with %s are refused', (_, change, sentence) => {
  expect(problemOfStages(withStages(change), grid)).toMatch(sentence);
});

test('inputs of another stage, number or program are refused', () => {
  const pair = {
    ...{ leftNetwork: 'mlp', left: 8, rightNetwork: 'transformer', right: 4 },
    ...{ updates: 10, learningRate: 0.02 },
  };
  const inputs = (of: NonNullable<Stage['inputs']>) =>
    problemOfInputs(
      withStages((s) => s.map((x) => (x.id === 'compare' ? { ...x, inputs: of } : x))),
      pair,
      1,
    );
  const [left, right] = [
    { config: { ...pair, right: 0, rightNetwork: 'none' }, seed: 1 },
    { config: { ...pair, left: 0, leftNetwork: 'none' }, seed: 1 },
  ];
  expect(inputs(() => [left])).toMatch(/stand on 1 others/);
  expect(inputs(() => [right, left])).toMatch(/another program/);
  expect(inputs(() => [left, { config: pair, seed: 1 }])).toMatch(/stands on one of “compare”/);
});
