import { createRequire } from 'node:module';
import path from 'node:path';
import { expect, test } from 'vitest';
import { stateLength, trainingFlops } from '../programs/cost.ts';
import { HYPER } from '../programs/program.ts';
import { treeProgram } from '../programs/tree-network.ts';
import { hierarchies, hierarchy, trainsHierarchies } from './hierarchy.testkit.ts';
import { expectBoundedMemory, expectNoLeak } from './memory.testkit.ts';
import { openEngine } from './open.ts';
import { replaySegment } from './replay.ts';
import { trainOn } from './train.testkit.ts';

const wasmPath = `${path.dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'))}/`;

for (const backend of ['wasm', 'cpu'] as const) {
  const train = trainOn({ backend, wasmPath });
  trainsHierarchies(`hierarchies on ${backend}`, train);

  test(`${backend}: a segment of one run of a pack is replayed alone to the very same bits`, async () => {
    const pack = hierarchies(hierarchy(), HYPER, { ...HYPER, learningRate: 0.01 });
    const [, second] = (await train(pack)).results;
    const [, run] = pack.runs;
    if (run === undefined || second === undefined) throw new Error('The pack has no second run.');
    const from = second.kept?.find(({ step }) => step === 2) ?? null;
    const replayed = await replaySegment(await openEngine({ backend, wasmPath }), {
      ...{ program: pack.program, run, from, first: second.series, to: 4 },
    });
    expect(from).not.toBeNull();
    expect(replayed.end).toEqual(second.kept?.find(({ step }) => step === 4)?.arrays);
  });
}

test('training on a hierarchy leaks no tensor', () =>
  expectNoLeak(hierarchies(hierarchy(), HYPER, HYPER), 2, { backend: 'wasm', wasmPath }));

test.each([
  ['a small probe', { width: 32, batch: 32 }],
  ['many symbols', { width: 8, batch: 40, task: { ...hierarchy().task, symbols: 16, levels: 2 } }],
] as const)('an update holds no more memory than its program says: %s', async (_, changes) => {
  const spec = hierarchy({ ...changes, samples: [12, 20], probe: 4 });
  const program = treeProgram(spec, [{ id: 'a', seed: 1, hyper: HYPER }]);
  await expectBoundedMemory(program, { backend: 'wasm', wasmPath });
});

test('what a run costs, and what it keeps, is of filters as often as they are used', () => {
  // Eight symbols of four: four places of 2 · 4 inputs, two and one of 2 · 5; biases; and the readout.
  const products = 4 * 8 * 5 + 2 * 10 * 5 + 10 * 5 + 5 * 3;
  const numbers = 8 * 5 + 5 + 2 * (10 * 5 + 5) + 5 * 3;
  // Of two networks.
  expect(trainingFlops(hierarchy())).toBe(6 * 2 * products * 4 * 6);
  expect(stateLength(hierarchy())).toBe(3 * 2 * numbers);
});
