import { describe, expect, test } from 'vitest';
import { distinctAt, STREAMS, uniformAt } from '../random.ts';
import { derived, type HierarchyTask, productionRules, stringsAt, stringsOf } from './hierarchy.ts';

const TASKS: readonly HierarchyTask[] = [
  { classes: 3, symbols: 4, synonyms: 2, tuple: 2, levels: 3, labels: 'own' },
  { classes: 4, symbols: 4, synonyms: 4, tuple: 2, levels: 2, labels: 'own' },
  { classes: 2, symbols: 3, synonyms: 3, tuple: 3, levels: 2, labels: 'own' },
];

/** What each tuple of a level stands for: more than one symbol would be a mistake. */
function meanings(task: HierarchyTask, seed: number): Map<string, number[]>[] {
  const { synonyms, tuple } = task;
  return productionRules(task, seed).map((rules) => {
    const known = new Map<string, number[]>();
    for (let i = 0; i < rules.length / tuple; i++) {
      const key = [...rules.slice(i * tuple, (i + 1) * tuple)].join();
      known.set(key, [...(known.get(key) ?? []), Math.floor(i / synonyms)]);
    }
    return known;
  });
}

/** The class of a string, read upwards: tuples are replaced by what they stand for, level by level. */
function parsed(task: HierarchyTask, seed: number, leaves: readonly number[]): number | undefined {
  let level: readonly (number | undefined)[] = leaves;
  for (const known of meanings(task, seed).reverse()) {
    const above: (number | undefined)[] = [];
    for (let i = 0; i < level.length; i += task.tuple)
      above.push(known.get(level.slice(i, i + task.tuple).join())?.[0]);
    level = above;
  }
  expect(level).toHaveLength(1);
  return level[0];
}

describe.each(TASKS)('$classes classes, m = $synonyms, s = $tuple, L = $levels', (task) => {
  const seed = 11;

  test('no tuple stands for two symbols, and every symbol has its synonyms', () => {
    for (const [level, known] of meanings(task, seed).entries()) {
      const parents = level === 0 ? task.classes : task.symbols;
      expect(known.size).toBe(parents * task.synonyms);
      for (const key of known.keys())
        for (const symbol of key.split(',').map(Number)) {
          expect(symbol).toBeGreaterThanOrEqual(0);
          expect(symbol).toBeLessThan(task.symbols);
        }
      const counts = Array.from({ length: parents }, () => 0);
      for (const [symbol = -1] of known.values()) counts[symbol] = (counts[symbol] ?? 0) + 1;
      expect(counts).toEqual(counts.map(() => task.synonyms));
    }
  });

  test('there are n_c m^((s^L − 1)/(s − 1)) strings, all different, each of one class', () => {
    const { classes, synonyms, tuple, levels } = task;
    // One choice at the root, s below it, and so on.
    const nodes = Array.from({ length: levels }, (_, l) => tuple ** l).reduce((a, b) => a + b);
    expect(stringsOf(task)).toBe(classes * synonyms ** nodes);
    const rules = productionRules(task, seed);
    const count = Math.min(stringsOf(task), 2000);
    const all = Array.from({ length: count }, (_, i) => derived(task, rules, i));
    expect(new Set(all.map((leaves) => leaves.join())).size).toBe(count);
    for (const [i, leaves] of all.entries())
      if (i % 7 === 0) expect(parsed(task, seed, leaves)).toBe(i % classes);
  });

  test('drawn strings are distinct, named by their rules, and the first ones whatever the number', () => {
    const size = task.tuple ** task.levels;
    const { leaves, labels } = stringsAt(task, seed, 40);
    const each = Array.from(labels, (_, i) => [...leaves.slice(i * size, (i + 1) * size)]);
    expect(new Set(each.map(String)).size).toBe(40);
    for (const [i, own] of each.entries()) expect(parsed(task, seed, own)).toBe(labels[i]);
    const fewer = stringsAt(task, seed, 10);
    expect([...fewer.leaves]).toEqual([...leaves.slice(0, 10 * size)]);
    expect([...fewer.labels]).toEqual([...labels.slice(0, 10)]);
    expect([...stringsAt(task, seed + 1, 40).leaves]).not.toEqual([...leaves]);
  });

  test('shuffled classes are as many of each, and most are of another string', () => {
    const own = stringsAt(task, seed, 60);
    const other = stringsAt({ ...task, labels: 'shuffled' }, seed, 60);
    expect(other.leaves).toEqual(own.leaves);
    expect([...other.labels].sort()).toEqual([...own.labels].sort());
    const same = own.labels.filter((label, i) => label === other.labels[i]).length;
    expect(same).toBeLessThan(45);
  });
});

test('more data or tuples than there are, or than can be numbered, are refused with a sentence', () => {
  const [task] = TASKS as [HierarchyTask];
  expect(() => stringsAt(task, 1, stringsOf(task) + 1)).toThrow(/384 data in all/);
  expect(() => productionRules({ ...task, synonyms: 5 }, 1)).toThrow(/20 tuples.*16/);
  const large = { ...task, symbols: 16, classes: 16, synonyms: 16, levels: 4 };
  expect(() => stringsAt(large, 1, 10)).toThrow(/too large/);
});

test('a few of a random order are those of the whole order, swapped in place', () => {
  const whole = Array.from({ length: 50 }, (_, i) => i);
  for (let i = 0; i < 50; i++) {
    const other = i + Math.floor(uniformAt(5, STREAMS.data, 3, i) * (50 - i));
    [whole[i], whole[other]] = [whole[other] as number, whole[i] as number];
  }
  for (const count of [0, 1, 20, 50])
    expect([...distinctAt(5, STREAMS.data, 3, count, 50)]).toEqual(whole.slice(0, count));
  expect(() => distinctAt(5, STREAMS.data, 3, 51, 50)).toThrow(/no 51 distinct/);
});
