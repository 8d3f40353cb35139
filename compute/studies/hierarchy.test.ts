import { describe, expect, test } from 'vitest';
import { stringsOf } from '../programs/hierarchy.ts';
import { ofReplica } from '../programs/program.ts';
import { analysisOf } from './criteria.ts';
import {
  hierarchyCriteria,
  hierarchySummary,
  learningCurve,
  neededData,
} from './hierarchy-criteria.ts';
import { HIERARCHY_PANELS } from './hierarchy-panels.ts';
import {
  chanceOf,
  HIERARCHIES,
  type Hierarchy,
  hierarchyPlan,
  lawOf,
  samplesOf,
} from './hierarchy-tasks.ts';
import { PackFile } from './point.ts';
import { cellsOf } from './registry.ts';
import type { RunRecord } from './study.ts';
import { universalData } from './universal-data.ts';

const SEEDS = [1, 2, 3];

/** A run whose error on new strings is this function of P. */
function runOf(
  { id, task }: Hierarchy,
  seed: number,
  error: (samples: number) => number,
): RunRecord {
  const columns = samplesOf(task).map((p, k) => [
    ofReplica('testAccuracy', k),
    Float32Array.from([0, 1 - chanceOf(task) * error(p)]),
  ]);
  return {
    ...{ config: { source: id, amount: 1 }, seed, outcome: { kind: 'completed' } },
    series: {
      steps: Float32Array.from([0, 150]),
      columns: { loss: Float32Array.from([1, 0.1]), ...Object.fromEntries(columns) },
    },
  };
}

/** Falls by a straight line in ln P to 0 beyond the next amount of data: a tenth of guessing is at P. */
const learns = (needed: number) => (samples: number) =>
  Math.max(0, Math.min(1, 0.1 + 0.2 * Math.log(needed / samples)));

type Law = (hierarchy: Hierarchy, seed: number) => (samples: number) => number;
function judged(of: readonly Hierarchy[], law: Law) {
  const runs = of.flatMap((hierarchy) =>
    SEEDS.map((seed) => {
      const run = runOf(hierarchy, seed, law(hierarchy, seed));
      return { ...run, summary: hierarchySummary(run) };
    }),
  );
  const { criteria, more } = hierarchyCriteria(runs);
  return analysisOf('It holds.', criteria, runs, runs.length, more);
}

const prefactor = (seed: number) => 1.6 + 0.1 * seed;
const theLaw: Law = ({ task }, seed) => learns(prefactor(seed) * lawOf(task));
const nothing: Law = () => () => 1;

test('the law is n_c m^L, and the number of all strings n_c m^(2^L − 1)', () => {
  const numbers = HIERARCHIES.map(({ id, task }) => [id, lawOf(task), stringsOf(task)]);
  expect(numbers).toContainEqual(['hierarchy-6-3-3', 6 * 27, 6 * 3 ** 7]);
  expect(numbers).toContainEqual(['hierarchy-4-2-4', 4 * 16, 4 * 2 ** 15]);
  expect(numbers).toContainEqual(['hierarchy-8-4-3', 8 * 64, 8 * 4 ** 7]);
});

test('what a hierarchy takes is read off its curve', () => {
  const [hierarchy] = HIERARCHIES as [Hierarchy];
  const run = runOf(hierarchy, 1, learns(100));
  const { needed, perLaw, error } = hierarchySummary(run);
  expect(needed).toBeCloseTo(100, 3);
  expect(perLaw).toBeCloseTo(100 / lawOf(hierarchy.task), 4);
  expect(error).toBeCloseTo(0.1 + 0.2 * Math.log(100 / 162), 5);
  // The first time, whatever comes after; not where no amount is too small, or none is enough.
  expect(
    neededData([
      [10, 0.5],
      [40, 0.1],
      [80, 0.2],
    ]),
  ).toBeCloseTo(40, 9);
  expect(
    neededData([
      [10, 0.3],
      [40, 0],
    ]),
  ).toBeCloseTo(10 * 4 ** (2 / 3), 9);
  expect(
    neededData([
      [10, 0.1],
      [40, 0.05],
    ]),
  ).toBeNull();
  expect(
    neededData([
      [10, 0.9],
      [40, 0.2],
    ]),
  ).toBeNull();
});

