/**
 * jax-js: one step of one run written as its users write it, then `vmap` over the runs, each with its
 * weights and learning rate, and `jit`.
 */
import {
  blockUntilReady,
  defaultDevice,
  grad,
  init,
  jit,
  nn,
  numpy as np,
  vmap,
} from '@jax-js/jax';
import { errorScaleOf } from '../../compute/programs/dense.ts';
import { inSlices, type Job, type Side, split } from './side.ts';

type Params = np.Array[];

/** Opens jax-js on a backend; rejects with a sentence where it has none. */
export async function openJax(backend: 'webgpu' | 'wasm'): Promise<void> {
  const available = await init(backend);
  if (!available.includes(backend)) throw new Error(`jax-js has no ${backend} here.`);
  defaultDevice(backend);
}

export function jaxSide({ program, runs, steps }: Job): Side {
  const { layers, samples, targets } = program;
  const R = runs.length;
  const scale = errorScaleOf(program, samples);
  const outputs = layers.at(-1)?.out ?? 0;
  const shared = targets.length === 1;

  // Arrays are counted references: a use consumes one, `.ref` adds one.
  function loss(params: Params, x: np.Array, y: np.Array): np.Array {
    let a = x;
    let next = 0;
    const take = () => {
      const param = params[next++];
      if (param === undefined) throw new RangeError('A layer has no weights.');
      return param;
    };
    for (const layer of layers) {
      a = np.matmul(a, take());
      if (layer.bias) a = a.add(take());
      if (layer.activation === 'tanh') a = np.tanh(a);
      if (layer.activation === 'relu') a = nn.relu(a);
    }
    return program.loss === 'half-mean'
      ? np
          .square(a.sub(y))
          .sum()
          .mul(scale / 2)
      : nn.logSoftmax(a).mul(y).sum().mul(-scale);
  }

  function step(params: Params, rate: np.Array, x: np.Array, y: np.Array): Params {
    const gradient = grad(loss)(
      params.map((p) => p.ref),
      x,
      y,
    ) as Params;
    const next = params.map((p, i) => p.sub((gradient[i] as np.Array).mul(rate.ref)));
    rate.dispose();
    return next;
  }

  const packed = jit(vmap(step, [0, 0, null, shared ? null : 0]));
  const initial = runs.map((_, r) => program.initial(r));
  let params: Params = layers.flatMap((layer, l) => {
    const parts = initial.map((w) => split(layer, w[l] ?? new Float32Array()));
    const matrix = np.array(joined(parts.map((p) => p.matrix))).reshape([R, layer.in, layer.out]);
    if (!layer.bias) return [matrix];
    const bias = joined(parts.map((p) => p.bias ?? new Float32Array()));
    return [matrix, np.array(bias).reshape([R, layer.out])];
  });
  const rate = np.array(Float32Array.from(runs, (run) => run.hyper.learningRate));
  const x = np.array(program.inputs.slice()).reshape([samples, layers[0]?.in ?? 0]);
  const y = np.array(joined(targets)).reshape(shared ? [samples, outputs] : [R, samples, outputs]);
  return {
    runs: R,
    how: 'jit(vmap(step))',
    advance: inSlices(steps, async (count) => {
      for (let i = 0; i < count; i++) params = packed(params, rate.ref, x.ref, y.ref) as Params;
      await blockUntilReady(params);
    }),
    async weights() {
      const arrays = await Promise.all(params.map((p) => p.ref.data()));
      let next = 0;
      const first = (size: number) => [...(arrays[next++] ?? [])].slice(0, size);
      return layers.map((layer) =>
        Float32Array.from([
          ...first(layer.in * layer.out),
          ...(layer.bias ? first(layer.out) : []),
        ]),
      );
    },
    dispose() {
      for (const array of [...params, rate, x, y]) array.dispose();
      packed.dispose();
    },
  };
}

function joined(parts: readonly Float32Array[]): Float32Array<ArrayBuffer> {
  const all = new Float32Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
