/**
 * Observables that are read off a run's weights on the host, in float64: each a function of the
 * network, its weights now and at the start, and the observed samples. A new one is a function here,
 * and its columns in `COLUMNS` of `program.ts`.
 */
import { forwardOnHost } from '../programs/host.ts';
import type { DataSpec } from '../programs/program.ts';
import { balanceColumns } from './balance.ts';
import { ckaOf, type Representation, representation } from './cka.ts';
import { collapseOf } from './collapse.ts';
import { depthColumns } from './depth.ts';
import { type FlowContext, flowDistances } from './flow.ts';
import { fourierColumns } from './fourier.ts';
import { neuronCosines } from './neurons.ts';
import { kernelMovement } from './tangent-kernel.ts';

export interface WeightContext extends FlowContext {
  readonly data: DataSpec;
}

/** A root mean square over units needs few samples. */
const FEATURE_ROWS = 64;

type WeightObservable = (context: WeightContext) => Readonly<Record<string, number>>;

export const WEIGHT_OBSERVABLES: Readonly<Record<string, WeightObservable | undefined>> = {
  weightNorm: ({ now }) => ({ weightNorm: Math.sqrt(sumOfSquares(now)) }),
  movement: ({ now, start }) => ({
    movement: Math.sqrt(sumOfSquares(now, start) / sumOfSquares(start)),
  }),
  featureChange: ({ layers, now, start, x }) => {
    const rows = x.subarray(0, FEATURE_ROWS * (layers[0]?.in ?? 1));
    const features = (weights: readonly Float32Array[]) =>
      forwardOnHost(layers.slice(0, -1), weights, rows).at(-1) ?? rows;
    return { featureChange: rootMeanSquare(features(now), features(start)) };
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
  depth: ({ layers, now, x }) => depthColumns(layers, now, x),
  fourier: ({ layers, now, x, y }) => fourierColumns(layers, now, x, y),
  flow: (context) => flowDistances(context),
  balance: ({ layers, now, start }) => balanceColumns(layers, now, start),
  cka: (context) => ({
    cka: ckaOf(lastHidden(context, context.now), ofStart(context)) ?? Number.NaN,
  }),
  alignment: (context) => ({
    alignment:
      ckaOf(lastHidden(context, context.now), representation(context.y, samplesOf(context))) ??
      Number.NaN,
  }),
  kernelMovement: ({ layers, now, start, x }) => ({
    kernelMovement: kernelMovement(layers, now, start, x),
  }),
  neurons: ({ data, layers, now }) =>
    data.kind === 'relu-teacher' ? neuronCosines(layers, now, data.neurons) : {},
};

/** Σ (a − b)² over all layers, Σ a² without b. */
function sumOfSquares(a: readonly Float32Array[], b?: readonly Float32Array[]): number {
  let sum = 0;
  for (const [l, values] of a.entries()) {
    const others = b?.[l] ?? new Float32Array(values.length);
    for (let i = 0; i < values.length; i++) sum += ((values[i] ?? 0) - (others[i] ?? 0)) ** 2;
  }
  return sum;
}

function rootMeanSquare(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += ((a[i] ?? 0) - (b[i] ?? 0)) ** 2;
  return Math.sqrt(sum / a.length);
}

const samplesOf = ({ layers, x }: WeightContext): number => x.length / (layers[0]?.in ?? 1);

/** Features of the observed samples in the last hidden layer. */
function lastHidden(context: WeightContext, weights: readonly Float32Array[]): Representation {
  const { layers, x } = context;
  return representation(
    forwardOnHost(layers.slice(0, -1), weights, x).at(-1) ?? x,
    samplesOf(context),
  );
}

/** Features at the start, worked out once a run. */
const STARTS = new WeakMap<readonly Float32Array[], Representation>();

function ofStart(context: WeightContext): Representation {
  const known = STARTS.get(context.start) ?? lastHidden(context, context.start);
  STARTS.set(context.start, known);
  return known;
}