describe('the verdict', () => {
  test('holds where all hierarchies take the same multiple of n_c m^L, and says which', () => {
    const { verdict, fits } = judged(HIERARCHIES, theLaw);
    expect(verdict.state, verdict.because).toBe('holds');
    expect(fits['hierarchy exponent']?.value).toBeCloseTo(1, 3);
    expect(fits['hierarchy spread']?.value).toBeCloseTo(1, 3);
    expect(fits['needed hierarchy-6-3-3']?.value).toBeCloseTo(1.8, 2);
  });

  test.each<[string, RegExp, Law]>([
    ['nothing is learnt', /^Error on new strings.*: 1 /, nothing],
    [
      'one of them is not learnt',
      /^Error on new strings/,
      ({ id, task }, seed) => learns(prefactor(seed) * lawOf(task) * (/6-3-4/.test(id) ? 9 : 1)),
    ],
    [
      'data go as a higher power',
      /^Exponent/,
      ({ task }, seed) => learns(prefactor(seed) * 32 * (lawOf(task) / 32) ** 1.25),
    ],
    [
      'deeper ones take more than their law says',
      /^Factor by which/,
      ({ task }, seed) => learns(prefactor(seed) * lawOf(task) * (task.levels === 4 ? 2.4 : 1)),
    ],
  ])('fails where %s', (_, because, law) => {
    const { verdict } = judged(HIERARCHIES, law);
    expect(verdict.state, verdict.because).toBe('fails');
    expect(verdict.because).toMatch(because);
  });

  test('a hierarchy that takes a share of all its strings is told from one that takes n_c m^L', () => {
    // Two whose laws are alike, and whose strings are 128 times apart.
    const alike = HIERARCHIES.filter(({ id }) => /8-2-3|4-2-4/.test(id));
    expect(new Set(alike.map(({ task }) => lawOf(task))).size).toBe(1);
    const { fits } = judged(alike, ({ task }, seed) =>
      learns(prefactor(seed) * (task.levels === 4 ? 128 : 64)),
    );
    expect(fits['hierarchy share']?.value).toBeCloseTo(Math.log(2) / Math.log(64), 2);
    expect(judged(alike, theLaw).fits['hierarchy share']?.value).toBeLessThan(1e-2);
  });

  test('is undecided of one hierarchy, and says nothing of other data', () => {
    const { verdict } = judged(HIERARCHIES.slice(0, 1), theLaw);
    expect(verdict.state).toBe('undecided');
    expect(verdict.because).toMatch(/needs two of them/);
    expect(hierarchyCriteria([]).criteria).toEqual([]);
  });
});

describe.each(HIERARCHIES)('$label', (hierarchy) => {
  const plan = (isNull: boolean, amount = 1) => hierarchyPlan(hierarchy, amount, { null: isNull });

  test('has strings of its own to train on and to be tested on, and can be written to a file', () => {
    const { program, hyper } = plan(false);
    if (program.kind !== 'hierarchy') throw new Error('not a hierarchy');
    const { samples, probe, task } = program;
    expect([...samples].sort((a, b) => a - b)).toEqual(samples);
    expect(Math.max(...samples) + probe).toBeLessThanOrEqual(stringsOf(task));
    // So many that an error of a tenth is known to two hundredths.
    expect(probe).toBeGreaterThan(0.09 / 0.02 ** 2);
    const pack = { program, runs: [{ id: 'a', seed: 1, hyper }] };
    expect(PackFile.parse(JSON.parse(JSON.stringify(pack)))).toEqual(pack);
  });

  test('has shuffled classes where the physics is broken, and trains as long as is asked for', () => {
    expect(plan(true).program).toMatchObject({ task: { labels: 'shuffled' } });
    expect(plan(false).program).toMatchObject({ task: { labels: 'own' } });
    expect(plan(false, 2).program.steps).toBeGreaterThan(1.9 * plan(false).program.steps);
  });

  test('lies on one curve where its law is divided out', () => {
    const [panel, points] = HIERARCHY_PANELS;
    const run = runOf(hierarchy, 1, learns(3 * lawOf(hierarchy.task)));
    const [trace] = panel?.observe(run, { null: false }) ?? [];
    if (trace === undefined) throw new Error('nothing is drawn');
    const moved = panel?.collapse?.rescale(run.config, trace, { null: false });
    const curve = learningCurve(runOf(hierarchy, 2, learns(3 * lawOf(hierarchy.task))));
    for (const [i, [p, error]] of curve.entries()) {
      expect(moved?.x[i]).toBeCloseTo(p / lawOf(hierarchy.task), 9);
      expect(moved?.y[i]).toBeCloseTo(error, 9);
    }
    const [point] = points?.observe(run, { null: false }) ?? [];
    expect((point?.y[0] ?? 0) / (point?.x[0] ?? 1)).toBeCloseTo(3, 2);
    const elsewhere = { ...run, config: { source: 'words', amount: 1 } };
    expect(HIERARCHY_PANELS.flatMap((p) => p.observe(elsewhere, { null: false }))).toEqual([]);
    expect(HIERARCHY_PANELS.flatMap((p) => p.theory([elsewhere.config], { null: false }))).toEqual(
      [],
    );
  });
});

describe('in the study of universal data', () => {
  const judge = (of: readonly Hierarchy[], law: Law) => {
    const runs = of.flatMap((hierarchy) =>
      SEEDS.map((seed) => {
        const run = runOf(hierarchy, seed, law(hierarchy, seed));
        return { ...run, summary: universalData.summarise(run, { null: false }) };
      }),
    );
    return universalData.analyse(runs, { null: false, expected: runs.length });
  };

  test('the verdict of hierarchies alone is theirs, and its sentence too', () => {
    const { verdict } = judge(HIERARCHIES, theLaw);
    expect(verdict.state, verdict.because).toBe('holds');
    expect(verdict.statement).toMatch(/^The strings that a deep network takes/);
    expect(judge(HIERARCHIES, nothing).verdict.state).toBe('fails');
  });

  test('every source has a plan, and no panel draws what it is not of', () => {
    const cells = cellsOf(universalData, universalData.grids.default);
    const kinds = cells.map((c) => universalData.plan(c, { null: false }).program.kind);
    expect(new Set(kinds)).toEqual(new Set(['statistics', 'hierarchy']));
    const [hierarchy] = HIERARCHIES as [Hierarchy];
    const run = runOf(hierarchy, 1, learns(50));
    const drawn = universalData.panels.filter((p) => p.observe(run, { null: false }).length > 0);
    expect(drawn).toEqual(HIERARCHY_PANELS);
    const marked = universalData.panels.filter((p) => p.theory([run.config], { null: false })[0]);
    expect(marked).toEqual(HIERARCHY_PANELS);
  });
});
