/**
 * Observables that are read off a run's weights on the host, in float64: each a function of the
 * network, its weights now and at the start, and the observed samples. A new one is a function here,
 * and its columns in `COLUMNS` of `program.ts`.
 */
import type { DenseLayer } from '../programs/dense.ts';
import { forwardOnHost } from '../programs/host.ts';
import type { DataSpec } from '../programs/program.ts';
import { linearCka } from './cka.ts';
import { neuronCosines } from './neurons.ts';
import { kernelMovement } from './tangent-kernel.ts';

export interface WeightContext {
  readonly data: DataSpec;
  readonly layers: readonly DenseLayer[];
  /** [(in + bias) × out] a layer. */
  readonly now: readonly Float32Array[];
  readonly start: readonly Float32Array[];
  /** Observed inputs and targets. */
  readonly x: Float32Array;
  readonly y: Float32Array;
}

type WeightObservable = (context: WeightContext) => Readonly<Record<string, number>>;

export const WEIGHT_OBSERVABLES: Readonly<Record<string, WeightObservable | undefined>> = {
  weightNorm: ({ now }) => ({ weightNorm: Math.sqrt(sumOfSquares(now)) }),
  movement: ({ now, start }) => ({
    movement: Math.sqrt(sumOfSquares(now, start) / sumOfSquares(start)),
  }),
  cka: (context) => {
    const { samples, features } = lastHidden(context);
    return {
      cka: linearCka(features(context.now), features(context.start), samples) ?? Number.NaN,
    };
  },
  alignment: (context) => {
    const { samples, features } = lastHidden(context);
    return { alignment: linearCka(features(context.now), context.y, samples) ?? Number.NaN };
  },
  kernelMovement: ({ layers, now, start, x }) => ({
    kernelMovement: kernelMovement(layers, now, start, x),
  }),
  neurons: ({ data, layers, now }) =>
    data.kind === 'relu-teacher' ? neuronCosines(layers, now, data.neurons) : {},
};

/** Σ (a − b)² over all layers, Σ a² without b. */
function sumOfSquares(a: readonly Float32Array[], b?: readonly Float32Array[]): number {
  let sum = 0;
  for (const [l, values] of a.entries())
    for (const [i, v] of values.entries()) sum += (v - (b?.[l]?.[i] ?? 0)) ** 2;
  return sum;
}

function lastHidden({ layers, x }: WeightContext) {
  const hidden = layers.slice(0, -1);
  return {
    samples: x.length / (layers[0]?.in ?? 1),
    features: (weights: readonly Float32Array[]): ArrayLike<number> =>
      forwardOnHost(hidden, weights, x).at(-1) ?? x,
  };
}
