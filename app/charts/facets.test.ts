import { expect, test } from 'vitest';
import { deepLinear } from '../../compute/studies/deep-linear.ts';
import type { CellView } from '../../server/protocol.ts';
import { facetsOf } from './facets.ts';
import type { Picture, RawLine, TheoryLine } from './picture.ts';

const cell = (index: number, depth: number): CellView => ({
  ...{ index, config: { depth }, done: 0, of: 0, diverged: 0, lines: {} },
});
const raw = (cellIndex: number): RawLine => ({
  ...{ kind: 'raw', verified: true, key: `r${cellIndex}`, name: '', series: 0, line: '', run: '' },
  ...{ cell: cellIndex, points: [{ x: 1, y: 1 }] },
});
const theory: TheoryLine = {
  ...{ kind: 'theory', key: 't', name: '', series: null, dash: 0, points: [{ x: 1, y: 1 }] },
};
const picture: Picture = {
  ...{ theory: [theory], means: [], series: [], leftOut: 0, raw: [raw(0), raw(1), raw(2)] },
};
const cells = [cell(0, 3), cell(1, 2), cell(2, 3), cell(3, 4)];
const depth = deepLinear.params.find((p) => p.name === 'depth') ?? null;

test('every run is in the chart of its value, theory for all in each, and a value without lines has no chart', () => {
  const facets = facetsOf(picture, depth, cells);
  expect(facets.map((f) => f.key)).toEqual(['2', '3']);
  expect(facets.map((f) => f.picture.raw.map((l) => l.key))).toEqual([['r1'], ['r0', 'r2']]);
  expect(facets.map((f) => f.picture.theory)).toEqual([[theory], [theory]]);
});

test('without a parameter, or with one value of it, the picture stays whole', () => {
  expect(facetsOf(picture, null, cells)).toEqual([{ key: '', name: '', picture }]);
  expect(facetsOf(picture, depth, [cell(0, 3)])[0]?.picture).toBe(picture);
});
