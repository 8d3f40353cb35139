/**
 * Fully connected network, with biases where its scales say so. Initial entries are Gaussian, or all equal; their
 * sizes and the learning rates of the layers are the parametrization's, see `scales.ts`.
 */
import { kernelMachines } from '../observables/kernel-machine.ts';
import { WEIGHT_OBSERVABLES } from '../observables/weights.ts';
import { distinctRows, normals, STREAMS } from '../random.ts';
import type { DataSet } from './data-set.ts';
import { type DenseLayer, type DenseProgram, gathered } from './dense.ts';
import { lossOf } from './loss.ts';
import { BETA2, columnsOf, type MlpSpec, type PackedRun, predictedSamples } from './program.ts';
import { rateFactor } from './schedule.ts';

/** Initial weights [in + bias, out] a layer, the biases as the last row. */
export function initialMlp(spec: MlpSpec, seed: number, initScale: number): Float32Array[] {
  const weights = spec.layers.slice(1).map((out, l) => {
    const fanIn = spec.layers[l] ?? 0;
    const { std, bias, entries } = scaleOf(spec, l);
    const count = (fanIn + (bias === null ? 0 : 1)) * out;
    const own = (i: number) => (i < fanIn * out ? std : (bias?.std ?? 0));
    const drawn = drawnOf(spec, seed, l, count);
    const equal = (i: number) => entries === 'equal' && i < fanIn * out;
    return Float32Array.from(drawn, (z, i) => (equal(i) ? 1 : z) * initScale * own(i));
  });
  if (spec.antithetic) mirror(spec, weights);
  return weights;
}

/**
 * Unit Gaussian numbers of a layer. Layers that go smoothly with depth take two draws in all, however many
 * they are: what comes after them is then the same at every depth.
 */
function drawnOf(spec: MlpSpec, seed: number, l: number, count: number): Float64Array {
  const skipping = spec.layers.slice(1).flatMap((_, k) => (skips(spec, k) ? [k] : []));
  const [first, depth] = [skipping[0] ?? 0, skipping.length];
  if (spec.alongDepth !== 'smooth' || depth === 0 || l < first)
    return normals(seed, STREAMS.weights, l, count);
  const place = skipping.indexOf(l);
  return place < 0
    ? normals(seed, STREAMS.weights, l - depth + 2, count)
    : turned(turningDraws(seed, first, count), (place + 0.5) / depth);
}

/** Gaussian entries of a run's layer, as it starts. */
export const initialWeights = (seed: number, l: number, count: number, std: number) =>
  Float32Array.from(normals(seed, STREAMS.weights, l, count), (z) => z * std);

/** A and B of layers that go smoothly with depth: drawn by a run's seed as its layers `first` and `first` + 1. */
export const turningDraws = (seed: number, first: number, count: number) => ({
  a: normals(seed, STREAMS.weights, first, count),
  b: normals(seed, STREAMS.weights, first + 1, count),
});

/** cos(πt) A + sin(πt) B. */
export function turned({ a, b }: ReturnType<typeof turningDraws>, t: number): Float64Array {
  const [cosine, sine] = halfTurn(t);
  return a.map((v, i) => cosine * v + sine * (b[i] ?? 0));
}

/**
 * cos πt and sin πt for 0 ≤ t ≤ 1 by Taylor's series about ½, whose first term left out is below 1e-15:
 * only + − × ÷, so the same bits everywhere.
 */
export function halfTurn(t: number): readonly [cosine: number, sine: number] {
  const x = Math.PI * (t - 0.5);
  let [cosine, sine] = [0, 0];
  let term = 1;
  for (let n = 0; n < 24; n++) {
    const sign = n % 4 < 2 ? 1 : -1;
    if (n % 2 === 0) sine += sign * term;
    else cosine -= sign * term;
    term *= x / (n + 1);
  }
  return [cosine, sine];
}

