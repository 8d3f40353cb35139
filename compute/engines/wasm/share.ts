/**
 * Some runs of a pack in one WebAssembly memory, updated run after run. Runs do not touch each other,
 * so a pack may be cut into shares in any way: every run has the same bits in each. What makes a share
 * is plain data, so that it can be sent to another thread.
 */
import {
  type DenseLayer,
  type DenseProgram,
  rowsOf,
  type TrainingSet,
} from '../../programs/dense.ts';
import type { PackedRun } from '../../programs/program.ts';
import { batchAt } from '../../random.ts';
import { type Arrays, PROBE_ROWS } from '../machine.ts';
import { ADAM_EPSILON } from '../optimizer.ts';
import type { Kernel } from './kernel.ts';
import { createObserver } from './observer.ts';
import { NUMBERS, ONE } from './pass.ts';
import { copyRows } from './rows.ts';

export interface ShareSetup {
  /** The kernel's module, compiled once for all shares, and its layout. */
  readonly module: WebAssembly.Module;
  readonly layout: Omit<Kernel, 'module'>;
  readonly program: Pick<DenseProgram, 'layers' | 'batch' | 'optimizer' | 'beta2' | 'schedule'>;
  /** `stateNames` of the whole pack: what a share keeps does not hang on how the pack was cut. */
  readonly names: readonly (readonly string[])[];
  readonly runs: readonly PackedRun[];
  /** One array for all of these runs, or one a run. */
  readonly trained: TrainingSet;
  /** Inputs of the rows that are observed, for all runs. */
  readonly probe: Float32Array;
  /** Where the runs stand; an array that is absent is zero. */
  readonly step: number;
  readonly arrays: readonly Arrays[];
}

export interface Share {
  /** Applies so many updates. */
  advance(steps: number): Promise<void>;
  /** What a `Machine` observes, of its runs: outputs, gradients, products with the Hessian. */
  outputs(): Promise<Float32Array>;
  gradient(): Promise<Float32Array>;
  product(vectors: Float32Array): Promise<Float32Array>;
  /** Weights and optimizer state of its runs. */
  download(): Promise<readonly Arrays[]>;
  dispose(): void;
}

const PAGE = 65536;

/** Opens a share that is computed by the thread that calls. */
export async function openShare(setup: ShareSetup): Promise<Share> {
  const { layout, program, names, runs, trained } = setup;
  const { layers, batch, schedule } = program;
  const { count } = trained;
  const adam = program.optimizer === 'adam';
  const inputs = layers[0]?.in ?? 0;
  const outputs = layers.at(-1)?.out ?? 0;
  const wide = layout.widths.at(-1) ?? 0;
  const drawn = batch !== count;

  let end = layout.end;
  const place = (numbers: number) => {
    const start = end;
    end += 4 * numbers;
    return start;
  };
  const state = place((runs.length * layout.stateSize) / 4);
  const x = place(trained.x.length * count * inputs);
  const y = place(trained.y.length * count * wide);
  const drawnX = drawn ? place(batch * inputs) : x;
  const drawnY = drawn ? place(batch * wide) : y;
  const numbers = place(NUMBERS.size / 4);
  const probe = place(Math.min(setup.probe.length, PROBE_ROWS * inputs));
  const memory = new WebAssembly.Memory({ initial: Math.ceil(end / PAGE) });
  const floats = new Float32Array(memory.buffer);
  const instance = await WebAssembly.instantiate(setup.module, { env: { memory } });
  type Run = (state: number, x: number, y: number, numbers: number) => void;
  const functions = instance.exports as Readonly<Record<string, Run>>;

  floats[ONE / 4] = 1;
  for (const [i, own] of trained.x.entries()) floats.set(own, x / 4 + i * count * inputs);
  for (const [i, own] of trained.y.entries())
    copyRows(own, outputs, floats.subarray(y / 4 + i * count * wide), wide);
  for (let r = 0; r < runs.length; r++) {
    eachMatrix(r, (name, l, _, into, layer) => {
      const own = setup.arrays[r]?.[name];
      if (own !== undefined) copyRows(own, layer.out, into, width(l));
    });
  }
  let step = setup.step;

  function width(l: number): number {
    return layout.widths[l] ?? 0;
  }

  /** Every matrix of a run's state: its name, layer, kind, and where it lies. */
  function eachMatrix(
    r: number,
    use: (name: string, l: number, k: number, at: Float32Array, layer: DenseLayer) => void,
  ): void {
    let at = (state + r * layout.stateSize) / 4;
    for (const [k, kind] of names.entries()) {
      for (const [l, layer] of layers.entries()) {
        const size = rowsOf(layer) * width(l);
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
    const root = adam ? Math.sqrt(1 - program.beta2 ** (step + 1)) : 1;
    const correction = root / (1 - beta ** (step + 1));
    floats.set(
      [rate, beta, 1 - beta, outputScale, weightDecay, correction, ADAM_EPSILON * root],
      numbers / 4,
    );
  }

  function update(): void {
    for (const [r, own] of runs.entries()) {
      if (drawn) draw(r, own.seed);
      const [at, target] = drawn ? [drawnX, drawnY] : [xOf(r), yOf(r)];
      call('update', r, at, target);
    }
    step += 1;
  }

  function call(name: string, r: number, atX: number, atY: number): void {
    const [own, run] = [runs[r], functions[name]];
    if (own === undefined || run === undefined) throw new RangeError(`No run ${r}, or no ${name}.`);
    setNumbers(own);
    run(state + r * layout.stateSize, atX, atY, numbers);
  }

  const observer = createObserver(setup, floats, {
    probe,
    onProbe: (name, r) => call(name, r, probe, y),
    onRows: (name, r, first) =>
      call(name, r, xOf(r) + 4 * first * inputs, yOf(r) + 4 * first * wide),
  });

  return {
    async advance(steps) {
      observer.forget();
      for (let i = 0; i < steps; i++) update();
    },
    outputs: async () => observer.outputs(),
    gradient: async () => observer.gradient(),
    product: async (vectors) => observer.product(vectors),
    async download() {
      return runs.map(({ hyper }, r) => {
        const arrays: Record<string, Float32Array> = {};
        eachMatrix(r, (name, l, k, at, layer) => {
          // A run without momentum keeps no velocity, whoever its neighbours are.
          if (k === 1 && !adam && hyper.momentum === 0) return;
          const own = new Float32Array(rowsOf(layer) * layer.out);
          copyRows(at, width(l), own, layer.out);
          arrays[name] = own;
        });
        return arrays;
      });
    },
    dispose: () => {},
  };
}
