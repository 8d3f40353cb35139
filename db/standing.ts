/** What a claim stands on, as it is kept with each of its versions. */
import type { VerdictState } from '../compute/studies/study.ts';

export interface Measured {
  readonly value: number | null;
  readonly interval: readonly [number, number] | null;
  /** How many runs it is of. */
  readonly runs: number;
}

export type Standing =
  /** By run; null where only that it was inside is known, of claims from before there were digests. */
  | { readonly kind: 'runs'; readonly runs: Readonly<Record<string, string | null>> }
  /** Null where no run shows that point. */
  | { readonly kind: 'mean'; readonly mean: Measured | null }
  /** `state` of the verdict alone; `fit` null where the analysis has no such number. */
  | { readonly kind: 'fit'; readonly fit: Measured | null; readonly state: VerdictState | null };
