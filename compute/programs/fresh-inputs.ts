/**
 * Fresh Gaussian inputs: those of step t of a run are a function of (seed, t) alone, so that a checkpoint needs
 * no data and a replay draws the same. Each is the normal quantile of one half of a word of the counter-based
 * generator, looked up in a table of 2^16: eight inputs a block, and no logarithm to differ between devices.
 * The table's variance is made 1; its fourth moment is 2.999, its range ± 4.4.
 */
import { normalQuantile, philoxInto, STREAMS } from '../random.ts';

const BITS = 16;
let table: Float32Array | null = null;

/** Normal quantiles at the middles of 2^16 equal parts, scaled to variance 1. */
export function quantileTable(): Float32Array {
  if (table !== null) return table;
  const size = 2 ** BITS;
  const all = new Float64Array(size);
  // Mirrored, so that odd moments vanish exactly.
  for (let i = 0; i < size / 2; i++) {
    const z = normalQuantile((i + 0.5) / size);
    all[i] = z;
    all[size - 1 - i] = -z;
  }
  const scale = 1 / Math.sqrt(all.reduce((sum, z) => sum + z * z, 0) / size);
  table = Float32Array.from(all, (z) => z * scale);
  return table;
}

/** Four words of the generator; one is enough, as nothing here waits. */
const words = new Uint32Array(4);

/** Fills `into` with the inputs of a step. @param draw which of several samples of that step */
export function freshInputs(into: Float32Array, seed: number, step: number, draw: number): void {
  const values = quantileTable();
  const length = into.length;
  for (let i = 0; i < length; i += 8) {
    philoxInto(words, i >>> 3, step, STREAMS.inputs, draw, seed);
    // Beyond the end of a typed array nothing is written.
    for (let k = 0; k < 4; k++) {
      const word = words[k] ?? 0;
      into[i + 2 * k] = values[word & 0xffff] ?? 0;
      into[i + 2 * k + 1] = values[word >>> BITS] ?? 0;
    }
  }
}
