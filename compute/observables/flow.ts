/**
 * How far descent is from the flows that it is said to follow: at step s, with step size η, the distance
 * ‖w_s − w(ηs)‖ to the gradient flow, to the flow with the gradient penalty of Barrett & Dherin, and to
 * the one with the sign of that penalty flipped. The flows start where the run does and are
 * integrated on the host in float64, with two Runge–Kutta steps an update, whose error of fourth order is
 * far below the distances of second order that are measured.
 */
import { modifiedField, norm, plus, rungeKutta } from '../analysis/backward-error.ts';
import type { DenseLayer } from '../programs/dense.ts';
import { gradientOnHost } from '../programs/host-gradient.ts';

export const FLOWS = { flowDistance: 0, modifiedDistance: 1, flippedDistance: -1 } as const;

const SUBSTEPS = 2;

export interface FlowContext {
  readonly layers: readonly DenseLayer[];
  /** [(in + bias) × out] a layer. */
  readonly now: readonly Float32Array[];
  /** The very same list at every record of a run, and so are the samples. */
  readonly start: readonly Float32Array[];
  /** Observed inputs and targets. */
  readonly x: Float32Array;
  readonly y: Float32Array;
  /** Updates so far, and the run's learning rate. */
  readonly step: number;
  readonly learningRate: number;
}

interface Followed {
  step: number;
  readonly points: Map<string, Float64Array>;
}

/** Where the flows of a start have got to: a record goes on where the last one stopped. */
const followed = new WeakMap<readonly Float32Array[], Followed>();

/**
 * @param context all samples are observed and trained on: full batch, half mean square, one rate, no output
 *   scale
 */
export function flowDistances(context: FlowContext): Readonly<Record<keyof typeof FLOWS, number>> {
  const { layers, now, start, x, y, step, learningRate } = context;
  const own = followed.get(start);
  const state = own !== undefined && own.step <= step ? own : { step: 0, points: new Map() };
  const gradient = gradientOnHost(layers, x, y);
  const here = flat(now);
  const distance = (name: keyof typeof FLOWS) => {
    const field = modifiedField(gradient, learningRate, FLOWS[name]);
    let w: Float64Array = state.points.get(name) ?? flat(start);
    for (let i = 0; i < SUBSTEPS * (step - state.step); i++)
      w = rungeKutta(field, w, learningRate / SUBSTEPS);
    state.points.set(name, w);
    return norm(plus(here, -1, w));
  };
  const distances = {
    flowDistance: distance('flowDistance'),
    modifiedDistance: distance('modifiedDistance'),
    flippedDistance: distance('flippedDistance'),
  };
  followed.set(start, { step, points: state.points });
  return distances;
}

/** All weights as one vector. */
export function flat(weights: readonly ArrayLike<number>[]): Float64Array {
  return Float64Array.from(weights.flatMap((w) => Array.from(w)));
}
