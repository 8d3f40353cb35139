/**
 * Exponents of a law y ∝ x^k that several seeds measured: each seed has its own slope, so that what
 * differs between seeds alone (a prefactor) does not enter; their mean has the interval.
 */
import { bootstrap, type Interval, logLogSlope, mean } from './stats.ts';

export interface SeedPoint {
  readonly seed: number;
  readonly x: number;
  readonly y: number;
}

export interface Slope {
  readonly value: number;
  /** Bootstrap over seeds; null below two of them. */
  readonly interval: Interval | null;
  readonly seeds: number;
}

/** Mean of the seeds' slopes of log y against log x; null where no seed has two positive points. */
export function seedSlope(points: readonly SeedPoint[]): Slope | null {
  const slopes = [...new Set(points.map((p) => p.seed))]
    .map((seed) =>
      logLogSlope(points.filter((p) => p.seed === seed).map(({ x, y }) => [x, y] as const)),
    )
    .filter(Number.isFinite);
  return slopes.length === 0
    ? null
    : { value: mean(slopes), interval: bootstrap(slopes, mean), seeds: slopes.length };
}
