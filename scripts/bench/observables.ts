/**
 * `npm run bench:observables`: what it costs to observe, as a share of the time of training. The network of
 * the edge-of-stability study, 1-100-100-1 tanh, on WebAssembly in this process; a row is observed at the
 * study's default interval. Each observable beside training that records the loss alone, in turns, median
 * of five, after a first record that starts cold and is not counted. Time is the processor's, not the
 * clock's: other work on the machine moves it less. A JSON line a row on standard output.
 */
import { createRequire } from 'node:module';
import path from 'node:path';
import type { Engine } from '../../compute/engines/engine.ts';
import { openEngine } from '../../compute/engines/open.ts';
import type { COLUMNS, MlpSpec, PackedRun } from '../../compute/programs/program.ts';
import { edgeOfStability } from '../../compute/studies/edge-of-stability.ts';

const ROUNDS = 5;
const RUNS = 4;
const STEPS = 800;

const config = {
  ...{ optimizer: 'momentum', data: 'chebyshev', activation: 'tanh', learningRate: 0.1 },
  ...{ momentum: 0.9, depth: 2, width: 100, steps: 4_000 },
};
const { program, hyper } = edgeOfStability.plan(config, { null: false });
const base: MlpSpec = {
  ...(program as MlpSpec),
  ...{ steps: STEPS, checkpointEvery: STEPS, optimizer: 'adam' },
};
const runs = Array.from(
  { length: RUNS },
  (_, i): PackedRun => ({ id: String(i), seed: i, hyper: { ...hyper, learningRate: 1e-3 } }),
);

async function secondsOf(engine: Engine, observe: MlpSpec['observe']): Promise<number> {
  const training = await engine.start({ program: { ...base, observe }, runs });
  const before = process.cpuUsage();
  while (!(await training.advance()));
  const { user, system } = process.cpuUsage(before);
  const seconds = (user + system) / 1e6;
  training.dispose();
  return seconds;
}

/** What any study may ask for; the others are made for a network and an interval of their own. */
const names = [
  ...['gradientNorm', 'weightNorm', 'movement', 'cka', 'alignment'],
  ...['sharpness', 'preconditionedSharpness'],
] as (keyof typeof COLUMNS)[];

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

const { log } = console;
console.log = console.error;
const wasm = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
const engine = await openEngine({ backend: 'wasm', wasmPath: `${path.dirname(wasm)}/` });
await secondsOf(engine, names);
for (const name of names) {
  const [alone, observed]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    alone.push(await secondsOf(engine, ['loss']));
    observed.push(await secondsOf(engine, ['loss', name]));
  }
  const [before, after] = [median(alone), median(observed)];
  const line = {
    ...{ bench: 'observables', backend: engine.device.backend, observable: name },
    ...{ interval: base.recordEvery, runs: RUNS, width: config.width },
    shareOfTraining: Number(((after - before) / before).toPrecision(2)),
  };
  log(JSON.stringify(line));
}
process.exit(0);
