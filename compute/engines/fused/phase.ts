/**
 * One matrix product as WGSL: C[m, n] = init(n) + Σ_q A(m, q) B(q, n), by one workgroup.
 *
 * A thread holds a tile of rows × columns sums in registers and walks q once. Neighbouring threads
 * take neighbouring columns: loads of B run along memory, loads of A are the same for all of them.
 * Loads are what costs: a tile takes rows + columns of them for rows × columns sums.
 * Each sum is one thread's, added in the order of q, so tiles and workgroup sizes change nothing in
 * the numbers.
 */

export interface Tiling {
  /** Threads of a workgroup. */
  readonly threads: number;
  /** At most so many threads side by side along columns. */
  readonly across: number;
  /** Rows and columns of one thread's tile, at most. */
  readonly rows: number;
  readonly columns: number;
}

/** A matrix operand by addresses: `buffer[base(index) + q * step]`; the next index is `apart` further. */
export interface Operand {
  readonly buffer: string;
  base(index: string): string;
  readonly step: number;
  readonly apart: number;
}

export interface Product {
  /** C is M × N, the sum runs over Q. */
  readonly m: number;
  readonly n: number;
  readonly q: number;
  /** Products that are added up. */
  readonly terms: readonly { readonly a: Operand; readonly b: Operand }[];
  /** What a sum starts from, as an expression of the column; zero if absent. */
  readonly start?: (n: string) => string;
  /** Statements that use one finished sum `c` of row `m` and column `n`. */
  store(m: string, n: string, c: string): string;
}

const range = (count: number) => Array.from({ length: count }, (_, i) => i);
/** Terms written out in one turn of the loop over q. */
const UNROLL = 2;

/** The statements of one product; they need `lid`, the thread's index. */
export function phase(product: Product, tiling: Tiling): string {
  const { m, n, q, terms, start, store } = product;
  let across = 1;
  while (across * 2 <= Math.min(tiling.across, tiling.threads) && across < n) across *= 2;
  const down = tiling.threads / across;
  // As many tiles as the widest would need, as narrow as these can be: little is computed beyond the edge.
  const tiles = Math.ceil(n / (across * tiling.columns));
  const columns = Math.ceil(n / (across * tiles));
  let rows = tiling.rows;
  while (rows > 1 && down * rows >= 2 * m) rows /= 2;
  const [wide, high] = [across * columns, down * rows];
  const [wholeN, wholeM] = [n % wide === 0, m % high === 0];
  const I = range(rows);
  const J = range(columns);
  const left = { name: 'a', index: (i: number) => `m${i}`, count: rows, spacing: 1 };
  const right = { name: 'b', index: (j: number) => `n${j}`, count: columns, spacing: across };
  const walk = terms.map(({ a, b }, t) => {
    const [as, bs] = [
      addresses(a, { ...left, limit: wholeM ? null : m }),
      addresses(b, { ...right, limit: wholeN ? null : n }),
    ];
    const term = (u: number) => [
      '{',
      ...J.map((j) => `let y${j} = ${bs.load(j, u)};`),
      ...I.map(
        (i) =>
          `let x${i} = ${as.load(i, u)}; ${J.map(
            (j) => `c${i}_${j} = fma(x${i}, y${j}, c${i}_${j});`,
          ).join(' ')}`,
      ),
      '}',
    ];
    const turns = Math.floor(q / UNROLL);
    const turn = [...range(UNROLL).flatMap(term), ...as.walk, ...bs.walk];
    const lines = [
      ...[...as.points, ...bs.points],
      ...[`for (var q${t} = 0u; q${t} < ${turns}u; q${t}++) {`, ...turn, '}'],
      ...range(q % UNROLL).flatMap(term),
    ];
    return `{\n${lines.join('\n')}\n}`;
  });
  // Stored in a loop over the tile, not sum by sum: the code stays short, and drivers compile it fast.
  const inside = [wholeM ? '' : `m < ${m}u`, wholeN ? '' : `n < ${n}u`].filter(Boolean);
  const body = `{ let c = tile[i * ${columns}u + j]; ${store('m', 'n', 'c')} }`;
  const stores = `var tile = array<f32, ${rows * columns}>(${I.flatMap((i) => J.map((j) => `c${i}_${j}`)).join(', ')});
for (var i = 0u; i < ${rows}u; i++) { for (var j = 0u; j < ${columns}u; j++) {
let m = m0 + i; let n = n0 + j * ${across}u;
${inside.length === 0 ? body : `if (${inside.join(' && ')}) ${body}`}
} }`;
  return `for (var nt = 0u; nt < ${Math.ceil(n / wide)}u; nt++) { for (var mt = 0u; mt < ${Math.ceil(m / high)}u; mt++) {
${I.map((i) => `let m${i} = mt * ${high}u + (lid / ${across}u) * ${rows}u + ${i}u;`).join('\n')}
${J.map((j) => `let n${j} = nt * ${wide}u + ${j * across}u + lid % ${across}u;`).join('\n')}
${I.map((i) =>
  J.map(
    (j) =>
      `var c${i}_${j} = ${start === undefined ? '0.0' : start(within(`n${j}`, wholeN ? null : n))};`,
  ).join(' '),
).join('\n')}
${walk.join('\n')}
${stores}
} }`;
}

/** Beyond the edge a thread computes the last row or column again and stores nothing. */
const within = (index: string, limit: number | null) =>
  limit === null ? index : `min(${index}, ${limit - 1}u)`;

/**
 * The addresses of a tile's rows or columns: where no edge cuts it, one that walks and constants from it
 * to the others, which leaves registers to the sums; else one each.
 */
function addresses(
  { buffer, base, step, apart }: Operand,
  tile: {
    readonly name: string;
    index(i: number): string;
    readonly count: number;
    readonly spacing: number;
    readonly limit: number | null;
  },
) {
  const one = tile.limit === null;
  const walking = range(one ? 1 : tile.count);
  return {
    points: walking.map(
      (i) => `var ${tile.name}${i} = ${base(within(tile.index(i), tile.limit))};`,
    ),
    walk: walking.map((i) => `${tile.name}${i} += ${UNROLL * step}u;`),
    load: (i: number, u: number) =>
      `${buffer}[${tile.name}${one ? 0 : i} + ${u * step + (one ? i * tile.spacing * apart : 0)}u]`,
  };
}
