/**
 * Spectra by rank or frequency, eight bins a decade. Of a bin both coordinates are geometric means, over the whole
 * numbers in it: of a power law the bins then lie on its straight line, exactly, however wide they are.
 */
import { exp, ln } from '../random.ts';

const A_DECADE = 8;

export interface Bin {
  /** The first and the last whole number in it. */
  readonly from: number;
  readonly to: number;
  /** Their geometric mean. */
  readonly x: number;
}

/** 10^⅛ by square roots, so that all machines agree on where a bin ends. */
const STEP = Math.sqrt(Math.sqrt(Math.sqrt(10)));

/** The bins of 1 to `size`, which end at powers of 10^⅛; those that no whole number is in are left out. */
export function binsTo(size: number): readonly Bin[] {
  const bins: Bin[] = [];
  let [from, end] = [1, 1];
  for (let i = 1; from <= size; i++) {
    // Whole decades are whole numbers, whatever was rounded on the way.
    end = i % A_DECADE === 0 ? Math.round(end * STEP) : end * STEP;
    const to = Math.min(size, Math.ceil(end) - 1);
    if (to < from) continue;
    bins.push({ from, to, x: geometricMean(from, to, (k) => k) });
    from = to + 1;
  }
  return bins;
}

function geometricMean(from: number, to: number, of: (k: number) => number): number {
  let sum = 0;
  for (let k = from; k <= to; k++) sum += ln(of(k));
  return exp(sum / (to - from + 1));
}

/** What a spectrum has in each bin; 0 where one of its values is not positive. @param spectrum the value of k at k − 1 */
export const binned = (spectrum: ArrayLike<number>, bins: readonly Bin[]): number[] =>
  bins.map(({ from, to }) => {
    for (let k = from; k <= to; k++) if (!((spectrum[k - 1] ?? 0) > 0)) return 0;
    return geometricMean(from, to, (k) => spectrum[k - 1] ?? 0);
  });
