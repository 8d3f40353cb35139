/**
 * How a pack is trained. An engine is a TensorFlow.js backend made ready, with the library's traps
 * closed; a training is one pack on it, advanced from record to record, so that a volunteer can
 * pause, hand back or checkpoint between any two. Everything that knows TensorFlow.js lives behind
 * this interface.
 */
import type { DataFiles } from '../programs/data-set.ts';
import type { Pack } from '../programs/program.ts';
import type { RunOutcome, Series } from '../series.ts';
import type { Threads } from './wasm/threads.ts';

export type BackendName = 'webgpu' | 'wasm' | 'cpu';

/** What really computes: shown to the volunteer, stored with the results. */
export interface DeviceInfo {
  readonly backend: BackendName;
  /** GPU adapter ("google swiftshader"), or null off the GPU. */
  readonly adapter: string | null;
  /** Why a better backend was not taken, one sentence each: "No WebGPU adapter: …". */
  readonly fallbacks: readonly string[];
  /** Library and flags that results depend on: "tfjs 4.22.0; WEBGPU_MATMUL_PROGRAM_TYPE=3". */
  readonly build: string;
  /** Which devices compute the very same bits, by what this one made of the canary; see `canary.ts`. */
  readonly numericClass?: string;
}

export interface EngineOptions {
  /** Take exactly this backend or fail; without it the best of webgpu, wasm, cpu. */
  readonly backend?: BackendName;
  /** Accept a software WebGPU adapter (tests); volunteers get wasm instead, which is faster. */
  readonly allowSoftwareAdapter?: boolean;
  /**
   * Take kernels generated for the program, or packed products. Without it: by measurement on WebGPU,
   * generated on wasm wherever it has vectors; there is no other way than packed on cpu.
   */
  readonly machine?: 'fused' | 'packed';
  /** Folder or URL prefix, ending in a slash, of the .wasm files. */
  readonly wasmPath: string;
  /** More threads for generated kernels on wasm; without it, they train on the one that opens the engine. */
  readonly threads?: Threads;
  /** Where data files come from; without it, a program that reads one is refused. */
  readonly files?: DataFiles;
  /** Where states of earlier runs come from; without it, a program that stands on some is refused. */
  readonly states?: States;
}

/** The full state of one run at a step: enough to go on to the same numbers. */
export interface RunState {
  readonly id: string;
  readonly step: number;
  /** Weights, optimizer state and warm starts, by name. */
  readonly arrays: Readonly<Record<string, Float32Array>>;
  /** What was recorded so far. */
  readonly series: Series;
  readonly outcome: RunOutcome | null;
  readonly hashes: readonly CheckpointHash[];
  /** Committed states that are still at hand. */
  readonly kept?: readonly Checkpoint[];
}

/** A state that was hashed: weights, optimizer state and warm starts, by name. */
export interface Checkpoint {
  readonly step: number;
  readonly arrays: Readonly<Record<string, Float32Array>>;
}

/** A committed state by its hash; rejects with a sentence if it cannot be had. */
export type States = (sha256: string) => Promise<Checkpoint['arrays']>;

/** SHA-256 (hex) over the little-endian bytes of a run's state at a step, names in sorted order. */
export interface CheckpointHash {
  readonly step: number;
  readonly sha256: string;
}

export interface RunResult {
  readonly id: string;
  readonly series: Series;
  readonly outcome: RunOutcome;
  readonly hashes: readonly CheckpointHash[];
  /** Committed states that are still at hand: whoever verifies may ask for them. */
  readonly kept?: readonly Checkpoint[];
}

export interface Training {
  readonly step: number;
  readonly totalSteps: number;
  /** How it is computed, in words: "fused: 64 threads a run, 120 steps a dispatch". */
  readonly how: string;
  /** Trains on for about 50 ms, at most to the next record; resolves to true when the pack is finished. */
  advance(): Promise<boolean>;
  /** The state of every run at the current step. */
  checkpoint(): Promise<readonly RunState[]>;
  /** The finished runs. Throws before `advance` has returned true. */
  results(): readonly RunResult[];
  dispose(): void;
}

export interface Engine {
  readonly device: DeviceInfo;
  /** Resolves with a sentence when the device is lost: whatever trains on it will not end. */
  readonly lost: Promise<string>;
  /** Starts a pack from its seeds, or goes on from a checkpoint of the same pack. */
  start(pack: Pack, from?: readonly RunState[]): Promise<Training>;
  dispose(): void;
}
