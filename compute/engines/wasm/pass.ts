/**
 * The pieces of one run's pass over some rows: forward, the error at the output, back through the
 * layers, and the products that make a gradient of them. Training and observing are put together from
 * these. What a pass leaves lies in scratch memory that every run uses again, small enough to stay in
 * the processor's cache. Columns are padded to vectors of four; what is padded is zero and stays zero.
 */
import { keepsSum } from '../../programs/activation.ts';
import {
  branchOf,
  type DenseLayer,
  type DenseProgram,
  errorScaleOf,
} from '../../programs/dense.ts';
import { scratchLayout, stateLayout } from '../fused/layout.ts';
import {
  type Code,
  f32,
  get,
  i32,
  type Local,
  type Locals,
  loopWhile,
  set,
  v,
} from './assembler.ts';
import { exp, tanh } from './math.ts';
import { type Factors, type Place, type Product, product } from './product.ts';

/** Bytes of a run's numbers: learning rate of this step, β, 1 − β, α, weight decay; Adam's correction and ε of this step. */
export const NUMBERS = {
  ...{ rate: 0, momentum: 4, rest: 8, outputScale: 12, decay: 16 },
  ...{ correction: 20, floor: 24, size: 28 },
};

/** Parameters of every function: addresses of a run's state, inputs, targets and numbers. */
export const PARAMETERS = 4;
export const [STATE, X, Y, HYPER] = [0, 1, 2, 3].map((index): Local => ({ index })) as [
  Local,
  Local,
  Local,
  Local,
];

/** Address of a float that is 1; address 0 holds a 0. Anything else lies behind these. */
export const ONE = 4;
export const RESERVED = 16;

export const pad = (count: number) => Math.ceil(count / 4) * 4;

/** The program with its outputs padded; inputs as they are, for rows are not. */
export const paddedProgram = (program: DenseProgram): DenseProgram => ({
  ...program,
  layers: program.layers.map((layer) => ({ ...layer, out: pad(layer.out) })),
});

/** One of the run's numbers, in every lane. */
export const spreadNumber = (name: Exclude<keyof typeof NUMBERS, 'size'>): Code =>
  v.spread(get(HYPER), NUMBERS[name]);

export type Pass = ReturnType<typeof passOf>;

/**
 * A pass over `rows` rows of the loss over `samples`, with its scratch from address `from`; `moved`
 * with room for what a pass leaves along a direction.
 */
