/**
 * The browser's half of `bench:engine`: trains one row on every side, checks that all of them train the
 * same thing, and times them in turns, so that whatever else the machine does hits all alike.
 */
import type { DeviceInfo, Engine } from '../../compute/engines/engine.ts';
import { openEngine } from '../../compute/engines/open.ts';
import { webThreads } from '../../compute/engines/wasm/web-threads.ts';
import { noFiles } from '../../compute/programs/data-set.ts';
import type { Pack } from '../../compute/programs/program.ts';
import { denseProgram } from '../../compute/programs/registry.ts';
import { fitSide, withDefaults } from './fit.ts';
import { jaxSide, openJax } from './jax.ts';
import { ourSide } from './ours.ts';
import { flopsOf, type Job, lossAt, type Side } from './side.ts';

export type GpuOrWasm = 'webgpu' | 'wasm';
type SideName = 'ours' | 'packed' | 'fit' | 'jax';

export interface RowResult {
  /** Run-steps a second, median over the rounds; null where a side cannot train here. */
  readonly rates: Readonly<Record<SideName, number | null>>;
  /** Why a side is null, or is not what was asked for. */
  readonly notes: readonly string[];
  readonly how: string;
  /** Floating-point operations of one run's step. */
  readonly flops: number;
}

export interface BenchPage {
  /** Opens every side's library on the backend. */
  open(backend: GpuOrWasm): Promise<DeviceInfo>;
  /** The best rate of one large matrix product of TensorFlow.js, in FLOP a second. */
  limit(): Promise<{ readonly flops: number; readonly size: number }>;
  row(pack: Pack, timing: { readonly rounds: number; readonly ms: number }): Promise<RowResult>;
}

declare global {
  // A global's declaration has no other form.
  var bench: BenchPage;
}

/** Steps after which all sides must have come to the same loss. */
const CHECK_STEPS = 5;
/** Relative difference of these losses: float32 in another order of sums stays far below. */
const CHECK_BOUND = 1e-3;
const ENDLESS = 1_000_000_000;

interface Opened {
  readonly tf: typeof import('@tensorflow/tfjs');
  readonly best: Engine;
  readonly packed: Engine;
  readonly jaxRefusal: string | null;
}

let opened: Opened | null = null;

async function sides(pack: Pack, steps: number, { tf, best, packed, jaxRefusal }: Opened) {
  const job: Job = { program: await denseProgram(pack, noFiles), runs: pack.runs, steps };
  const makers: Record<SideName, () => Side | Promise<Side>> = {
    ours: () => ourSide(best, pack, steps),
    packed: () => ourSide(packed, pack, steps),
    fit: () => fitSide(tf, job),
    jax() {
      if (jaxRefusal !== null) throw new Error(jaxRefusal);
      return jaxSide(job);
    },
  };
  return Object.entries(makers) as [SideName, () => Side | Promise<Side>][];
}

/** Throws unless the loss fell, and to where our own side brought it. */
async function check(side: Side, pack: Pack, expected: number | null): Promise<number> {
  const program = await denseProgram(pack, noFiles);
  for (let done = 0; done < CHECK_STEPS; ) done += await side.advance();
  const start = lossAt(program, program.initial(0));
  const loss = lossAt(program, await side.weights());
  if (!(loss < start)) throw new Error(`its loss does not fall: ${start} to ${loss}`);
  if (expected !== null && !(Math.abs(loss - expected) < CHECK_BOUND * expected))
    throw new Error(`its loss after ${CHECK_STEPS} steps is ${loss}, ours ${expected}`);
  return loss;
}

async function rateOf(side: Side, ms: number): Promise<number> {
  const startedAt = performance.now();
  let [steps, took] = [0, 0];
  while (took < ms) {
    steps += await side.advance();
    took = performance.now() - startedAt;
  }
  return (1000 * steps * side.runs) / took;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

function ready(): Opened {
  if (opened === null) throw new Error('Open a backend first.');
  return opened;
}

globalThis.bench = {
  async open(backend) {
    const common = { backend, allowSoftwareAdapter: true, wasmPath: '/' };
    // Every core, as jax-js takes them; a volunteer's browser keeps one for its page.
    const threads = webThreads(navigator.hardwareConcurrency);
    const best = await openEngine({ ...common, threads });
    const packed = await openEngine({ ...common, machine: 'packed' });
    const jaxRefusal = await openJax(backend).then(
      () => null,
      (error: unknown) => String(error),
    );
    opened = { tf: await import('@tensorflow/tfjs'), best, packed, jaxRefusal };
    return best.device;
  },

  async limit() {
    const { tf } = ready();
    return await withDefaults(tf, async () => {
      let best = { flops: 0, size: 0 };
      for (const size of [256, 512, 1024]) {
        const [a, b] = [tf.randomUniform([size, size]), tf.randomUniform([size, size])];
        const budget = performance.now() + 1500;
        let took = Number.POSITIVE_INFINITY;
        // The first product compiles.
        for (let i = 0; i < 20 && (i < 3 || performance.now() < budget); i++) {
          const startedAt = performance.now();
          const c = tf.matMul(a, b);
          // Waits for the product and reads one number of it.
          const corner = tf.slice(c, [0, 0], [1, 1]);
          await corner.data();
          took = Math.min(took, performance.now() - startedAt);
          tf.dispose([c, corner]);
        }
        tf.dispose([a, b]);
        const flops = (2 * size ** 3) / (took / 1000);
        if (flops > best.flops) best = { flops, size };
        // Twice the size is eight times the work.
        if (took > 125) break;
      }
      return best;
    });
  },

  async row(pack, { rounds, ms }) {
    const program = await denseProgram(pack, noFiles);
    const notes: string[] = [];
    const training = new Map<SideName, Side>();
    const measured = new Map<SideName, number[]>();
    let expected: number | null = null;
    for (const [name, make] of await sides(pack, CHECK_STEPS, ready())) {
      try {
        const side = await make();
        expected = await check(side, pack, expected);
        side.dispose();
        measured.set(name, []);
      } catch (error) {
        // Without our own numbers there is nothing to compare with.
        if (name === 'ours') throw error;
        notes.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    for (const [name, make] of await sides(pack, ENDLESS, ready())) {
      if (!measured.has(name)) continue;
      const side = await make();
      training.set(name, side);
      // Kernels are compiled, and slices grow to their length.
      await rateOf(side, ms);
    }
    for (let round = 0; round < rounds; round++)
      for (const [name, side] of training) measured.get(name)?.push(await rateOf(side, ms));
    for (const [name, side] of training) {
      if (!Number.isFinite(lossAt(program, await side.weights())))
        throw new Error(`${name} diverged while it was timed: the row says nothing.`);
    }
    const how = training.get('ours')?.how ?? '';
    for (const side of training.values()) side.dispose();
    const rate = (name: SideName) => {
      const rates = measured.get(name);
      return rates === undefined ? null : median(rates);
    };
    return {
      rates: { ours: rate('ours'), packed: rate('packed'), fit: rate('fit'), jax: rate('jax') },
      ...{ notes, how, flops: flopsOf(program) },
    };
  },
};
