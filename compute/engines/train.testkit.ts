/** Trains packs in this process, on an engine of their own. */
import { expect } from 'vitest';
import type { Train } from './conformance.testkit.ts';
import type { EngineOptions } from './engine.ts';
import { openEngine } from './open.ts';

export const trainOn =
  (options: Pick<EngineOptions, 'backend' | 'machine' | 'wasmPath' | 'files'>): Train =>
  async (pack, from, until) => {
    const engine = await openEngine(options);
    expect(engine.device.backend).toBe(options.backend);
    const training = await engine.start(pack, from);
    let finished = false;
    while (!finished && (until === undefined || training.step < until))
      finished = await training.advance();
    const states = await training.checkpoint();
    const results = finished ? training.results() : [];
    training.dispose();
    return { results, states };
  };
