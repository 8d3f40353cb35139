/**
 * The verifier's thread: an engine on WebAssembly, and a second one of batched products for what the
 * first leaves open. Off the coordinator's own thread, which has people waiting.
 */
import { createRequire } from 'node:module';
import path from 'node:path';
import { numericClassOf } from '../compute/engines/canary.ts';
import type { Engine } from '../compute/engines/engine.ts';
import { openEngine } from '../compute/engines/open.ts';
import { type Replayed, type ReplayOrder, replaySegment } from '../compute/engines/replay.ts';
import { localFiles } from '../data/local.ts';
import { answerQuestions } from './thread.ts';

export type Way = 'generated' | 'products';

export interface ToReplay {
  readonly order: ReplayOrder;
  readonly way: Way;
}

export interface FromReplay {
  readonly replayed: Replayed;
  /** Of the engine that replayed. */
  readonly numericClass: string;
}

// The library greets on standard output, which is for the coordinator's address.
console.log = console.error;
console.warn = () => {};
const wasm = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
const wasmPath = `${path.dirname(wasm)}/`;
const common = { backend: 'wasm', wasmPath, files: localFiles() } as const;
const engines = new Map<Way, Promise<{ engine: Engine; numericClass: string }>>();

function engineFor(way: Way) {
  const options = way === 'products' ? ({ ...common, machine: 'packed' } as const) : common;
  const open =
    engines.get(way) ??
    openEngine(options).then(async (engine) => ({
      engine,
      numericClass: await numericClassOf(engine),
    }));
  engines.set(way, open);
  return open;
}

answerQuestions(async ({ order, way }: ToReplay): Promise<FromReplay> => {
  const { engine, numericClass } = await engineFor(way);
  return { replayed: await replaySegment(engine, order), numericClass };
});
