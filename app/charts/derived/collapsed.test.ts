import { describe, expect, test } from 'vitest';
import { deepLinear } from '../../../compute/studies/deep-linear.ts';
import { cellsOf, studies, studyById } from '../../../compute/studies/registry.ts';
import type { Axis, Config, Panel } from '../../../compute/studies/study.ts';
import { moved } from '../../../compute/studies/traces.ts';
import type { MeanLine, Picture } from '../picture.ts';
import { collapsed } from './collapsed.ts';
import { relativeSpread } from './spread.ts';

const linear: Axis = { label: '', scale: 'linear' };
const log: Axis = { label: '', scale: 'log' };
const points = (xs: readonly number[], f: (x: number) => number) =>
  xs.map((x) => ({ x, y: f(x), interval: null, n: 1 }));
const grid = (from: number, to: number, n = 200) =>
  Array.from({ length: n }, (_, i) => from + (i / (n - 1)) * (to - from));
const mean = (over: Partial<MeanLine>): MeanLine => ({
  ...{ kind: 'mean', key: `${over.cell}/${over.line}`, name: '', line: '', series: 0, cell: 0 },
  ...{ verified: true, points: [] },
  ...over,
});
const picture = (means: readonly MeanLine[]): Picture => ({
  ...{ theory: [], means, raw: [], fits: [], series: [], leftOut: 0 },
});

describe('the relative spread', () => {
  const strand = (curve: string, onto: string, of: ReturnType<typeof points>) => ({
    ...{ curve, onto, points: of },
  });

  test('of y = 9 and y = 11 is √2 over √101, on a linear axis', () => {
    const two = [9, 11].map((y) =>
      strand(
        `${y}`,
        'one',
        points([0, 1], () => y),
      ),
    );
    const expected = Math.SQRT2 / Math.sqrt(101);
    expect(relativeSpread(two, { x: linear, y: linear }, 'curve')).toBeCloseTo(expected, 12);
  });

  test('of y and 3 y is ln 3 / √2, on a logarithmic axis and whatever y', () => {
    const two = [1, 3].map((k) =>
      strand(
        `${k}`,
        'one',
        points([1, 10, 100], (x) => (k * (2 + Math.sin(x))) / x),
      ),
    );
    const spread = relativeSpread(two, { x: log, y: log }, 'curve');
    expect(spread).toBeCloseTo(Math.log(3) / Math.SQRT2, 12);
  });

  test('of a level is that of all its points, and of two levels pooled over both', () => {
    const axes = { x: log, y: log };
    const of = (onto: string, ys: readonly number[]) =>
      strand(
        onto,
        onto,
        ys.map((y, i) => ({ x: 10 ** i, y, interval: null, n: 1 })),
      );
    // Variances ln²3/2 with one degree of freedom and 0 with two.
    const both = [of('a', [1, 3]), of('b', [7, 7, 7])];
    expect(relativeSpread(both, axes, 'level')).toBeCloseTo(Math.log(3) / Math.sqrt(2 * 3), 12);
  });

  test('is of no two curves that share no x, nor of curves that need not be one', () => {
    const axes = { x: linear, y: linear };
    const apart = [
      strand(
        'a',
        'one',
        points([0, 1], () => 1),
      ),
      strand(
        'b',
        'one',
        points([2, 3], () => 5),
      ),
    ];
    expect(relativeSpread(apart, axes, 'curve')).toBeNull();
    const other = [
      strand(
        'a',
        'one',
        points([0, 1], () => 1),
      ),
      strand(
        'b',
        'two',
        points([0, 1], () => 5),
      ),
    ];
    expect(relativeSpread(other, axes, 'curve')).toBeNull();
    expect(relativeSpread([], axes, 'level')).toBeNull();
  });
});

