/**
 * The WebAssembly machine: updates by one function generated for the program (`kernel.ts`), run after
 * run. Records are rare, so what observes is the packed machine, made at the present weights when
 * asked. Only single operations of IEEE 754 are used, in one order: gradient descent has the same bits
 * on every machine, and in a pack of any size. Adam's bias corrections come from the host's power,
 * whose last bit is the JavaScript engine's own.
 */
import {
  type DenseLayer,
  type DenseProgram,
  rowsOf,
  type Tf,
  trainingSet,
} from '../../programs/dense.ts';
import type { PackedRun } from '../../programs/program.ts';
import { batchAt } from '../../random.ts';
import { type Arrays, createPacer, type Machine, stateNames } from '../machine.ts';
import { ADAM } from '../optimizer.ts';
import { packedMachine } from '../packed.ts';
import { kernelOf, NUMBERS, ONE, RESERVED } from './kernel.ts';

const PAGE = 65536;

/** Makes the machine at the start of the runs, or from the arrays of a checkpoint at `step`. */
export async function wasmMachine(
  tf: Tf,
  program: DenseProgram,
  runs: readonly PackedRun[],
  from: { readonly step: number; readonly arrays: readonly Arrays[] } | null,
): Promise<Machine> {
  const { layers, batch, schedule } = program;
  const trained = trainingSet(program, runs.length);
  const { count } = trained;
  const adam = program.optimizer === 'adam';
  const momentum = runs.some((r) => r.hyper.momentum !== 0);
  const names = stateNames(program, momentum);
  const decays = runs.some((r) => r.hyper.weightDecay !== 0);
  const kernel = kernelOf(program, names.length, decays, RESERVED);
  const inputs = layers[0]?.in ?? 0;
  const outputs = layers.at(-1)?.out ?? 0;
  const wide = kernel.padded.layers.at(-1)?.out ?? 0;
  const drawn = batch !== count;

  let end = kernel.end;
  const place = (numbers: number) => {
    const start = end;
    end += 4 * numbers;
    return start;
  };
  const state = place((runs.length * kernel.stateSize) / 4);
  const x = place(trained.x.length * count * inputs);
  const y = place(trained.y.length * count * wide);
  const drawnX = drawn ? place(batch * inputs) : x;
  const drawnY = drawn ? place(batch * wide) : y;
  const numbers = place(NUMBERS.size / 4);
  const memory = new WebAssembly.Memory({ initial: Math.ceil(end / PAGE) });
  const floats = new Float32Array(memory.buffer);
  const { instance } = await WebAssembly.instantiate(kernel.module, { env: { memory } });
  const run = instance.exports.run as (state: number, x: number, y: number, n: number) => void;

  floats[ONE / 4] = 1;
  for (const [i, own] of trained.x.entries()) floats.set(own, x / 4 + i * count * inputs);
  for (const [i, own] of trained.y.entries())
    copyRows(own, outputs, floats.subarray(y / 4 + i * count * wide), wide);
  let step = from?.step ?? 0;
  for (let r = 0; r < runs.length; r++) {
    eachMatrix(r, (name, l, k, into, layer) => {
      const own =
        from !== null ? from.arrays[r]?.[name] : k === 0 ? program.initial(r)[l] : undefined;
      if (own !== undefined) copyRows(own, layer.out, into, padded(l));
    });
  }
  const pacer = createPacer();
  let observer: Machine | null = null;

  function padded(l: number): number {
    return kernel.padded.layers[l]?.out ?? 0;
  }

  /** Every matrix of a run's state: its name, layer, kind, and where it lies. */
  function eachMatrix(
    r: number,
    use: (name: string, l: number, k: number, at: Float32Array, layer: DenseLayer) => void,
  ): void {
    let at = (state + r * kernel.stateSize) / 4;
    for (const [k, kind] of names.entries()) {
      for (const [l, layer] of layers.entries()) {
        const size = rowsOf(layer) * padded(l);
        use(kind[l] ?? '', l, k, floats.subarray(at, at + size), layer);
        at += size;
      }
    }
  }

  /** Addresses of the rows that a run trains on. */
  const xOf = (r: number) => x + (trained.x.length > 1 ? 4 * r * count * inputs : 0);
  const yOf = (r: number) => y + (trained.y.length > 1 ? 4 * r * count * wide : 0);

  function draw(r: number, seed: number): void {
    for (const [b, row] of batchAt(seed, step, batch, count).entries()) {
      const [fromX, fromY] = [xOf(r) / 4 + row * inputs, yOf(r) / 4 + row * wide];
      floats.copyWithin(drawnX / 4 + b * inputs, fromX, fromX + inputs);
      floats.copyWithin(drawnY / 4 + b * wide, fromY, fromY + wide);
    }
  }

  function setNumbers({ hyper }: PackedRun): void {
    const { learningRate, momentum: beta, outputScale, weightDecay } = hyper;
    const rate = learningRate * (schedule?.[step] ?? 1);
    const root = adam ? Math.sqrt(1 - ADAM.beta2 ** (step + 1)) : 1;
    const correction = root / (1 - beta ** (step + 1));
    floats.set(
      [rate, beta, 1 - beta, outputScale, weightDecay, correction, ADAM.epsilon * root],
      numbers / 4,
    );
  }

  function update(): void {
    for (const [r, own] of runs.entries()) {
      if (drawn) draw(r, own.seed);
      setNumbers(own);
      const [at, target] = drawn ? [drawnX, drawnY] : [xOf(r), yOf(r)];
      run(state + r * kernel.stateSize, at, target, numbers);
    }
    step += 1;
  }

  function download(): Arrays[] {
    return runs.map(({ hyper }, r) => {
      const arrays: Record<string, Float32Array> = {};
      eachMatrix(r, (name, l, k, at, layer) => {
        // A run without momentum keeps no velocity, whoever its neighbours are.
        if (k === 1 && !adam && hyper.momentum === 0) return;
        const own = new Float32Array(rowsOf(layer) * layer.out);
        copyRows(at, padded(l), own, layer.out);
        arrays[name] = own;
      });
      return arrays;
    });
  }

  const observing = (): Machine => {
    observer ??= packedMachine(tf, program, runs, { step, arrays: download() });
    return observer;
  };
  const forget = () => {
    observer?.dispose();
    observer = null;
  };

  return {
    how: 'fused in WebAssembly, one thread',
    async advance(steps) {
      forget();
      const startedAt = performance.now();
      const count = pacer.next(steps);
      for (let i = 0; i < count; i++) update();
      pacer.took(count, performance.now() - startedAt);
      return count;
    },
    outputs: () => observing().outputs(),
    gradient: () => observing().gradient(),
    linearize: () => observing().linearize(),
    download: async () => download(),
    dispose: forget,
  };
}

/** Copies rows between arrays of different widths; what is wider keeps what it has. */
function copyRows(from: Float32Array, width: number, to: Float32Array, stride: number): void {
  const own = Math.min(width, stride);
  for (let row = 0; (row + 1) * width <= from.length && row * stride < to.length; row++)
    to.set(from.subarray(row * width, row * width + own), row * stride);
}