export function passOf(
  locals: Locals,
  program: DenseProgram,
  options: {
    readonly rows: number;
    readonly samples: number;
    readonly from: number;
    readonly moved: boolean;
  },
) {
  const { rows, samples, from, moved } = options;
  const { layers } = program;
  const padded = paddedProgram(program);
  const state = stateLayout(padded, 1);
  const last = layers.length - 1;
  const vectors = (l: number) => (padded.layers[l]?.out ?? 0) / 4;
  // The softmax first: what a linearization keeps is then one piece.
  const softmax = from;
  const start = from + (program.loss === 'cross-entropy' ? 16 * rows * vectors(last) : 0);
  const scratch = scratchLayout(padded, rows, { drawn: false, moved });
  const largest = 4 * Math.max(...layers.map((l) => pad(l.out) * pad(l.in)));
  /** Where a matrix lies transposed; along a direction, that of the direction too. */
  const mirror = start + 4 * scratch.stride;
  const movedMirror = mirror + largest;
  type Kind = Exclude<keyof typeof scratch, 'x' | 'y' | 'stride'>;
  /** Address of what a pass leaves of a layer, [rows × padded out]. */
  const at = (kind: Kind, l: number) => start + 4 * (scratch[kind][l] ?? 0);

  /** What a layer takes in, and the bytes of a row. */
  const inputOf = (l: number, kind: Kind = 'output'): Place & { readonly width: number } =>
    l === 0
      ? { base: X, start: 0, width: 4 * (layers[0]?.in ?? 0) }
      : { base: null, start: at(kind, l - 1), width: 16 * vectors(l - 1) };
  /** A layer's matrix, and its bias, in a vector of weights at a base. */
  const matrixIn = (vector: Place, l: number): Place => ({
    base: vector.base,
    start: vector.start + 4 * (state.layer[l] ?? 0),
  });
  const biasIn = (vector: Place, l: number): Place => ({
    base: vector.base,
    start: matrixIn(vector, l).start + (layers[l]?.in ?? 0) * 16 * vectors(l),
  });
  const weights: Place = { base: STATE, start: 0 };

  /** [rows × in] [in × out], from `input` and the matrix in `vector`. */
  const onto = (l: number, input: Place & { readonly width: number }, vector: Place): Factors => ({
    q: layers[l]?.in ?? 0,
    a: { ...input, step: 4 },
    b: { ...matrixIn(vector, l), step: 16 * vectors(l) },
  });

  function forward(layer: DenseLayer, l: number): Code {
    const input = inputOf(l);
    return product(locals, {
      ...{ m: rows, vectors: vectors(l), rowStep: input.width },
      factors: [onto(l, input, weights)],
      start: layer.bias ? biasIn(weights, l) : null,
      store: (offset, more, z) => {
        const active = (value: Code) => v.store(get(offset), at('active', l) + more, value);
        const output = (value: Code) => v.store(get(offset), at('output', l) + more, value);
        if (keepsSum(layer) && !layer.skip)
          return [...active(get(z)), ...output(activate(layer, z))];
        const below = v.load(get(offset), at('output', l - 1) + more);
        const kept = active(get(z));
        return [
          ...(keepsSum(layer) ? kept : []),
          ...set(z, activate(layer, z)),
          ...(keepsSum(layer) ? [] : kept),
          ...(layer.skip ? output(v.add(times(layer, get(z)), below)) : []),
        ];
      },
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
      case 'square':
        return v.mul(get(z), get(z));
    }
  }

  /** A value times the layer's branch. */
  const times = (layer: DenseLayer, value: Code): Code =>
    branchOf(layer) === 1 ? value : v.mul(v.const(branchOf(layer)), value);

  /** e φ′ and the layer's branch, from e and what is kept. */
  const sloped = (layer: DenseLayer, e: Local, a: Code): Code =>
    times(layer, straight(layer, e, a));

  function straight({ activation }: DenseLayer, e: Local, a: Code): Code {
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
      case 'square':
        return v.mul(get(e), v.mul(v.const(2), a));
    }
  }

  /** Stores ∂loss/∂z_l, and ∂loss/∂a_l where something needs it. */
  function storeError(l: number, offset: Local, more: number, e: Local): Code {
    const layer = layers[l] as DenseLayer;
    const active = v.load(get(offset), at('active', l) + more);
    return [
      ...(layer.skip || keepsSum(layer)
        ? v.store(get(offset), at('arrived', l) + more, get(e))
        : []),
      ...v.store(get(offset), at('error', l) + more, sloped(layer, e, active)),
    ];
  }

  /** ∂loss/∂f over the difference, times α: what turns a difference into the error of the last layer. */
  const errorFactor: Code = v.mul(
    v.const(errorScaleOf(program, samples)),
    spreadNumber('outputScale'),
  );

  /** The error at the output, sample by sample. */
  function lossError(): Code {
    const J = Array.from({ length: vectors(last) }, (_, j) => j);
    return locals.with(['i32', 'v128', 'v128', 'v128'], (offset, f, top, total) => {
      const output = (j: number) =>
        v.mul(v.load(get(offset), at('output', last) + 16 * j), spreadNumber('outputScale'));
      const target = (j: number) => v.load(i32.add(get(Y), get(offset)), 16 * j);
      const store = (j: number, difference: Code) => [
        ...set(f, v.mul(difference, errorFactor)),
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
                ...v.store(get(offset), softmax + 16 * j, get(f)),
                ...set(total, v.add(get(total), get(f))),
              ]),
              ...set(total, across(f32.add, total)),
              ...J.flatMap((j) => [
                ...set(f, v.div(v.load(get(offset), softmax + 16 * j), get(total))),
                ...v.store(get(offset), softmax + 16 * j, get(f)),
                ...store(j, v.sub(get(f), target(j))),
              ]),
            ];
      return eachRow(rows, J.length, offset, each);
    });
  }

  /** [rows × out] [out × in], from an error and a transposed matrix at `mirrored`. */
  const through = (l: number, error: Place, mirrored: number): Factors => ({
    q: layers[l]?.out ?? 0,
    a: { ...error, step: 4 },
    b: { base: null, start: mirrored, step: 4 * pad(layers[l]?.in ?? 0) },
  });

  /** δ_{l−1} = (δ_l W_lᵀ + what a skip lets through) ⊙ φ′, from the matrix transposed in scratch. */
  function back(layer: DenseLayer, l: number): Code {
    return [
      ...transposed(l, weights, mirror),
      ...product(locals, {
        ...{ m: rows, vectors: vectors(l - 1), rowStep: 16 * vectors(l), start: null },
        factors: [through(l, { base: null, start: at('error', l) }, mirror)],
        store: (offset, more, e) => [
          ...(layer.skip
            ? set(e, v.add(get(e), v.load(get(offset), at('arrived', l) + more)))
            : []),
          ...storeError(l - 1, offset, more, e),
        ],
      }),
    ];
  }

  /** Copies a layer's matrix to [out × in] at `to`, and zeroes what pads its rows. */
  function transposed(l: number, vector: Place, into: number): Code {
    const { base, start: first } = matrixIn(vector, l);
    const layer = layers[l] as DenseLayer;
    const rowBytes = 4 * pad(layer.in);
    return locals.with(['i32', 'i32', 'i32', 'i32'], (to, source, end, line) => {
      const zero: Code = f32.load(i32.const(0), 0);
      const padding = rowBytes / 4 - layer.in;
      const row = [
        ...set(source, get(line)),
        ...set(end, i32.add(get(to), i32.const(4 * layer.in))),
        ...loopWhile(
          [
            ...f32.store(get(to), into, f32.load(get(source), first)),
            ...set(source, i32.add(get(source), i32.const(16 * vectors(l)))),
            ...set(to, i32.add(get(to), i32.const(4))),
          ],
          i32.less(get(to), get(end)),
        ),
        ...Array.from({ length: padding }, (_, i) => f32.store(get(to), into + 4 * i, zero)),
        ...set(to, i32.add(get(to), i32.const(4 * padding))),
        ...set(line, i32.add(get(line), i32.const(4))),
      ];
      return [
        ...set(to, i32.const(0)),
        ...set(line, base === null ? i32.const(0) : get(base)),
        ...loopWhile(row, i32.less(get(to), i32.const(layer.out * rowBytes))),
      ];
    });
  }

  /** [in × rows] [rows × out], a layer's share of a gradient. */
  const against = (
    l: number,
    input: Place & { readonly width: number },
    error: Place,
  ): Factors => ({
    q: rows,
    a: { ...input, step: input.width },
    b: { ...error, step: 16 * vectors(l) },
  });

  /**
   * Products that give a layer's gradient: of its matrix by `factors`, then of its bias, the rows of
   * `error` added up. `store` uses what lies at a place of a vector of weights.
   */
  function gradientOf(
    layer: DenseLayer,
    l: number,
    factors: readonly Factors[],
    error: Place,
    store: (place: Place, bias: boolean) => Product['store'],
  ): Code {
    const common = { vectors: vectors(l), rowStep: 4, start: null };
    const matrix = product(locals, {
      ...{ ...common, m: layer.in, factors, store: store(matrixIn(weights, l), false) },
    });
    if (!layer.bias) return matrix;
    // The bias is a row against ones: one 1, read again and again.
    const ones = { base: null, start: ONE, width: 0 };
    return [
      ...matrix,
      ...product(locals, {
        ...{ ...common, m: 1, factors: [against(l, ones, error)] },
        store: store(biasIn(weights, l), true),
      }),
    ];
  }

  return {
    ...{ layers, rows, last, vectors, at, inputOf, biasIn, weights, softmax, mirror, movedMirror },
    ...{ onto, through, against, sloped, times, errorFactor, transposed, gradientOf },
    end: moved ? movedMirror + largest : movedMirror,
    /** Numbers of a vector of weights, padded. */
    size: state.size,
    /** Where that ends which a product with the Hessian needs of the pass. */
    kept: moved ? at('movedSum', 0) : mirror,
    forward: (): Code => layers.map(forward),
    lossError,
    /** From the error of layer l to that of the one below. */
    back: (l: number): Code => (l > 0 ? back(layers[l] as DenseLayer, l) : []),
    /** A layer's gradient by the pass itself. */
    gradient(l: number, store: (place: Place, bias: boolean) => Product['store']): Code {
      const error = { base: null, start: at('error', l) };
      const factors = [against(l, inputOf(l), error)];
      return gradientOf(layers[l] as DenseLayer, l, factors, error, store);
    },
  };
}

/** `body` for every row of a [rows × 4 · vectors] array, with its offset in bytes. */
export function eachRow(rows: number, vectors: number, offset: Local, body: Code): Code {
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
export const across = (operation: (a: Code, b: Code) => Code, x: Local): Code =>
  v.splat(
    [1, 2, 3].reduce<Code>((sum, lane) => operation(sum, v.lane(get(x), lane)), v.lane(get(x), 0)),
  );