describe('a collapse', () => {
  const widths = [1, 2, 4, 8];
  const configOf = (cell: number): Config => ({ width: widths[cell] ?? 0 });
  const [base] = deepLinear.panels as readonly [Panel];
  /** Curves of x · width^p, rescaled as if p were 1. */
  const panel: Panel = {
    ...{ ...base, x: linear, y: linear },
    collapse: {
      ...{ x: linear, y: linear, caption: '', source: '', onto: 'curve' },
      rescale: ({ width }, trace) => moved('one', trace, (x, y) => [x * Number(width), y]),
    },
  };
  const sigmoid = (u: number) => 1 / (1 + Math.exp(-u));
  const measured = (p: number) =>
    picture(
      widths.map((w, cell) =>
        mean({ cell, line: 'a', points: points(grid(-8, 8), (x) => sigmoid(x * w ** p)) }),
      ),
    );

  test('of curves that obey the prediction leaves no spread, whatever it was before', () => {
    const made = collapsed(panel, measured(1), configOf, { null: false });
    expect(made?.before).toBeGreaterThan(0.05);
    expect(made?.after).toBeLessThan(2e-3);
  });

  test('of curves that do not obey it leaves as much, or more', () => {
    for (const p of [0, -1]) {
      const made = collapsed(panel, measured(p), configOf, { null: false });
      expect(made?.after ?? 0).toBeGreaterThan(0.05);
      expect(made?.after ?? 0).toBeGreaterThan(made?.before ?? 0);
    }
  });

  test('takes intervals along, and lists what has no place', () => {
    const own: Panel = {
      ...panel,
      collapse: {
        ...{ x: log, y: linear, caption: '', source: '', onto: 'curve' },
        rescale: ({ width }, trace) =>
          width === 2 ? null : moved('one', trace, (x, y) => [x, 10 * y]),
      },
    };
    const made = collapsed(
      own,
      picture([
        mean({
          ...{ cell: 0, line: 'a' },
          points: [0, 3].map((x) => ({ x, y: 2, interval: [1, 4] as const, n: 5 })),
        }),
        mean({ cell: 1, line: 'b', points: points([1], () => 1) }),
      ]),
      configOf,
      { null: false },
    );
    expect(made?.picture.means.map((l) => l.points)).toEqual([
      [{ x: 3, y: 20, interval: [10, 40], n: 5 }],
    ]);
    expect(made?.omitted.map(({ points: n, why }) => [n, why])).toEqual([
      [1, 'no place on the rescaled axes'],
      [1, 'the prediction does not speak of it'],
    ]);
  });

  test('takes a mean over several cells along only where all of them would put it in one place', () => {
    const over = (cells: readonly number[]) =>
      collapsed(
        panel,
        picture([mean({ cells, cell: cells[0] ?? 0, line: 'a', points: points([1], () => 1) })]),
        (cell) => ({ width: cell < 2 ? 4 : 8 }),
        { null: false },
      )?.picture.means[0]?.points[0]?.x;
    expect(over([0, 1])).toBe(4);
    expect(over([1, 2])).toBeUndefined();
  });

  test('is not there where the panel has none, or speaks of no cell that is drawn', () => {
    const { collapse: _, ...without } = panel;
    expect(collapsed(without, measured(1), configOf, { null: false })).toBeNull();
    expect(collapsed(panel, picture([]), configOf, { null: false })).toBeNull();
  });
});

/** What a panel would show if every cell were exactly on its theory. */
function onTheory(panel: Panel, cells: readonly Config[]): Picture {
  const traces = panel.theory(cells, { null: false }).filter((t) => t.guide !== true);
  const means = traces.flatMap(({ cell, cells: own, line, x, y }) =>
    (cell === null ? (own ?? cells.map((_, i) => i)) : [cell]).map((index) =>
      mean({
        cell: index,
        line,
        points: x.map((v, i) => ({ x: v, y: y[i] ?? 0, interval: null, n: 1 })),
      }),
    ),
  );
  return picture(means);
}

