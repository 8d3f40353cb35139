/**
 * Matrix products in WebAssembly: C[m, n] = start(n) + Σ_q A(m, q) B(q, n), or the sum of several such
 * products, columns in vectors of four. A tile of at most 4 rows × 2 vectors of sums stays in
 * registers; each sum is added in the order of the products, then of q.
 */
import { type Code, get, i32, type Local, type Locals, loopWhile, set, v } from './assembler.ts';

/** A matrix in memory: at `base` (a parameter; none is address 0) plus `start`, steps in bytes. */
export interface Place {
  readonly base: Local | null;
  readonly start: number;
}

export const baseOf = ({ base }: Place): Code => (base === null ? i32.const(0) : get(base));

/** One product A B. */
export interface Factors {
  /** The sum runs over q. */
  readonly q: number;
  /** A(m, q), with the step between terms. */
  readonly a: Place & { readonly step: number };
  /** B(q, n), with the step between terms; columns lie together. */
  readonly b: Place & { readonly step: number };
}

export interface Product {
  /** C is m × (4 · vectors). */
  readonly m: number;
  readonly vectors: number;
  /** From row to row of every A. */
  readonly rowStep: number;
  readonly factors: readonly Factors[];
  /** What a sum starts from: a row; zero if absent. */
  readonly start: Place | null;
  /**
   * Uses one finished vector of sums. `offset` holds the tile's bytes from the start of a [m × 4·vectors]
   * array, to which `more` comes for this vector.
   */
  store(offset: Local, more: number, sum: Local): Code;
}

const range = (count: number) => Array.from({ length: count }, (_, i) => i);
/** Terms written out in one turn of the innermost loop. */
const UNROLL = 4;

/** The statements of a sum of products. */
export function product(locals: Locals, p: Product): Code {
  const stride = 16 * p.vectors;
  return locals.with(['i32', 'i32', 'i32'], (column, offset, row) => {
    const rowsOfTiles = (wide: number): Code => {
      const left = p.m % 4;
      const whole = p.m - left;
      const next = (rows: number) => [
        ...set(row, i32.add(get(row), i32.const(rows * p.rowStep))),
        ...set(offset, i32.add(get(offset), i32.const(rows * stride))),
      ];
      const end = whole * p.rowStep;
      return [
        ...set(row, i32.const(0)),
        ...set(offset, get(column)),
        ...(whole > 0
          ? loopWhile([...tile(4, wide), ...next(4)], i32.less(get(row), i32.const(end)))
          : []),
        ...(left > 0 ? tile(left, wide) : []),
      ];
    };
    const tile = (high: number, wide: number): Code => {
      const sums = range(high * wide).map(() => 'v128' as const);
      const rights = range(wide).map(() => 'v128' as const);
      return locals.with(['i32', 'i32', 'i32', 'v128', ...rights, ...sums], (...own) => {
        const [a, b, end, left] = own as [Local, Local, Local, Local];
        const bs = own.slice(4, 4 + wide);
        const cs = own.slice(4 + wide);
        const term = (f: Factors, u: number): Code => [
          ...bs.map((bj, j) => set(bj, v.load(get(b), f.b.start + u * f.b.step + 16 * j))),
          ...range(high).flatMap((i) => [
            set(left, v.spread(get(a), f.a.start + u * f.a.step + i * p.rowStep)),
            ...bs.map((bj, j) => {
              const c = cs[i * wide + j] ?? left;
              return set(c, v.add(get(c), v.mul(get(left), get(bj))));
            }),
          ]),
        ];
        const added = (f: Factors): Code => {
          const turns = Math.floor(f.q / UNROLL);
          const step = [
            ...set(a, i32.add(get(a), i32.const(UNROLL * f.a.step))),
            ...set(b, i32.add(get(b), i32.const(UNROLL * f.b.step))),
          ];
          return [
            set(a, i32.add(baseOf(f.a), get(row))),
            set(b, i32.add(baseOf(f.b), get(column))),
            set(end, i32.add(get(b), i32.const(turns * UNROLL * f.b.step))),
            turns > 0
              ? loopWhile(
                  [...range(UNROLL).map((u) => term(f, u)), ...step],
                  i32.less(get(b), get(end)),
                )
              : [],
            ...range(f.q % UNROLL).map((u) => term(f, u)),
          ];
        };
        const startOf = (j: number): Code =>
          p.start === null
            ? v.const(0)
            : v.load(i32.add(baseOf(p.start), get(column)), p.start.start + 16 * j);
        return [
          ...range(high).flatMap((i) =>
            range(wide).map((j) => set(cs[i * wide + j] ?? left, startOf(j))),
          ),
          ...p.factors.map(added),
          ...range(high).flatMap((i) =>
            range(wide).map((j) => p.store(offset, i * stride + 16 * j, cs[i * wide + j] ?? left)),
          ),
        ];
      });
    };
    const pairs = Math.floor(p.vectors / 2);
    return [
      ...set(column, i32.const(0)),
      ...(pairs > 0
        ? loopWhile(
            [...rowsOfTiles(2), ...set(column, i32.add(get(column), i32.const(32)))],
            i32.less(get(column), i32.const(32 * pairs)),
          )
        : []),
      ...(p.vectors % 2 === 1 ? rowsOfTiles(1) : []),
    ];
  });
}
