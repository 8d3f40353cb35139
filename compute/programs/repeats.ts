/**
 * Repeated random sequences: some symbols in random order, over and over. Each sequence draws its own
 * period, so that no fixed distance tells what comes next, and its own order, so that nothing but the sequence
 * itself does. Made from the run's seed, a step and a number alone: a checkpoint needs no data.
 */
import { integersAt, STREAMS } from '../random.ts';

export interface RepeatsSpec {
  /** Symbols are 0 … vocabulary − 1. */
  readonly vocabulary: number;
  /** Symbols that a network reads; one more is drawn, as each must say the next. */
  readonly context: number;
  /** The period is uniform from `shortest` to `longest` ≤ vocabulary: a permutation's first symbols. */
  readonly shortest: number;
  readonly longest: number;
}

export interface Repeats {
  /** [count × (context + 1)], symbols. */
  readonly symbols: Int32Array;
  /** [count]. */
  readonly periods: Int32Array;
}

/** The sequences of one update, fresh at every step. */
export const sequencesAt = (spec: RepeatsSpec, seed: number, step: number, count: number) =>
  drawn(spec, seed, STREAMS.sequences, step, count);

/** The sequences that a run is observed on: the same at every record, and never trained on. */
export const probeSequences = (spec: RepeatsSpec, seed: number, count: number) =>
  drawn(spec, seed, STREAMS.probeSequences, 0, count);

function drawn(
  { vocabulary, context, shortest, longest }: RepeatsSpec,
  seed: number,
  stream: number,
  step: number,
  count: number,
): Repeats {
  const length = context + 1;
  const symbols = new Int32Array(count * length);
  const periods = new Int32Array(count);
  const order = new Int32Array(vocabulary);
  // The first number is the period, the others are a shuffle's (Fisher & Yates).
  const below = (i: number) => (i === 0 ? longest - shortest + 1 : vocabulary - (i - 1));
  for (let n = 0; n < count; n++) {
    const numbers = integersAt(seed, stream, [step, n], longest + 1, below);
    const period = shortest + (numbers[0] ?? 0);
    for (let i = 0; i < vocabulary; i++) order[i] = i;
    for (let i = 0; i < period; i++) {
      const other = i + (numbers[i + 1] ?? 0);
      const symbol = order[other] ?? 0;
      order[other] = order[i] ?? 0;
      order[i] = symbol;
    }
    for (let t = 0; t < length; t++) symbols[n * length + t] = order[t % period] ?? 0;
    periods[n] = period;
  }
  return { symbols, periods };
}
