/**
 * Updates of weights from their gradients, for some runs at once, as operations of TensorFlow.js: heavy-ball
 * descent, and Adam (Kingma & Ba 2015, arXiv:1412.6980, algorithm 1) with decoupled weight decay
 * (Loshchilov & Hutter 2019, arXiv:1711.05101, algorithm 2). β₁ of Adam is the run's momentum.
 */
import type { Tensor3D } from '@tensorflow/tfjs';
import type { Tf } from '../programs/dense.ts';
import type { Shape } from '../programs/differentiable.ts';
import type { Hyper, OptimizerName } from '../programs/program.ts';
import { ADAM } from './optimizer.ts';

export interface Updates {
  /**
   * State after the update number `step` (the first is 0): weights, then what the optimizer keeps, each a
   * list of [runs × rows × columns]. `factor` is on every learning rate.
   */
  apply(
    state: readonly (readonly Tensor3D[])[],
    gradient: readonly Tensor3D[],
    step: number,
    factor: number,
  ): Tensor3D[][];
  dispose(): void;
}

/** Letters of the lists of a state: weights, first moments (or velocities), second moments. */
export const lettersOf = (optimizer: OptimizerName, hypers: readonly Hyper[]): readonly string[] =>
  optimizer === 'adam'
    ? ['W', 'm', 'v']
    : hypers.some(({ momentum }) => momentum !== 0)
      ? ['W', 'm']
      : ['W'];

export function createUpdates(
  tf: Tf,
  optimizer: OptimizerName,
  shapes: readonly Shape[],
  hypers: readonly Hyper[],
): Updates {
  const R = hypers.length;
  const perRun = (pick: (hyper: Hyper) => number): Tensor3D =>
    tf.tensor3d(hypers.map(pick), [R, 1, 1]);
  const kept = (pick: (hyper: Hyper) => number) => tf.keep(perRun(pick));
  const momentum = kept((h) => h.momentum);
  const rest = kept((h) => 1 - h.momentum);
  const decay = kept((h) => h.weightDecay);
  const decays = hypers.some((h) => h.weightDecay !== 0);
  const [beta2, rest2] = [kept(() => ADAM.beta2), kept(() => 1 - ADAM.beta2)];
  const at = <T>(list: readonly T[] | undefined, l: number): T => {
    const value = list?.[l];
    if (value === undefined) throw new RangeError(`The state has no array ${l}.`);
    return value;
  };
  const decayed = (direction: Tensor3D, w: Tensor3D): Tensor3D =>
    decays ? tf.add(direction, tf.mul(decay, w)) : direction;

  return {
    apply([weights = [], first, second], gradient, step, factor) {
      const rates = new Map<number, Tensor3D>();
      const rateOf = (l: number): Tensor3D => {
        const { rate } = at(shapes, l);
        const own = rates.get(rate) ?? perRun((h) => h.learningRate * rate * factor);
        rates.set(rate, own);
        return own;
      };
      const moved = (directions: readonly Tensor3D[]) =>
        weights.map((w, l): Tensor3D => tf.sub(w, tf.mul(rateOf(l), at(directions, l))));
      if (optimizer === 'descent') {
        const whole = gradient.map((g, l) => decayed(g, at(weights, l)));
        if (first === undefined) return [moved(whole)];
        const m = whole.map((g, l): Tensor3D => tf.add(tf.mul(momentum, at(first, l)), g));
        return [moved(m), m];
      }
      const m = gradient.map(
        (g, l): Tensor3D => tf.add(tf.mul(momentum, at(first, l)), tf.mul(rest, g)),
      );
      const v = gradient.map(
        (g, l): Tensor3D => tf.add(tf.mul(beta2, at(second, l)), tf.mul(rest2, tf.square(g))),
      );
      const root = Math.sqrt(1 - ADAM.beta2 ** (step + 1));
      const correction = perRun((h) => root / (1 - h.momentum ** (step + 1)));
      const floor = perRun(() => ADAM.epsilon * root);
      const directions = m.map((own, l) => {
        const size: Tensor3D = tf.add(tf.sqrt(at(v, l)), floor);
        return decayed(tf.div(tf.mul(correction, own), size), at(weights, l));
      });
      return [moved(directions), m, v];
    },
    dispose: () => tf.dispose([momentum, rest, decay, beta2, rest2]),
  };
}
