/**
 * Activations, each said once for every way of computing it. In WGSL, the slope φ′ and the bend
 * φ″/φ′ are written in the activation's own value a = φ(z), so that only a is kept.
 */
import type { Tensor3D } from '@tensorflow/tfjs';
import type { Tf } from './dense.ts';
import type { ActivationName } from './program.ts';

/** Numbers as tensors: a JavaScript number among the operands would be an upload a step. */
export interface Constants {
  readonly one: Tensor3D;
  readonly minusTwo: Tensor3D;
}

export interface Activation {
  /** φ(z) as a WGSL expression of `z`. */
  readonly wgsl: string;
  /** φ′ as a WGSL expression of `a`; null where it is 1. */
  readonly wgslSlope: string | null;
  /** φ″/φ′ as a WGSL expression of `a`; null where φ″ is 0. */
  readonly wgslBend: string | null;
  apply(tf: Tf, z: Tensor3D): Tensor3D;
  /**
   * φ′, which must be 0 in the constant unit (see `packed.ts`): there `active` is φ(0) = 0 and
   * `shifted`, elsewhere the same, is 1. Null where φ′ is 1.
   */
  slope(tf: Tf, active: Tensor3D, shifted: Tensor3D, c: Constants): Tensor3D | null;
  /** φ″ from a and φ′; null where it is 0. */
  bend(tf: Tf, active: Tensor3D, slope: Tensor3D, c: Constants): Tensor3D | null;
}

export const ACTIVATIONS: Readonly<Record<ActivationName, Activation>> = {
  identity: {
    ...{ wgsl: 'z', wgslSlope: null, wgslBend: null },
    apply: (_, z) => z,
    slope: () => null,
    bend: () => null,
  },
  tanh: {
    // Clamped: exp overflows in some drivers' tanh of a large argument; beyond 15 it is ±1 in float32.
    wgsl: 'tanh(clamp(z, -15.0, 15.0))',
    wgslSlope: '(1.0 - a * a)',
    wgslBend: '(-2.0 * a)',
    apply: (tf, z) => tf.tanh(z),
    slope: (tf, _, shifted, { one }) => tf.sub(one, tf.square(shifted)),
    bend: (tf, active, slope, { minusTwo }) => tf.mul(tf.mul(minusTwo, active), slope),
  },
  relu: {
    ...{ wgsl: 'max(z, 0.0)', wgslSlope: 'select(0.0, 1.0, a > 0.0)', wgslBend: null },
    apply: (tf, z) => tf.relu(z),
    slope: (tf, active) => tf.step(active),
    bend: () => null,
  },
};
