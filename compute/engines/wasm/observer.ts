/**
 * Observes the runs of a share with the functions of `tangent.ts`: block by block, run by run. What a
 * linearization leaves in scratch is kept on the host, as every run and block uses that scratch again.
 */
import { rowsOf } from '../../programs/dense.ts';
import { copyRows } from './rows.ts';
import type { ShareSetup } from './share.ts';
import { blocksOf, NAMES } from './tangent.ts';

export interface Observer {
  /** α f of the observed rows: [runs × probe × out]. */
  outputs(): Float32Array;
  /** [runs × size], neither padded. */
  gradient(): Float32Array;
  /** H v of every run, exactly: takes and returns [runs × size]. */
  product(vectors: Float32Array): Float32Array;
  /** The weights are about to move: products are to be linearized anew. */
  forget(): void;
}

/** How the observer reaches the share that it observes. */
export interface Access {
  /** Address of room for a block of observed inputs. */
  readonly probe: number;
  /** Calls a function for a run, on that block. */
  onProbe(name: string, r: number): void;
  /** Calls a function for a run, on the rows that it trains on from `first`. */
  onRows(name: string, r: number, first: number): void;
}

export function createObserver(
  { layout, program, runs, trained, probe }: ShareSetup,
  floats: Float32Array,
  access: Access,
): Observer {
  const { layers } = program;
  const { taken, left, size: padded, from, kept, outputs: outputsAt } = layout.observed;
  const [inputs, outputs] = [layers[0]?.in ?? 1, layers.at(-1)?.out ?? 0];
  const wide = layout.widths.at(-1) ?? 0;
  const blocks = blocksOf(trained.count);
  const size = layers.reduce((sum, layer) => sum + rowsOf(layer) * layer.out, 0);
  const sum = floats.subarray(left / 4, left / 4 + padded);
  /** By run, then block. */
  let linearized: readonly (readonly Float32Array[])[] | null = null;

  /** Uses each layer's matrix: where it lies padded at an address, and in a vector of one run. */
  const parts = layers.map((layer, l) => ({ layer, width: layout.widths[l] ?? 0 }));
  function eachLayer(
    address: number,
    vector: Float32Array,
    use: (at: Float32Array, width: number, own: Float32Array, out: number) => void,
  ): void {
    let [at, plain] = [address / 4, 0];
    for (const { layer, width } of parts) {
      const [wideSize, ownSize] = [rowsOf(layer) * width, rowsOf(layer) * layer.out];
      const own = vector.subarray(plain, plain + ownSize);
      use(floats.subarray(at, at + wideSize), width, own, layer.out);
      at += wideSize;
      plain += ownSize;
    }
  }

  /** Adds up what a function gives of each block of a run's rows, into the run's part of `all`. */
  function summed(all: Float32Array, r: number, ofBlock: (block: number) => void): void {
    sum.fill(0);
    for (const b of blocks.keys()) ofBlock(b);
    const into = all.subarray(r * size, (r + 1) * size);
    eachLayer(left, into, (at, width, own, out) => copyRows(at, width, own, out));
  }

  /** The function for a block's size, on that block. */
  function onBlock(name: (rows: number) => string, r: number, b: number): void {
    const block = blocks[b];
    if (block !== undefined) access.onRows(name(block.rows), r, block.first);
  }

  const linearize = () =>
    runs.map((_, r) =>
      blocks.map(({ rows }, b) => {
        onBlock(NAMES.linearize, r, b);
        return floats.slice(from / 4, (from + (kept[rows] ?? 0)) / 4);
      }),
    );

  return {
    outputs() {
      const rows = probe.length / inputs;
      const all = new Float32Array(runs.length * rows * outputs);
      for (const block of blocksOf(rows)) {
        const end = block.first + block.rows;
        floats.set(probe.subarray(block.first * inputs, end * inputs), access.probe / 4);
        const at = (outputsAt[block.rows] ?? 0) / 4;
        const found = floats.subarray(at, at + block.rows * wide);
        for (const [r, { hyper }] of runs.entries()) {
          access.onProbe(NAMES.outputs(block.rows), r);
          const start = r * rows;
          const own = all.subarray((start + block.first) * outputs, (start + end) * outputs);
          copyRows(found, wide, own, outputs);
          const scale = Math.fround(hyper.outputScale);
          if (scale !== 1) for (let i = 0; i < own.length; i++) own[i] = (own[i] ?? 0) * scale;
        }
      }
      return all;
    },
    gradient() {
      const all = new Float32Array(runs.length * size);
      for (const r of runs.keys()) summed(all, r, (b) => onBlock(NAMES.gradient, r, b));
      return all;
    },
    product(vectors) {
      linearized ??= linearize();
      const all = new Float32Array(runs.length * size);
      for (const r of runs.keys()) {
        const vector = vectors.subarray(r * size, (r + 1) * size);
        // H 0 = 0: so those ask that have all they wanted.
        if (vector.every((x) => x === 0)) continue;
        eachLayer(taken, vector, (at, width, own, out) => copyRows(own, out, at, width));
        summed(all, r, (b) => {
          floats.set(linearized?.[r]?.[b] ?? [], from / 4);
          onBlock(NAMES.product, r, b);
        });
      }
      return all;
    },
    forget() {
      linearized = null;
    },
  };
}
