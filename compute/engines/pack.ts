/** Which runs are trained together: runs of one shape, in an order that gives every cell its first seed early. */
import { shapeKey } from '../programs/program.ts';
import type { RunPlan } from '../studies/study.ts';

export interface PlannedRun {
  readonly cell: number;
  readonly seed: number;
  /** Position of the seed in the grid's list: the first seed of all cells goes before any second. */
  readonly repeat: number;
  readonly plan: RunPlan;
  /** Cells and seeds of the runs that it stands on; absent where it trains from its seed. */
  readonly inputs?: readonly { readonly cell: number; readonly seed: number }[];
}

/** Packs of at most `size` runs, each of one shape. Every run is in exactly one pack. */
export function packRuns<T extends PlannedRun>(
  runs: readonly T[],
  size: number,
): readonly (readonly T[])[] {
  const ordered = [...runs].sort((a, b) => a.repeat - b.repeat || a.cell - b.cell);
  const open = new Map<string, T[]>();
  const packs: T[][] = [];
  for (const run of ordered) {
    const key = shapeKey(run.plan.program);
    let pack = open.get(key);
    if (pack === undefined || pack.length >= size) {
      pack = [];
      open.set(key, pack);
      packs.push(pack);
    }
    pack.push(run);
  }
  return packs;
}
