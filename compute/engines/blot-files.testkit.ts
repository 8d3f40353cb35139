/** Data files for tests, in Node and in a browser alike. */
import type { DataFiles } from '../programs/data-set.ts';

/** Files in the form of the digits: a bright blot each, at a place of its own. No download, and no real digit. */
export const blotFiles: DataFiles = async (name) => {
  const first = 1024 * Number(/\d+/.exec(name)?.[0]);
  const bytes = new Uint8Array(1024 * 785);
  for (let i = 0; i < 1024; i++) {
    const [row, column] = [6 + (((first + i) * 7) % 13), 6 + (((first + i) * 11) % 17)];
    for (let p = 0; p < 784; p++) {
      const far = Math.hypot(Math.floor(p / 28) - row, (p % 28) - column);
      bytes[i * 785 + 1 + p] = Math.max(0, 255 - 40 * far);
    }
  }
  return bytes;
};
