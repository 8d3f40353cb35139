import { expect, test } from 'vitest';
import { differencesOf, equalHashes } from './differences.ts';

const point = { steps: [0, 50, 100], columns: { loss: [2, 1, 0.5], sharpness: [1, 4, null] } };

test('a difference is relative to the column, and its beginning is told apart from the whole', () => {
  const now = {
    loss: Float32Array.of(2, 1.5, 0.5),
    sharpness: Float32Array.of(1, 4, Number.POSITIVE_INFINITY),
  };
  const found = differencesOf(point, now, 20);
  expect(found.loss).toEqual({ early: 0, whole: 0.25 });
  expect(found.sharpness).toEqual({ early: 0, whole: 0 });
});

test('where a number is missing the difference is infinite', () => {
  const found = differencesOf(point, { loss: Float32Array.of(2) }, 20);
  expect(found.loss).toEqual({ early: 0, whole: Number.POSITIVE_INFINITY });
});

test('hashes are compared step by step', () => {
  const at = (step: number, letter: string) => ({ step, sha256: letter.repeat(64) });
  const then = [at(0, 'a'), at(50, 'b'), at(100, 'c')];
  expect(equalHashes(then, [at(0, 'a'), at(50, 'd')])).toEqual({ equal: 1, of: 3 });
});
