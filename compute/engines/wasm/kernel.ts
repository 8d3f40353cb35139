/**
 * One update of one run as one WebAssembly function, generated from the description of a dense program:
 * forward, error, backward and optimizer, with all activations in scratch memory that every run uses
 * again, small enough to stay in the processor's cache. Columns are padded to vectors of four; what is
 * padded is zero and stays zero.
 */
import { type DenseLayer, type DenseProgram, errorScaleOf } from '../../programs/dense.ts';
import { scratchLayout, stateLayout } from '../fused/layout.ts';
import { ADAM } from '../optimizer.ts';
import {
  type Code,
  concat,
  f32,
  get,
  i32,
  type Local,
  Locals,
  loopWhile,
  moduleOf,
  set,
  v,
} from './assembler.ts';
import { exp, tanh } from './math.ts';
import { baseOf, type Place, type Product, product } from './product.ts';

/** Bytes of a run's numbers: learning rate of this step, β, 1 − β, α, weight decay; Adam's correction and ε of this step. */
export const NUMBERS = {
  ...{ rate: 0, momentum: 4, rest: 8, outputScale: 12, decay: 16 },
  ...{ correction: 20, floor: 24, size: 28 },
};

/** `run(state, x, y, numbers)`: addresses of a run's state, inputs, targets and numbers. */
const [STATE, X, Y, HYPER] = [0, 1, 2, 3].map((index): Local => ({ index })) as [
  Local,
  Local,
  Local,
  Local,
];

export interface Kernel {
  readonly module: Uint8Array<ArrayBuffer>;
  /** Columns of each layer's matrix, padded. */
  readonly widths: readonly number[];
  /** In bytes: of a run's state, and where scratch ends. */
  readonly stateSize: number;
  readonly end: number;
}

const pad = (count: number) => Math.ceil(count / 4) * 4;

/** The program with its outputs padded; inputs as they are, for rows are not. */
export const paddedProgram = (program: DenseProgram): DenseProgram => ({
  ...program,
  layers: program.layers.map((layer) => ({ ...layer, out: pad(layer.out) })),
});

