/**
 * The largest size of a law as a prediction: which it is, whether it may still be predicted (no run of it
 * was ever accepted), whether the smaller ones say enough, and what they say. Pure; the coordinator records it.
 */
import { fitLaw } from '../analysis/law-fit.ts';
import type { Interval } from '../analysis/stats.ts';
import { number } from './criteria.ts';
import {
  type Family,
  familiesOf,
  familyKey,
  familyNames,
  sharedBy,
  sizeCells,
} from './size-law.ts';
import type { Config, RunSummary, SizeLaw } from './study.ts';

/** A cell as it is counted. */
export interface CountedCell {
  readonly index: number;
  readonly config: Config;
  readonly done: number;
  readonly of: number;
  /** Whether a run of it was ever accepted, even if it left again. */
  readonly seen: boolean;
}

/** The largest size of a family that has smaller ones enough for a law. */
export interface HeldOut extends Pick<Family, 'key' | 'shared'> {
  /** Value of the parameter that is the size. */
  readonly value: number;
  readonly cells: readonly CountedCell[];
  readonly smaller: readonly CountedCell[];
}

/** How sure a prediction is to hold, if its law does. */
export const PROBABILITY = 0.9;
/** Part of their seeds that smaller cells need before they predict, and how many at least. */
const [PART, FEWEST] = [0.5, 2];

export function heldOutOf(size: SizeLaw, cells: readonly CountedCell[]): readonly HeldOut[] {
  const families = new Map<string, CountedCell[]>();
  for (const cell of cells) {
    const key = familyKey(size, cell.config);
    const own = families.get(key);
    if (own === undefined) families.set(key, [cell]);
    else own.push(cell);
  }
  return [...families].flatMap(([key, own]) => {
    const sizeOf = (cell: CountedCell) => number(cell.config, size.parameter);
    const values = new Set(own.map(sizeOf));
    const value = Math.max(...values);
    const [first] = own;
    if (first === undefined || values.size - 1 < size.law.parameters.length) return [];
    return [
      {
        ...{ key, shared: sharedBy(size, first.config), value },
        cells: own.filter((c) => sizeOf(c) === value),
        smaller: own.filter((c) => sizeOf(c) < value),
      },
    ];
  });
}

/** No run of it was ever accepted. */
export const isOpen = ({ cells }: HeldOut): boolean => cells.every((c) => !c.seen);

/** Half the seeds of every smaller cell are in, and two at least: it may be predicted now. */
export const isReady = (heldOut: HeldOut): boolean =>
  isOpen(heldOut) &&
  heldOut.smaller.every(({ done, of }) => done >= Math.max(FEWEST, Math.ceil(PART * of)));

export interface Prediction {
  readonly x: number;
  readonly predicted: number;
  /** Of the number of so many seeds. */
  readonly interval: Interval;
  readonly seeds: number;
  readonly sizes: readonly number[];
  readonly runs: number;
}

/** How many seeds the number is of that is predicted: as many as all of its cells will have. */
export const seedsOf = ({ cells }: Pick<HeldOut, 'cells'>): number =>
  Math.min(...cells.map((c) => c.of));

/**
 * What the law says of a size by the runs of smaller sizes alone; null where they do not yield an interval.
 * @param of which family and size, and of how many seeds the number is
 */
export function predict(
  size: SizeLaw,
  { key, value, seeds }: Pick<HeldOut, 'key' | 'value'> & { readonly seeds: number },
  runs: readonly RunSummary[],
): Prediction | null {
  const smaller = runs.filter((r) => number(r.config, size.parameter) < value);
  const family = familiesOf(size, smaller).find((f) => f.key === key);
  const fit = family === undefined ? null : fitLaw(size.law, sizeCells(size, family));
  const x = size.x(value);
  const interval = fit?.predict(x, seeds, PROBABILITY) ?? null;
  if (family === undefined || fit === null || interval === null) return null;
  const sizes = fit.cells.map((c) => c.x);
  return { x, predicted: fit.at(x).y, interval, seeds, sizes, runs: family.runs.length };
}

/** What was predicted, in words, of each: "the variance between seeds at width N = 2048". By key. */
export function predictedNames(
  size: SizeLaw,
  all: readonly HeldOut[],
): ReadonlyMap<string, string> {
  const names = familyNames(all);
  return new Map(
    all.map(({ key, value }) => [
      key,
      `${size.of} at ${size.label} = ${size.x(value)}${names.get(key)}`,
    ]),
  );
}

/** What came of it: the number at this size of the runs that are in; null while there is none. */
export function measuredAt(
  size: SizeLaw,
  key: string,
  x: number,
  runs: readonly RunSummary[],
): { readonly value: number; readonly seeds: number } | null {
  const own = runs.filter((r) => size.x(number(r.config, size.parameter)) === x);
  const family = familiesOf(size, own).find((f) => f.key === key);
  const [cell] = family === undefined ? [] : sizeCells(size, family);
  return cell === undefined ? null : { value: cell.value, seeds: cell.seeds };
}
