/** What was added to a list of objects that are never changed in place. Pure. */

/** Where the items go on that were not there before, or null when others changed or left. */
export function addedFrom(before: readonly unknown[], after: readonly unknown[]): number | null {
  if (after.length < before.length) return null;
  for (let i = 0; i < before.length; i++) if (before[i] !== after[i]) return null;
  return before.length;
}
