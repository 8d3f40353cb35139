import { describe, expect, test } from 'vitest';
import { madeSet } from './data.ts';

test('a ReLU teacher adds and subtracts its neurons in turn, one an input', () => {
  const spec = { kind: 'relu-teacher', seed: 3, samples: 50, neurons: 3, factor: 2 } as const;
  const { x, y } = madeSet(spec, 5, 1);
  for (let i = 0; i < 50; i++) {
    const [a = 0, b = 0, c = 0] = x.subarray(5 * i, 5 * i + 3);
    const truth = 2 * (Math.max(0, a) - Math.max(0, b) + Math.max(0, c));
    expect(y[i]).toBeCloseTo(truth, 5);
  }
  expect(() => madeSet({ ...spec, neurons: 6 }, 5, 1)).toThrow(/no more neurons/);
});

describe('a quadratic teacher', () => {
  const spec = { kind: 'quadratic-teacher', seed: 3, samples: 50, rank: 2 } as const;
  const { x, y } = madeSet(spec, 5, 1);

  test('is the mean of squares of its first inputs', () => {
    for (let i = 0; i < 50; i++) {
      const [a = 0, b = 0] = x.subarray(5 * i, 5 * i + 2);
      expect(y[i]).toBeCloseTo((a * a + b * b) / 2, 5);
    }
    expect(() => madeSet({ ...spec, rank: 6 }, 5, 1)).toThrow(/no more units/);
    expect(() => madeSet(spec, 5, 2)).toThrow(/one output/);
  });

  test('shuffled, has the same inputs and targets, in an order that says nothing', () => {
    const other = madeSet({ ...spec, labels: 'shuffled' }, 5, 1);
    expect(other.x).toEqual(x);
    expect(other.y.toSorted()).toEqual(y.toSorted());
    const own = other.y.filter((value, i) => value === y[i]);
    expect(own.length).toBeLessThan(6);
  });
});

const clusters = { kind: 'clusters', seed: 3, samples: 64, spread: 0 } as const;
/** How many samples lie in the cluster of one class and are named as of another, [cluster][class]. */
function counted(classes?: 'unequal' | 'random'): number[][] {
  const { x, y } = madeSet({ ...clusters, classes }, 2, 5);
  const centres = madeSet({ ...clusters, samples: 5 }, 2, 5).x;
  const all = Array.from({ length: 5 }, () => new Array<number>(5).fill(0));
  for (let i = 0; i < 64; i++) {
    const near = [0, 1, 2, 3, 4].findIndex((c) => centres[2 * c] === x[2 * i]);
    const own = all[near] as number[];
    const named = y.subarray(5 * i, 5 * i + 5).indexOf(1);
    own[named] = (own[named] ?? 0) + 1;
  }
  return all;
}
const diagonal = (all: readonly (readonly number[])[]) => all.map((own, c) => own[c]);
const sums = (all: readonly (readonly number[])[]) => all.map((own) => own.reduce((a, b) => a + b));

test('clusters are named rightly, as many of each class, or ten times as many of the first half', () => {
  expect(diagonal(counted())).toEqual([13, 13, 13, 13, 12]);
  expect(diagonal(counted('unequal'))).toEqual([20, 20, 20, 2, 2]);
});

test('random targets are as many of each class, and do not know their cluster', () => {
  const all = counted('random');
  expect(sums(all)).toEqual([13, 13, 13, 13, 12]);
  expect(all[0]?.map((_, c) => all.reduce((sum, own) => sum + (own[c] ?? 0), 0))).toEqual(
    sums(all),
  );
  const right = diagonal(all).reduce<number>((a, b) => a + (b ?? 0), 0);
  // By chance 13 of 64 are right.
  expect(right).toBeLessThan(26);
});
