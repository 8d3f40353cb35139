/**
 * The digits of the study ntk: threes against eights, averaged over squares of 4 × 4 pixels, a population
 * that the samples of each seed are drawn from. Its theory is drawn where the pictures are not at hand, on a
 * page or on the coordinator: from the spectrum of the tangent kernel on the population, in `digit-modes.ts`.
 */
import type { Mode } from '../analysis/eigenlearning.ts';
import type { DataSpec } from '../programs/program.ts';
import { MODES } from './digit-modes.ts';

export const DIGITS = {
  ...{ kind: 'mnist', samples: 1024, classes: [3, 8], pool: 4 },
} as const satisfies DataSpec;

export const DIGIT_INPUTS = (28 / DIGITS.pool) ** 2;

/** Eigenvalues under the uniform measure on the population, and the target's power there. */
export const DIGIT_MODES: readonly Mode[] = MODES.map(([eigenvalue, multiplicity, power]) => ({
  ...{ eigenvalue, multiplicity, power },
}));
