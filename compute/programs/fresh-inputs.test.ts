import { expect, test } from 'vitest';
import { mean } from '../analysis/stats.ts';
import { freshInputs, quantileTable } from './fresh-inputs.ts';

const inputs = (length: number, seed: number, step: number, draw = 0) => {
  const into = new Float32Array(length);
  freshInputs(into, seed, step, draw);
  return into;
};

test('the table has the moments of the standard normal distribution', () => {
  const table = [...quantileTable()];
  const moment = (k: number) => mean(table.map((z) => z ** k));
  expect([moment(1), moment(3)]).toEqual([0, 0].map((v) => expect.closeTo(v, 12)));
  expect(moment(2)).toBeCloseTo(1, 7);
  expect(Math.abs(moment(4) - 3)).toBeLessThan(1e-3);
  expect(Math.abs(moment(6) - 15)).toBeLessThan(0.05);
});

test('inputs of different steps, places and seeds are uncorrelated, within four standard errors', () => {
  const [d, steps] = [64, 4000];
  const rows = Array.from({ length: steps }, (_, t) => inputs(d, 7, t));
  const other = Array.from({ length: steps }, (_, t) => inputs(d, 8, t));
  const product = (of: (t: number) => number) =>
    Math.abs(mean(Array.from({ length: steps - 1 }, (_, t) => of(t)))) * Math.sqrt(steps);
  const value = (all: readonly Float32Array[], t: number, i: number) => all[t]?.[i] ?? Number.NaN;
  expect(product((t) => value(rows, t, 3) * value(rows, t, 4))).toBeLessThan(4);
  expect(product((t) => value(rows, t, 3) * value(rows, t + 1, 3))).toBeLessThan(4);
  expect(product((t) => value(rows, t, 3) * value(other, t, 3))).toBeLessThan(4);
  expect(product((t) => value(rows, t, 5) ** 2 - 1)).toBeLessThan(4 * Math.SQRT2);
});

test('an input is a function of its address alone, and draws of one step differ', () => {
  expect(inputs(13, 1, 5)).toEqual(inputs(16, 1, 5).slice(0, 13));
  expect(inputs(8, 1, 5)).not.toEqual(inputs(8, 1, 5, 1));
});
