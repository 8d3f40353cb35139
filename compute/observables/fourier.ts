/**
 * How periodic the first layer of a network for addition modulo p is, and what the network knows by that.
 * A hidden unit sees a pair (a, b) as u_a + v_b, so its incoming weights are two functions on the cycle of
 * p numbers. Their power at frequency k ≥ 1 is |û_k|² + |v̂_k|². The solution that is known exactly has
 * units of a single frequency each, u_a = cos(2πka/p + φ) (Gromov 2023, arXiv:2301.02679, §3); so the
 * spectrum is read unit by unit, and each unit's strongest tenth of all frequencies, at least one, is kept:
 *
 * `fourierShare`: the kept share of all power of all units (the mean of a unit counts as power too).
 * `fourierSpread`: the share of the frequencies that are some unit's strongest one.
 * `restrictedAccuracy`: of the network whose units have only what is kept, over the observed pairs.
 * `excludedAccuracy`: of the network whose units have all but that. (Nanda et al. 2023, arXiv:2301.05217, §5,
 * restrict and exclude in the outputs of a transformer, and read losses.) All in float64, by plain sums: p is small.
 */
import type { DenseLayer } from '../programs/dense.ts';

/** The share of the frequencies 1 … p/2 that are kept of a unit. */
const KEPT = 0.1;
/** Networks without some frequencies are tried on at most about so many pairs, evenly taken of all. */
const PAIRS = 600;

/** How many of the frequencies modulo p are kept of each unit. */
export const keptFrequencies = (p: number): number =>
  Math.max(1, Math.floor(KEPT * Math.floor(p / 2)));

/** Frequencies 0 … p/2. */
const frequenciesOf = (p: number): number => Math.floor(p / 2) + 1;

export interface UnitSpectra {
  /** Power by unit and frequency, [units × (p/2 + 1)], the constant first. */
  readonly power: Float64Array;
  /** Incoming weights [2p × units] with each unit's strongest frequencies only. */
  readonly kept: Float64Array;
}

/**
 * Spectra of the units of a first layer.
 * @param weights [2p × units], rows of a before rows of b
 */
export function unitSpectra(weights: ArrayLike<number>, p: number, units: number): UnitSpectra {
  const frequencies = frequenciesOf(p);
  /** Of k and −k together, which are two but for 0 and p/2. */
  const weightOf = (k: number) => ((2 * k) % p === 0 ? 1 : 2) / p;
  const power = new Float64Array(units * frequencies);
  const kept = new Float64Array(2 * p * units);
  const [cosine, sine] = [Math.cos, Math.sin].map((f) =>
    Float64Array.from({ length: p }, (_, i) => f((2 * Math.PI * i) / p)),
  ) as [Float64Array, Float64Array];
  const most = keptFrequencies(p);
  for (let n = 0; n < units; n++) {
    /** Sums of w cos and w sin, of each part and frequency. */
    const sums = [0, p].map((from) =>
      Array.from({ length: frequencies }, (_, k) => {
        let [c, s] = [0, 0];
        for (let a = 0; a < p; a++) {
          const [w, at] = [weights[(from + a) * units + n] ?? 0, (k * a) % p];
          c += w * (cosine[at] ?? 0);
          s += w * (sine[at] ?? 0);
        }
        return { c, s };
      }),
    );
    for (let k = 0; k < frequencies; k++) {
      // By Parseval the powers of a unit add up to its weights' squares.
      for (const part of sums) {
        const { c, s } = part[k] ?? { c: 0, s: 0 };
        const own = weightOf(k) * (c * c + s * s);
        power[n * frequencies + k] = (power[n * frequencies + k] ?? 0) + own;
      }
    }
    for (const k of strongest(power.subarray(n * frequencies, (n + 1) * frequencies), most)) {
      for (const [part, from] of [0, p].entries()) {
        const { c, s } = sums[part]?.[k] ?? { c: 0, s: 0 };
        for (let a = 0; a < p; a++) {
          const at = (from + a) * units + n;
          const angle = (k * a) % p;
          const wave = c * (cosine[angle] ?? 0) + s * (sine[angle] ?? 0);
          kept[at] = (kept[at] ?? 0) + weightOf(k) * wave;
        }
      }
    }
  }
  return { power, kept };
}

