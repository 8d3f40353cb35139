/**
 * What is measured where all of it would take hours: some packs of a grid, spread over it, and of each some
 * stretches from one committed state to the next, spread over the run and elsewhere in each pack, so that
 * starts, middles and ends are all among them.
 */
import type { RunState } from '../../compute/engines/engine.ts';

export interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** Its multiples, modulo 1, lie apart from one another however many there are. */
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/** Steps whose states a run has: 0, which follows from the seed, and those that were kept. */
export const checkpointsOf = ({ kept = [] }: Pick<RunState, 'kept'>): readonly number[] => [
  0,
  ...kept.map(({ step }) => step),
];

/**
 * Stretches of a pack, ascending.
 * @param trained its runs; those that diverged have fewer states than the others
 * @param count so many, one checkpoint to the next each; null: one, from the seeds to the end
 * @param nth of which pack: shifts them
 */
export function stretchesOf(
  trained: readonly Pick<RunState, 'kept'>[],
  count: number | null,
  nth: number,
): readonly Stretch[] {
  const steps = trained.map(checkpointsOf).reduce((a, b) => (b.length > a.length ? b : a), [0]);
  const last = steps.at(-1) ?? 0;
  if (last === 0) return [];
  if (count === null) return [{ from: 0, to: last }];
  const shift = (nth * GOLDEN) % 1;
  const places = Array.from({ length: count }, (_, i) =>
    Math.floor(((i + shift) * (steps.length - 1)) / count),
  );
  return [...new Set(places)].map((i) => ({ from: steps[i] ?? 0, to: steps[i + 1] ?? last }));
}

/** So many of a list, spread over it; null: all. */
export function spread<T>(list: readonly T[], count: number | null): readonly T[] {
  if (count === null || count >= list.length) return list;
  return Array.from({ length: count }, (_, i) =>
    Math.floor(((i + 0.5) * list.length) / count),
  ).flatMap((place) => list[place] ?? []);
}
