/**
 * The solvable model of scaling laws: linear regression on inputs x whose covariance falls as a power law,
 * λ_k = k^−decay, of a target y = Σ w_k x_k whose power in mode k is w_k² λ_k = k^−power. The model sees the first N of M
 * modes; what it does not see acts as noise. (Bahri et al. 2021, "Explaining neural scaling laws", arXiv:2102.06701; Maloney, Roberts & Sully 2022, "A solvable model of neural scaling laws", arXiv:2210.16859.)
 *
 * Inputs are x_k = ±√λ_k with fair independent signs, bits of the counter-based generator: they are uncorrelated, as
 * Gaussian ones are, and have the same bits on every machine. So are the weights: the updates are + − × ÷ and
 * square roots in float64, in one order, rounded to float32 once a step. A sample is made where it is used, by the run's
 * seed, the step and its number: a stream of fresh ones needs no memory, and a checkpoint no data.
 */
import { philox4x32, STREAMS } from '../random.ts';
import { arrayOf, type HostedProgram } from './hosted.ts';
import { columnsOf, type PackedRun, type SpectrumSpec } from './program.ts';

/** Signs of so many samples, [count × modes], and their targets, [count]. */
interface Drawn {
  readonly signs: Int8Array;
  readonly targets: Float64Array;
}

/** k^−(quarters/8), by square roots alone: half the exponent of a spectrum that is given in quarters. */
export function amplitude(k: number, quarters: number): number {
  const eighth = Math.sqrt(Math.sqrt(Math.sqrt(k)));
  let value = 1;
  for (let i = 0; i < quarters; i++) value /= eighth;
  return value;
}

/** √λ_k and √(w_k² λ_k) of every mode, the first mode first. */
export interface Spectrum {
  readonly roots: Float64Array;
  readonly powers: Float64Array;
}

export function spectrumOf({ modes, decay, power }: SpectrumSpec): Spectrum {
  const [d, p] = [4 * decay, 4 * power];
  if (!Number.isInteger(d) || !Number.isInteger(p))
    throw new Error('The exponents of a spectrum are whole quarters, so that all machines agree.');
  return {
    roots: Float64Array.from({ length: modes }, (_, i) => amplitude(i + 1, d)),
    powers: Float64Array.from({ length: modes }, (_, i) => amplitude(i + 1, p)),
  };
}

/** Signs of one sample's modes: bits of Philox words addressed by stream, row and step. */
function signsInto(
  into: Int8Array,
  offset: number,
  modes: number,
  address: { readonly seed: number; readonly stream: number; row: number; step: number },
): void {
  const { seed, stream, row, step } = address;
  for (let k = 0; k < modes; k += 128) {
    const words = philox4x32([k >>> 7, row, stream, step], [seed >>> 0, 0]);
    const count = Math.min(128, modes - k);
    for (let i = 0; i < count; i++)
      into[offset + k + i] = 1 - 2 * (((words[i >>> 5] ?? 0) >>> (i & 31)) & 1);
  }
}

/** Σ a_k s_k in four sums side by side: one would wait for each of its additions. */
function dot(a: Float64Array, signs: Int8Array, offset: number): number {
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  const whole = a.length - (a.length % 4);
  for (let k = 0; k < whole; k += 4) {
    s0 += (a[k] ?? 0) * (signs[offset + k] ?? 0);
    s1 += (a[k + 1] ?? 0) * (signs[offset + k + 1] ?? 0);
    s2 += (a[k + 2] ?? 0) * (signs[offset + k + 2] ?? 0);
    s3 += (a[k + 3] ?? 0) * (signs[offset + k + 3] ?? 0);
  }
  for (let k = whole; k < a.length; k++) s0 += (a[k] ?? 0) * (signs[offset + k] ?? 0);
  return s0 + s1 + (s2 + s3);
}

/** Rows that are added at once: their sum is loaded and stored once for all of them. */
const ROWS = 4;

/** Adds Σ e_r s_r of up to four rows of signs, the first one at `offset`. */
function addRows(
  sum: Float64Array,
  signs: Int8Array,
  errors: Float64Array,
  offset: number,
  modes: number,
): void {
  const [e0 = 0, e1 = 0, e2 = 0, e3 = 0] = errors;
  // A row beyond the last has an error of 0, and signs are read from one that is there.
  const at = (r: number) => offset + Math.min(r, errors.length - 1) * modes;
  const [a0, a1, a2, a3] = [at(0), at(1), at(2), at(3)];
  for (let k = 0; k < sum.length; k++) {
    const own = e0 * (signs[a0 + k] ?? 0) + e1 * (signs[a1 + k] ?? 0);
    const other = e2 * (signs[a2 + k] ?? 0) + e3 * (signs[a3 + k] ?? 0);
    sum[k] = (sum[k] ?? 0) + (own + other);
  }
}

