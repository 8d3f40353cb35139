/**
 * A comparison: two networks that earlier runs trained, as they were drawn and as they ended, on samples that
 * neither was trained on. Everything is computed on the host in float64, from the committed states: every
 * device has the very same bits (neighbours jump where two distances nearly tie, so that rounding on a GPU
 * would fail honest devices), and a replay compares exactly.
 *
 * Trained and untrained are both recorded because networks that were only drawn are aligned already (their
 * inputs are), and the more so the wider they are: what training makes is the difference.
 */
import { ckaOf, type Representation, representation } from '../observables/cka.ts';
import { type Neighbours, nearestNeighbours, sharedNeighbours } from '../observables/neighbours.ts';
import { distinctRows } from '../random.ts';
import { dataSet } from './data.ts';
import type { DataFiles } from './data-set.ts';
import { type DenseProgram, gathered } from './dense.ts';
import { forwardOnHost } from './host.ts';
import { lossOf } from './loss.ts';
import { accuracyOf, largest, mlpProgram } from './mlp.ts';
import { type COMPARISON_COLUMNS, type ComparisonSpec, drawnBy, type RunInput } from './program.ts';

/** One network on the probe. */
export interface Seen {
  readonly neighbours: Neighbours;
  readonly features: Representation;
  readonly loss: number;
  readonly accuracy: number;
}

export type Compared = Readonly<Record<(typeof COMPARISON_COLUMNS)[number], number>>;

export interface Comparison {
  /** A network at its start, or at a state that was trained. */
  see(side: 0 | 1, input: RunInput, state: Readonly<Record<string, Float32Array>> | null): Seen;
  /**
   * Two networks as seen, for a run of this seed: what is recorded, and how many neighbours each sample of the
   * probe shares.
   */
  compare(
    a: Seen,
    b: Seen,
    seed: number,
  ): { readonly columns: Compared; readonly shared: Float32Array };
}

/** Reads the tables of both. Rejects if the probe is not in them. */
export async function comparison(spec: ComparisonSpec, files: DataFiles): Promise<Comparison> {
  const { of, probe, neighbours: k } = spec;
  const rows = Int32Array.from({ length: probe.count }, (_, i) => probe.from + i);
  const tables = await Promise.all(
    of.map(async ({ data, layers }) => {
      const whole = await dataSet(data, layers[0] ?? 0, layers.at(-1) ?? 0, files);
      const { samples } = whole;
      if (probe.from + probe.count > samples)
        throw new Error(`The probe ends beyond the ${samples} samples of a table.`);
      const [x, y] = [gathered(whole.x, samples, rows), gathered(whole.y, samples, rows)];
      return { whole, x, y };
    }),
  );
  const labels = labelsOf(tables[0]?.y ?? new Float32Array(), probe.count);
  const another = anotherOfItsClass(labels);
  return {
    see(side, input, state) {
      const [program, table] = [of[side], tables[side]];
      if (table === undefined) throw new RangeError(`There is no side ${side}.`);
      const run = { id: '', seed: drawnBy(program, input.seed), hyper: input.hyper };
      const network = mlpProgram(program, [run], table.whole);
      const weights = state === null ? network.initial(0) : weightsOf(network, state);
      const layers = forwardOnHost(network.layers, weights, table.x);
      const features = layers.at(-2) ?? new Float64Array();
      const outputs = (layers.at(-1) ?? new Float64Array()).map((f) => f * input.hyper.outputScale);
      const width = outputs.length / probe.count;
      return {
        neighbours: nearestNeighbours(features, probe.count, k),
        features: representation(features, probe.count),
        loss: lossOf(program.loss, outputs, table.y, width) / probe.count,
        accuracy: accuracyOf(outputs, table.y, width),
      };
    },
    compare(a, b, seed) {
      const shuffled =
        spec.pairing === 'same' ? undefined : distinctRows(seed, probe.count, probe.count, SHUFFLE);
      const within = shuffled === undefined ? another : shuffled.map((i) => another[i] ?? i);
      const mean = (values: Float32Array) =>
        values.reduce((sum, v) => sum + v, 0) / (k * probe.count);
      const shared = sharedNeighbours(a.neighbours, b.neighbours, shuffled);
      return {
        shared,
        columns: {
          loss: (a.loss + b.loss) / 2,
          alignment: mean(shared),
          classAlignment: mean(sharedNeighbours(a.neighbours, b.neighbours, within)),
          cka: ckaOf(a.features, permuted(b.features, shuffled)) ?? 0,
          accuracy1: a.accuracy,
          accuracy2: b.accuracy,
        },
      };
    },
  };
}

/** Which order of a run's seed shuffles samples: none that anything was trained on. */
const SHUFFLE = 7;

function weightsOf(
  { layers }: DenseProgram,
  state: Readonly<Record<string, Float32Array>>,
): readonly Float32Array[] {
  return layers.map(({ in: inputs, out, bias }, l) => {
    const own = state[`W${l + 1}`];
    if (own?.length !== (inputs + Number(bias)) * out)
      throw new Error(`The state that is compared has no matrix W${l + 1} of this network.`);
    return own;
  });
}

const labelsOf = (y: Float32Array, samples: number): number[] => {
  const width = y.length / samples;
  return Array.from({ length: samples }, (_, i) =>
    width === 1 ? Number((y[i] ?? 0) > 0) : largest(y.subarray(i * width, (i + 1) * width)),
  );
};

/** Of each sample the next one of its class, the first after the last: itself only where it is alone. */
export function anotherOfItsClass(labels: readonly number[]): Int32Array {
  const next = new Int32Array(labels.length);
  for (const label of new Set(labels)) {
    const own = labels.flatMap((l, i) => (l === label ? [i] : []));
    for (const [n, i] of own.entries()) next[i] = own[(n + 1) % own.length] ?? i;
  }
  return next;
}

/** The same representation with its samples in another order. */
function permuted(of: Representation, order: Int32Array | undefined): Representation {
  if (order === undefined) return of;
  const { samples, centred } = of;
  const width = centred.length / samples;
  const rows = new Float64Array(centred.length);
  for (const [i, from] of order.entries())
    rows.set(centred.subarray(from * width, (from + 1) * width), i * width);
  return representation(rows, samples);
}
