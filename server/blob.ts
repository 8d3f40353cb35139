/**
 * Many byte strings as one parameter of a statement, which cuts them out again by where they lie: with
 * a parameter for each, building the statement takes longer than carrying it out.
 */

/** Where bytes lie in a blob: `substring(blob from at for length)` in SQL, which counts from one. */
export interface Lie {
  readonly at: number;
  readonly length: number;
}

export interface Blob {
  put(...parts: readonly Uint8Array[]): Lie;
  bytes(): Buffer;
}

export function createBlob(): Blob {
  const all: Uint8Array[] = [];
  let length = 0;
  return {
    put(...parts) {
      const from = length;
      for (const part of parts) length += part.byteLength;
      all.push(...parts);
      return { at: from + 1, length: length - from };
    },
    bytes: () => Buffer.concat(all),
  };
}
