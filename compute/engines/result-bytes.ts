/**
 * Results as they travel: what stands for each run, and two blobs for all of them together, their
 * numbers and their checkpoint hashes. As text the hashes of many checkpoints weigh more than the
 * numbers, and each would be looked at by itself.
 */
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import type { RunOutcome } from '../series.ts';
import type { CheckpointHash, RunResult } from './engine.ts';

/** Bytes of a SHA-256. */
export const HASH_BYTES = 32;

/** What stands for one run. */
export interface PackedRun {
  readonly run: string;
  /** Recorded rows. */
  readonly rows: number;
  /** Names of the columns, in the order of their values. */
  readonly columns: string[];
  readonly outcome: RunOutcome;
  /** How many of the hashes are of this run: one for each checkpoint of its schedule. */
  readonly checkpoints: number;
}

export interface PackedResults {
  readonly runs: PackedRun[];
  /** Float32, little-endian: of each run in turn its steps, then its columns, `rows` numbers each. */
  readonly values: Uint8Array<ArrayBuffer>;
  /** Of each run in turn the hashes of its checkpoints, 32 bytes each. */
  readonly hashes: Uint8Array<ArrayBuffer>;
}

/** Platforms with WebGPU or wasm are little-endian. */
export function packResults(
  results: readonly Pick<RunResult, 'id' | 'series' | 'outcome' | 'hashes'>[],
): PackedResults {
  const numbers = results.flatMap(({ series }) => [series.steps, ...Object.values(series.columns)]);
  return {
    runs: results.map(({ id, series, outcome, hashes }) => ({
      ...{ run: id, outcome, rows: series.steps.length, columns: Object.keys(series.columns) },
      checkpoints: hashes.length,
    })),
    values: joined(
      numbers.map((part) => new Uint8Array(part.buffer, part.byteOffset, part.byteLength)),
    ),
    hashes: joined(results.map(({ hashes }) => packHashes(hashes))),
  };
}

/** Without their steps, which follow from the schedule. */
export function packHashes(hashes: readonly CheckpointHash[]): Uint8Array<ArrayBuffer> {
  return joined(hashes.map(({ sha256 }) => hexToBytes(sha256)));
}

/** The hashes of these steps, in their order. */
export function unpackHashes(steps: readonly number[], bytes: Uint8Array): CheckpointHash[] {
  return steps.map((step, i) => ({
    step,
    sha256: bytesToHex(new Uint8Array(bytes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES))),
  }));
}

/** One after another. */
export function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((n, part) => n + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.byteLength;
  }
  return all;
}
