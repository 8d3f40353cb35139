/**
 * Cross-entropy of the next symbol of repeated sequences, on the host in float64: over all positions, over
 * those of the first period, where nothing but counting helps, and over those that an earlier copy foretells.
 */
import { lossOf } from './loss.ts';
import type { Repeats, RepeatsSpec } from './repeats.ts';

export interface NextSymbolLosses {
  /** Mean over all positions. */
  readonly loss: number;
  /** Over those whose next symbol is of the first period, so new. */
  readonly firstLoss: number;
  /** Over those whose symbol has occurred before, so that its successor has too. */
  readonly repeatLoss: number;
  /**
   * Late minus early: mean of the last quarter of positions minus that of the first ones, before any period ends
   * (the in-context learning score of Olsson et al. 2022, with positions of these shorter sequences).
   */
  readonly inContext: number;
}

/** @param logits [count × context × vocabulary] */
export function lossesOf(
  { vocabulary, context, shortest }: RepeatsSpec,
  { symbols, periods }: Repeats,
  logits: ArrayLike<number>,
): NextSymbolLosses {
  const [all, first, repeat, late, early] = Array.from({ length: 5 }, () => ({ sum: 0, count: 0 }));
  const f = new Float64Array(vocabulary);
  const y = new Float64Array(vocabulary);
  for (const [n, period] of periods.entries()) {
    for (let t = 0; t < context; t++) {
      const from = (n * context + t) * vocabulary;
      y.fill(0);
      y[symbols[n * (context + 1) + t + 1] ?? 0] = 1;
      for (let j = 0; j < vocabulary; j++) f[j] = logits[from + j] ?? Number.NaN;
      const own = lossOf('cross-entropy', f, y, vocabulary);
      // Between the two, a period ends: what follows has been seen, and nothing says that it follows.
      const part = t + 1 < period ? first : t >= period ? repeat : undefined;
      const place = t + 1 < shortest ? early : t >= (3 * context) / 4 ? late : undefined;
      for (const mean of [all, part, place]) {
        if (mean === undefined) continue;
        mean.sum += own;
        mean.count += 1;
      }
    }
  }
  const of = (mean: typeof all) => (mean === undefined ? Number.NaN : mean.sum / mean.count);
  return {
    ...{ loss: of(all), firstLoss: of(first), repeatLoss: of(repeat) },
    inContext: of(late) - of(early),
  };
}
