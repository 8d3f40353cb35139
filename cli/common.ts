/** What every command shares: an error that is one line for a person, the engine, the wasm files. */
import { createRequire } from 'node:module';
import path from 'node:path';
import { z } from 'zod';
import type { BackendName, Engine, States } from '../compute/engines/engine.ts';
import { openEngine } from '../compute/engines/open.ts';
import { localFiles } from '../data/local.ts';
import { nodeThreads } from './threads.ts';

/** A mistake in what was asked for: printed as one line, exit code 2. */
export class UsageError extends Error {}

export const Backend = z.enum(['webgpu', 'wasm', 'cpu']);
export const Server = z.url({ protocol: /^https?$/, error: 'an address as https://example.org' });

/** Parses one flag, naming it where it is wrong. */
export function parseFlag<T>(schema: z.core.$ZodType<T>, flag: string, value: unknown): T {
  const parsed = z.safeParse(schema, value);
  if (parsed.success) return parsed.data;
  throw new UsageError(`${flag}: ${parsed.error.issues[0]?.message ?? 'not understood'}`);
}

/**
 * Opens the engine of this process: the backend asked for, or the best that Node has.
 * @param states where states of earlier runs come from, for programs that stand on some
 */
export async function openHere(backend: BackendName | undefined, states?: States): Promise<Engine> {
  const wasm = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
  // The library greets on standard output, which is for results.
  const { log, warn } = console;
  console.log = console.error;
  console.warn = () => {};
  try {
    const wanted = backend === undefined ? {} : { backend };
    const wasmPath = `${path.dirname(wasm)}/`;
    const parts = { files: localFiles(), threads: nodeThreads() };
    const given = states === undefined ? {} : { states };
    return await openEngine({ ...wanted, wasmPath, ...parts, ...given });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  } finally {
    Object.assign(console, { log, warn });
  }
}
