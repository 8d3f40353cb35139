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
import { comparedNetwork } from './compared-network.ts';
import type { DataFiles } from './data-set.ts';
import { gathered } from './dense.ts';
import { lossOf } from './loss.ts';
import { accuracyOf, largest } from './mlp.ts';
import type { COMPARISON_COLUMNS, ComparisonSpec, RunInput } from './program.ts';

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

/** Reads the tables of both. Rejects if the probe is not in them, or is not of the same samples. */
export async function comparison(spec: ComparisonSpec, files: DataFiles): Promise<Comparison> {
  const { of, probe, neighbours: k } = spec;
  const rows = Int32Array.from({ length: probe.count }, (_, i) => probe.from + i);
  const sides = await Promise.all(
    of.map(async (program) => {
      const network = await comparedNetwork(program, files);
      const { samples, x, y } = network.table;
      if (probe.from + probe.count > samples)
        throw new Error(`The probe ends beyond the ${samples} samples of a table.`);
      return { network, x: gathered(x, samples, rows), y: gathered(y, samples, rows) };
    }),
  );
  const [labels = [], others = []] = sides.map(({ y }) => labelsOf(y, probe.count));
  if (labels.some((label, i) => label !== others[i]))
    throw new Error('The two tables of a comparison are not of the same samples.');
  const another = anotherOfItsClass(labels);
  return {
    see(side, input, state) {
      const own = sides[side];
      if (own === undefined) throw new RangeError(`There is no side ${side}.`);
      const { network, x, y } = own;
      const { features, outputs } = network.see(input, state, x);
      const width = outputs.length / probe.count;
      return {
        neighbours: nearestNeighbours(features, probe.count, k),
        features: representation(features, probe.count),
        loss: lossOf(network.loss, outputs, y, width) / probe.count,
        accuracy: accuracyOf(outputs, y, width),
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
