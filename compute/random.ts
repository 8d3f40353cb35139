/**
 * The counter-based generator: Philox4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy
 * as 1, 2, 3", SC'11, §3). A number is a pure function of (seed, stream, index), so any weight of
 * any run can be made anywhere, in any order. Bits are identical on every machine: the generator is
 * integer arithmetic, and the Gaussian uses only + − × ÷ and sqrt in float64, which IEEE 754 fixes
 * to the last bit, never `Math.log` or `Math.cos`, which it does not.
 */

const M0 = 0xd2511f53;
const M1 = 0xcd9e8d57;
const W0 = 0x9e3779b9;
const W1 = 0xbb67ae85;

/** High and low 32 bits of the 64-bit product of two uint32. */
function multiply(a: number, b: number): readonly [number, number] {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const low = aLow * bLow;
  const middle = aHigh * bLow + (low >>> 16);
  const carry = aLow * bHigh + (middle & 0xffff);
  const high = aHigh * bHigh + Math.floor(middle / 0x10000) + Math.floor(carry / 0x10000);
  return [high >>> 0, Math.imul(a, b) >>> 0];
}

/** Four uint32. */
export type Block = readonly [number, number, number, number];

/** One block of Philox4x32-10: four random uint32 for a counter (four uint32) and a key (two). */
export function philox4x32(counter: Block, key: readonly [number, number]): Block {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < 10; round++) {
    const [h0, l0] = multiply(M0, c0);
    const [h1, l1] = multiply(M1, c2);
    [c0, c1, c2, c3] = [(h1 ^ c1 ^ k0) >>> 0, l1, (h0 ^ c3 ^ k1) >>> 0, l0];
    k0 = (k0 + W0) >>> 0;
    k1 = (k1 + W1) >>> 0;
  }
  return [c0, c1, c2, c3];
}

/**
 * The same block for the key (seed, 0), into four words of the caller's: nothing is allocated, for who draws
 * millions. `Math.imul` gives the low halves; the high ones are put together from 16-bit parts.
 */
export function philoxInto(
  into: Uint32Array,
  counter0: number,
  counter1: number,
  counter2: number,
  counter3: number,
  seed: number,
): void {
  let [c0, c1, c2, c3] = [counter0 | 0, counter1 | 0, counter2 | 0, counter3 | 0];
  let [k0, k1] = [seed | 0, 0];
  for (let round = 0; round < 10; round++) {
    const h0 = high(M0, c0);
    const h1 = high(M1, c2);
    const l0 = Math.imul(M0, c0);
    const l1 = Math.imul(M1, c2);
    c0 = h1 ^ c1 ^ k0;
    c1 = l1;
    c2 = h0 ^ c3 ^ k1;
    c3 = l0;
    k0 = (k0 + W0) | 0;
    k1 = (k1 + W1) | 0;
  }
  into[0] = c0;
  into[1] = c1;
  into[2] = c2;
  into[3] = c3;
}

/** High 32 bits of the product of two uint32, as int32. */
function high(a: number, b: number): number {
  const [a0, a1, b0, b1] = [a & 0xffff, a >>> 16, b & 0xffff, b >>> 16];
  const across = Math.imul(a1, b0);
  // Below 2^32, so that the shift loses nothing of it.
  const carry = (Math.imul(a0, b0) >>> 16) + (across & 0xffff) + (Math.imul(a0, b1) >>> 0);
  return (Math.imul(a1, b1) + (across >>> 16) + (carry >>> 16)) | 0;
}

/** What a stream of numbers is for; part of the address, so that no two uses share numbers. */
export const STREAMS = {
  weights: 1,
  data: 2,
  target: 3,
  probe: 4,
  bootstrap: 5,
  batch: 6,
  train: 7,
  sequences: 8,
  probeSequences: 9,
  inputs: 10,
  sampler: 11,
  noise: 12,
  rules: 13,
  samples: 14,
  shuffled: 15,
} as const;

/**
 * Uniform float64 in the open interval (0, 1) with 52 random bits, at an address.
 * @param seed uint32 of the run @param stream what for (see STREAMS), with a part number if needed
 */
