/**
 * What observes a run, in WebAssembly: outputs, gradient, and exact products with the Hessian by the
 * R-operator (Pearlmutter 1994, "Fast exact multiplication by the Hessian", Neural Computation 6, §4):
 * the forward and backward pass differentiated along a direction v,
 *
 *   ż_l = ȧ_{l−1} W_l + a_{l−1} V_l,   ȧ_l = φ′ ż_l,
 *   ζ̇_l = φ′ ė_l + φ″ e_l ż_l,   ė_{l−1} = ζ̇_l W_lᵀ + δ_l V_lᵀ,
 *   (H v)_l = a_{l−1}ᵀ ζ̇_l + ȧ_{l−1}ᵀ δ_l,
 *
 * with e_l = ∂loss/∂a_l and δ_l = ∂loss/∂z_l. Many rows are taken in blocks, so that scratch stays small;
 * what the blocks give is added up in their order.
 */
import { keepsSum } from '../../programs/activation.ts';
import type { DenseProgram } from '../../programs/dense.ts';
import { PROBE_ROWS } from '../machine.ts';
import { type Body, type Code, f32, get, type Local, Locals, set, v } from './assembler.ts';
import { across, eachRow, PARAMETERS, type Pass, passOf, spreadNumber } from './pass.ts';
import { type Place, type Product, product } from './product.ts';

/** Where observing takes and leaves its numbers, in bytes; a vector is padded like the weights. */
export interface Observed {
  /** The direction that a product takes, and the sum that gradient and product add to. */
  readonly taken: number;
  readonly left: number;
  /** Numbers of a vector. */
  readonly size: number;
  /** From here lies what a linearization leaves for products: by rows of the block, so many bytes. */
  readonly from: number;
  readonly kept: Readonly<Record<number, number>>;
  /** Where the outputs lie, by rows of the block. */
  readonly outputs: Readonly<Record<number, number>>;
}

/** The vectors' places, and where scratch may start. */
type Places = Pick<Observed, 'taken' | 'left' | 'size' | 'from'>;

/** Some rows of a table. */
export interface Block {
  readonly first: number;
  readonly rows: number;
}

export const blocksOf = (count: number): readonly Block[] =>
  Array.from({ length: Math.ceil(count / PROBE_ROWS) }, (_, i) => ({
    first: i * PROBE_ROWS,
    rows: Math.min(PROBE_ROWS, count - i * PROBE_ROWS),
  }));

/** Names of the functions for blocks of so many rows. */
export const NAMES = {
  outputs: (rows: number) => `outputs${rows}`,
  gradient: (rows: number) => `gradient${rows}`,
  linearize: (rows: number) => `linearize${rows}`,
  product: (rows: number) => `product${rows}`,
};

/**
 * For every size of block: `outputs` leaves the last layer's in scratch; `gradient` adds its own to
 * `left`; `linearize` leaves what `product` needs, which then adds H v to `left`.
 */
export function observing(
  program: DenseProgram,
  place: Places,
  rows: { readonly count: number; readonly probe: number },
): {
  readonly functions: Readonly<Record<string, Body>>;
  readonly observed: Observed;
  readonly end: number;
} {
  const functions: Record<string, Body> = {};
  const kept: Record<number, number> = {};
  const outputs: Record<number, number> = {};
  let end = 0;
  const add = (
    name: string,
    own: number,
    moved: boolean,
    body: (pass: Pass, l: Locals) => Code,
  ) => {
    const locals = new Locals(PARAMETERS);
    const options = { rows: own, samples: rows.count, from: place.from, moved };
    const pass = passOf(locals, program, options);
    functions[name] = { locals, code: body(pass, locals) };
    end = Math.max(end, pass.end);
    return pass;
  };
  for (const own of new Set(blocksOf(rows.probe).map((b) => b.rows))) {
    const pass = add(NAMES.outputs(own), own, false, ({ forward }) => forward());
    outputs[own] = pass.at('output', pass.last);
  }
  for (const own of new Set(blocksOf(rows.count).map((b) => b.rows))) {
    const through = (each: (pass: Pass, l: number) => Code) => (pass: Pass) => [
      pass.forward(),
      pass.lossError(),
      ...pass.layers.map((_, l) => [...pass.back(l), ...each(pass, l)]).reverse(),
    ];
    const gradient = through((pass, l) => pass.gradient(l, added(place.left)));
    add(NAMES.gradient(own), own, false, gradient);
    const pass = add(
      NAMES.linearize(own),
      own,
      true,
      through(() => []),
    );
    kept[own] = pass.kept - place.from;
    add(NAMES.product(own), own, true, (p, locals) => hessianProduct(locals, program, p, place));
  }
  return { functions, observed: { ...place, kept, outputs }, end };
}

/** Adds to the place's twin in the vector at an address. */
const added =
  (vector: number) =>
  ({ start }: Place): Product['store'] =>
  (offset, more, g) =>
    v.store(
      get(offset),
      vector + start + more,
      v.add(get(g), v.load(get(offset), vector + start + more)),
    );

