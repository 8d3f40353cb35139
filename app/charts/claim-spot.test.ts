import { expect, test } from 'vitest';
import type { Anchor, ClaimView } from '../../server/protocol.ts';
import { anchorAt, claimAt } from './claim-spot.ts';
import type { Picture } from './picture.ts';
import type { Projection } from './projection.ts';

const at: Projection = {
  area: { x: 0, y: 0, width: 100, height: 100 },
  ...{
    px: (x) => Math.min(200, Math.max(-100, x)),
    py: (y) => Math.min(200, Math.max(-100, 100 - y)),
  },
  ...{ dataX: (x) => x, dataY: (y) => 100 - y },
};
const claim = (id: string, anchor: Anchor) => ({ id, anchor }) as ClaimView;
const of = { kind: 'run', run: 'r' } as const;

test('a pixel finds the smallest claim that it is in: point, then region, then range', () => {
  const claims = [
    claim('range', { kind: 'range', panel: 'p', x: [0, 60] }),
    claim('region', { kind: 'region', panel: 'p', region: { x: [10, 50], y: [10, 50] } }),
    claim('point', { kind: 'point', panel: 'p', of, line: 'l', x: 30, y: 30 }),
    claim('fit', { kind: 'fit', fit: null }),
  ];
  expect(claimAt(claims, [31, 69], at)).toBe('point');
  expect(claimAt(claims, [12, 88], at)).toBe('region');
  expect(claimAt(claims, [12, 10], at)).toBe('range');
  expect(claimAt(claims, [90, 90], at)).toBeNull();
});

test('what is read becomes the point of a run or of a cell, and never one of the theory', () => {
  const points = [
    { x: 1, y: 2 },
    { x: 3, y: 4 },
  ];
  const line = { name: 'n', series: 0, line: 'l', verified: true, cell: 2 };
  const picture: Picture = {
    theory: [
      {
        ...{ kind: 'theory', key: 't', name: 't', series: null, dash: 0, points },
        ...{ line: 't', cells: [], guide: false },
      },
    ],
    means: [
      {
        ...line,
        kind: 'mean',
        key: 'm',
        points: points.map((p) => ({ ...p, interval: null, n: 1 })),
      },
    ],
    raw: [{ ...line, kind: 'raw', key: 'r', run: 'one', points }],
    ...{ series: [], fits: [], leftOut: 0 },
  };
  const common = { kind: 'point', panel: 'p', line: 'l', x: 3, y: 4 };
  expect(anchorAt(picture, 'p', { key: 'm', x: 2.9 })).toEqual({
    ...common,
    of: { kind: 'cell', cell: 2 },
  });
  expect(anchorAt(picture, 'p', { key: 'r', x: 3 })).toEqual({
    ...common,
    of: { kind: 'run', run: 'one' },
  });
  expect(anchorAt(picture, 'p', { key: 't', x: 3 })).toBeNull();
  expect(anchorAt(picture, 'p', { key: 'gone', x: 3 })).toBeNull();
});
