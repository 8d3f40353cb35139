/** How the learning rate goes over a training. */
import type { MlpSpec } from './program.ts';

/** Factor on the learning rate at an update: 1, or a half cosine from 1 to 0. */
export function rateFactor({ schedule, steps }: Pick<MlpSpec, 'schedule' | 'steps'>, t: number) {
  return schedule === 'constant' ? 1 : (1 + Math.cos((Math.PI * t) / steps)) / 2;
}
