import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  coarseNormals,
  exp,
  ln,
  normalQuantile,
  normals,
  nthRoot,
  philox4x32,
  philoxInto,
  STREAMS,
  uniformAt,
} from './random.ts';

const hex = (block: readonly number[]) =>
  block.map((x) => x.toString(16).padStart(8, '0')).join(' ');

describe('Philox4x32-10', () => {
  // Known answers published with the authors' Random123 library (kat_vectors).
  test('gives the published known answers', () => {
    expect(hex(philox4x32([0, 0, 0, 0], [0, 0]))).toBe('6627e8d5 e169c58d bc57ac4c 9b00dbd8');
    const ones = 0xffffffff;
    expect(hex(philox4x32([ones, ones, ones, ones], [ones, ones]))).toBe(
      '408f276d 41c83b0e a20bc7c6 6d5451fd',
    );
    expect(
      hex(philox4x32([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0])),
    ).toBe('d16cfe09 94fdcceb 5001e420 24126ea1');
  });

  test('is the same where nothing is allocated', () => {
    const word = fc.nat(0xffffffff);
    const words = new Uint32Array(4);
    fc.assert(
      fc.property(word, word, word, word, word, (a, b, c, d, seed) => {
        philoxInto(words, a, b, c, d, seed);
        expect([...words]).toEqual([...philox4x32([a, b, c, d], [seed, 0])]);
      }),
    );
  });
});

describe('the normal quantile', () => {
  test('agrees with tabulated values to 1e-12', () => {
    const table: readonly (readonly [number, number])[] = [
      [0.5, 0],
      [0.975, 1.959963984540054],
      [0.995, 2.5758293035489004],
      [0.9999, 3.719016485455709],
      [1e-10, -6.361340902404056],
    ];
    for (const [p, z] of table) expect(Math.abs(normalQuantile(p) - z)).toBeLessThan(1e-12);
  });

  test('draws have mean 0, variance 1 and kurtosis 3 within four standard errors', () => {
    const n = 20_000;
    const z = normals(7, STREAMS.weights, 0, n);
    const moment = (k: number) => z.reduce((s, x) => s + x ** k, 0) / n;
    expect(Math.abs(moment(1))).toBeLessThan(4 / Math.sqrt(n));
    expect(Math.abs(moment(2) - 1)).toBeLessThan(4 * Math.sqrt(2 / n));
    expect(Math.abs(moment(4) - 3)).toBeLessThan(4 * Math.sqrt(96 / n));
  });
});

test('coarse normals have the moments of normal ones, and every address its own', () => {
  const n = 200_000;
  const z = coarseNormals(5, STREAMS.noise, [3, 1], n);
  const moment = (k: number) => z.reduce((s, x) => s + x ** k, 0) / n;
  expect(Math.abs(moment(1))).toBeLessThan(4 / Math.sqrt(n));
  expect(Math.abs(moment(2) - 1)).toBeLessThan(4 * Math.sqrt(2 / n));
  expect(Math.abs(moment(4) - 3)).toBeLessThan(4 * Math.sqrt(96 / n));
  // Neighbours are of one word, or of one block: neither follows the other.
  for (const lag of [1, 2, 8]) {
    let sum = 0;
    for (let i = 0; i + lag < n; i++) sum += (z[i] ?? 0) * (z[i + lag] ?? 0);
    expect(Math.abs(sum / n)).toBeLessThan(4 / Math.sqrt(n));
  }
  expect(coarseNormals(5, STREAMS.noise, [3, 1], 11)).toEqual(z.slice(0, 11));
  for (const [seed, step, network] of [
    [6, 3, 1],
    [5, 4, 1],
    [5, 3, 0],
  ] as const)
    expect(coarseNormals(seed, STREAMS.noise, [step, network], 11)).not.toEqual(z.slice(0, 11));
});

test('exponential and logarithm agree with the library to a few bits', () => {
  for (let x = -30; x <= 30; x += 0.37)
    expect(Math.abs(exp(x) / Math.exp(x) - 1)).toBeLessThan(1e-13);
  for (const x of [1e-9, 0.02, 0.7, 1, 10, 3e5]) expect(ln(x)).toBeCloseTo(Math.log(x), 12);
});

test('a number depends on its address alone, and every part of the address matters', () => {
  const at = uniformAt(1, 2, 3, 4);
  expect(uniformAt(1, 2, 3, 4)).toBe(at);
  for (const other of [
    uniformAt(0, 2, 3, 4),
    uniformAt(1, 0, 3, 4),
    uniformAt(1, 2, 0, 4),
    uniformAt(1, 2, 3, 5),
  ]) {
    expect(other).not.toBe(at);
  }
});

test('the n-th root agrees with the library to the last few bits', () => {
  for (const [x, n] of [
    [0.01, 3],
    [1e-3, 2],
    [4, 5],
    [2, 1],
    [1e-9, 8],
  ] as const) {
    expect(Math.abs(nthRoot(x, n) / x ** (1 / n) - 1)).toBeLessThan(1e-14);
  }
});
