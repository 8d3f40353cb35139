import { expect, test } from 'vitest';
import { HYPER, type Hyper, type Pack, type SpectrumSpec } from '../programs/program.ts';
import { spectrumProgram } from '../programs/spectrum.ts';
import type { Engine, RunState } from './engine.ts';
import { hosted } from './hosted.ts';
import { replaySegment } from './replay.ts';
import { startTraining, statesOf } from './training.ts';

const spec: SpectrumSpec = {
  ...{ kind: 'spectrum', modes: 64, seen: 16, decay: 1.5, power: 1.75, labels: 'own' },
  ...{ data: { kind: 'fresh', batch: 4 }, observe: ['loss'] },
  ...{ steps: 40, recordEvery: 5, checkpointEvery: 10 },
};
const hyper = (changes: Partial<Hyper>): Hyper => ({ ...HYPER, ...changes });
const packOf = (...hypers: Hyper[]): Pack => ({
  program: spec,
  runs: hypers.map((h, i) => ({ id: `s${i}`, seed: 50 + i, hyper: h })),
});
const MOVING = [hyper({ momentum: 0.6 }), hyper({ learningRate: 0.2 })];

const start = (pack: Pack, from?: readonly RunState[]) => {
  const at = from === undefined ? null : statesOf(pack, from);
  const arrays = at && { step: at.step, arrays: at.states.map((s) => s.arrays) };
  return startTraining(
    pack,
    hosted(spectrumProgram(pack.program as SpectrumSpec, pack.runs), pack.runs, arrays),
    at,
  );
};
const engine: Engine = {
  device: { backend: 'cpu', adapter: null, fallbacks: [], build: 'host' },
  lost: new Promise(() => {}),
  ...{ start, dispose: () => {} },
};

async function trained(pack: Pack, from?: readonly RunState[], until = spec.steps) {
  const training = await start(pack, from);
  while (training.step < until && !(await training.advance()));
  const states = await training.checkpoint();
  return { states, results: training.step === spec.steps ? training.results() : [] };
}

test('a run goes on from a checkpoint to the very same bits', async () => {
  const pack = packOf(...MOVING);
  const whole = await trained(pack);
  const half = await trained(pack, undefined, 20);
  const { results } = await trained(pack, half.states);
  expect(results.map((r) => r.hashes)).toEqual(whole.results.map((r) => r.hashes));
  expect(results.map((r) => r.series)).toEqual(whole.results.map((r) => r.series));
});

test('a run has the same bits alone as among others', async () => {
  const [alone] = (await trained(packOf(...MOVING.slice(0, 1)))).results;
  const [among] = (await trained(packOf(...MOVING))).results;
  expect(alone?.hashes).toEqual(among?.hashes);
});

test('a segment replayed from its committed state ends at the committed bits', async () => {
  const pack = packOf(...MOVING);
  const { results } = await trained(pack);
  for (const [r, { hashes, kept = [], series }] of results.entries()) {
    const run = pack.runs[r];
    if (run === undefined) throw new Error('No run.');
    expect(hashes.map((h) => h.step)).toEqual([0, 10, 20, 30, 40]);
    for (const [from, to] of [
      [null, 10],
      ...kept.map((k, i) => [k, kept[i + 1]?.step] as const),
    ] as const) {
      if (to === undefined) continue;
      const first = {
        steps: series.steps.slice(0, 1),
        columns: { loss: series.columns.loss?.slice(0, 1) ?? new Float32Array() },
      };
      const replayed = await replaySegment(engine, { program: spec, run, from, first, to });
      expect(replayed.end).toEqual(kept.find((k) => k.step === to)?.arrays);
    }
  }
});

test('the loss falls, a run without momentum keeps no velocity, and a step that is too large diverges', async () => {
  const { results, states } = await trained(packOf(...MOVING, hyper({ learningRate: 50 })));
  const [first, , lost] = results;
  expect(first?.series.columns.loss?.at(-1)).toBeLessThan(
    0.7 * (first?.series.columns.loss?.[0] ?? 0),
  );
  expect(states.map((s) => Object.keys(s.arrays))).toEqual([['W1', 'm1'], ['W1'], ['W1']]);
  expect(lost?.outcome.kind).toBe('diverged');
});

test('a checkpoint of another size is refused', async () => {
  const { states } = await trained(packOf(...MOVING), undefined, 10);
  const other = { ...packOf(...MOVING), program: { ...spec, seen: 17 } };
  expect(() => start(other, states)).toThrow(/17 numbers of W1/);
});
