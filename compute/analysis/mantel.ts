/**
 * Rank correlation of what pairs show with what their members have, tested by permuting members (Mantel 1967,
 * Cancer Research 27, 209–220; here of two groups, each pair one of either). Pairs with a member in common are
 * not independent: shuffling pairs would take every pair for a case of its own, and find far too much.
 */
import { STREAMS, uniformAt } from '../random.ts';
import { mean } from './stats.ts';

/** A pair of members, by their names, and what it shows. */
export interface PairShown {
  readonly first: string;
  readonly second: string;
  readonly shown: number;
}

/** What each member has, by its name. */
export type Having = ReadonlyMap<string, number>;

/** Spearman's rank correlation, ties at their mean rank; NaN where either does not vary. */
export function rankCorrelation(a: readonly number[], b: readonly number[]): number {
  const [x, y] = [ranks(a), ranks(b)];
  const [mx, my] = [mean(x), mean(y)];
  let [top, xx, yy] = [0, 0, 0];
  for (const [i, v] of x.entries()) {
    const w = y[i] ?? Number.NaN;
    top += (v - mx) * (w - my);
    xx += (v - mx) ** 2;
    yy += (w - my) ** 2;
  }
  return xx > 0 && yy > 0 ? top / Math.sqrt(xx * yy) : Number.NaN;
}

/** Ranks from 1, those that are equal at the mean of theirs. */
export function ranks(values: readonly number[]): number[] {
  const order = [...values.keys()].sort((i, j) => (values[i] ?? 0) - (values[j] ?? 0));
  const all = new Array<number>(values.length).fill(0);
  for (let from = 0; from < order.length; ) {
    let to = from;
    while (to + 1 < order.length && values[order[to + 1] ?? 0] === values[order[from] ?? 0])
      to += 1;
    for (let k = from; k <= to; k++) all[order[k] ?? 0] = (from + to) / 2 + 1;
    from = to + 1;
  }
  return all;
}

/** Correlation of what pairs show with the mean of what their two members have. */
export const pairCorrelation = (
  pairs: readonly PairShown[],
  first: Having,
  second: Having,
): number =>
  rankCorrelation(
    pairs.map((p) => p.shown),
    pairs.map(
      (p) => ((first.get(p.first) ?? Number.NaN) + (second.get(p.second) ?? Number.NaN)) / 2,
    ),
  );

export interface PermutationTest {
  readonly correlation: number;
  /** Share of permutations, the identity among them, that correlate at least as well. */
  readonly p: number;
  /** 95% interval of that share for the number of permutations drawn (Wilson 1927). */
  readonly interval: readonly [number, number];
}

/**
 * The chance of so large a correlation if what members have were dealt out anew among them, first among firsts
 * and second among seconds. Deterministic: the permutations hang on nothing but the numbers of members.
 */
export function permutationTest(
  pairs: readonly PairShown[],
  first: Having,
  second: Having,
  permutations: number,
): PermutationTest {
  const correlation = pairCorrelation(pairs, first, second);
  const shown = ranks(pairs.map((p) => p.shown));
  const [firsts, seconds] = [membersOf(first), membersOf(second)];
  const places = pairs.map((p) => [firsts.place(p.first), seconds.place(p.second)] as const);
  let atLeast = 1;
  for (let b = 0; b < permutations; b++) {
    const [x, y] = [firsts.dealt(b, 0), seconds.dealt(b, 1)];
    const had = places.map(([i, j]) => (x[i] ?? Number.NaN) + (y[j] ?? Number.NaN));
    // The ranks of ranks are those ranks.
    if (rankCorrelation(shown, had) >= correlation) atLeast += 1;
  }
  const n = permutations + 1;
  return { correlation, p: atLeast / n, interval: wilson(atLeast / n, n) };
}

function membersOf(having: Having) {
  const names = [...having.keys()];
  const places = new Map(names.map((name, i) => [name, i]));
  const values = [...having.values()];
  return {
    place: (name: string) => places.get(name) ?? -1,
    /** The values in another order (Fisher & Yates). */
    dealt(draw: number, group: number): number[] {
      const all = [...values];
      for (let i = all.length - 1; i > 0; i--) {
        const j = Math.floor(
          uniformAt(all.length, STREAMS.bootstrap, 2 * draw + group, i) * (i + 1),
        );
        [all[i], all[j]] = [all[j] ?? 0, all[i] ?? 0];
      }
      return all;
    },
  };
}

/** 95% interval of a share that was counted among n (Wilson 1927). */
export function wilson(share: number, n: number): readonly [number, number] {
  const z = 1.959963984540054;
  const centre = (share + z ** 2 / (2 * n)) / (1 + z ** 2 / n);
  const half =
    (z / (1 + z ** 2 / n)) * Math.sqrt((share * (1 - share)) / n + z ** 2 / (4 * n ** 2));
  return [Math.max(0, centre - half), Math.min(1, centre + half)];
}