/** A maker of samples that keeps its arrays: what it returns holds until it is called again. */
function samplesOf(
  { modes, labels }: SpectrumSpec,
  { powers }: Spectrum,
  seed: number,
  count: number,
): (step: number) => Drawn {
  const signs = new Int8Array(count * modes);
  const others = labels === 'shuffled' ? new Int8Array(modes) : null;
  const targets = new Float64Array(count);
  return (step) => {
    for (let row = 0; row < count; row++) {
      const offset = row * modes;
      signsInto(signs, offset, modes, { seed, stream: STREAMS.data, row, step });
      // Of shuffled labels: the target of another input, which nobody sees.
      if (others !== null) signsInto(others, 0, modes, { seed, stream: STREAMS.target, row, step });
      const [own, from] = others === null ? [signs, offset] : [others, 0];
      targets[row] = dot(powers, own, from);
    }
    return { signs, targets };
  };
}

/**
 * Linear models in training: weights W1 of inputs x, [seen], which start at zero, and heavy ball's velocity m1.
 * Throws where they would see more modes than there are.
 */
export function spectrumProgram(spec: SpectrumSpec, runs: readonly PackedRun[]): HostedProgram {
  const { modes, seen } = spec;
  if (seen > modes) throw new Error(`There are ${modes} modes, and ${seen} cannot be seen.`);
  const spectrum = spectrumOf(spec);
  const updates = runs.map((run) => updateOf(spec, spectrum, run));
  return {
    how: 'float64 on the processor, run after run',
    columns: columnsOf(spec),
    names: ['W1', 'm1'],
    initial(run) {
      const W1 = new Float32Array(seen);
      // A run without momentum keeps no velocity, as everywhere.
      return runs[run]?.hyper.momentum === 0 ? { W1 } : { W1, m1: new Float32Array(seen) };
    },
    update: (run, state, step) => updates[run]?.(arrayOf(state, 'W1'), state.m1, step),
    read: (_, state) => ({ loss: lossOf(spec, spectrum, arrayOf(state, 'W1')) }),
  };
}

/** Applies one update of a run to its weights, and to the velocity where it keeps one. */
function updateOf(
  spec: SpectrumSpec,
  spectrum: Spectrum,
  { seed, hyper }: PackedRun,
): (weights: Float32Array, kept: Float32Array | undefined, step: number) => void {
  const { modes, seen, data } = spec;
  const { learningRate, momentum, weightDecay } = hyper;
  const { roots } = spectrum;
  const count = data.kind === 'fresh' ? data.batch : data.samples;
  const draw = samplesOf(spec, spectrum, seed, count);
  const fixed = data.kind === 'fixed' ? draw(0) : null;
  const scaled = new Float64Array(seen);
  const gradient = new Float64Array(seen);
  const errors = new Float64Array(count);
  const passing = new Float32Array(seen);

  return (weights, kept, step) => {
    const velocity = kept ?? passing;
    const { signs, targets } = fixed ?? draw(step);
    for (let k = 0; k < seen; k++) scaled[k] = (roots[k] ?? 0) * (weights[k] ?? 0);
    for (let row = 0; row < count; row++)
      errors[row] = (dot(scaled, signs, row * modes) - (targets[row] ?? 0)) / count;
    gradient.fill(0);
    for (let row = 0; row < count; row += ROWS)
      addRows(gradient, signs, errors.subarray(row, row + ROWS), row * modes, modes);
    for (let k = 0; k < seen; k++) {
      const w = weights[k] ?? 0;
      const g = (roots[k] ?? 0) * (gradient[k] ?? 0) + weightDecay * w;
      velocity[k] = momentum * (velocity[k] ?? 0) + g;
      weights[k] = w - learningRate * (velocity[k] ?? 0);
    }
  };
}

/** Mean square error over all inputs, exactly, from the weights: no sample is drawn for it. */
function lossOf(spec: SpectrumSpec, { roots, powers }: Spectrum, weights: Float32Array): number {
  let sum = 0;
  for (let k = 0; k < spec.modes; k++) {
    const known = k < spec.seen ? (roots[k] ?? 0) * (weights[k] ?? 0) : 0;
    const target = powers[k] ?? 0;
    // Labels of other inputs have nothing to do with one's own: their variances add.
    sum += spec.labels === 'shuffled' ? known * known + target * target : (known - target) ** 2;
  }
  return sum;
}
