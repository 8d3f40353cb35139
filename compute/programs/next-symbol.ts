/**
 * Cross-entropy of the next symbol, on the host in float64: over all positions, and of repeated sequences over
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

interface Read {
  readonly vocabulary: number;
  readonly context: number;
}

/** Calls with the loss at every position of every sequence. */
function forEachLoss(
  { vocabulary, context }: Read,
  symbols: Int32Array,
  logits: ArrayLike<number>,
  tell: (own: number, sequence: number, position: number) => void,
): void {
  const f = new Float64Array(vocabulary);
  const y = new Float64Array(vocabulary);
  for (let n = 0; n < symbols.length / (context + 1); n++) {
    for (let t = 0; t < context; t++) {
      const from = (n * context + t) * vocabulary;
      y.fill(0);
      y[symbols[n * (context + 1) + t + 1] ?? 0] = 1;
      for (let j = 0; j < vocabulary; j++) f[j] = logits[from + j] ?? Number.NaN;
      tell(lossOf('cross-entropy', f, y, vocabulary), n, t);
    }
  }
}

/** Mean over all positions of all sequences. @param symbols [count × (context + 1)] @param logits [count × context × vocabulary] */
export function nextSymbolLoss(read: Read, symbols: Int32Array, logits: ArrayLike<number>): number {
  let [sum, count] = [0, 0];
  forEachLoss(read, symbols, logits, (own) => {
    sum += own;
    count += 1;
  });
  return sum / count;
}

/** @param logits [count × context × vocabulary] */
export function lossesOf(
  task: RepeatsSpec,
  { symbols, periods }: Repeats,
  logits: ArrayLike<number>,
): NextSymbolLosses {
  const { context, shortest } = task;
  const [all, first, repeat, late, early] = Array.from({ length: 5 }, () => ({ sum: 0, count: 0 }));
  forEachLoss(task, symbols, logits, (own, n, t) => {
    const period = periods[n] ?? 0;
    // Between the two, a period ends: what follows has been seen, and nothing says that it follows.
    const part = t + 1 < period ? first : t >= period ? repeat : undefined;
    const place = t + 1 < shortest ? early : t >= (3 * context) / 4 ? late : undefined;
    for (const mean of [all, part, place]) {
      if (mean === undefined) continue;
      mean.sum += own;
      mean.count += 1;
    }
  });
  const of = (mean: typeof all) => (mean === undefined ? Number.NaN : mean.sum / mean.count);
  return {
    ...{ loss: of(all), firstLoss: of(first), repeatLoss: of(repeat) },
    inContext: of(late) - of(early),
  };
}
