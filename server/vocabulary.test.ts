import { expect, test } from 'vitest';
import { tooLarge } from './vocabulary.ts';

test('an investigation has ten thousand runs at most, in two thousand cells', () => {
  expect(tooLarge(100, 100)).toBeNull();
  expect(tooLarge(2_000, 5)).toBeNull();
  expect(tooLarge(100, 101)).toBe(
    'That makes 10,100 runs; one investigation may have 10,000. Take fewer values or seeds.',
  );
  expect(tooLarge(2_001, 1)).toMatch(/^That makes 2,001 cells; one investigation may have 2,000/);
});