/** Where the default grid has one value of what the collapse divides out: two. */
const MORE: Record<string, Record<string, readonly number[]>> = {
  conservation: { weightDecay: [0, 0.05, 0.1] },
};

const withTheory = studies.flatMap((study) =>
  study.panels.flatMap((panel) => {
    const { params, seeds } = study.grids.default;
    const cells = cellsOf(study, { params: { ...params, ...MORE[study.id] }, seeds });
    const drawn = onTheory(panel, cells);
    return panel.collapse === undefined || drawn.means.length === 0
      ? []
      : [[`${study.id}, ${panel.id}`, panel, cells, drawn] as const];
  }),
);

test.each(withTheory)('the theory of %s collapses on itself', (_, panel, cells, drawn) => {
  const made = collapsed(panel, drawn, (i) => cells[i], { null: false });
  expect(made?.before ?? 0).toBeGreaterThan(0.1);
  expect(made?.after ?? 1).toBeLessThan(0.02);
});

/** One point a cell, as of a law, on the panel of a study. */
function ofLaw(id: string, panelId: string, params: Record<string, readonly number[]>) {
  const study = studyById(id);
  const panel = study?.panels.find((p) => p.id === panelId);
  if (study === null || panel === undefined) throw new Error(`No panel ${panelId} of ${id}.`);
  const grid = { ...study.grids.default, params: { ...study.grids.default.params, ...params } };
  const cells = cellsOf(study, grid);
  return (x: (c: Config) => number, y: (c: Config) => number, isNull = false) =>
    collapsed(
      panel,
      picture(
        cells.map((config, cell) =>
          mean({ cell, line: 'l', points: [{ x: x(config), y: y(config), interval: null, n: 1 }] }),
        ),
      ),
      (i) => cells[i],
      { null: isNull },
    );
}

test('valleys of the standard parametrization collapse in η N, those of μP are not to be rescaled', () => {
  const rates = grid(-7, -2, 21).map((e) => 2 ** e);
  const of = ofLaw('mup', 'valleys', { width: [128, 256, 512], learningRate: rates });
  const valley = (u: number) => 1 + (Math.log2(u) + 3) ** 2;
  const rate = (c: Config) => Number(c.learningRate);
  const standard = of(rate, (c) => valley((rate(c) * Number(c.width)) / 128), true);
  expect(standard?.before).toBeGreaterThan(0.5);
  expect(standard?.after).toBeLessThan(0.02);
  // Valleys that do not move with width are torn apart by the same rescaling.
  const still = of(rate, (c) => valley(rate(c)), true);
  expect(still?.before).toBeLessThan(1e-9);
  expect(still?.after).toBeGreaterThan(0.5);
  expect(of(rate, (c) => valley(rate(c)))).toBeNull();
});

test('distances from the kernel collapse where they fall as N^−½, and not where they stay', () => {
  const of = ofLaw('ntk', 'width', { pairs: [32, 128, 512] });
  const width = (c: Config) => 2 * Number(c.pairs);
  const own = (c: Config) => Number(c.samples);
  expect(of(width, (c) => own(c) / Math.sqrt(width(c)))?.after).toBeLessThan(1e-9);
  const still = of(width, own);
  expect(still?.before).toBeLessThan(1e-9);
  expect(still?.after).toBeGreaterThan(0.5);
});

test('kernels of all widths collapse in α√N, and not where α alone decides', () => {
  const of = ofLaw('lazy-rich', 'kernel', { pairs: [8, 32, 128], alpha: [0.01, 0.1, 1, 10] });
  const alpha = (c: Config) => Number(c.alpha);
  const lazy = (c: Config) => 1 / (alpha(c) * Math.sqrt(2 * Number(c.pairs)));
  expect(of(alpha, lazy)?.before).toBeGreaterThan(0.5);
  expect(of(alpha, lazy)?.after).toBeLessThan(1e-9);
  expect(of(alpha, (c) => 1 / alpha(c))?.after).toBeGreaterThan(0.5);
});
