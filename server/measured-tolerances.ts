/** Written by `npm run calibrate`; what it means stands in `tolerances.ts`. */
import type { Measured } from './tolerances.ts';

export const MEASURED: Readonly<Record<string, Measured>> = {
  'deep-linear': { version: '2.0.0', segments: 208, deviation: 0 },
  'edge-of-stability': { version: '2.0.0', segments: 1800, deviation: 0.0086 },
  conservation: { version: '1.0.0', segments: 288, deviation: 0.0000016 },
  'lazy-rich': { version: '1.0.0', segments: 48, deviation: 0.0056 },
  ntk: { version: '1.1.0', segments: 192, deviation: 0.0076 },
  'infinite-width': { version: '1.0.0', segments: 48, deviation: 0.000019 },
  'implicit-regularization': { version: '1.1.0', segments: 544, deviation: 0.0012 },
  'neural-collapse': { version: '1.0.0', segments: 84, deviation: 0.0029 },
  'infinite-depth': { version: '1.0.0', segments: 144, deviation: 0.00054 },
  'induction-heads': { version: '1.0.0', segments: 24, deviation: 0.0000047, cut: true },
  'universal-biases': { version: '1.0.0', segments: 16, deviation: 0.0000023, cut: true },
};