export function uniformAt(seed: number, stream: number, part: number, index: number): number {
  const block = philox4x32([index >>> 1, part >>> 0, stream >>> 0, 0], [seed >>> 0, 0]);
  const [a, b] = index % 2 === 0 ? [block[0], block[1]] : [block[2], block[3]];
  // 52 bits and a half: with 53 the largest value would round to 1, which is not in the interval.
  return ((a >>> 6) * 67108864 + (b >>> 6) + 0.5) / 4503599627370496;
}

/**
 * `count` random whole numbers, the i-th from 0 to below(i) − 1, at an address: high words of Philox words
 * times their bounds. Integers only, so that every machine makes the same.
 * @param address two numbers of one's own, as step and sequence
 */
export function integersAt(
  seed: number,
  stream: number,
  address: readonly [number, number],
  count: number,
  below: (index: number) => number,
): Int32Array {
  const all = new Int32Array(count);
  for (let i = 0; i < count; i += 4) {
    const counter: Block = [i >>> 2, address[0] >>> 0, stream >>> 0, address[1] >>> 0];
    for (const [k, word] of philox4x32(counter, [seed >>> 0, 0]).entries())
      if (i + k < count) all[i + k] = multiply(word, below(i + k))[0];
  }
  return all;
}

/**
 * Samples of one mini-batch, drawn with replacement: index b of step t is the high word of
 * n · Philox(b / 4, t) of the run's seed. Integers only, so that a shader makes the same.
 */
export function batchAt(seed: number, step: number, batch: number, samples: number): Int32Array {
  return integersAt(seed, STREAMS.batch, [step, 0], batch, () => samples);
}

/**
 * The first `count` of a random order of 0 … of − 1, at an address (Fisher & Yates): distinct. Only what was
 * swapped is kept, so that a few of very many cost no more than themselves.
 * @param of at most 2³¹
 */
export function distinctAt(
  seed: number,
  stream: number,
  part: number,
  count: number,
  of: number,
): Int32Array {
  if (count > of) throw new RangeError(`There are no ${count} distinct rows of ${of}.`);
  const swapped = new Map<number, number>();
  return Int32Array.from({ length: count }, (_, i) => {
    const other = i + Math.floor(uniformAt(seed, stream, part, i) * (of - i));
    const row = swapped.get(other) ?? other;
    swapped.set(other, swapped.get(i) ?? i);
    swapped.delete(i);
    return row;
  });
}

/**
 * Distinct rows of a table of `samples`, by the run's seed.
 * @param draw which order of the seed: 0 is the one that is trained on
 */
export const distinctRows = (seed: number, count: number, samples: number, draw = 0): Int32Array =>
  distinctAt(seed, STREAMS.train, draw, count, samples);

/** `count` uniforms in (0, 1). */
export function uniforms(seed: number, stream: number, part: number, count: number): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => uniformAt(seed, stream, part, i));
}

/** `count` standard normal numbers (mean 0, variance 1) as float64. */
export function normals(seed: number, stream: number, part: number, count: number): Float64Array {
  return uniforms(seed, stream, part, count).map(normalQuantile);
}

/** Levels of `coarseNormals`: as many as 16 bits tell apart. */
const LEVELS = 65_536;
let levels: Float32Array | null = null;

/**
 * `count` normal numbers for noise that is drawn afresh at every step, where so many are needed that
 * `normals` would cost as much as the training: medians of 65,536 equally likely slices of the standard normal
 * distribution, eight to a Philox block. They end at ±4.32; their variance is short of 1 by less than 1e-4.
 * @param address two numbers of one's own, as step and network
 */
