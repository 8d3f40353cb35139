import { expect, test } from 'vitest';
import { orderlessRepeatLoss } from '../analysis/repeats.ts';
import { isText } from '../programs/text.ts';
import { taskOf } from './induction-criteria.ts';
import { inductionHeads as study } from './induction-heads.ts';
import { cellsOf } from './registry.ts';
import type { Config, RunRecord, Summary } from './study.ts';
import { crossing } from './traces.ts';

const [two = {}] = cellsOf(study, study.grids.quick);
const one: Config = { ...two, layers: 1 };
const counting = orderlessRepeatLoss(taskOf(two));
const options = { null: false };

interface Course {
  /** Loss on repeats, and the last head's prefix matching, at steps 0, 10, 20 … */
  readonly repeat: readonly number[];
  readonly prefix: readonly number[];
  readonly copying?: number;
}

function record(config: Config, { repeat, prefix, copying = 1 }: Course): RunRecord {
  const column = (of: (i: number) => number) => Float32Array.from(repeat, (_, i) => of(i));
  const last = Number(config.layers);
  const heads = Array.from(
    { length: last * 2 },
    (_, i) => `${Math.floor(i / 2) + 1}.${(i % 2) + 1}`,
  );
  const columns = Object.fromEntries(
    heads.flatMap((head) => [
      [`prefix${head}`, column((i) => (head === `${last}.2` ? (prefix[i] ?? 0) : 0.1))],
      [`copying${head}`, column(() => (head === `${last}.2` ? copying : -0.5))],
    ]),
  );
  return {
    ...{ config, seed: 1, outcome: { kind: 'completed' } },
    series: {
      steps: column((i) => 10 * i),
      columns: {
        ...{ ...columns, firstLoss: column(() => 2.4), repeatLoss: column((i) => repeat[i] ?? 0) },
        inContext: column(() => -2),
      },
    },
  };
}

const judged = (...runs: readonly (readonly [Config, Summary])[]) =>
  study.analyse(
    runs.flatMap(([config, summary]) =>
      [1, 2].map((seed) => ({ config, seed, outcome: { kind: 'completed' } as const, summary })),
    ),
    { ...options, expected: 2 * runs.length },
  ).verdict;
const summary = (config: Config, course: Course) =>
  study.summarise(record(config, course), options);

/** Flat, and down from step 40 to 50; the head with it. */
const change: Course = {
  repeat: [2.4, 2.4, 2.4, 2.4, 2.4, 0, 0],
  prefix: [0, 0, 0, 0, 0, 1, 1],
};

test('a level is crossed between two records, where a straight line crosses it', () => {
  const run = record(two, change);
  expect(crossing(run, 'repeatLoss', 1.8, 'down')).toBeCloseTo(42.5, 5);
  expect(crossing(run, 'prefix2.2', 0.25, 'up')).toBeCloseTo(42.5, 5);
  expect(crossing(run, 'repeatLoss', -1, 'down')).toBeNull();
  expect(crossing(run, 'repeatLoss', 3, 'down')).toBe(0);
});

test('the width of a change and its times are those that were put in', () => {
  expect(summary(two, change)).toMatchObject({
    ...{ prefix: 1, copying: 1, ratio: 0, inContext: -2 },
    // From three quarters at 42.5 to one quarter at 47.5.
    window: expect.closeTo(5 / 47.5, 5),
    together: expect.closeTo(1, 5),
  });
});

test('it holds where two layers change at once and one layer counts', () => {
  const still: Course = {
    repeat: change.repeat.map(() => counting),
    prefix: change.prefix.map(() => 0.3),
  };
  const verdict = judged([two, summary(two, change)], [one, summary(one, still)]);
  expect(verdict.state, verdict.because).toBe('holds');
});

test.each([
  ['no head matches', { ...change, prefix: [0, 0, 0, 0, 0, 0.5, 0.5] }, /prefix matching/],
  ['the head does not copy', { ...change, copying: 0.2 }, /its copying/],
  ['repeats stay hard', { ...change, repeat: [2.4, 2.4, 2.4, 2.4, 2.4, 0.55, 0.55] }, /over new/],
  ['the loss falls slowly', { ...change, repeat: [2.4, 1.8, 1.5, 1.2, 0.9, 0.1, 0] }, /width/],
  [
    'the head forms long before the loss falls',
    { ...change, prefix: [0, 0, 1, 1, 1, 1, 1] },
    /time of the head/,
  ],
] as const)('it fails where %s', (_, course, because) => {
  const verdict = judged([two, summary(two, course)]);
  expect(verdict.state, verdict.because).toBe('fails');
  expect(verdict.because).toMatch(because);
});

test('it fails where one layer foretells repeats, and is undecided without two layers', () => {
  const verdict = judged([two, summary(two, change)], [one, summary(one, change)]);
  expect(verdict.state, verdict.because).toBe('fails');
  expect(verdict.because).toContain('one layer');
  const counted: Course = { repeat: change.repeat.map(() => counting), prefix: change.prefix };
  expect(judged([one, summary(one, counted)]).state).toBe('undecided');
});

test('it is no evidence if the loss never fell: said, and not counted as a change', () => {
  const flat: Course = { repeat: change.repeat.map(() => 2.4), prefix: change.prefix };
  const own = summary(two, flat);
  expect(own).toMatchObject({ window: null, together: null });
});

test('heads are drawn by rank: which of them forms is chance, and seeds are averaged', () => {
  const panel = study.panels.find(({ id }) => id === 'heads');
  const traces = panel?.observe(record(two, change), options) ?? [];
  expect(traces.map(({ line }) => line)).toEqual([
    ...['layer 1, best head', 'layer 1, head 2', 'layer 2, best head', 'layer 2, head 2'],
  ]);
  // The second head of the layer was made the one that forms.
  expect(traces[2]?.y.at(-1)).toBe(1);
  const broken = panel?.observe(record(one, change), { null: true }) ?? [];
  expect(broken.map(({ line }) => line)).toEqual(['layer 1, best head', 'layer 1, head 2']);
});

test('the number that is shown is the best head’s score, whatever cell comes first', () => {
  const counted: Course = { repeat: change.repeat.map(() => counting), prefix: [0.3] };
  const verdict = judged([one, summary(one, counted)], [two, summary(two, change)]);
  expect(verdict).toMatchObject({ state: 'holds', value: 1, threshold: [0.8, null] });
});

test('every allowed value plans a transformer that can be trained, and the null has one layer', () => {
  for (const symbols of [8, 9, 16, 24])
    for (const heads of [1, 3, 4]) {
      const config = { ...two, symbols, heads };
      const { program } = study.plan(config, options);
      if (program.kind !== 'transformer' || isText(program.task))
        throw new Error('The study trains transformers on repeats.');
      expect(program.width % program.heads).toBe(0);
      expect(program.task.shortest).toBeLessThan(program.task.longest);
      // The longest period is seen twice, nearly.
      expect(program.task.context).toBeGreaterThanOrEqual(2 * program.task.longest);
      expect(program.batch * heads * program.task.context).toBeLessThanOrEqual(65_535);
      expect(study.plan(config, { null: true }).program).toEqual({ ...program, layers: 1 });
    }
  const { task } = study.plan({ ...two, symbols: 16 }, options).program as { task: unknown };
  expect(task).toEqual({ vocabulary: 16, context: 32, shortest: 6, longest: 14 });
});
