/** Runs in the page that `scripts/browser.ts` opens: engines by name, and whole trainings called from outside. */
import type { Pack } from '../programs/program.ts';
import type { DeviceInfo, Engine, EngineOptions, RunResult, RunState } from './engine.ts';
import { openEngine } from './open.ts';
import { webThreads } from './wasm/web-threads.ts';

export interface VenueOptions extends Pick<EngineOptions, 'backend' | 'machine'> {
  /** How many threads may compute at once; one if absent. */
  readonly threads?: number;
}

export interface Venue {
  device(options: VenueOptions): Promise<DeviceInfo>;
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

function engineOf({ threads = 1, ...options }: VenueOptions): Promise<Engine> {
  const key = JSON.stringify([options, threads]);
  const engine =
    engines.get(key) ??
    openEngine({
      ...{ ...options, allowSoftwareAdapter: true, wasmPath: '/' },
      threads: webThreads(threads),
    });
  engines.set(key, engine);
  return engine;
}

globalThis.venue = {
  device: async (options) => (await engineOf(options)).device,
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
