/**
 * A plain TensorFlow.js LayersModel, as a user would train it: one run, `trainOnBatch` a step, the
 * library's own flags. A pack is trained run by run, so its rate is that of one run.
 */
import type { Tensor } from '@tensorflow/tfjs';
import type { Tf } from '../../compute/programs/dense.ts';
import type { ActivationName } from '../../compute/programs/program.ts';
import { inSlices, type Job, type Side, split } from './side.ts';

/** Flags that our engine sets on WebGPU, at the library's defaults. */
const DEFAULTS = {
  WEBGPU_MATMUL_PROGRAM_TYPE: -1,
  WEBGPU_CPU_FORWARD: true,
  WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE: 15,
} as const;

/** Runs `body` with the library's own flags, and puts back what was set. */
export async function withDefaults<T>(tf: Tf, body: () => Promise<T>): Promise<T> {
  if (tf.getBackend() !== 'webgpu') return await body();
  const set = Object.keys(DEFAULTS).map((name) => [name, tf.env().get(name)] as const);
  for (const [name, value] of Object.entries(DEFAULTS)) tf.env().set(name, value);
  try {
    return await body();
  } finally {
    for (const [name, value] of set) tf.env().set(name, value);
  }
}

/** The library's name of an activation. */
function named(activation: ActivationName): 'linear' | 'tanh' | 'relu' {
  if (activation === 'square') throw new Error('The library has no square to compare with.');
  return activation === 'identity' ? 'linear' : activation;
}

export function fitSide(tf: Tf, { program, runs, steps }: Job): Side {
  const { layers, samples, loss } = program;
  const [first, last] = [layers[0], layers.at(-1)];
  const outputs = last?.out ?? 0;
  const model = tf.sequential({
    layers: layers.map((layer) =>
      tf.layers.dense({
        ...{ units: layer.out, useBias: layer.bias, inputShape: [layer.in] },
        activation:
          layer === last && loss === 'cross-entropy' ? 'softmax' : named(layer.activation),
      }),
    ),
  });
  // The model's square loss is a mean over outputs too, ours half a sum: rates differ by this factor.
  const total = program.reduction === 'sum' ? samples : 1;
  const factor = loss === 'half-mean' ? (outputs * total) / 2 : 1;
  model.compile({
    optimizer: tf.train.sgd((runs[0]?.hyper.learningRate ?? 0) * factor),
    loss: loss === 'half-mean' ? 'meanSquaredError' : 'categoricalCrossentropy',
  });
  const initial = program.initial(0).flatMap((rows, l): Tensor[] => {
    const layer = layers[l];
    if (layer === undefined) return [];
    const { matrix, bias } = split(layer, rows);
    const kernel = tf.tensor2d(matrix.slice(), [layer.in, layer.out]);
    return bias === null ? [kernel] : [kernel, tf.tensor1d(bias.slice())];
  });
  model.setWeights(initial);
  tf.dispose(initial);
  const x = tf.tensor2d(program.inputs, [samples, first?.in ?? 0]);
  const y = tf.tensor2d(program.targets[0] ?? new Float32Array(), [samples, outputs]);
  return {
    runs: 1,
    how: 'LayersModel.trainOnBatch',
    advance: inSlices(steps, (count) =>
      withDefaults(tf, async () => {
        for (let i = 0; i < count; i++) await model.trainOnBatch(x, y);
      }),
    ),
    async weights() {
      const arrays = await Promise.all(model.getWeights().map((w) => w.data<'float32'>()));
      let next = 0;
      return layers.map((layer) => {
        const parts = layer.bias ? [arrays[next++], arrays[next++]] : [arrays[next++]];
        return Float32Array.from(parts.flatMap((part) => [...(part ?? [])]));
      });
    },
    dispose() {
      model.dispose();
      tf.dispose([x, y]);
    },
  };
}