function hessianProduct(locals: Locals, program: DenseProgram, pass: Pass, place: Places): Code {
  const { layers, rows, last, vectors, at, inputOf, weights, onto, through, against } = pass;
  const direction: Place = { base: null, start: place.taken };
  const layerOf = (l: number) => layers[l] as (typeof layers)[number];
  const bends = (l: number) => ['tanh', 'square'].includes(layerOf(l).activation);

  function forward(l: number): Code {
    const layer = layerOf(l);
    const along = onto(l, inputOf(l), direction);
    return product(locals, {
      ...{ m: rows, vectors: vectors(l), rowStep: inputOf(l).width },
      factors: l === 0 ? [along] : [onto(l, inputOf(l, 'movedOutput'), weights), along],
      start: layer.bias ? pass.biasIn(direction, l) : null,
      store: (offset, more, z) => [
        ...(bends(l) ? v.store(get(offset), at('movedSum', l) + more, get(z)) : []),
        ...set(z, pass.sloped(layer, z, v.load(get(offset), at('active', l) + more))),
        ...(layer.skip
          ? set(z, v.add(get(z), v.load(get(offset), at('movedOutput', l - 1) + more)))
          : []),
        ...v.store(get(offset), at('movedOutput', l) + more, get(z)),
      ],
    });
  }

  /** Stores ζ̇_l, and ė_l where the layer skips. With φ″ = −2 a φ′, φ″ e is −2 a δ; of a square, 2 e. */
  function storeError(l: number, offset: Local, more: number, e: Local): Code {
    const load = (kind: Parameters<typeof at>[0]) => v.load(get(offset), at(kind, l) + more);
    const straight = pass.sloped(layerOf(l), e, load('active'));
    const bent = () =>
      keepsSum(layerOf(l))
        ? v.mul(v.mul(v.const(2), pass.times(layerOf(l), load('arrived'))), load('movedSum'))
        : v.mul(v.mul(v.mul(v.const(-2), load('active')), load('error')), load('movedSum'));
    return [
      ...(layerOf(l).skip ? v.store(get(offset), at('movedArrived', l) + more, get(e)) : []),
      ...v.store(
        get(offset),
        at('movedError', l) + more,
        bends(l) ? v.add(straight, bent()) : straight,
      ),
    ];
  }

  /** The error's own derivative at the output; of a softmax p, along u = α ȧ, it is p ⊙ (u − p·u). */
  function lossError(): Code {
    const J = Array.from({ length: vectors(last) }, (_, j) => j);
    return locals.with(['i32', 'v128', 'v128'], (offset, e, total) => {
      const along = (j: number) =>
        v.mul(v.load(get(offset), at('movedOutput', last) + 16 * j), spreadNumber('outputScale'));
      const share = (j: number) => v.load(get(offset), pass.softmax + 16 * j);
      const store = (j: number, difference: Code) => [
        ...set(e, v.mul(difference, pass.errorFactor)),
        ...storeError(last, offset, 16 * j, e),
      ];
      const each =
        program.loss === 'half-mean'
          ? J.flatMap((j) => store(j, along(j)))
          : [
              ...set(total, v.const(0)),
              ...J.flatMap((j) => set(total, v.add(get(total), v.mul(share(j), along(j))))),
              ...set(total, across(f32.add, total)),
              ...J.flatMap((j) => store(j, v.mul(share(j), v.sub(along(j), get(total))))),
            ];
      return eachRow(rows, J.length, offset, each);
    });
  }

  function back(l: number): Code {
    if (l === 0) return [];
    return [
      ...pass.transposed(l, weights, pass.mirror),
      ...pass.transposed(l, direction, pass.movedMirror),
      ...product(locals, {
        ...{ m: rows, vectors: vectors(l - 1), rowStep: 16 * vectors(l), start: null },
        factors: [
          through(l, { base: null, start: at('movedError', l) }, pass.mirror),
          through(l, { base: null, start: at('error', l) }, pass.movedMirror),
        ],
        store: (offset, more, e) => [
          ...(layerOf(l).skip
            ? set(e, v.add(get(e), v.load(get(offset), at('movedArrived', l) + more)))
            : []),
          ...storeError(l - 1, offset, more, e),
        ],
      }),
    ];
  }

  function gather(l: number): Code {
    const [own, moved] = (['error', 'movedError'] as const).map(
      (kind): Place => ({ base: null, start: at(kind, l) }),
    ) as [Place, Place];
    const direct = against(l, inputOf(l), moved);
    const factors = l === 0 ? [direct] : [direct, against(l, inputOf(l, 'movedOutput'), own)];
    return pass.gradientOf(layerOf(l), l, factors, moved, added(place.left));
  }

  return [
    ...layers.map((_, l) => forward(l)),
    lossError(),
    ...layers.map((_, l) => [...back(l), ...gather(l)]).reverse(),
  ];
}
