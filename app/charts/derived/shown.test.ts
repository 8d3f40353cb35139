import { expect, test } from 'vitest';
import { deepLinear } from '../../../compute/studies/deep-linear.ts';
import { cellsOf } from '../../../compute/studies/registry.ts';
import type { Panel } from '../../../compute/studies/study.ts';
import type { CellView } from '../../../server/protocol.ts';
import { pictureOf } from '../picture.ts';
import { omittedWords, shownOf, spreadWords } from './shown.ts';

const [modes] = deepLinear.panels as readonly [Panel];
const configs = cellsOf(deepLinear, deepLinear.grids.quick);
/** Cells whose means are on the exact solution, up to a factor. */
const cells = (factor: number): CellView[] => {
  const theory = modes.theory(configs, { null: false });
  return configs.map((config, index) => ({
    ...{ index, config, done: 1, of: 1, diverged: 0 },
    lines: {
      modes: theory
        .filter((t) => t.cell === index)
        .map(({ line, x, y }) => ({
          ...{ line, x, mean: y.map((v) => factor * v) },
          ...{ lo: x.map(() => null), hi: x.map(() => null), n: x.map(() => 1) },
        })),
    },
  }));
};
const shown = (mode: 'data' | 'residuals' | 'collapsed', factor = 1, filled = true) => {
  const all = cells(factor).map((c) => (filled ? c : { ...c, lines: {} }));
  const picture = pictureOf({
    ...{ study: deepLinear, panel: modes, isNull: false, cells: all, runs: [], isolated: null },
  });
  return shownOf(modes, picture, (i) => configs[i], { null: false }, mode);
};

test('what is on the theory has no residual and collapses on one sigmoid; what is off does neither', () => {
  const largest = (factor: number) =>
    Math.max(
      ...shown('residuals', factor).picture.means.flatMap((l) =>
        l.points.map((p) => Math.abs(p.y)),
      ),
    );
  expect(largest(1)).toBeLessThan(1e-9);
  // A tenth of the largest mode, s = 4, at its end.
  expect(largest(1.1)).toBeCloseTo(0.4, 3);
  expect(shown('collapsed').collapse?.before).toBeGreaterThan(0.3);
  expect(shown('collapsed').collapse?.after).toBeLessThan(0.01);
});

test('before a run is in nothing collapses, and the data are shown instead', () => {
  const { mode, modes: offered } = shown('collapsed', 1, false);
  expect(mode).toBe('data');
  expect(offered).toEqual(['data', 'residuals']);
  expect(shown('data').modes).toEqual(['data', 'residuals', 'collapsed']);
});

test('a spread is a percentage of two digits, and what is left out is counted by reason', () => {
  expect([0.0123, 0.5, 1.234].map(spreadWords)).toEqual(['1.2%', '50%', '120%']);
  const of = (points: number, why: string) => ({ key: `${points}`, name: '', points, why });
  expect(omittedWords([of(1, 'no theory'), of(2, 'no theory'), of(1, 'no place')])).toEqual([
    '3 points are left out: no theory.',
    '1 point is left out: no place.',
  ]);
});
