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
 * `excludedAccuracy`, `excludedLoss`: of the network whose units have all but that (after Nanda et al. 2023,
 * arXiv:2301.05217, §4.4, who measure loss so). All in float64, with plain sums over p: p is small and prime.
 */
import type { DenseLayer } from '../programs/dense.ts';
import { forwardOnHost } from '../programs/host.ts';
import { lossOf } from '../programs/loss.ts';

/** The share of the frequencies 1 … (p − 1)/2 that are kept of a unit. */
const KEPT = 0.1;
/** Networks without some frequencies are tried on at most about so many pairs, evenly taken of all. */
const PAIRS = 1024;

/** How many of the frequencies modulo p are kept of each unit. */
export const keptFrequencies = (p: number): number => Math.max(1, Math.floor((KEPT * (p - 1)) / 2));

export interface UnitSpectra {
  /** Power by unit and frequency, [units × ((p − 1)/2 + 1)], the constant first. */
  readonly power: Float64Array;
  /** Incoming weights [2p × units] with each unit's strongest frequencies only. */
  readonly kept: Float64Array;
}

/**
 * Spectra of the units of a first layer.
 * @param weights [2p × units], rows of a before rows of b
 * @param p odd
 */
export function unitSpectra(weights: ArrayLike<number>, p: number, units: number): UnitSpectra {
  const half = (p - 1) / 2;
  const frequencies = half + 1;
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
      // By Parseval the powers of a unit add up to its weights' squares; of k and −k together.
      const factor = (k === 0 ? 1 : 2) / p;
      for (const part of sums) {
        const { c, s } = part[k] ?? { c: 0, s: 0 };
        power[n * frequencies + k] = (power[n * frequencies + k] ?? 0) + factor * (c * c + s * s);
      }
    }
    for (const k of strongest(power.subarray(n * frequencies, (n + 1) * frequencies), most)) {
      for (const [part, from] of [0, p].entries()) {
        const { c, s } = sums[part]?.[k] ?? { c: 0, s: 0 };
        for (let a = 0; a < p; a++) {
          const at = (from + a) * units + n;
          const angle = (k * a) % p;
          const wave = c * (cosine[angle] ?? 0) + s * (sine[angle] ?? 0);
          kept[at] = (kept[at] ?? 0) + (2 / p) * wave;
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

/** The columns of a quadratic network without biases, from its weights and the observed pairs. */
export function fourierColumns(
  layers: readonly DenseLayer[],
  now: readonly ArrayLike<number>[],
  x: Float32Array,
  y: Float32Array,
): Readonly<Record<string, number>> {
  const [units, p] = [layers[0]?.out ?? 0, layers.at(-1)?.out ?? 0];
  const weights = Float64Array.from(now[0] ?? []);
  const { power, kept } = unitSpectra(weights, p, units);
  const frequencies = (p + 1) / 2;
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
  const tried = (first: Float64Array) => {
    const f = forwardOnHost(layers, [first, ...now.slice(1)], pairs.x).at(-1) ?? weights;
    return {
      accuracy: accuracyOf(f, pairs.y, p),
      loss: (lossOf('half-mean', f, pairs.y, p) * p) / pairs.y.length,
    };
  };
  const excluded = tried(weights.map((w, i) => w - (kept[i] ?? 0)));
  return {
    fourierShare: strong / whole,
    fourierSpread: leaders.size / (frequencies - 1),
    restrictedAccuracy: tried(kept).accuracy,
    excludedAccuracy: excluded.accuracy,
    excludedLoss: excluded.loss,
  };
}

/** Every so many of the pairs: at most twice `PAIRS`. */
function pairsOf(
  x: Float32Array,
  y: Float32Array,
  p: number,
): { x: Float32Array; y: Float32Array } {
  const samples = y.length / p;
  // A step that p does not divide: no number is left out.
  let stride = Math.max(1, Math.floor(samples / PAIRS));
  if (stride % p === 0) stride += 1;
  const every = (table: Float32Array, width: number) =>
    table.filter((_, at) => Math.floor(at / width) % stride === 0);
  return { x: every(x, 2 * p), y: every(y, p) };
}

function accuracyOf(f: Float64Array, y: Float32Array, outputs: number): number {
  let right = 0;
  for (let from = 0; from < y.length; from += outputs) {
    const own = f.subarray(from, from + outputs);
    right += y[from + own.indexOf(Math.max(...own))] ?? 0;
  }
  return (right * outputs) / y.length;
}
