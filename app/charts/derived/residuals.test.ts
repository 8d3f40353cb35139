import { expect, test } from 'vitest';
import { deepLinear } from '../../../compute/studies/deep-linear.ts';
import type { Panel } from '../../../compute/studies/study.ts';
import type { MeanLine, Picture, RawLine, TheoryLine } from '../picture.ts';
import { readAt } from './interpolate.ts';
import { hasPrediction, residuals } from './residuals.ts';

const [base] = deepLinear.panels as readonly [Panel];
const linear: Panel = {
  ...base,
  x: { label: 'x', scale: 'linear' },
  y: { label: 'y', scale: 'linear' },
};
const log: Panel = { ...base, x: { label: 'x', scale: 'log' }, y: { label: 'y', scale: 'log' } };

const theory = (over: Partial<TheoryLine>): TheoryLine => ({
  ...{ kind: 'theory', key: 't', name: 't', line: 't', series: null, dash: 0 },
  ...{ cells: null, guide: false, points: [] },
  ...over,
});
const mean = (over: Partial<MeanLine>): MeanLine => ({
  ...{ kind: 'mean', key: 'm', name: 'm', line: 'm', series: 0, cell: 0, verified: true },
  ...{ points: [] },
  ...over,
});
const raw = (over: Partial<RawLine>): RawLine => ({
  ...{ kind: 'raw', key: 'r', name: 'r', line: 'm', series: 0, cell: 0, run: 'a' },
  ...{ verified: true, points: [] },
  ...over,
});
const picture = (over: Partial<Picture>): Picture => ({
  ...{ theory: [], means: [], raw: [], fits: [], series: [{ index: 0, name: 's' }], leftOut: 0 },
  ...over,
});

test('a line is read straight on its own axes: a power law between two points is a power law', () => {
  const cube = [1, 1000].map((x) => ({ x, y: 5 * x ** 3 }));
  for (const x of [1, 7, 31.6, 999, 1000])
    expect(readAt(cube, x, log) / (5 * x ** 3)).toBeCloseTo(1, 12);
  const slope = [0, 10].map((x) => ({ x, y: 3 - 2 * x }));
  expect(readAt(slope, 2.5, linear)).toBe(-2);
});

test('beyond its ends a line is not read, but for the rounding of what is sent', () => {
  const line = [1, 2].map((x) => ({ x, y: x }));
  for (const axes of [linear, log]) {
    expect(readAt(line, 0.99, axes)).toBeNaN();
    expect(readAt(line, 2.01, axes)).toBeNaN();
    expect(readAt(line, 2.000001, axes)).toBe(2);
    expect(readAt([], 1, axes)).toBeNaN();
    expect(readAt(line.slice(0, 1), 1, axes)).toBe(1);
  }
});

test('on a linear axis the theory is subtracted, and intervals keep their width', () => {
  const { picture: made, panel } = residuals(
    linear,
    picture({
      theory: [theory({ points: [0, 10].map((x) => ({ x, y: x * x })) })],
      means: [
        mean({
          points: [
            { x: 5, y: 52, interval: [51, 54], n: 3 },
            { x: 10, y: 90, interval: null, n: 1 },
          ],
        }),
      ],
      raw: [raw({ points: [{ x: 2, y: 17 }] })],
    }),
  );
  // Between the two points of the theory it is 10 x.
  expect(made.means[0]?.points).toEqual([
    { x: 5, y: 2, interval: [1, 4], n: 3 },
    { x: 10, y: -10, interval: null, n: 1 },
  ]);
  expect(made.raw[0]?.points).toEqual([{ x: 2, y: -3 }]);
  expect(made.theory.map((l) => l.points)).toEqual([
    [
      { x: 2, y: 0 },
      { x: 10, y: 0 },
    ],
  ]);
  expect(panel.y).toMatchObject({ scale: 'linear', include: [0] });
});

