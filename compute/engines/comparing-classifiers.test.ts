/** Comparisons across programs: a classifier beside another, and beside a chain of layers, against the reference. */
import { createRequire } from 'node:module';
import path from 'node:path';
import { expect, test } from 'vitest';
import { classifierTable, initialClassifier } from '../programs/classifier.ts';
import {
  COMPARING,
  type ComparedSpec,
  type ComparisonSpec,
  drawnBy,
  HYPER,
  MLP,
  type MlpSpec,
  type RunInput,
} from '../programs/program.ts';
import { classifier } from './classifier.testkit.ts';
import { classified, classifierArrays } from './classifier-reference.testkit.ts';
import { expectCompared, type Forward, finished } from './comparing.testkit.ts';
import type { BackendName } from './engine.ts';
import { madeFiles } from './made-files.testkit.ts';
import { openEngine } from './open.ts';

const wasmPath = `${path.dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'))}/`;
const open = (backend: BackendName) => openEngine({ backend, wasmPath, files: madeFiles });
const engine = await open('wasm');

const [TRAIN, PROBE, K] = [20, 24, 4];
const data = { ...classifier().data, samples: TRAIN + PROBE } as const;
const hyper = { ...HYPER, learningRate: 0.05, momentum: 0.9, outputScale: 1.5 };
const shared = { train: TRAIN, batch: 8, steps: 20, recordEvery: 10, checkpointEvery: 10 };
const networks = {
  convolutional: classifier({ data, ...shared, width: 4, draw: 0 }),
  transformer: classifier({
    ...{ ...shared, architecture: 'transformer', width: 6, draw: 1 },
    data: { ...data, half: 'right' },
  }),
  mlp: {
    ...{ ...MLP, layers: [21, 12, 3], activation: 'relu', loss: 'cross-entropy', draw: 1 },
    scales: [1, 2].map(() => ({ std: 0.3, rate: 1, bias: { std: 0, rate: 1 } })),
    data: { ...data, half: 'right' },
    train: { count: TRAIN, draw: 'first' },
    observe: ['loss'],
    ...{ steps: 20, recordEvery: 10, checkpointEvery: 10 },
  } satisfies MlpSpec,
};

const comparisonOf = (first: ComparedSpec, second: ComparedSpec): ComparisonSpec => ({
  ...{ ...COMPARING, of: [first, second], pairing: 'same', neighbours: K },
  probe: { from: TRAIN, count: PROBE },
});

async function trained(program: ComparedSpec, seed: number): Promise<RunInput> {
  const runs = [{ id: 'a', seed, hyper }];
  const { kept = [], hashes } = await finished(engine, { program, runs });
  return { seed, hyper, sha256: hashes.at(-1)?.sha256 ?? null, state: kept.at(-1)?.arrays };
}

/** The reference of a classifier on the probe, as it was drawn or trained. */
async function forward(
  spec: Extract<ComparedSpec, { kind: 'classifier' }>,
  { seed, state }: RunInput,
  drawn: boolean,
): Promise<Forward> {
  const { x, y, samples } = await classifierTable(spec, madeFiles);
  const start = initialClassifier(spec, drawnBy(spec, seed), 1);
  const weights = start.map((w, l) => (drawn ? w : (state?.[`W${l + 1}`] ?? [])));
  const arrays = classifierArrays(spec, weights);
  const pixels = x.length / samples;
  return Array.from({ length: PROBE }, (_, i) => {
    const row = TRAIN + i;
    const { features, outputs } = classified(
      spec,
      arrays,
      x.subarray(row * pixels, (row + 1) * pixels),
    );
    const label = [...y.slice(row * 3, (row + 1) * 3)].indexOf(1);
    return { hidden: features, label, outputs: outputs.map((f) => hyper.outputScale * f) };
  });
}

test('a convolutional network and a transformer are compared by their last hidden layers', async () => {
  const { convolutional, transformer } = networks;
  const inputs = [await trained(convolutional, 7), await trained(transformer, 7)] as const;
  const program = comparisonOf(convolutional, transformer);
  const result = await finished(engine, {
    program,
    runs: [{ id: 'pair', seed: 7, hyper: HYPER, inputs }],
  });
  for (const [row, drawn] of [true, false].entries()) {
    const a = await forward(convolutional, inputs[0], drawn);
    const b = await forward(transformer, inputs[1], drawn);
    const shared = expectCompared(result, row, [a, b], K);
    if (!drawn) expect([...(result.kept?.at(-1)?.arrays.shared ?? [])]).toEqual(shared);
  }
});

test('a classifier beside a chain of layers has the same bits on every backend', async () => {
  const { convolutional, transformer, mlp } = networks;
  for (const first of [convolutional, transformer]) {
    const inputs = [await trained(first, 3), await trained(mlp, 3)];
    const pack = {
      program: comparisonOf(first, mlp),
      runs: [{ id: 'pair', seed: 3, hyper: HYPER, inputs }],
    };
    const [here, there] = [await finished(engine, pack), await finished(await open('cpu'), pack)];
    expect(here.hashes).toEqual(there.hashes);
    expect(here.series).toEqual(there.series);
    expect(here.series.columns.alignment?.[1]).toBeGreaterThan(0);
  }
});

test('a state of another architecture, and tables of other samples, are refused', async () => {
  const { convolutional, transformer, mlp } = networks;
  const [wrong, right] = [await trained(transformer, 5), await trained(mlp, 5)];
  const compared = (program: ComparisonSpec, inputs: RunInput[]) =>
    finished(engine, { program, runs: [{ id: 'pair', seed: 5, hyper: HYPER, inputs }] });
  await expect(compared(comparisonOf(convolutional, mlp), [wrong, right])).rejects.toThrow(
    /no matrix W1 of this network/,
  );
  const other = { ...mlp, data: { ...mlp.data, classes: [0, 7, 3] } };
  await expect(compared(comparisonOf(transformer, other), [wrong, right])).rejects.toThrow(
    /not of the same samples/,
  );
});
