/**
 * A run's state as bytes: what is hashed when it is committed, how it travels to whoever verifies, and how it is kept until then. A header
 * (JSON, its length in four bytes before it) names the arrays and their lengths; their Float32
 * numbers follow, little-endian.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import * as z from 'zod/mini';
import { remembered } from '../analysis/remembered.ts';
import type { Checkpoint } from './engine.ts';

const Header = z
  .array(z.tuple([z.string().check(z.maxLength(40)), z.int().check(z.nonnegative())]))
  .check(
    z.maxLength(1_000),
    z.refine((lengths) => new Set(lengths.map(([name]) => name)).size === lengths.length),
  );

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
  const bytes = new Uint8Array(from);
  const parts = partsOf(bytes);
  if (parts === null) return null;
  return Object.fromEntries(
    parts.map(({ name, at, length }) => [name, new Float32Array(bytes.buffer, at, length)]),
  );
}

/** Where an array lies: its first byte, and how many numbers it has. */
interface Part {
  readonly name: string;
  readonly at: number;
  readonly length: number;
}

/** What lies where in the bytes of a state, in the order in which it lies; null if they are none. */
function partsOf(bytes: Uint8Array): readonly Part[] | null {
  if (bytes.byteLength < 4) return null;
  const head = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  if (head % 4 !== 0 || 4 + head > bytes.byteLength) return null;
  const header = new TextDecoder().decode(bytes.subarray(4, 4 + head));
  const lengths =
    header.length > KEPT.length ? headerOf(header) : headers(header, () => headerOf(header));
  if (lengths === null) return null;
  let at = 4 + head;
  const parts = lengths.map(([name, length]) => {
    at += 4 * length;
    return { name, at: at - 4 * length, length };
  });
  return at === bytes.byteLength ? parts : null;
}

/** Headers are few, one for each program; those of strangers that are long are not kept. */
const KEPT = { headers: 256, length: 2_000 };
const headers = remembered<z.infer<typeof Header> | null>(KEPT.headers);

function headerOf(text: string): z.infer<typeof Header> | null {
  try {
    const parsed = Header.safeParse(JSON.parse(text));
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

/** `hashOf` the arrays of `packState`, from its bytes as they lie; null if they are not what it writes. */
export function hashOfPacked(bytes: Uint8Array, hash: Sha256 = sha256.create()): string | null {
  const parts = partsOf(bytes);
  if (parts === null) return null;
  for (const { name, at, length } of [...parts].sort(byName)) {
    hash.update(new TextEncoder().encode(`${name}\0`));
    hash.update(bytes.subarray(at, at + 4 * length));
  }
  return bytesToHex(hash.digest());
}

const byName = (a: Part, b: Part): number => (a.name < b.name ? -1 : 1);
