/**
 * Data of the random hierarchy model (Cagnetta, Petrini, Tomasini, Favero & Wyart 2023, arXiv:2307.02129). A class is
 * written as a tuple of s symbols in one of m synonymous ways, each of those symbols as a tuple of the level below in
 * one of m ways, and so on, L levels down: a datum is the string of s^L symbols at the bottom, and its class is what
 * is to be told. Which tuples stand for what is drawn at random, once, and no tuple stands for two: so every string has
 * one class and one derivation, and a datum can be told by its number among all of them.
 */
import { distinctAt, STREAMS } from '../random.ts';

export interface HierarchyTask {
  /** n_c. */
  readonly classes: number;
  /** v: symbols of each level below the classes. */
  readonly symbols: number;
  /** m: tuples that stand for the same symbol. */
  readonly synonyms: number;
  /** s: symbols of a tuple. */
  readonly tuple: number;
  /** L: levels of rules. */
  readonly levels: number;
  /** `shuffled`: of each datum the class of another, in an order of their own. */
  readonly labels: 'own' | 'shuffled';
}

/** Symbols at the bottom of which a class is read, one after another, and their class. */
export interface Strings {
  readonly leaves: Int32Array;
  readonly labels: Int32Array;
}

/** Data are numbered by 31 bits. */
const MOST_DATA = 2 ** 31;

/** Which order of a seed: of data among all, of classes among data. */
const [DATA, SHUFFLE] = [0, 1];

/** s^L: symbols of a datum. */
export const leavesOf = ({ tuple, levels }: HierarchyTask): number => tuple ** levels;

/** P_max = n_c m^((s^L − 1)/(s − 1)): how many strings there are, one for each choice at every node of the tree. */
export const stringsOf = (task: HierarchyTask): number =>
  task.classes * task.synonyms ** ((leavesOf(task) - 1) / (task.tuple - 1));

/**
 * The rules of each level, those of classes first: tuple k of symbol a is the s symbols from (a m + k) s.
 * Throws if there are fewer tuples than must each stand for one symbol.
 */
export function productionRules(task: HierarchyTask, seed: number): readonly Int32Array[] {
  const { classes, symbols, synonyms, tuple, levels } = task;
  const tuples = symbols ** tuple;
  return Array.from({ length: levels }, (_, level) => {
    const needed = synonyms * (level === 0 ? classes : symbols);
    if (needed > tuples)
      throw new Error(`${needed} tuples of ${tuple} symbols are needed, and there are ${tuples}.`);
    const rules = new Int32Array(needed * tuple);
    for (const [i, number] of distinctAt(seed, STREAMS.rules, level, needed, tuples).entries())
      for (let k = 0, rest = number; k < tuple; k++, rest = Math.floor(rest / symbols))
        rules[i * tuple + k] = rest % symbols;
    return rules;
  });
}

/** The string of a datum by its number below P_max: its class, then each choice among synonyms, is a digit of it. */
export function derived(
  { classes, synonyms, tuple }: HierarchyTask,
  rules: readonly Int32Array[],
  number: number,
): readonly number[] {
  let rest = Math.floor(number / classes);
  let level = [number % classes];
  for (const own of rules) {
    level = level.flatMap((symbol) => {
      const at = (symbol * synonyms + (rest % synonyms)) * tuple;
      rest = Math.floor(rest / synonyms);
      return [...own.subarray(at, at + tuple)];
    });
  }
  return level;
}

/**
 * `count` distinct data of a run, by rules of its own. The first of them are the same however many are drawn.
 * Throws if there are not so many.
 */
export function stringsAt(task: HierarchyTask, seed: number, count: number): Strings {
  const all = stringsOf(task);
  if (count > all || all > MOST_DATA)
    throw new Error(
      all > MOST_DATA
        ? `A hierarchy of ${all} data is too large: at most ${MOST_DATA}.`
        : `This hierarchy has ${all} data in all, and not ${count}.`,
    );
  const rules = productionRules(task, seed);
  const numbers = distinctAt(seed, STREAMS.data, DATA, count, all);
  const leaves = new Int32Array(count * leavesOf(task));
  for (const [i, number] of numbers.entries())
    leaves.set(derived(task, rules, number), i * leavesOf(task));
  const labels = numbers.map((number) => number % task.classes);
  return {
    leaves,
    labels:
      task.labels === 'own'
        ? labels
        : distinctAt(seed, STREAMS.data, SHUFFLE, count, count).map((i) => labels[i] ?? 0),
  };
}
