/**
 * Activations, each said once for every way of computing it. Of every unit one number is kept, in which
 * slope and bend are written: the activation's own value a = φ(z), or, where that does not tell the sign
 * that φ′ needs, the sum z.
 */
import type { Tensor3D } from '@tensorflow/tfjs';
import type { Tf } from './dense.ts';
import type { ActivationName } from './program.ts';

/** Numbers as tensors: a JavaScript number among the operands would be an upload a step. */
export interface Constants {
  readonly one: Tensor3D;
  readonly two: Tensor3D;
  readonly minusTwo: Tensor3D;
}

export interface Activation {
  /** What is kept of a unit, `a` in the expressions of slope and bend. */
  readonly keeps: 'value' | 'sum';
  /** φ(z) as a WGSL expression of `z`. */
  readonly wgsl: string;
  /** φ′ as a WGSL expression of `a`; null where it is 1. */
  readonly wgslSlope: string | null;
  /** φ″/φ′ as a WGSL expression of `a`; where the sum is kept, φ″ itself, for φ′ may be 0. Null where φ″ is 0. */
  readonly wgslBend: string | null;
  apply(tf: Tf, z: Tensor3D): Tensor3D;
  /**
   * φ′, which must be 0 in the constant unit (see `packed.ts`): there `active`, what is kept, is 0 and
   * `shifted`, elsewhere φ(z), is 1. Null where φ′ is 1.
   */
  slope(tf: Tf, active: Tensor3D, shifted: Tensor3D, c: Constants): Tensor3D | null;
  /** φ″ from what is kept and φ′; null where it is 0. */
  bend(tf: Tf, active: Tensor3D, slope: Tensor3D, c: Constants): Tensor3D | null;
}

export const ACTIVATIONS: Readonly<Record<ActivationName, Activation>> = {
  identity: {
    ...{ keeps: 'value', wgsl: 'z', wgslSlope: null, wgslBend: null },
    apply: (_, z) => z,
    slope: () => null,
    bend: () => null,
  },
  tanh: {
    // Clamped: exp overflows in some drivers' tanh of a large argument; beyond 15 it is ±1 in float32.
    keeps: 'value',
    wgsl: 'tanh(clamp(z, -15.0, 15.0))',
    wgslSlope: '(1.0 - a * a)',
    wgslBend: '(-2.0 * a)',
    apply: (tf, z) => tf.tanh(z),
    slope: (tf, _, shifted, { one }) => tf.sub(one, tf.square(shifted)),
    bend: (tf, active, slope, { minusTwo }) => tf.mul(tf.mul(minusTwo, active), slope),
  },
  relu: {
    keeps: 'value',
    ...{ wgsl: 'max(z, 0.0)', wgslSlope: 'select(0.0, 1.0, a > 0.0)', wgslBend: null },
    apply: (tf, z) => tf.relu(z),
    slope: (tf, active) => tf.step(active),
    bend: () => null,
  },
  square: {
    ...{ keeps: 'sum', wgsl: 'z * z', wgslSlope: '(2.0 * a)', wgslBend: '2.0' },
    apply: (tf, z) => tf.square(z),
    slope: (tf, active, _, { two }) => tf.mul(two, active),
    bend: (_tf, _active, _slope, { two }) => two,
  },
};

/** Whether a layer keeps its sums, and so has its values and what arrives at them in arrays of their own. */
export const keepsSum = ({ activation }: { readonly activation: ActivationName }): boolean =>
  ACTIVATIONS[activation].keeps === 'sum';
