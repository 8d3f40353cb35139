/**
 * Exact permutation test of matched pairs: whether items of two lists that belong together are more alike than
 * the same items matched in any other way (Fisher 1935; Good 2005, "Permutation, parametric, and bootstrap tests", ch. 3).
 */

/** All orders of more items than these are too many to go through. */
const MOST = 9;

/**
 * Share of all ways to match rows with columns, the given one among them, whose sum of entries is at least that
 * of the diagonal: at best 1 over the factorial of their number. NaN if an entry is not finite.
 * @param alike [n × n], how alike row i and column j are; n up to 9
 */
export function matchingP(alike: readonly (readonly number[])[]): number {
  const n = alike.length;
  if (n > MOST || alike.some((row) => row.length !== n))
    throw new RangeError(`A square table of at most ${MOST} rows is needed.`);
  const entry = (i: number, j: number) => alike[i]?.[j] ?? Number.NaN;
  const observed = alike.reduce((sum, _, i) => sum + entry(i, i), 0);
  if (!alike.flat().every(Number.isFinite)) return Number.NaN;
  // Sums of the same numbers in another order are equal but for rounding.
  const least = observed - 1e-12 * alike.flat().reduce((sum, v) => sum + Math.abs(v), 0);
  let [asGood, all] = [0, 0];
  const taken = new Array<boolean>(n).fill(false);
  const match = (row: number, sum: number): void => {
    if (row === n) {
      all += 1;
      if (sum >= least) asGood += 1;
      return;
    }
    for (let j = 0; j < n; j++) {
      if (taken[j]) continue;
      taken[j] = true;
      match(row + 1, sum + entry(row, j));
      taken[j] = false;
    }
  };
  match(0, 0);
  return asGood / all;
}
