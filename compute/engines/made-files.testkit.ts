/** Data files for tests, in Node and in a browser alike. */
import type { DataFiles } from '../programs/data-set.ts';

/**
 * Files in the form of the served ones, with no download: digits that are a bright blot each, at a place of its
 * own and named in turn, and a text of made words.
 */
export const madeFiles: DataFiles = async (name) => (name.endsWith('.txt') ? words() : blots(name));

/** Words of two to five letters, in no period. */
function words(): Uint8Array {
  const letter = (i: number, k: number) => 'etaoinshrdlu'[(i * i + 5 * k) % 12];
  const word = (i: number) =>
    Array.from({ length: 2 + ((((i * 7) % 11) >> 1) % 4) }, (_, k) => letter(i % 997, k)).join('');
  return new TextEncoder().encode(Array.from({ length: 12_000 }, (_, i) => word(i)).join(' '));
}

function blots(name: string): Uint8Array {
  const first = 1024 * Number(/\d+/.exec(name)?.[0]);
  const bytes = new Uint8Array(1024 * 785);
  for (let i = 0; i < 1024; i++) {
    bytes[i * 785] = i % 10;
    const [row, column] = [6 + (((first + i) * 7) % 13), 6 + (((first + i) * 11) % 17)];
    for (let p = 0; p < 784; p++) {
      const far = Math.hypot(Math.floor(p / 28) - row, (p % 28) - column);
      bytes[i * 785 + 1 + p] = Math.max(0, 255 - 40 * far);
    }
  }
  return bytes;
}
