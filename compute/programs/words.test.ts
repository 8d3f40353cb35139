import { expect, test } from 'vitest';
import { localFiles } from '../../data/local.ts';
import { symbolsIn } from './text.ts';
import { novelWords, WORD_TYPES, wordsIn } from './words.ts';

test('words are numbered as they first occur', () => {
  const { words, types } = wordsIn(
    symbolsIn(new TextEncoder().encode("  The whale, the Whale's sea ")),
  );
  expect([...words]).toEqual([0, 1, 0, 1, 2, 3]);
  expect(types).toBe(4);
});

test('the novel has as many different words as a state has room for, and begins as it does', async () => {
  const words = await novelWords(localFiles());
  expect(new Set(words).size).toBe(WORD_TYPES);
  expect(Math.max(...words.slice(-1000))).toBeLessThan(WORD_TYPES);
  // As many words as are counted of it.
  expect(words.length).toBeGreaterThan(205_000);
  expect(words.length).toBeLessThan(220_000);
});

test('another text is refused with a sentence', async () => {
  const other = async () => new TextEncoder().encode('Call me Ishmael.');
  await expect(novelWords(other)).rejects.toThrow('The novel has 3 different words');
});
