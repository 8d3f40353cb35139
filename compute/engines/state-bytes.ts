/**
 * A run's state as bytes: what is hashed when it is committed, how it travels to whoever verifies, and how it is kept until then. A header
 * (JSON, its length in four bytes before it) names the arrays and their lengths; their Float32
 * numbers follow, little-endian.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import * as z from 'zod/mini';
import type { Checkpoint } from './engine.ts';

const Header = z
  .array(z.tuple([z.string().check(z.maxLength(40)), z.int().check(z.nonnegative())]))
  .check(z.maxLength(1_000));

export function packState(arrays: Checkpoint['arrays']): Uint8Array<ArrayBuffer> {
  const names = Object.keys(arrays).sort();
  const lengths = names.map((name) => [name, arrays[name]?.length ?? 0] as const);
  const json = new TextEncoder().encode(JSON.stringify(lengths));
  // Padded with spaces: numbers begin at a multiple of four.
  const head = Math.ceil(json.length / 4) * 4;
  const total = lengths.reduce((n, [, length]) => n + 4 * length, 4 + head);
  const bytes = new Uint8Array(total).fill(0x20, 4, 4 + head);
  bytes.set(json, 4);
  new DataView(bytes.buffer).setUint32(0, head, true);
  let at = 4 + head;
  for (const name of names) {
    const own = arrays[name] ?? new Float32Array();
    bytes.set(new Uint8Array(own.buffer, own.byteOffset, own.byteLength), at);
    at += own.byteLength;
  }
  return bytes;
}

/** The arrays of `packState`; null if the bytes are not what it writes. */
export function unpackState(from: Uint8Array): Checkpoint['arrays'] | null {
  if (from.byteLength < 4) return null;
  const bytes = new Uint8Array(from);
  const head = new DataView(bytes.buffer).getUint32(0, true);
  if (head % 4 !== 0 || 4 + head > bytes.byteLength) return null;
  const lengths = headerOf(bytes.subarray(4, 4 + head));
  if (lengths === null) return null;
  const total = lengths.reduce((n, [, length]) => n + 4 * length, 4 + head);
  if (total !== bytes.byteLength) return null;
  let at = 4 + head;
  const arrays = lengths.map(([name, length]) => {
    const own = new Float32Array(bytes.buffer, at, length);
    at += 4 * length;
    return [name, own] as const;
  });
  return Object.fromEntries(arrays);
}

function headerOf(bytes: Uint8Array): z.infer<typeof Header> | null {
  try {
    const parsed = Header.safeParse(JSON.parse(new TextDecoder().decode(bytes)));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

/** SHA-256 as it is computed piece by piece. */
export interface Sha256 {
  update(bytes: Uint8Array): unknown;
  digest(): Uint8Array;
}

/**
 * SHA-256 over names and little-endian bytes of a run's arrays, names in sorted order.
 * @param hash what computes it, where there is something faster than JavaScript at once
 */
export function hashOf(
  arrays: Readonly<Record<string, Float32Array>>,
  hash: Sha256 = sha256.create(),
): string {
  for (const name of Object.keys(arrays).sort()) {
    hash.update(new TextEncoder().encode(`${name}\0`));
    hash.update(new Uint8Array(new Float32Array(arrays[name] ?? []).buffer));
  }
  return bytesToHex(hash.digest());
}
