import { describe, expect, test } from 'vitest';
import { studyById } from '../../../compute/studies/registry.ts';
import type { Config, Study } from '../../../compute/studies/study.ts';
import type { CellView, RunView } from '../../../server/protocol.ts';
import { type SweepParam, type SweepSummary, sweepParams, sweepSummaries } from './axes.ts';
import { heatOf, heatWords } from './heat.ts';
import { brushOf, chosenLines, keyOf, parallelOf } from './parallel.ts';
import { phaseMapOf, phaseWords } from './phase.ts';
import { inkOn, sequentialColor } from './sequential.ts';
import { placeOf, planeOf } from './squares.ts';

const study = studyById('edge-of-stability') as Study;
const { phases: _, ...withoutPhases } = study;

const configs: readonly Config[] = ['gd', 'adam'].flatMap((optimizer) =>
  [0.1, 0.2, 1].map((learningRate) => ({ optimizer, learningRate, width: 64 })),
);
const cells = configs.map(
  (config, index): CellView => ({
    ...{ index, config, done: 2, of: 2, diverged: 0, lines: {} },
  }),
);
const run = (cell: number, seed: number, ratio: number | null): RunView => ({
  ...{ id: `${cell}/${seed}`, cell, seed, by: '', device: '', backend: 'cpu', verified: true },
  outcome: ratio === null ? { kind: 'diverged', step: 3 } : { kind: 'completed' },
  ...{ summary: { ratio }, traces: {} },
});
const param = (name: string) =>
  sweepParams(study, cells).find((p) => p.name === name) as SweepParam;
const ratio: SweepSummary = { kind: 'summary', name: 'ratio', label: 'ratio', scale: 'linear' };

test('only parameters that vary are swept, spread by their logarithm where they span decades', () => {
  expect(sweepParams(study, cells).map((p) => [p.name, p.scale, p.values])).toEqual([
    ['optimizer', 'choice', ['gd', 'adam']],
    ['learningRate', 'log', [0.1, 0.2, 1]],
  ]);
  expect(sweepParams(study, cells.slice(0, 2)).map((p) => p.scale)).toEqual(['linear']);
});

test('summaries have the study’s labels, and their own names where it gives none', () => {
  expect(sweepSummaries(study, []).map((s) => s.name)).toEqual(['ratio', 'ahead', 'arrived']);
  const { summaries: _none, ...bare } = study;
  expect(sweepSummaries(bare, [run(0, 1, 1)]).map((s) => s.label)).toEqual(['ratio']);
});

describe('a heat map', () => {
  test('has the mean over runs, its t interval, and what diverged, square by square', () => {
    const runs = [run(0, 1, 1), run(0, 2, 3), run(1, 1, 5), run(1, 2, null)];
    const { squares, range } = heatOf(
      cells,
      runs,
      param('learningRate'),
      param('optimizer'),
      ratio,
    );
    expect(squares).toHaveLength(6);
    const [two, one, none] = squares;
    // t(1) = 12.706, s = √2, n = 2.
    expect(two).toMatchObject({ n: 2, mean: 2, diverged: 0, part: 0 });
    expect(two?.interval?.[1]).toBeCloseTo(2 + 12.706, 3);
    expect(one).toMatchObject({ n: 1, mean: 5, interval: null, diverged: 1, part: 1 });
    expect(none).toMatchObject({ n: 0, mean: null, part: null });
    expect(range).toEqual([2, 5]);
    expect(heatWords(one as (typeof squares)[0], ratio)).toContain('one run, no interval');
    expect(heatWords(one as (typeof squares)[0], ratio)).toContain('1 run diverged');
  });

  test('averages over what is neither across nor up', () => {
    const runs = [run(0, 1, 1), run(3, 1, 5)];
    const { squares } = heatOf(cells, runs, param('learningRate'), null, ratio);
    expect(squares.map((s) => [s.n, s.mean])).toEqual([
      [2, 3],
      [0, null],
      [0, null],
    ]);
    expect(heatWords(squares[0] as (typeof squares)[0], ratio)).toContain('2 runs of 2 cells');
  });

  test('without any value has squares and no range', () => {
    expect(heatOf(cells, [], param('learningRate'), null, ratio).range).toBeNull();
  });
});

test('a combination that the grid does not have is a square without cells', () => {
  const { squares } = planeOf(cells.slice(1), [], param('learningRate'), param('optimizer'));
  expect(squares.map((s) => s.cells.length)).toEqual([0, 1, 1, 1, 1, 1]);
  expect(squares[4]).toMatchObject({ column: 1, row: 1, where: 'η 0.2, optimizer Adam' });
});

test('a value lies between its neighbours by the scale, and beyond half a square nowhere', () => {
  const rate = param('learningRate');
  expect(placeOf(rate, 0.2)).toBe(1);
  expect(placeOf(rate, 0.1 * Math.SQRT2)).toBeCloseTo(0.5, 12);
  expect(placeOf(rate, 0.2 * Math.sqrt(5))).toBeCloseTo(1.5, 12);
  expect(placeOf(rate, 0.08)).toBeCloseTo(Math.log2(0.8), 12);
  expect(placeOf(rate, 0.05)).toBeNaN();
  expect(placeOf(rate, 9)).toBeNaN();
});

