/**
 * Observables that are read off a run's weights on the host, in float64: each a function of the
 * network, its weights now and at the start, and the observed samples. A new one is a function here,
 * and its columns in `COLUMNS` of `program.ts`.
 */
import type { DenseLayer } from '../programs/dense.ts';
import { forwardOnHost } from '../programs/host.ts';
import type { DataSpec } from '../programs/program.ts';
import { balanceColumns } from './balance.ts';
import { linearCka } from './cka.ts';
import { collapseOf } from './collapse.ts';
import { flowDistances } from './flow.ts';
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
  /** Updates so far, and the run's learning rate. */
  readonly step: number;
  readonly learningRate: number;
}

/** A root mean square over units needs few samples. */
const FEATURE_ROWS = 64;

type WeightObservable = (context: WeightContext) => Readonly<Record<string, number>>;

export const WEIGHT_OBSERVABLES: Readonly<Record<string, WeightObservable | undefined>> = {
  weightNorm: ({ now }) => ({ weightNorm: Math.sqrt(sumOfSquares(now)) }),
  movement: ({ now, start }) => ({
    movement: Math.sqrt(sumOfSquares(now, start) / sumOfSquares(start)),
  }),
  featureChange: (context) => {
    const width = context.layers[0]?.in ?? 1;
    const { features } = lastHidden({ ...context, x: context.x.subarray(0, FEATURE_ROWS * width) });
    return { featureChange: rootMeanSquare(features(context.now), features(context.start)) };
  },
  collapse: ({ layers, now, x, y }) => {
    const all = forwardOnHost(layers, now, x);
    const classes = layers.at(-1)?.out ?? 0;
    const labels = Array.from({ length: y.length / classes }, (_, i) =>
      y.subarray(i * classes, (i + 1) * classes).indexOf(1),
    );
    const [features, outputs, last] = [all.at(-2) ?? x, all.at(-1) ?? [], now.at(-1) ?? []];
    return { ...collapseOf(features, outputs, last, labels, classes) };
  },
  flow: (context) => flowDistances(context),
  balance: ({ layers, now, start }) => balanceColumns(layers, now, start),
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

function rootMeanSquare(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += ((a[i] ?? 0) - (b[i] ?? 0)) ** 2;
  return Math.sqrt(sum / a.length);
}

function lastHidden({ layers, x }: WeightContext) {
  const hidden = layers.slice(0, -1);
  return {
    samples: x.length / (layers[0]?.in ?? 1),
    features: (weights: readonly Float32Array[]): ArrayLike<number> =>
      forwardOnHost(hidden, weights, x).at(-1) ?? x,
  };
}
