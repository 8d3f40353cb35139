import { createRequire } from 'node:module';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { MODELS, online } from './online.testkit.ts';
import { openEngine } from './open.ts';
import { replaySegment } from './replay.ts';
import { trainOn } from './train.testkit.ts';

const wasmPath = `${path.dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'))}/`;
const train = trainOn({ backend: 'wasm', wasmPath });

describe.each(Object.entries(MODELS))('sample by sample, %s', (_, model) => {
  const pack = online(model);

  test('goes on from a checkpoint to the very same numbers, hashes included', async () => {
    const whole = await train(pack);
    const { states } = await train(pack, undefined, 60);
    const at = states[0]?.step ?? 0;
    expect(at).toBeGreaterThan(0);
    expect(at).toBeLessThan(200);
    expect((await train(pack, structuredClone(states))).results).toEqual(whole.results);
  });

  test('has the same bits on every backend, and with other neighbours', async () => {
    const here = (await train(pack)).results;
    expect((await trainOn({ backend: 'cpu', wasmPath })(pack)).results).toEqual(here);
    const [second] = (await train({ ...pack, runs: pack.runs.slice(1, 2) })).results;
    expect(second).toEqual(here[1]);
  });

  test('is replayed, one segment of one run alone, to the very same bits', async () => {
    const [, second] = (await train(pack)).results;
    const [, run] = pack.runs;
    if (run === undefined || second === undefined) throw new Error('The pack has no second run.');
    const from = second.kept?.find(({ step }) => step === 50) ?? null;
    expect(from).not.toBeNull();
    const replayed = await replaySegment(await openEngine({ backend: 'wasm', wasmPath }), {
      ...{ program: pack.program, run, from, first: second.series, to: 100 },
    });
    expect(replayed.end).toEqual(second.kept?.find(({ step }) => step === 100)?.arrays);
  });

  test('does not learn what has no connection: labels of other inputs', async () => {
    const lossOf = async (labels: 'own' | 'other') => {
      const { results } = await train(online(model, { labels, steps: 4000, recordEvery: 1000 }));
      return results[1]?.series.columns.loss ?? new Float32Array();
    };
    const [own, other] = [await lossOf('own'), await lossOf('other')];
    expect(own.at(-1)).toBeLessThan(0.3 * (own[0] ?? 0));
    expect(other.at(-1)).toBeGreaterThan(0.5 * (other[0] ?? 0));
  });
});

test('a run that diverges is recorded as diverged, and its neighbours finish', async () => {
  const { results } = await train(online({ kind: 'committee', students: 3, teachers: 2 }));
  expect(results.map((r) => r.outcome.kind)).toEqual(['completed', 'completed', 'diverged']);
});