/** The function for `kinds` arrays a layer (weights and what the optimizer keeps), scratch from address `from`. */
export function kernelOf(
  program: DenseProgram,
  kinds: number,
  decays: boolean,
  from: number,
): Kernel {
  const { layers, batch } = program;
  const padded = paddedProgram(program);
  const state = stateLayout(padded, kinds);
  const scratch = scratchLayout(padded, batch, { drawn: false, moved: false });
  const mirror = from + 4 * scratch.stride;
  const widest = Math.max(...layers.map((l) => l.out * pad(l.in)));
  const locals = new Locals(4);
  const last = layers.length - 1;
  const vectors = (l: number) => (padded.layers[l]?.out ?? 0) / 4;
  const at = (starts: readonly number[], l: number) => from + 4 * (starts[l] ?? 0);
  const spreadNumber = (name: Exclude<keyof typeof NUMBERS, 'size'>) =>
    v.spread(get(HYPER), NUMBERS[name]);

  /** What a layer takes in, and the bytes of a row. */
  const inputOf = (l: number): Place & { readonly width: number } =>
    l === 0
      ? { base: X, start: 0, width: 4 * (layers[0]?.in ?? 0) }
      : { base: null, start: at(scratch.output, l - 1), width: 16 * vectors(l - 1) };
  const matrixOf = (l: number): Place => ({ base: STATE, start: 4 * (state.layer[l] ?? 0) });
  const biasOf = (l: number): Place => ({
    base: STATE,
    start: 4 * ((state.layer[l] ?? 0) + (layers[l]?.in ?? 0) * 4 * vectors(l)),
  });

  function forward(layer: DenseLayer, l: number): Code {
    const { width, ...input } = inputOf(l);
    return product(locals, {
      ...{ m: batch, vectors: vectors(l), q: layer.in },
      a: { ...input, rowStep: width, step: 4 },
      b: { ...matrixOf(l), step: 16 * vectors(l) },
      start: layer.bias ? biasOf(l) : null,
      store: (offset, more, z) => [
        ...set(z, activate(layer, z)),
        ...v.store(get(offset), at(scratch.active, l) + more, get(z)),
        ...(layer.skip
          ? v.store(
              get(offset),
              at(scratch.output, l) + more,
              v.add(get(z), v.load(get(offset), at(scratch.output, l - 1) + more)),
            )
          : []),
      ],
    });
  }

  function activate({ activation }: DenseLayer, z: Local): Code {
    switch (activation) {
      case 'identity':
        return get(z);
      case 'relu':
        return v.max(get(z), v.const(0));
      case 'tanh':
        return tanh(locals, z);
    }
  }

  /** e φ′, from e and the activation's value. */
  function sloped({ activation }: DenseLayer, e: Local, a: Code): Code {
    switch (activation) {
      case 'identity':
        return get(e);
      case 'relu':
        return v.and(get(e), v.greater(a, v.const(0)));
      case 'tanh':
        return locals.with(['v128'], (own) => [
          ...set(own, a),
          ...v.mul(get(e), v.sub(v.const(1), v.mul(get(own), get(own)))),
        ]);
    }
  }

  /** Stores ∂loss/∂z_l, and ∂loss/∂a_l where the layer skips. */
  function storeError(l: number, offset: Local, more: number, e: Local): Code {
    const layer = layers[l] as DenseLayer;
    const active = v.load(get(offset), at(scratch.active, l) + more);
    return [
      ...(layer.skip ? v.store(get(offset), at(scratch.arrived, l) + more, get(e)) : []),
      ...v.store(get(offset), at(scratch.error, l) + more, sloped(layer, e, active)),
    ];
  }

  /** The error at the output, sample by sample. */
  function lossError(): Code {
    const J = Array.from({ length: vectors(last) }, (_, j) => j);
    const factor = v.mul(v.const(errorScaleOf(program, batch)), spreadNumber('outputScale'));
    return locals.with(['i32', 'v128', 'v128', 'v128'], (offset, f, top, total) => {
      const output = (j: number) =>
        v.mul(v.load(get(offset), at(scratch.output, last) + 16 * j), spreadNumber('outputScale'));
      const target = (j: number) => v.load(i32.add(get(Y), get(offset)), 16 * j);
      const store = (j: number, difference: Code) => [
        ...set(f, v.mul(difference, factor)),
        ...storeError(last, offset, 16 * j, f),
      ];
      const real = (j: number) => {
        const outputs = layers[last]?.out ?? 0;
        return v.bits(...[0, 1, 2, 3].map((i) => (4 * j + i < outputs ? -1 : 0)));
      };
      const each =
        program.loss === 'half-mean'
          ? J.flatMap((j) => store(j, v.sub(output(j), target(j))))
          : [
              ...set(top, v.const(-1e30)),
              ...J.flatMap((j) =>
                set(top, v.max(get(top), v.select(output(j), v.const(-1e30), real(j)))),
              ),
              ...set(top, across(f32.max, top)),
              ...set(total, v.const(0)),
              ...J.flatMap((j) => [
                ...set(f, v.sub(output(j), get(top))),
                ...set(f, v.and(exp(locals, f), real(j))),
                ...v.store(get(offset), at(scratch.error, last) + 16 * j, get(f)),
                ...set(total, v.add(get(total), get(f))),
              ]),
              ...set(total, across(f32.add, total)),
              ...J.flatMap((j) => {
                const share = v.div(
                  v.load(get(offset), at(scratch.error, last) + 16 * j),
                  get(total),
                );
                return store(j, v.sub(share, target(j)));
              }),
            ];
      return eachRow(batch, J.length, offset, each);
    });
  }

  /** δ_{l−1} = (δ_l W_lᵀ + what a skip lets through) ⊙ φ′, from the matrix transposed in scratch. */
  function back(layer: DenseLayer, l: number): Code {
    const rowBytes = 4 * pad(layer.in);
    return [
      ...transposeOf(layer, l, rowBytes),
      ...product(locals, {
        ...{ m: batch, vectors: vectors(l - 1), q: layer.out, start: null },
        a: { base: null, start: at(scratch.error, l), rowStep: 16 * vectors(l), step: 4 },
        b: { base: null, start: mirror, step: rowBytes },
        store: (offset, more, e) => [
          ...(layer.skip
            ? set(e, v.add(get(e), v.load(get(offset), at(scratch.arrived, l) + more)))
            : []),
          ...storeError(l - 1, offset, more, e),
        ],
      }),
    ];
  }

  /** Copies W_l to [out × in], and zeroes what pads its rows. */
  function transposeOf(layer: DenseLayer, l: number, rowBytes: number): Code {
    return locals.with(['i32', 'i32', 'i32', 'i32'], (to, source, end, line) => {
      const zero: Code = f32.load(i32.const(0), 0);
      const padding = rowBytes / 4 - layer.in;
      const row = [
        ...set(source, get(line)),
        ...set(end, i32.add(get(to), i32.const(4 * layer.in))),
        ...loopWhile(
          [
            ...f32.store(get(to), mirror, f32.load(get(source), 4 * (state.layer[l] ?? 0))),
            ...set(source, i32.add(get(source), i32.const(16 * vectors(l)))),
            ...set(to, i32.add(get(to), i32.const(4))),
          ],
          i32.less(get(to), get(end)),
        ),
        ...concat(
          Array.from({ length: padding }, (_, i) => f32.store(get(to), mirror + 4 * i, zero)),
        ),
        ...set(to, i32.add(get(to), i32.const(4 * padding))),
        ...set(line, i32.add(get(line), i32.const(4))),
      ];
      return [
        ...set(to, i32.const(0)),
        ...set(line, get(STATE)),
        ...loopWhile(row, i32.less(get(to), i32.const(layer.out * rowBytes))),
      ];
    });
  }

  /** Gradient and update of a layer's matrix, then of its bias. */
  function update(layer: DenseLayer, l: number): Code {
    const { width, ...input } = inputOf(l);
    const error = { base: null, start: at(scratch.error, l), step: 16 * vectors(l) };
    const common: Pick<Product, 'vectors' | 'q' | 'b' | 'start'> = {
      ...{ vectors: vectors(l), q: batch, b: error, start: null },
    };
    const into = (place: Place, factor: number): Product['store'] => {
      return (offset, more, g) =>
        moved(i32.add(baseOf(place), get(offset)), place.start + more, g, factor);
    };
    const matrix = product(locals, {
      ...{ ...common, m: layer.in, store: into(matrixOf(l), layer.rate) },
      a: { ...input, rowStep: 4, step: width },
    });
    if (!layer.bias) return matrix;
    // The bias is a row against ones: one 1, read again and again.
    const ones = { base: null, start: ONE, rowStep: 4, step: 0 };
    return [
      ...matrix,
      ...product(locals, { ...common, m: 1, a: ones, store: into(biasOf(l), layer.biasRate) }),
    ];
  }

  /** One update of the vector of weights at an address, with gradient g, at `factor` times the run's rate. */
  function moved(address: Code, place: number, g: Local, factor: number): Code {
    return locals.with(['i32', 'v128'], (w, own) => {
      const take = (start: number) => v.load(get(w), place + 4 * start);
      const put = (start: number, value: Code) => v.store(get(w), place + 4 * start, value);
      const rate =
        factor === 1 ? spreadNumber('rate') : v.mul(spreadNumber('rate'), v.const(factor));
      const down = (direction: Code) => put(0, v.sub(take(0), v.mul(rate, direction)));
      const decayed = (direction: Code) =>
        decays ? v.add(direction, v.mul(spreadNumber('decay'), take(0))) : direction;
      const begin = set(w, address);
      const mixed = (old: Code, keep: Code, fresh: Code) => v.add(v.mul(keep, old), fresh);
      if (program.optimizer === 'adam') {
        const [first, second] = [state.size, 2 * state.size];
        return [
          ...begin,
          ...set(own, v.mul(v.mul(get(g), get(g)), v.const(1 - ADAM.beta2))),
          ...set(own, mixed(take(second), v.const(ADAM.beta2), get(own))),
          ...put(second, get(own)),
          ...set(own, v.add(v.sqrt(get(own)), spreadNumber('floor'))),
          ...set(
            g,
            mixed(take(first), spreadNumber('momentum'), v.mul(spreadNumber('rest'), get(g))),
          ),
          ...put(first, get(g)),
          ...down(decayed(v.div(v.mul(spreadNumber('correction'), get(g)), get(own)))),
        ];
      }
      const first = state.size;
      const velocity =
        kinds > 1
          ? [...set(g, mixed(take(first), spreadNumber('momentum'), get(g))), ...put(first, get(g))]
          : [];
      return [...begin, ...set(g, decayed(get(g))), ...velocity, ...down(get(g))];
    });
  }

  const body = concat([
    ...layers.map(forward),
    lossError(),
    ...layers.map((layer, l) => [...(l > 0 ? back(layer, l) : []), ...update(layer, l)]).reverse(),
  ]);
  return {
    module: moduleOf(4, locals, body),
    widths: padded.layers.map((layer) => layer.out),
    stateSize: 4 * pad(state.size * kinds),
    end: mirror + 4 * widest,
  };
}

/** Address of a float that is 1; address 0 holds a 0. Scratch may start after these. */
export const ONE = 4;
export const RESERVED = 16;

function eachRow(rows: number, vectors: number, offset: Local, body: Code): Code {
  const stride = 16 * vectors;
  return [
    ...set(offset, i32.const(0)),
    ...loopWhile(
      [...body, ...set(offset, i32.add(get(offset), i32.const(stride)))],
      i32.less(get(offset), i32.const(rows * stride)),
    ),
  ];
}

/** All lanes by one operation, in every lane. */
const across = (operation: (a: Code, b: Code) => Code, x: Local): Code =>
  v.splat(
    [1, 2, 3].reduce<Code>((sum, lane) => operation(sum, v.lane(get(x), lane)), v.lane(get(x), 0)),
  );