describe('a phase diagram', () => {
  test('shows the regimes of the study, and cells that lost every run apart', () => {
    const runs = [run(0, 1, 1), run(1, 1, 0.4), run(2, 1, null), run(3, 1, null), run(3, 2, 1)];
    const map = phaseMapOf(study, cells, runs, param('learningRate'), param('optimizer'), {
      null: false,
    });
    expect(map.squares.map((s) => s.regime?.id ?? null)).toEqual([
      ...['edge', 'below', 'diverged', 'edge', null, null],
    ]);
    expect(phaseWords(map.squares[4] as (typeof map.squares)[0])).toContain('no run is in yet');
  });

  test('of cells that differ in what is pooled shows the most common regime, and says the others', () => {
    const runs = [run(0, 1, 0.4), run(3, 1, 1), run(1, 1, 0.4), run(4, 1, 0.4)];
    const { squares } = phaseMapOf(study, cells, runs, param('learningRate'), null, {
      null: false,
    });
    // Among equals the first of the legend.
    expect(squares.map((s) => s.regime?.id ?? null)).toEqual(['edge', 'below', null]);
    expect(phaseWords(squares[0] as (typeof squares)[0])).toMatch(/edge.*1 cell; below.*1 cell/);
  });

  test('without regimes tells what diverged from what trained', () => {
    const runs = [run(0, 1, 1), run(1, 1, 1), run(1, 2, null), run(2, 1, null)];
    const { squares } = phaseMapOf(
      withoutPhases,
      cells.slice(0, 3),
      runs,
      param('learningRate'),
      null,
      {
        null: false,
      },
    );
    expect(squares.map((s) => s.regime?.id)).toEqual(['trained', 'some', 'diverged']);
  });

  test('draws the line of theory over the plane of its own two parameters only', () => {
    const lazy = studyById('lazy-rich') as Study;
    const plane = [0.05, 0.5, 5].flatMap((alpha) =>
      [2, 20, 200].map((pairs) => ({ alpha, pairs })),
    );
    const views = plane.map(
      (config, index): CellView => ({
        ...{ index, config, done: 0, of: 1, diverged: 0, lines: {} },
      }),
    );
    const [alpha, pairs] = sweepParams(lazy, views) as [SweepParam, SweepParam];
    const { lines } = phaseMapOf(lazy, views, [], alpha, pairs, { null: false });
    // N = 4, α = 0.5: the middle column of the lowest row; N = 400, α = 0.05: the first of the uppermost.
    expect(lines[0]?.points[0]?.x).toBeCloseTo(1, 9);
    expect(lines[0]?.points[0]?.y).toBeCloseTo(0, 9);
    expect(lines[0]?.points.at(-1)?.x).toBeCloseTo(0, 9);
    expect(lines[0]?.points.at(-1)?.y).toBeCloseTo(2, 9);
    expect(phaseMapOf(lazy, views, [], pairs, alpha, { null: false }).lines).toEqual([]);
  });
});

describe('parallel coordinates', () => {
  const axes = [param('optimizer'), param('learningRate'), ratio];
  const runs = [run(0, 1, 1), run(2, 1, 3), run(4, 1, null)];
  const { scales, lines } = parallelOf(axes, cells, runs);

  test('place each run on every axis, by its scale, and nowhere where it has no value', () => {
    expect(lines.map((l) => l.parts[0])).toEqual([0, 0, 1]);
    expect(lines.map((l) => l.parts[1]?.toFixed(3))).toEqual(['0.000', '1.000', '0.301']);
    expect(lines.map((l) => l.parts[2])).toEqual([0, 1, null]);
  });

  test('let through what lies in every range, ends included, and no run without a value', () => {
    const through = (brushes: Parameters<typeof chosenLines>[2]) =>
      chosenLines(axes, lines, brushes);
    const [optimizer, , last] = axes as [SweepParam, SweepParam, SweepSummary];
    expect(through({})).toEqual([true, true, true]);
    expect(through({ [keyOf(last)]: { kind: 'range', from: null, to: null } })).toEqual([
      ...[true, true, false],
    ]);
    expect(through({ [keyOf(last)]: { kind: 'range', from: 3, to: null } })).toEqual([
      ...[false, true, false],
    ]);
    expect(through({ [keyOf(optimizer)]: { kind: 'choices', values: ['adam'] } })).toEqual([
      ...[false, false, true],
    ]);
  });

  test('a drag over an axis is a range in its values, open where it reaches an end', () => {
    const [choice, rate] = scales;
    if (choice === undefined || rate === undefined) throw new Error('Two axes are missing.');
    expect(brushOf(rate, 0.5, 1.2)).toEqual({ kind: 'range', from: 0.3162, to: null });
    expect(brushOf(rate, 0.5, -1)).toEqual({ kind: 'range', from: null, to: 0.3162 });
    expect(brushOf(choice, 0.4, 1)).toEqual({ kind: 'choices', values: ['adam'] });
  });
});

test('the ramp brightens all the way, and its ink can be read at 4.5 to 1', () => {
  const channel = (v: number) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  const luminance = (color: string) => {
    const [r = 0, g = 0, b = 0] = (color.match(/\d+/g) ?? []).map((v) => channel(Number(v) / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const all = Array.from({ length: 101 }, (_, i) => i / 100);
  const values = all.map((part) => luminance(sequentialColor(part)));
  expect(values.every((v, i) => i === 0 || v > (values[i - 1] ?? 0))).toBe(true);
  for (const part of all) {
    const ink = inkOn(part) === '#ffffff' ? 1 : 0;
    const [high, low] = [ink, luminance(sequentialColor(part))].sort((a, b) => b - a) as [
      number,
      number,
    ];
    expect((high + 0.05) / (low + 0.05)).toBeGreaterThanOrEqual(4.5);
  }
});