test('on a logarithmic axis the ratio to the theory is drawn', () => {
  const { picture: made, panel } = residuals(
    log,
    picture({
      theory: [theory({ points: [1, 100].map((x) => ({ x, y: 2 / x })) })],
      means: [mean({ points: [{ x: 10, y: 0.3, interval: [0.1, 0.4], n: 2 }] })],
    }),
  );
  const [point] = made.means[0]?.points ?? [];
  expect(point?.y).toBeCloseTo(1.5, 12);
  expect(point?.interval?.[0]).toBeCloseTo(0.5, 12);
  expect(point?.interval?.[1]).toBeCloseTo(2, 12);
  expect(panel.y).toMatchObject({ scale: 'log', include: [1] });
});

test('what has no theory at its x, or none at all, is listed and not drawn', () => {
  const { picture: made, omitted } = residuals(
    linear,
    picture({
      theory: [theory({ cells: [0], points: [0, 1].map((x) => ({ x, y: 0 })) })],
      means: [
        mean({ points: [0, 1, 2, 3].map((x) => ({ x, y: 1, interval: null, n: 1 })) }),
        mean({ key: 'm1', name: 'other', cell: 1, points: [{ x: 0, y: 1, interval: null, n: 1 }] }),
      ],
    }),
  );
  expect(made.means.map((l) => l.points.map((p) => p.x))).toEqual([[0, 1]]);
  expect(omitted).toEqual([
    { key: 'm', name: 'm', points: 2, why: 'beyond the ends of the theory' },
    { key: 'm1', name: 'other', points: 1, why: 'no theory' },
  ]);
});

test('a line stands against its own cell’s theory, else the shared one of its name, else the one of nobody’s name', () => {
  const flat = (y: number) => [0, 1].map((x) => ({ x, y }));
  const points = [{ x: 0, y: 100, interval: null, n: 1 }];
  const { picture: made } = residuals(
    linear,
    picture({
      theory: [
        theory({ key: 'own', line: 'a', series: 0, cells: [0], points: flat(1) }),
        theory({ key: 'named', line: 'a', points: flat(2) }),
        theory({ key: 'nobody', line: 'all', points: flat(3) }),
      ],
      means: [
        mean({ key: '1', line: 'a', cell: 0, points }),
        mean({ key: '2', line: 'a', cell: 1, points }),
        mean({ key: '3', line: 'b', cell: 0, points }),
      ],
    }),
  );
  expect(made.means.map((l) => l.points[0]?.y)).toEqual([99, 98, 97]);
});

test('where two lines could be meant, none is taken; and a guide is no prediction', () => {
  const points = [0, 1].map((x) => ({ x, y: 1 }));
  const measured = { means: [mean({ points: [{ x: 0, y: 1, interval: null, n: 1 }] })] };
  const two = [theory({ key: 'a', line: 'a', points }), theory({ key: 'b', line: 'b', points })];
  expect(residuals(linear, picture({ theory: two, ...measured })).picture.means).toEqual([]);
  const guide = picture({ theory: [theory({ points, guide: true })], ...measured });
  expect(hasPrediction(guide)).toBe(false);
  expect(residuals(linear, guide)).toMatchObject({
    picture: { means: [], theory: [], series: [] },
  });
  expect(hasPrediction(picture({ theory: two }))).toBe(true);
});

test('a mean over several cells stands against a theory that is for all of them, and no other', () => {
  const flat = [0, 1].map((x) => ({ x, y: 1 }));
  const points = [{ x: 0, y: 3, interval: null, n: 4 }];
  const of = (lines: readonly TheoryLine[]) =>
    residuals(linear, picture({ theory: lines, means: [mean({ cells: [0, 1], points })] })).picture
      .means.length;
  expect(of([theory({ points: flat })])).toBe(1);
  expect(of([theory({ points: flat, cells: [0, 1, 2] })])).toBe(1);
  expect(of([theory({ points: flat, cells: [0] })])).toBe(0);
  expect(of([theory({ points: flat, series: 0, cells: [0], line: 'm' })])).toBe(0);
});
