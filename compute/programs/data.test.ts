import { expect, test } from 'vitest';
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
