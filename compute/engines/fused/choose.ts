/**
 * Which machine trains a pack on WebGPU: measured, not guessed. Each candidate takes some steps of the
 * very program on the very device; the fastest keeps the job, and the answer is kept for packs of the
 * same shape. Software adapters like few threads and large tiles, hardware wants many threads, and
 * wide networks may be faster as plain products.
 */
import type { DenseProgram } from '../../programs/dense.ts';
import type { PackedRun } from '../../programs/program.ts';
import type { Machine } from '../machine.ts';
import type { Tiling } from './phase.ts';

/**
 * Few threads with large tiles for software adapters, many with smaller ones for hardware. In software a
 * load costs several products, so tiles grow with the layers; larger still takes too long to compile.
 */
export function tilingsFor(software: boolean, { layers }: DenseProgram): readonly Tiling[] {
  if (!software)
    return [
      { threads: 64, across: 16, rows: 4, columns: 4 },
      { threads: 256, across: 16, rows: 4, columns: 2 },
    ];
  const side = Math.max(...layers.map((layer) => layer.out)) >= 128 ? 16 : 8;
  return [{ threads: 4, across: 4, rows: side, columns: side }];
}
/** A candidate is measured for about so long; a slower one than the best so far is given up sooner. */
const TRIAL_MS = 40;

export interface Candidate {
  readonly name: string;
  make(): Promise<Machine>;
}

const chosen = new Map<string, string>();

/** The machine of the first candidate that can be made. The others before it are told to `onRefused`. */
export async function firstPossible(
  candidates: readonly Candidate[],
  onRefused: (why: string) => void,
): Promise<Machine> {
  for (const candidate of candidates) {
    try {
      return await candidate.make();
    } catch (error) {
      onRefused(refusalOf(candidate, error));
    }
  }
  throw new Error(NO_WAY);
}

const NO_WAY = 'This device can train the pack in no way.';

const refusalOf = ({ name }: Candidate, error: unknown) =>
  `${name}: ${error instanceof Error ? error.message : String(error)}`;

/** The fastest candidate's machine, fresh. Candidates that cannot be made are told to `onRefused`. */
export async function fastest(
  key: string,
  candidates: readonly Candidate[],
  onRefused: (why: string) => void,
): Promise<Machine> {
  const known =
    candidates.length === 1 ? candidates[0] : candidates.find((c) => c.name === chosen.get(key));
  if (known !== undefined) return await known.make();
  let best: { readonly candidate: Candidate; readonly ms: number } | null = null;
  for (const candidate of candidates) {
    try {
      const ms = await msPerStep(await candidate.make(), best?.ms ?? Number.POSITIVE_INFINITY);
      if (ms < (best?.ms ?? Number.POSITIVE_INFINITY)) best = { candidate, ms };
    } catch (error) {
      onRefused(refusalOf(candidate, error));
    }
  }
  if (best === null) throw new Error(NO_WAY);
  chosen.set(key, best.candidate.name);
  return await best.candidate.make();
}

/** Milliseconds a step, on a machine that is used up by it. */
async function msPerStep(machine: Machine, best: number): Promise<number> {
  try {
    // The first step compiles.
    await machine.advance(1);
    let [steps, ms, fewest] = [0, 0, Number.POSITIVE_INFINITY];
    while (ms < TRIAL_MS) {
      const startedAt = performance.now();
      const done = await machine.advance(1_000_000);
      const took = performance.now() - startedAt;
      [steps, ms] = [steps + done, ms + took];
      // The last slice is the longest, and pays least for being launched.
      fewest = Math.min(fewest, took / done);
      if (ms / steps > 4 * best) break;
    }
    return fewest;
  } finally {
    machine.dispose();
  }
}

/** What makes two packs alike for the choice. */
export function shapeOf(program: DenseProgram, runs: readonly PackedRun[]): string {
  const { layers, batch, samples, loss, optimizer } = program;
  return JSON.stringify([layers, batch, samples, loss, optimizer, runs.length]);
}