/** Frequencies of one unit, not the constant, by falling power. */
function strongest(power: Float64Array, count: number): number[] {
  return Array.from({ length: power.length - 1 }, (_, i) => i + 1)
    .sort((i, j) => (power[j] ?? 0) - (power[i] ?? 0))
    .slice(0, count);
}

/**
 * The columns of a network without biases, from its weights and the observed pairs.
 * @param layers 2p → units → p, the units quadratic @param x [pairs × 2p], one-hot twice @param y [pairs × p], one-hot
 */
export function fourierColumns(
  layers: readonly DenseLayer[],
  now: readonly ArrayLike<number>[],
  x: Float32Array,
  y: Float32Array,
): Readonly<Record<string, number>> {
  const [units, p] = [layers[0]?.out ?? 0, layers.at(-1)?.out ?? 0];
  if (layers.length !== 2 || layers[0]?.activation !== 'square' || layers[0].in !== 2 * p)
    throw new Error('Fourier spectra are of one quadratic layer that sees two numbers modulo p.');
  const weights = Float64Array.from(now[0] ?? []);
  const { power, kept } = unitSpectra(weights, p, units);
  const frequencies = frequenciesOf(p);
  let [whole, strong] = [0, 0];
  const leaders = new Set<number>();
  for (let n = 0; n < units; n++) {
    const own = power.subarray(n * frequencies, (n + 1) * frequencies);
    const best = strongest(own, keptFrequencies(p));
    whole += own.reduce((sum, v) => sum + v, 0);
    for (const k of best) strong += own[k] ?? 0;
    leaders.add(best[0] ?? 0);
  }
  const pairs = pairsOf(x, y, p);
  const last = Float64Array.from(now[1] ?? []);
  const excluded = weights.map((w, i) => w - (kept[i] ?? 0));
  return {
    fourierShare: strong / whole,
    fourierSpread: leaders.size / (frequencies - 1),
    restrictedAccuracy: accuracyOf(kept, last, pairs, p),
    excludedAccuracy: accuracyOf(excluded, last, pairs, p),
  };
}

/** Two numbers and what the table says of them. */
interface Pair {
  readonly a: number;
  readonly b: number;
  readonly sum: number;
}

/** Every so many of the pairs: at most about `PAIRS`. */
function pairsOf(x: Float32Array, y: Float32Array, p: number): readonly Pair[] {
  const samples = y.length / p;
  let stride = Math.max(1, Math.ceil(samples / PAIRS));
  // A step that p divides would always take the same b.
  if (stride % p === 0) stride += 1;
  return Array.from({ length: Math.ceil(samples / stride) }, (_, i) => {
    const [at, to] = [i * stride * 2 * p, i * stride * p];
    return {
      a: x.subarray(at, at + p).indexOf(1),
      b: x.subarray(at + p, at + 2 * p).indexOf(1),
      sum: y.subarray(to, to + p).indexOf(1),
    };
  });
}

/** Share of the pairs whose largest output is theirs: Σ_n (u_a + v_b)²_n W_n. */
function accuracyOf(
  first: Float64Array,
  last: Float64Array,
  pairs: readonly Pair[],
  p: number,
): number {
  const units = last.length / p;
  let right = 0;
  for (const { a, b, sum } of pairs) {
    const f = new Float64Array(p);
    for (let n = 0; n < units; n++) {
      const hidden = ((first[a * units + n] ?? 0) + (first[(p + b) * units + n] ?? 0)) ** 2;
      for (let j = 0; j < p; j++) f[j] = (f[j] ?? 0) + hidden * (last[n * p + j] ?? 0);
    }
    right += Number(f.indexOf(Math.max(...f)) === sum);
  }
  return right / pairs.length;
}
