/** The novel as words: each is a number, of the first that occurs 0, of the next new one 1, and so on. */
import type { DataFiles } from './data-set.ts';
import { symbolsIn, TEXT_FILE } from './text.ts';

/** Different words of the novel: what a state that counts them is long. */
export const WORD_TYPES = 16_693;

/** The words in their order. Rejects where the file cannot be had, or has another number of different ones. */
export async function novelWords(files: DataFiles): Promise<Int32Array> {
  const { words, types } = wordsIn(symbolsIn(await files(TEXT_FILE)));
  if (types !== WORD_TYPES)
    throw new Error(`The novel has ${types} different words, not ${WORD_TYPES}.`);
  return words;
}

/** Words of symbols, 0 between them, and how many different ones there are. */
export function wordsIn(symbols: Uint8Array): {
  readonly words: Int32Array;
  readonly types: number;
} {
  const known = new Map<string, number>();
  const words: number[] = [];
  for (let from = 0; from < symbols.length; ) {
    const space = symbols.indexOf(0, from);
    const end = space === -1 ? symbols.length : space;
    if (end > from) {
      const word = String.fromCharCode(...symbols.subarray(from, end));
      const id = known.get(word) ?? known.size;
      known.set(word, id);
      words.push(id);
    }
    from = end + 1;
  }
  return { words: Int32Array.from(words), types: known.size };
}
