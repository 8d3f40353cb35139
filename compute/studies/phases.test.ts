import { describe, expect, test } from 'vitest';
import { cellsOf, studies, studyById } from './registry.ts';
import type { CellRuns, Config, RunRecord, Summary } from './study.ts';

const study = (id: string) => {
  const found = studyById(id);
  if (found?.phases === undefined) throw new Error(`The study ${id} has no phases.`);
  return { ...found, phases: found.phases };
};
const cell = (config: Config, ...summaries: readonly Summary[]): CellRuns => ({
  config,
  runs: summaries.map((summary, seed) => ({
    ...{ config, seed, summary, outcome: { kind: 'completed' } },
  })),
});

describe.each(studies.map((s) => [s.id, s] as const))('%s', (_, { phases, ...own }) => {
  test('names no summary that a run does not have', () => {
    // Runs of one stage have other summaries than those of another, and a quick grid may leave some out.
    const cells = [own.grids.quick, own.grids.default].flatMap((grid) => cellsOf({ ...own }, grid));
    const known = cells.flatMap((config) => {
      const empty: RunRecord = {
        ...{ config, seed: 1, outcome: { kind: 'completed' } },
        series: { steps: Float32Array.of(0, 1), columns: {} },
      };
      return Object.keys(own.summarise(empty, { null: false }));
    });
    for (const name of Object.keys(own.summaries ?? {})) expect(known).toContain(name);
    expect(Object.keys(own.summaries ?? {}).length).toBeGreaterThan(0);
  });

  test('puts cells into its own classes only, and none that has no run', () => {
    if (phases === undefined) return;
    const params = own.params.map((p) => p.name);
    expect(params).toEqual(expect.arrayContaining([phases.x, phases.y]));
    const cells = cellsOf({ ...own }, own.grids.default).map((config) => cell(config));
    expect(new Set(phases.classify(cells, { null: false }))).toEqual(new Set([null]));
    for (const { x, y } of phases.boundary?.(cells, { null: false }) ?? []) {
      expect(x.length).toBe(y.length);
      expect([...x, ...y].every((v) => v > 0 && Number.isFinite(v))).toBe(true);
    }
  });
});

test('lazy and rich are told apart by the kernel, and the crossover is at α√N = 1', () => {
  const { phases } = study('lazy-rich');
  const of = (kernel: number, progress: number) =>
    phases.classify([cell({ alpha: 1, pairs: 8 }, { kernel, progress })], { null: false })[0];
  expect([of(0.01, 0.1), of(0.5, 0.1), of(3, 0.1), of(3, 0.9)]).toEqual([
    ...['lazy', 'between', 'rich', 'untrained'],
  ]);
  const [line] =
    phases.boundary?.(
      [2, 200].map((pairs) => cell({ alpha: 1, pairs })),
      { null: false },
    ) ?? [];
  // N = 4 and N = 400.
  expect([line?.x[0], line?.x.at(-1)].map((v) => v?.toFixed(6))).toEqual(['0.500000', '0.050000']);
});

test('of the learning rates of a width the one of lowest mean loss is the best, and its line is that of the parametrization', () => {
  const { phases, grids } = study('mup');
  const cells = (best: (width: number) => number) =>
    cellsOf(study('mup'), grids.quick).map((config) => {
      const off = Math.log2(Number(config.learningRate) / best(Number(config.width)));
      return cell(config, { loss: 0.3 * Math.exp(0.4 * off ** 2) });
    });
  const same = cells(() => 0.04);
  const classes = phases.classify(same, { null: false });
  const bests = same.filter((_, i) => classes[i] === 'best').map((c) => c.config.learningRate);
  expect(bests).toEqual([0.0453, 0.0453]);
  const [up] = phases.boundary?.(same, { null: false }) ?? [];
  expect(up?.x[0]).toBeCloseTo(0.04, 4);
  expect(up?.x.at(-1)).toBeCloseTo(0.04, 4);
  const [tilted] =
    phases.boundary?.(
      cells((n) => (0.06 * 128) / n),
      { null: true },
    ) ?? [];
  expect(tilted?.x[0]).toBeCloseTo(0.06, 4);
  expect(tilted?.x.at(-1)).toBeCloseTo(0.015, 4);
});

test('a step of the size of the flow is 1/32 in two layers, and smaller in more', () => {
  const { phases } = study('deep-linear');
  const cells = [2, 4].map((depth) => cell({ depth }, { firstOrder: depth === 2 ? 1.1 : 1.4 }));
  expect(phases.classify(cells, { null: false })).toEqual(['first-order', 'beyond']);
  const [line] = phases.boundary?.(cells, { null: false }) ?? [];
  // 0.25 / (L s^(2 − 2/L)) for s = 4: 0.25/8 and 0.25/(4 · 8).
  expect(line?.x[0]).toBeCloseTo(1 / 32, 12);
  expect(line?.x.at(-1)).toBeCloseTo(1 / 128, 12);
});

test('a ratio is at the edge, below or above it, and a step follows the flow or not', () => {
  const edge = study('edge-of-stability').phases;
  const ratios = [1, 0.5, 1.3].map((ratio) => cell({}, { ratio }, { ratio }));
  expect(edge.classify(ratios, { null: false })).toEqual(['edge', 'below', 'above']);
  const flow = study('conservation').phases;
  const sizes = [0.4, 0.6].map((stepSize) => cell({}, { stepSize: 0.1 }, { stepSize }));
  expect(flow.classify(sizes, { null: false })).toEqual(['flow', 'large']);
});
