/**
 * The functions of one run in WebAssembly, generated from the description of a dense program: an
 * update, and what observes (`tangent.ts`). Each is put together from the pieces of a pass (`pass.ts`).
 */
import type { DenseProgram } from '../../programs/dense.ts';
import { stateLayout } from '../fused/layout.ts';
import {
  type Body,
  type Code,
  get,
  i32,
  type Local,
  Locals,
  moduleOf,
  set,
  v,
} from './assembler.ts';
import { PARAMETERS, pad, paddedProgram, passOf, RESERVED, spreadNumber } from './pass.ts';
import { baseOf, type Product } from './product.ts';
import { type Observed, observing } from './tangent.ts';

export interface Kernel {
  readonly module: Uint8Array<ArrayBuffer>;
  /** Columns of each layer's matrix, padded. */
  readonly widths: readonly number[];
  /** In bytes: of a run's state, and where scratch ends. */
  readonly stateSize: number;
  readonly end: number;
  readonly observed: Observed;
}

/**
 * `update(state, x, y, numbers)` for `kinds` arrays a layer (weights and what the optimizer keeps), and
 * the functions that observe `probe` rows, and the gradient of all `count` rows that are trained on.
 */
export function kernelOf(
  program: DenseProgram,
  kinds: number,
  decays: boolean,
  rows: { readonly count: number; readonly probe: number },
): Kernel {
  const padded = paddedProgram(program);
  const { size } = stateLayout(padded, kinds);
  const left = RESERVED + 4 * pad(size);
  const from = left + 4 * pad(size);
  const { functions, observed, end } = observing(
    program,
    { taken: RESERVED, left, size, from },
    rows,
  );
  const update = updateOf(program, kinds, decays, from);
  return {
    module: moduleOf(PARAMETERS, { update: update.body, ...functions }),
    widths: padded.layers.map((layer) => layer.out),
    stateSize: 4 * pad(size * kinds),
    end: Math.max(update.end, end),
    observed,
  };
}

/** One update: forward, error, and back through the layers, each moved when its error has been passed on. */
function updateOf(
  program: DenseProgram,
  kinds: number,
  decays: boolean,
  from: number,
): { readonly body: Body; readonly end: number } {
  const { layers, batch } = program;
  const locals = new Locals(PARAMETERS);
  const pass = passOf(locals, program, { rows: batch, samples: batch, from, moved: false });

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
        const [first, second] = [pass.size, 2 * pass.size];
        return [
          ...begin,
          ...set(own, v.mul(v.mul(get(g), get(g)), v.const(1 - program.beta2))),
          ...set(own, mixed(take(second), v.const(program.beta2), get(own))),
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
      const first = pass.size;
      const velocity =
        kinds > 1
          ? [...set(g, mixed(take(first), spreadNumber('momentum'), get(g))), ...put(first, get(g))]
          : [];
      return [...begin, ...set(g, decayed(get(g))), ...velocity, ...down(get(g))];
    });
  }

  const code = [
    pass.forward(),
    pass.lossError(),
    ...layers
      .map((layer, l) => [
        ...pass.back(l),
        ...pass.gradient(
          l,
          (place, bias): Product['store'] =>
            (offset, more, g) =>
              moved(
                i32.add(baseOf(place), get(offset)),
                place.start + more,
                g,
                bias ? layer.biasRate : layer.rate,
              ),
        ),
      ])
      .reverse(),
  ];
  return { body: { locals, code }, end: pass.end };
}
