/** What is measured: each row a pack of one program, the same data and seeds on every side. */
import {
  HYPER,
  type Hyper,
  MLP,
  type Pack,
  type ProgramSpec,
} from '../../compute/programs/program.ts';
import { standardScales } from '../../compute/programs/scales.ts';

export interface Row {
  /** What `--rows` picks by, and the JSON's `program`. */
  readonly program: string;
  /** In words, for the table. */
  readonly title: string;
  readonly pack: Pack;
}

/** A schedule without records: only updates are timed. */
const ENDLESS = 1_000_000_000;
const schedule = { steps: ENDLESS, recordEvery: ENDLESS, checkpointEvery: ENDLESS };

const mlpOf = (layers: readonly number[]) => ({ ...MLP, layers, scales: standardScales(layers) });

const PROGRAMS: readonly {
  readonly name: string;
  readonly title: string;
  readonly spec: ProgramSpec;
  readonly hyper: Hyper;
  readonly packs: readonly number[];
  /** Packs of `--quick`. */
  readonly quick: readonly number[];
}[] = [
  {
    name: 'mlp32',
    title: 'tanh 32-32-32-1, batch 64',
    spec: {
      ...mlpOf([32, 32, 32, 1]),
      data: { kind: 'teacher', seed: 1, samples: 64 },
      observe: ['loss'],
      ...schedule,
    },
    hyper: { ...HYPER, learningRate: 0.05 },
    ...{ packs: [1, 16, 64, 256], quick: [16] },
  },
  {
    name: 'classifier128',
    title: 'ReLU 128-128-10, batch 256',
    spec: {
      ...{ ...mlpOf([128, 128, 10]), activation: 'relu' },
      data: { kind: 'clusters', seed: 1, samples: 256, spread: 4 },
      ...{ loss: 'cross-entropy', observe: ['loss'] },
      ...schedule,
    },
    hyper: { ...HYPER, learningRate: 0.01 },
    ...{ packs: [1, 16], quick: [] },
  },
  {
    name: 'linear8',
    title: 'linear, 8 layers of 32',
    spec: {
      ...{ kind: 'linear', width: 32, depth: 8, singularValues: [3, 2, 1], init: 'aligned' },
      observe: ['loss'],
      ...schedule,
    },
    hyper: { ...HYPER, learningRate: 0.004, initScale: 0.5 },
    ...{ packs: [1, 16], quick: [] },
  },
];

export const PROGRAM_NAMES = PROGRAMS.map((p) => p.name);

/** The rows of a run of the bench, in the order of the table. */
export function rowsFor(options: {
  readonly quick: boolean;
  readonly programs: readonly string[];
}): readonly Row[] {
  return PROGRAMS.filter((p) => options.programs.includes(p.name)).flatMap((p) =>
    (options.quick ? p.quick : p.packs).map((size) => ({
      ...{ program: p.name, title: p.title },
      pack: { program: p.spec, runs: Array.from({ length: size }, (_, r) => runOf(p.hyper, r)) },
    })),
  );
}

/** Every run has a seed and a learning rate of its own, so that no side may share either. */
function runOf(hyper: Hyper, r: number) {
  const learningRate = hyper.learningRate * (1 + (r % 8) / 16);
  return { id: `r${r}`, seed: 100 + r, hyper: { ...hyper, learningRate } };
}
