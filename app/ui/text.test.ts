import { describe, expect, it } from 'vitest';
import {
  formatAmount,
  formatCell,
  formatCode,
  formatCount,
  formatDuration,
  formatNumber,
  variedParams,
} from './text.ts';

describe('numbers as people read them', () => {
  it('rounds to significant digits and never shows a float’s tail', () => {
    expect(formatNumber(0.1 + 0.2)).toBe('0.3');
    expect(formatNumber(0.99736)).toBe('0.9974');
    expect(formatNumber(-1.5)).toBe('−1.5');
    expect(formatNumber(0)).toBe('0');
  });

  it('writes very small and very large numbers with powers of ten', () => {
    expect(formatNumber(0.000012)).toBe('1.2×10⁻⁵');
    expect(formatNumber(-3e8)).toBe('−3×10⁸');
    expect(formatNumber(1e10, 1)).toBe('1×10¹⁰');
  });

  it('groups thousands without changing the number', () => {
    expect(formatCount(1234567)).toBe('1\u202f234\u202f567');
    expect(formatCount(999)).toBe('999');
    expect(formatAmount(2_500_000)).toBe('2.5 million');
    expect(formatAmount(48_000)).toBe('48 thousand');
  });

  it('names durations in the unit that a person would', () => {
    expect(formatDuration(0.2)).toBe('about 1 s');
    expect(formatDuration(240)).toBe('about 4 min');
    expect(formatDuration(7200)).toBe('about 2 h');
  });
});

describe('names', () => {
  it('splits a code in two', () => expect(formatCode('ABCDEF')).toBe('ABC-DEF'));

  it('calls a cell by what differs between cells', () => {
    const params = [
      {
        kind: 'number',
        name: 'a',
        label: 'rate',
        symbol: 'η',
        help: '',
        integer: false,
        min: 0,
        max: 1,
      },
      { kind: 'choice', name: 'b', label: 'init', help: '', choices: [{ value: 'x', label: 'X' }] },
    ] as const;
    expect(formatCell(params, ['a'], { a: 0.05, b: 'x' })).toBe('η 0.05');
    expect(formatCell(params, ['a', 'b'], { a: 0.05, b: 'x' })).toBe('η 0.05, init X');
    expect(formatCell(params, [], { a: 0.05, b: 'x' })).toBe('the one cell');
    expect(variedParams({ a: [1, 2], b: ['x'] })).toEqual(['a']);
  });
});