/** Hidden units h + H/2 become copies of h, with opposite output weights; the output bias is zero. */
function mirror({ layers }: MlpSpec, weights: readonly Float32Array[]): void {
  const [hidden = 0, outputs = 0] = [layers[1], layers[2]];
  const [first, second] = weights;
  if (layers.length !== 3 || hidden % 2 !== 0 || first === undefined || second === undefined)
    throw new Error('An antithetic network has one hidden layer of even width.');
  const half = hidden / 2;
  for (let at = 0; at < first.length; at += hidden) first.copyWithin(at + half, at, at + half);
  for (let i = 0; i < half * outputs; i++) second[half * outputs + i] = -(second[i] ?? 0);
  second.fill(0, hidden * outputs);
}

function scaleOf({ scales }: MlpSpec, l: number): MlpSpec['scales'][number] {
  const scale = scales[l];
  if (scale === undefined) throw new Error(`The parametrization says nothing of layer ${l + 1}.`);
  return scale;
}

/** Whether a layer adds its input to its output. */
const skips = ({ layers, skip }: MlpSpec, l: number): boolean =>
  skip && l !== layers.length - 2 && l > 0 && layers[l] === layers[l + 1];

function layersOf(spec: MlpSpec): DenseLayer[] {
  const { layers } = spec;
  const last = layers.length - 2;
  return layers.slice(1).map((out, l) => {
    const width = layers[l] ?? 0;
    const { rate, bias } = scaleOf(spec, l);
    return {
      ...{ in: width, out, bias: bias !== null, rate, biasRate: bias?.rate ?? 1 },
      activation: l === last ? 'identity' : spec.activation,
      ...{ skip: skips(spec, l), branch: spec.branch ?? 1 },
    };
  });
}

/** The rows that each run trains on: one list for all, or one a run; null for all rows. */
function trainingRows(
  { train }: MlpSpec,
  runs: readonly PackedRun[],
  samples: number,
): readonly Int32Array[] | null {
  if (train === 'all') return null;
  if (train.draw === 'run') return runs.map(({ seed }) => distinctRows(seed, train.count, samples));
  if (train.count > samples)
    throw new Error(`${train.count} training samples of ${samples} are too many.`);
  return [Int32Array.from({ length: train.count }, (_, i) => i)];
}

/** The rows that are observed: the first of those trained on, then the first of those held out. */
function probedRows({ train, probe }: MlpSpec, samples: number): Int32Array | null {
  if (probe === 'all' || (train !== 'all' && train.draw === 'run')) return null;
  const trained = train === 'all' ? samples : train.count;
  const heldOut = Math.min(probe, samples - trained);
  const seen = Math.min(probe, trained);
  return Int32Array.from({ length: seen + heldOut }, (_, i) => (i < seen ? i : trained + i - seen));
}

/** Rows of the observed outputs that were trained on, and those that were held out. */
interface Split {
  readonly trained: Int32Array;
  readonly heldOut: Int32Array;
}

function splitOf(own: Int32Array | undefined, probe: Int32Array): Split {
  const trained = own === undefined ? null : new Set(own);
  const rows = Int32Array.from({ length: probe.length }, (_, i) => i);
  const isTrained = (i: number) => trained === null || trained.has(probe[i] ?? -1);
  return { trained: rows.filter(isTrained), heldOut: rows.filter((i) => !isTrained(i)) };
}

