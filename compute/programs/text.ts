/**
 * English text as symbols, and windows of it: Moby-Dick (Melville 1851), in the alphabet of 27 that benchmarks of
 * character models use (Mahoney's text8): the letters in lower case, and one space for whatever stands between
 * words. The text is cut into passages; one in ten is held out, so that what a run is observed on is of the whole
 * novel and no window of training reaches into it. Windows are made from a run's seed, a step and a number alone.
 */
import { distinctRows, integersAt, STREAMS } from '../random.ts';
import type { DataFiles } from './data-set.ts';
import type { RepeatsSpec } from './repeats.ts';

export const TEXT_FILE = 'moby-dick.txt';

/** Symbol s is written ALPHABET[s]. */
export const ALPHABET = ' abcdefghijklmnopqrstuvwxyz';

/** Symbols of a passage; one passage of so many is held out. What is left at the end is of none. */
const [PASSAGE, HELD_OUT] = [4096, 10];
const [SHUFFLE_SEED, PROBE_SEED] = [1, 1];

export interface TextSpec {
  readonly kind: 'text';
  readonly vocabulary: 27;
  /** Symbols that a network reads; each must say the next. */
  readonly context: number;
  /** `shuffled`: all symbols of the text in an order of their own, the same for every run. */
  readonly order: 'own' | 'shuffled';
}

export interface Text {
  /** Whole passages, one after another. */
  readonly train: Uint8Array;
  readonly heldOut: Uint8Array;
}

export const isText = (task: RepeatsSpec | TextSpec): task is TextSpec => 'kind' in task;

/** What a task reads, where it is a text; else null. Rejects where the file cannot be had. */
export async function textOf(task: RepeatsSpec | TextSpec, files: DataFiles): Promise<Text | null> {
  if (!isText(task)) return null;
  const symbols = symbolsIn(await files(TEXT_FILE));
  return split(task.order === 'shuffled' ? shuffled(symbols) : symbols);
}

/** ASCII as symbols of the alphabet. */
export function symbolsIn(bytes: Uint8Array): Uint8Array {
  const symbols = new Uint8Array(bytes.length);
  let count = 0;
  for (const byte of bytes) {
    // In ASCII the two cases of a letter are 32 apart.
    const letter = (byte | 32) - 96;
    const symbol = letter >= 1 && letter <= 26 ? letter : 0;
    if (symbol === 0 && (count === 0 || symbols[count - 1] === 0)) continue;
    symbols[count] = symbol;
    count += 1;
  }
  return symbols.slice(0, count);
}

const shuffled = (symbols: Uint8Array): Uint8Array =>
  Uint8Array.from(
    distinctRows(SHUFFLE_SEED, symbols.length, symbols.length),
    (from) => symbols[from] ?? 0,
  );

/** Passages to train on and those held out: the last of every ten. */
export function split(symbols: Uint8Array): Text {
  const passages = Math.floor(symbols.length / PASSAGE);
  const held = Math.floor(passages / HELD_OUT);
  if (held === 0) throw new Error(`A text has ${HELD_OUT * PASSAGE} symbols at least.`);
  const train = new Uint8Array((passages - held) * PASSAGE);
  const heldOut = new Uint8Array(held * PASSAGE);
  for (let p = 0; p < passages; p++) {
    const passage = symbols.subarray(p * PASSAGE, (p + 1) * PASSAGE);
    const before = Math.floor(p / HELD_OUT);
    if (p % HELD_OUT === HELD_OUT - 1) heldOut.set(passage, before * PASSAGE);
    else train.set(passage, (p - before) * PASSAGE);
  }
  return { train, heldOut };
}

/** Windows of training text for one update, anywhere in a passage: [count × (context + 1)] symbols. */
export const windowsAt = (text: Text, context: number, seed: number, step: number, count: number) =>
  drawn(text.train, context, seed, STREAMS.sequences, step, count);

/** Windows of the held-out text that all runs are observed on, whatever their seed: [count × (context + 1)]. */
export const probeWindows = (text: Text, context: number, count: number) =>
  drawn(text.heldOut, context, PROBE_SEED, STREAMS.probeSequences, 0, count);

function drawn(
  symbols: Uint8Array,
  context: number,
  seed: number,
  stream: number,
  step: number,
  count: number,
): Int32Array {
  const length = context + 1;
  if (length > PASSAGE) throw new RangeError(`A passage has ${PASSAGE} symbols, not ${length}.`);
  const passages = symbols.length / PASSAGE;
  const below = (i: number) => (i % 2 === 0 ? passages : PASSAGE - context);
  const numbers = integersAt(seed, stream, [step, 0], 2 * count, below);
  const windows = new Int32Array(count * length);
  for (let n = 0; n < count; n++) {
    const from = (numbers[2 * n] ?? 0) * PASSAGE + (numbers[2 * n + 1] ?? 0);
    windows.set(symbols.subarray(from, from + length), n * length);
  }
  return windows;
}

/** Entropy of single symbols, in nats: the least cross-entropy of whoever sees no order. */
export function symbolEntropy(symbols: Uint8Array): number {
  const counts = new Float64Array(ALPHABET.length);
  for (const s of symbols) counts[s] = (counts[s] ?? 0) + 1;
  const shares = counts.map((n) => n / symbols.length);
  return -shares.reduce((sum, p) => (p === 0 ? sum : sum + p * Math.log(p)), 0);
}
