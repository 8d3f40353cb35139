/** Networks that can be compared, whatever trained them: their tables, and what they make of samples on the host. */

import { classifierTable, initialClassifier } from './classifier.ts';
import { classifyOnHost } from './classifier-host.ts';
import { classifierWeights } from './classifier-networks.ts';
import { dataSet } from './data.ts';
import type { DataFiles, DataSet } from './data-set.ts';
import { forwardOnHost } from './host.ts';
import { mlpProgram } from './mlp.ts';
import { type ComparedSpec, drawnBy, type Hyper, type LossName } from './program.ts';

type State = Readonly<Record<string, Float32Array>>;

export interface ComparedNetwork {
  readonly loss: LossName;
  readonly table: DataSet;
  /**
   * Last hidden layer [rows × units] and outputs [rows × outputs] of some inputs, in float64.
   * @param state weights `W1` … as they were committed; null: as the seed drew them
   * @throws where the state is not of this network
   */
  see(
    at: { readonly seed: number; readonly hyper: Hyper },
    state: State | null,
    x: Float32Array,
  ): { readonly features: Float64Array; readonly outputs: Float64Array };
}

/** Reads the table. Rejects if it cannot be had, or does not fit the network. */
export async function comparedNetwork(
  spec: ComparedSpec,
  files: DataFiles,
): Promise<ComparedNetwork> {
  switch (spec.kind) {
    case 'mlp': {
      const { data, layers, loss } = spec;
      const table = await dataSet(data, layers[0] ?? 0, layers.at(-1) ?? 0, files);
      return {
        ...{ loss, table },
        see({ seed, hyper }, state, x) {
          const run = { id: '', seed: drawnBy(spec, seed), hyper };
          const network = mlpProgram(spec, [run], table);
          const lengths = network.layers.map(({ in: n, out, bias }) => (n + Number(bias)) * out);
          const weights = state === null ? network.initial(0) : weightsOf(lengths, state);
          const all = forwardOnHost(network.layers, weights, x);
          return {
            features: all.at(-2) ?? new Float64Array(),
            outputs: scaled(all.at(-1) ?? new Float64Array(), hyper),
          };
        },
      };
    }
    case 'classifier': {
      const table = await classifierTable(spec, files);
      const lengths = classifierWeights(spec).map(({ rows, columns }) => rows * columns);
      return {
        ...{ loss: 'cross-entropy', table },
        see({ seed, hyper }, state, x) {
          const weights =
            state === null
              ? initialClassifier(spec, drawnBy(spec, seed), hyper.initScale)
              : weightsOf(lengths, state);
          const { features, outputs } = classifyOnHost(spec, weights, x);
          return { features, outputs: scaled(outputs, hyper) };
        },
      };
    }
  }
}

const scaled = (f: Float64Array, { outputScale }: Hyper): Float64Array =>
  f.map((v) => v * outputScale);

function weightsOf(lengths: readonly number[], state: State): readonly Float32Array[] {
  return lengths.map((length, l) => {
    const own = state[`W${l + 1}`];
    if (own?.length !== length)
      throw new Error(`The state that is compared has no matrix W${l + 1} of this network.`);
    return own;
  });
}