export function mlpProgram(
  spec: MlpSpec,
  runs: readonly PackedRun[],
  table: DataSet,
): DenseProgram {
  const { observe, steps } = spec;
  const { samples, x, y } = table;
  const outputs = spec.layers.at(-1) ?? 0;
  const layers = layersOf(spec);
  const train = trainingRows(spec, runs, samples);
  const probe = probedRows(spec, samples);
  const all = Int32Array.from({ length: samples }, (_, i) => i);
  const [seenX, seenY] =
    probe === null ? [x, y] : [gathered(x, samples, probe), gathered(y, samples, probe)];
  const splits = runs.map((_, r) => splitOf(train?.[train.length === 1 ? 0 : r], probe ?? all));
  const trained = train?.[0]?.length ?? samples;
  const initial = (run: number) => {
    const { seed, hyper } = at(runs, run);
    return initialMlp(spec, seed, hyper.initScale);
  };
  const machines = observe.includes('kernelMachine')
    ? kernelMachines(spec, layers, runs, table)
    : null;
  const predicted = (heldOut: Int32Array) => heldOut.subarray(0, predictedSamples(spec));
  const predictions = (f: Float32Array, heldOut: Int32Array) => {
    const own = gathered(f, seenY.length / outputs, predicted(heldOut));
    return Object.fromEntries([...own].map((value, i) => [`f${i + 1}`, value]));
  };
  /** Kept once an observable wants them: making them again would take longer than reading them. */
  const starts = new Map<number, readonly Float32Array[]>();
  const ofWeights = observe.flatMap((name) => WEIGHT_OBSERVABLES[name] ?? []);
  return {
    columns: columnsOf(spec),
    layers,
    ...{ loss: spec.loss, optimizer: spec.optimizer, beta2: spec.beta2 ?? BETA2 },
    ...{ samples, reduction: 'mean' },
    schedule:
      spec.schedule === 'constant'
        ? null
        : Float32Array.from({ length: steps }, (_, t) => rateFactor(spec, t)),
    batch: spec.batch === 'full' ? trained : spec.batch,
    ...{ inputs: x, targets: [y], train, probe },
    observe: {
      gradientNorm: observe.includes('gradientNorm'),
      sharpness: observe.includes('sharpness'),
      preconditionedSharpness: observe.includes('preconditionedSharpness'),
      weights: ofWeights.length > 0,
    },
    initial,
    read(run, f, step) {
      const split = at(splits, run);
      const of = (rows: Int32Array) => {
        if (rows.length === 0) return { loss: Number.NaN, accuracy: Number.NaN };
        const [own, aims] = [
          gathered(f, seenY.length / outputs, rows),
          gathered(seenY, seenY.length / outputs, rows),
        ];
        return {
          loss: lossOf(spec.loss, own, aims, outputs) / rows.length,
          accuracy: accuracyOf(own, aims, outputs),
        };
      };
      const [seen, unseen] = [of(split.trained), of(split.heldOut)];
      return {
        ...(observe.includes('predictions') ? predictions(f, split.heldOut) : {}),
        ...machines?.(run, step, predicted(split.heldOut)),
        ...{ loss: seen.loss, testLoss: unseen.loss },
        ...{ accuracy: seen.accuracy, testAccuracy: unseen.accuracy },
      };
    },
    readWeights(run, now, step) {
      const context = {
        ...{ layers, data: spec.data, now, x: seenX, y: seenY, step },
        learningRate: at(runs, run).hyper.learningRate,
        get start() {
          const start = starts.get(run) ?? initial(run);
          starts.set(run, start);
          return start;
        },
      };
      return Object.assign({}, ...ofWeights.map((read) => read(context)));
    },
  };
}

/** Share of samples whose largest output is that of the target; with one output, whose sign is. */
export function accuracyOf(f: Floats, y: Floats, outputs: number): number {
  const samples = y.length / outputs;
  let right = 0;
  for (let i = 0; i < samples; i++) {
    const own = f.subarray(i * outputs, (i + 1) * outputs);
    const aim = y.subarray(i * outputs, (i + 1) * outputs);
    right += Number(
      outputs === 1 ? (own[0] ?? 0) * (aim[0] ?? 0) > 0 : largest(own) === largest(aim),
    );
  }
  return right / samples;
}

type Floats = Float32Array | Float64Array;

export const largest = (values: Floats): number => values.indexOf(Math.max(...values));

function at<T>(list: readonly T[], index: number): T {
  const value = list[index];
  if (value === undefined) throw new RangeError(`No run ${index} in this pack.`);
  return value;
}
