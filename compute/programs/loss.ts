/** Losses, summed over samples, in float64 on the host; their derivatives are in the machines. */
import type { LossName } from './program.ts';

/** ½ Σ (f − y)², or Σ −log softmax(f)·y, over [samples × outputs] arrays. */
export function lossOf(
  loss: LossName,
  f: ArrayLike<number>,
  y: ArrayLike<number>,
  outputs: number,
): number {
  let sum = 0;
  if (loss === 'half-mean') {
    for (let i = 0; i < f.length; i++) sum += ((f[i] ?? 0) - (y[i] ?? 0)) ** 2 / 2;
    return sum;
  }
  for (let from = 0; from < f.length; from += outputs) {
    let top = Number.NEGATIVE_INFINITY;
    // Not Math.max: a NaN must come through.
    for (let j = 0; j < outputs; j++) if (!((f[from + j] ?? 0) <= top)) top = f[from + j] ?? 0;
    let total = 0;
    let picked = 0;
    for (let j = 0; j < outputs; j++) {
      total += Math.exp((f[from + j] ?? 0) - top);
      picked += (y[from + j] ?? 0) * ((f[from + j] ?? 0) - top);
    }
    sum += Math.log(total) - picked;
  }
  return sum;
}
