/**
 * Photographs of outdoor scenes, in grey: five prints of the nineteenth and twentieth centuries that the Getty gives
 * away (`docs/data.md`), whole scenes with ground and horizon. A file is width and height, two bytes each, the high
 * one first, and a byte of grey for each pixel, row by row.
 */
import type { DataFiles } from './data-set.ts';

export const PHOTOGRAPHS = [
  ...['black-canyon', 'dust-bowl-home', 'french-alpine-landscape'],
  ...['march-pastoral', 'nagasaki-boats'],
] as const;

export interface Photograph {
  readonly width: number;
  readonly height: number;
  readonly grey: Uint8Array;
}

/** Bytes before the first pixel. */
const HEAD = 4;

export const photographFile = (name: string): string => `photograph-${name}.bin`;

/** The bytes of a file. */
export function writtenPhotograph({ width, height, grey }: Photograph): Uint8Array {
  const bytes = new Uint8Array(HEAD + grey.length);
  bytes.set([width >>> 8, width & 0xff, height >>> 8, height & 0xff]);
  bytes.set(grey, HEAD);
  return bytes;
}

/** Reads one. Rejects where the file cannot be had. */
export async function photograph(name: string, files: DataFiles): Promise<Photograph> {
  const bytes = await files(photographFile(name));
  const [w1 = 0, w0 = 0, h1 = 0, h0 = 0] = bytes;
  return { width: 256 * w1 + w0, height: 256 * h1 + h0, grey: bytes.subarray(HEAD) };
}
