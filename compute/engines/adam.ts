/**
 * Adam (Kingma & Ba 2015, arXiv:1412.6980, algorithm 1) with decoupled weight decay (Loshchilov & Hutter 2019,
 * arXiv:1711.05101, algorithm 2), for some runs at once, as operations of TensorFlow.js. All weights of a run
 * lie in one row: a dozen operations an update instead of as many for each array.
 */
import type { Tensor2D } from '@tensorflow/tfjs';
import type { Tf } from '../programs/dense.ts';
import { BETA2, type Hyper } from '../programs/program.ts';
import { ADAM_EPSILON } from './optimizer.ts';

/** Weights and both moments, [runs × size] each. */
export type AdamState = readonly [weights: Tensor2D, first: Tensor2D, second: Tensor2D];

export interface Adam {
  /** The state after the update number `step`, the first one is 0, at `factor` times the learning rate. */
  apply(
    state: AdamState,
    gradient: Tensor2D,
    step: number,
    factor: number,
  ): [Tensor2D, Tensor2D, Tensor2D];
  dispose(): void;
}

/** Of runs with these numbers; β₁ is a run's momentum. */
export function createAdam(tf: Tf, hypers: readonly Hyper[]): Adam {
  const perRun = (pick: (hyper: Hyper) => number): Tensor2D =>
    tf.tensor2d(hypers.map(pick), [hypers.length, 1]);
  const kept = (pick: (hyper: Hyper) => number) => tf.keep(perRun(pick));
  const [beta1, rest1] = [kept((h) => h.momentum), kept((h) => 1 - h.momentum)];
  const [beta2, rest2] = [kept(() => BETA2), kept(() => 1 - BETA2)];
  const decays = hypers.some((h) => h.weightDecay !== 0);
  return {
    apply([weights, first, second], gradient, step, factor) {
      const m: Tensor2D = tf.add(tf.mul(beta1, first), tf.mul(rest1, gradient));
      const v: Tensor2D = tf.add(tf.mul(beta2, second), tf.mul(rest2, tf.square(gradient)));
      const root = Math.sqrt(1 - BETA2 ** (step + 1));
      const rate = perRun((h) => (factor * h.learningRate * root) / (1 - h.momentum ** (step + 1)));
      const size = tf.add(
        tf.sqrt(v),
        perRun(() => ADAM_EPSILON * root),
      );
      const shrunk: Tensor2D = decays
        ? tf.mul(
            perRun((h) => 1 - factor * h.learningRate * h.weightDecay),
            weights,
          )
        : weights;
      return [tf.sub(shrunk, tf.mul(rate, tf.div(m, size))), m, v];
    },
    dispose: () => tf.dispose([beta1, rest1, beta2, rest2]),
  };
}
