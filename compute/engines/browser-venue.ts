/** Runs in the page that `scripts/browser.ts` opens: engines by name, and whole trainings called from outside. */
import type { Pack } from '../programs/program.ts';
import { servedFiles } from '../volunteer/served-files.ts';
import type { DeviceInfo, Engine, EngineOptions, RunResult, RunState } from './engine.ts';
import { madeFiles } from './made-files.testkit.ts';
import { openEngine } from './open.ts';
import { webThreads } from './wasm/web-threads.ts';

export interface VenueOptions extends Pick<EngineOptions, 'backend' | 'machine'> {
  /** How many threads may compute at once; one if absent. */
  readonly threads?: number;
  /** Data files are made here, without a real digit; absent: those that the page's server has. */
  readonly made?: true;
}

export interface Venue {
  device(options: VenueOptions): Promise<DeviceInfo>;
  /** GPU buffers alive after so many steps of a training, in turn, and after it was put away. */
  census(options: VenueOptions, pack: Pack, at: readonly number[]): Promise<number[]>;
  /** Trains to the end, or to `until`, and leaves a checkpoint. */
  train(
    options: VenueOptions,
    pack: Pack,
    from?: readonly RunState[],
    until?: number,
  ): Promise<{
    readonly how: string;
    readonly results: readonly RunResult[];
    readonly states: readonly RunState[];
  }>;
  /** Puts the engine away. */
  dispose(options: VenueOptions): Promise<void>;
}

declare global {
  // A global's declaration has no other form.
  var venue: Venue;
}

const engines = new Map<string, Promise<Engine>>();

function engineOf({ threads = 1, made, ...options }: VenueOptions): Promise<Engine> {
  const key = JSON.stringify([options, threads, made]);
  const engine =
    engines.get(key) ??
    openEngine({
      ...{ ...options, allowSoftwareAdapter: true, wasmPath: '/' },
      threads: webThreads(threads),
      files: made === true ? madeFiles : servedFiles(),
    });
  engines.set(key, engine);
  return engine;
}

/** Buffers that were made and not destroyed: what is merely forgotten counts as alive. */
let alive = 0;
if (typeof GPUDevice !== 'undefined') {
  const { createBuffer } = GPUDevice.prototype;
  const { destroy } = GPUBuffer.prototype;
  const destroyed = new WeakSet<GPUBuffer>();
  GPUDevice.prototype.createBuffer = function (this: GPUDevice, descriptor) {
    alive += 1;
    return createBuffer.call(this, descriptor);
  };
  GPUBuffer.prototype.destroy = function (this: GPUBuffer) {
    if (!destroyed.has(this)) alive -= 1;
    destroyed.add(this);
    return destroy.call(this);
  };
}

globalThis.venue = {
  device: async (options) => (await engineOf(options)).device,
  async census(options, pack, at) {
    const training = await (await engineOf(options)).start(pack);
    const counts: number[] = [];
    for (const steps of at) {
      while (training.step < steps && !(await training.advance()));
      counts.push(alive);
    }
    training.dispose();
    return [...counts, alive];
  },
  async train(options, pack, from, until) {
    const engine = await engineOf(options);
    const training = await engine.start(pack, from);
    try {
      let finished = false;
      while (!finished && (until === undefined || training.step < until))
        finished = await training.advance();
      const results = finished ? training.results() : [];
      return { how: training.how, results, states: await training.checkpoint() };
    } finally {
      training.dispose();
    }
  },
  dispose: async (options) => (await engineOf(options)).dispose(),
};
