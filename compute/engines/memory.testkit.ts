/** What training by automatic differentiation may hold of a backend's memory: tested alike of every such program. */
import { expect } from 'vitest';
import type { DifferentiableProgram } from '../programs/differentiable.ts';
import type { Pack } from '../programs/program.ts';
import type { EngineOptions } from './engine.ts';
import { openEngine } from './open.ts';

/** An update of the first run holds no more than the program says, and at least a quarter of it. */
export async function expectBoundedMemory(
  program: DifferentiableProgram,
  options: EngineOptions,
): Promise<void> {
  await openEngine(options);
  const tf = await import('@tensorflow/tfjs');
  const on = program.on(tf);
  const weights = program.weights.map(({ rows, columns }, l) =>
    tf.tensor3d(program.initial(0)[l] ?? new Float32Array(), [1, rows, columns]),
  );
  const { peakBytes } = await tf.profile(() => {
    tf.dispose(tf.grads((...own) => on.loss(own as typeof weights, [0], 0))(weights));
    return weights;
  });
  expect(peakBytes).toBeLessThanOrEqual(program.bytes);
  expect(program.bytes).toBeLessThan(4 * peakBytes);
  on.dispose();
  tf.dispose(weights);
}

/** From `early` steps on no tensor is added, and none is left when the training is disposed of. */
export async function expectNoLeak(
  pack: Pack,
  early: number,
  options: EngineOptions,
): Promise<void> {
  const engine = await openEngine(options);
  const tf = await import('@tensorflow/tfjs');
  const before = tf.memory().numTensors;
  const training = await engine.start(pack);
  while (training.step < early) await training.advance();
  const held = tf.memory().numTensors;
  while (!(await training.advance()));
  expect(tf.memory().numTensors).toBe(held);
  training.dispose();
  expect(tf.memory().numTensors).toBe(before);
}
