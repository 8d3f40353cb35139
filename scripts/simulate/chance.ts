/** All chance of a simulation: streams of the counter-based generator, one for each actor. */
import { normalQuantile, philox4x32 } from '../../compute/random.ts';

export interface Chance {
  /** Uniform in (0, 1), with 32 random bits. */
  uniform(): number;
  happens(probability: number): boolean;
  between(low: number, high: number): number;
  exponential(mean: number): number;
  /** Log-uniform from `low` to `high`: every order of magnitude is equally likely. */
  magnitude(low: number, high: number): number;
  normal(): number;
}

/** Set apart from the streams of trainings (`STREAMS`). */
const STREAM = 0x51b;

/** @param actor whose chance: actors with different numbers share nothing */
export function createChance(seed: number, actor: number): Chance {
  let block: readonly number[] = [];
  let [at, left] = [0, 0];
  const uniform = () => {
    if (left === 0) {
      block = philox4x32([at++, actor >>> 0, STREAM, 0], [seed >>> 0, 0]);
      left = 4;
    }
    return ((block[--left] ?? 0) + 0.5) / 2 ** 32;
  };
  const between = (low: number, high: number) => low + (high - low) * uniform();
  return {
    uniform,
    between,
    happens: (probability) => uniform() < probability,
    exponential: (mean) => -mean * Math.log(uniform()),
    magnitude: (low, high) => Math.exp(between(Math.log(low), Math.log(high))),
    normal: () => normalQuantile(uniform()),
  };
}
