/**
 * The canary: a small training that touches what devices differ in (products, tanh, softmax, Adam's
 * roots, mini-batches, Hessian products), so that devices of equal answers compute equal bits. The
 * class is named by the backend and a hash of the answers. A trailing `~` says that the answers of a run
 * hang on its neighbours in the pack, or on a choice by measurement: equal classes are then only near.
 */
import { HYPER, MLP, type MlpSpec, type Pack, type PackedRun } from '../programs/program.ts';
import { standardScales } from '../programs/scales.ts';
import type { BackendName, DeviceInfo, Engine } from './engine.ts';

const layers = [3, 9, 7, 3];
const common = {
  ...{ ...MLP, layers, scales: standardScales(layers) },
  data: { kind: 'clusters', seed: 7, samples: 24, spread: 0.8 },
  ...{ steps: 12, recordEvery: 6, checkpointEvery: 6 },
} as const satisfies Partial<MlpSpec>;
const programs: readonly MlpSpec[] = [
  { ...common, observe: ['loss', 'sharpness'] },
  {
    ...{ ...common, activation: 'relu', loss: 'cross-entropy', optimizer: 'adam', batch: 8 },
    observe: ['loss', 'gradientNorm'],
  },
];
const runs: readonly PackedRun[] = [11, 12, 13].map((seed, i) => ({
  ...{ id: `canary ${i}`, seed },
  hyper: { ...HYPER, learningRate: 0.05 * (i + 1), momentum: 0.9 },
}));

/** The numeric class of an engine's device. Rejects if the canary cannot be trained. */
export async function numericClassOf(engine: Engine): Promise<string> {
  const together: string[] = [];
  for (const program of programs) together.push(...(await lastHashes(engine, { program, runs })));
  const exact = isFixed(engine.device.backend) && same(together, await alone(engine));
  const digest = together.map((hash) => hash.slice(0, 4)).join('');
  return `${engine.device.backend} ${digest}${exact ? '' : '~'}`;
}

/** The answers of runs that have no neighbours. */
async function alone(engine: Engine): Promise<string[]> {
  const hashes: string[] = [];
  for (const program of programs)
    for (const run of runs) hashes.push(...(await lastHashes(engine, { program, runs: [run] })));
  return hashes;
}

const same = (a: readonly string[], b: readonly string[]) => a.every((hash, i) => hash === b[i]);

/** What an engine tells of its device, with its numeric class. */
export async function classified(engine: Engine): Promise<DeviceInfo> {
  return { ...engine.device, numericClass: await numericClassOf(engine) };
}

/** Whether two equal classes are of devices that compute equal bits. */
export const isExact = (numericClass: string): boolean => !numericClass.endsWith('~');

/** On WebGPU kernels are chosen by measurement, shape by shape. */
const isFixed = (backend: BackendName) => backend !== 'webgpu';

async function lastHashes(engine: Engine, pack: Pack): Promise<string[]> {
  const training = await engine.start(pack);
  try {
    while (!(await training.advance()));
    return training.results().map(({ hashes }) => hashes.at(-1)?.sha256 ?? '');
  } finally {
    training.dispose();
  }
}