export function coarseNormals(
  seed: number,
  stream: number,
  address: readonly [number, number],
  count: number,
): Float32Array {
  levels ??= Float32Array.from({ length: LEVELS }, (_, k) => normalQuantile((k + 0.5) / LEVELS));
  const all = new Float32Array(count);
  for (let i = 0; i < count; i += 8) {
    const counter: Block = [i >>> 3, address[0] >>> 0, stream >>> 0, address[1] >>> 0];
    for (const [k, word] of philox4x32(counter, [seed >>> 0, 0]).entries()) {
      all[i + 2 * k] = levels[word >>> 16] ?? 0;
      all[i + 2 * k + 1] = levels[word & 0xffff] ?? 0;
    }
  }
  return all;
}

/**
 * Inverse of the standard normal distribution function by Wichura's rational approximations
 * (AS 241, PPND16, relative error about 1e-16), whose tails need a logarithm: `ln` below.
 */
export function normalQuantile(p: number): number {
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) {
    const r = 0.180625 - q * q;
    return (q * poly(CENTRE[0], r)) / poly(CENTRE[1], r);
  }
  const r = Math.sqrt(-ln(q < 0 ? p : 1 - p));
  const [top, bottom, shift] = r <= 5 ? [MIDDLE[0], MIDDLE[1], 1.6] : [TAIL[0], TAIL[1], 5];
  const value = poly(top, r - shift) / poly(bottom, r - shift);
  return q < 0 ? -value : value;
}

/** eˣ by its series at x/64, squared six times: only + − × ÷, so the same bits everywhere. |x| up to 30. */
export function exp(x: number): number {
  const small = x / 64;
  let sum = 1;
  for (let k = 14; k >= 1; k--) sum = 1 + (small * sum) / k;
  for (let i = 0; i < 6; i++) sum *= sum;
  return sum;
}

/** Natural logarithm of a positive number by halving into [√½, √2) and the atanh series. */
export function ln(x: number): number {
  let exponent = 0;
  let m = x;
  while (m < Math.SQRT1_2) {
    m *= 2;
    exponent -= 1;
  }
  while (m >= Math.SQRT2) {
    m /= 2;
    exponent += 1;
  }
  const z = (m - 1) / (m + 1);
  const z2 = z * z;
  let sum = 0;
  for (let k = 21; k >= 0; k--) sum = sum * z2 + 1 / (2 * k + 1);
  return 2 * z * sum + exponent * Math.LN2;
}

/** The positive n-th root by Newton's method, from above: only + − × ÷, so the same bits everywhere. */
export function nthRoot(x: number, n: number): number {
  let root = Math.max(1, x);
  for (let i = 0; i < 200; i++) {
    let power = 1;
    for (let k = 1; k < n; k++) power *= root;
    const next = root - (root - x / power) / n;
    if (!(next < root)) break;
    root = next;
  }
  return root;
}

function poly(coefficients: readonly number[], x: number): number {
  return coefficients.reduceRight((sum, c) => sum * x + c, 0);
}

// Coefficients of AS 241 (Wichura 1988, Applied Statistics 37, 477–484), ascending powers.
const CENTRE = [
  [
    3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946,
    45921.95393154987, 67265.7709270087, 33430.57558358813, 2509.0809287301227,
  ],
  [
    1, 42.31333070160091, 687.1870074920579, 5394.196021424751, 21213.794301586597,
    39307.89580009271, 28729.085735721943, 5226.495278852546,
  ],
] as const;
const MIDDLE = [
  [
    1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045,
    1.2704582524523684, 0.2417807251774506, 0.022723844989269184, 0.0007745450142783414,
  ],
  [
    1, 2.053191626637759, 1.6763848301838038, 0.6897673349851, 0.14810397642748008,
    0.015198666563616457, 0.0005475938084995345, 1.0507500716444169e-9,
  ],
] as const;
const TAIL = [
  [
    6.657904643501103, 5.463784911164114, 1.7848265399172913, 0.29656057182850487,
    0.026532189526576124, 0.0012426609473880784, 2.7115555687434876e-5, 2.0103343992922881e-7,
  ],
  [
    1, 0.599832206555888, 0.1369298809227358, 0.014875361290850615, 0.0007868691311456133,
    1.8463183175100548e-5, 1.421511758316446e-7, 2.0442631033899397e-15,
  ],
] as const;
