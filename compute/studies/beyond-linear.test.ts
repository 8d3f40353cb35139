import { expect, test } from 'vitest';
import { beyondLinear as study } from './beyond-linear.ts';
import { alphasOf, escapeTime, orderTheory, TASKS, taskOf } from './beyond-linear-tasks.ts';
import { cellsOf } from './registry.ts';
import type { Config, RunRecord, RunSummary } from './study.ts';
import { thumbnailOf } from './thumbnail.ts';

const cells = (task: string, dimension = [50, 200, 800]): readonly Config[] =>
  cellsOf(study, { params: { task: [task], dimension, rate: [1], length: [1] }, seeds: [1] });
const options = { null: false };
const completed = { kind: 'completed' } as const;

/** A committee that follows the equations but for one order parameter, which is off by so much from the tenth record on. */
function committee(config: Config, seed: number, off: number): RunRecord {
  const task = taskOf(config);
  if (task.kind !== 'committee') throw new Error('No committee.');
  const alphas = alphasOf(config);
  const theory = orderTheory(config, task, alphas);
  const names = Object.keys(theory[0] ?? {});
  const column = (name: string) =>
    Float32Array.from(
      theory,
      (order, row) => (order[name] ?? 0) + (name === 'Q2.1' && row > 9 ? off : 0),
    );
  return {
    ...{ config, seed, outcome: completed },
    series: {
      steps: Float32Array.from(alphas, (alpha) => alpha * Number(config.dimension)),
      columns: Object.fromEntries(
        Array.from({ length: 8 }, (_, i) => i + 1).flatMap((i) =>
          names.map((name) => [`${name}/${i}`, column(name)]),
        ),
      ),
    },
  };
}

/** A single-index model that finds its direction at a step, or never. */
function index(config: Config, seed: number, time: number | null): RunRecord {
  const steps = [0, (time ?? 100) - 1, (time ?? 100) + 1, 1e7];
  const overlap = time === null ? [0.1, 0.1, 0.1, 0.1] : [0.1, 0.6, 0.8, 0.9];
  return {
    ...{ config, seed, outcome: completed },
    series: {
      steps: Float32Array.from(steps),
      columns: Object.fromEntries(
        Array.from({ length: 11 }, (_, i) => i).map((i) => [
          `overlap/${i + 1}`,
          Float32Array.from(overlap),
        ]),
      ),
    },
  };
}

const summarised = (runs: readonly RunRecord[]): RunSummary[] =>
  runs.map((run) => ({ ...run, summary: study.summarise(run, options) }));
const judged = (runs: readonly RunRecord[]) =>
  study.analyse(summarised(runs), { ...options, expected: runs.length }).verdict;
/** Small differences between seeds, so that there is an interval. */
const about = (seed: number) => 1 + seed / 50;

const SEEDS = [1, 2, 3, 4, 5];
const committees = (of: (d: number, seed: number) => number, task = 'committee') =>
  cells(task).flatMap((config) =>
    SEEDS.map((seed) => committee(config, seed, of(Number(config.dimension), seed))),
  );
const searches = (task: string, of: (config: Config, seed: number) => number | null) =>
  cells(task, [50, 100, 400]).flatMap((config) =>
    SEEDS.map((seed) => index(config, seed, of(config, seed))),
  );

test('a deviation of 1/√d is read as it was put in, whatever order parameter it is in', () => {
  const [first] = cells('committee', [100]);
  if (first === undefined) throw new Error('No cell.');
  const { deviation, scaled, found } = study.summarise(committee(first, 1, 0.1), options);
  expect(deviation).toBeCloseTo(0.1, 5);
  expect(scaled).toBeCloseTo(1, 4);
  expect(found).toBeNull();
});

test('committees hold where deviations go as d^−½, and with more students than teachers too', () => {
  for (const task of ['committee', 'wide']) {
    const verdict = judged(committees((d, seed) => about(seed) / Math.sqrt(d), task));
    expect(verdict.state, verdict.because).toBe('holds');
  }
});

test.each([
  ['they do not shrink', () => 0.1, /exponent of the deviation/],
  ['they shrink as 1/d', (d: number) => 10 / d, /exponent of the deviation/],
  ['they are too large everywhere', (d: number) => 4 / Math.sqrt(d), /√d times/],
])('committees fail where %s', (_, off, because) => {
  const verdict = judged(committees((d, seed) => off(d) * about(seed)));
  expect(verdict.state, verdict.because).toBe('fails');
  expect(verdict.because).toMatch(because);
});

test.each(['linear', 'quadratic', 'cubic'])(
  '%s targets hold where times are those of drift',
  (task) => {
    const verdict = judged(searches(task, (config, seed) => escapeTime(config) * about(seed)));
    expect(verdict.state, verdict.because).toBe('holds');
  },
);

test('a cubic target that is found as soon as a linear one fails', () => {
  const [small = {}] = cells('cubic', [50]);
  const scale = escapeTime(small) / 50;
  const verdict = judged(searches('cubic', (c, seed) => scale * Number(c.dimension) * about(seed)));
  expect(verdict.state, verdict.because).toBe('fails');
  expect(verdict.value).toBeCloseTo(-1.05, 1);
});

test('of a run’s eleven trainings the sixth counts, and those that never find it are the last', () => {
  const [config = {}] = cells('cubic', [100]);
  const run = index(config, 1, 500);
  const late = (lost: number): RunRecord => ({
    ...run,
    series: {
      ...run.series,
      columns: Object.fromEntries(
        Object.values(run.series.columns).map((column, i) => [
          `overlap/${i + 1}`,
          i < lost ? column.map(() => 0.1) : column.map((m, row) => (i > 9 && row < 3 ? 0.1 : m)),
        ]),
      ),
    },
  });
  // One of the others is found between the last two records only.
  expect(study.summarise(late(0), options)).toMatchObject({
    found: 1,
    time: expect.closeTo(500, 3),
  });
  expect(study.summarise(late(4), options)).toMatchObject({
    ...{ found: 7 / 11, time: expect.closeTo(500, 3) },
  });
  expect(study.summarise(late(5), options).time).toBeGreaterThan(1e6);
  expect(study.summarise(late(6), options)).toMatchObject({ found: 5 / 11, time: null });
});

test('it is undecided where at one dimension half of the trainings of a run found nothing', () => {
  const verdict = judged(
    searches('cubic', (config, seed) =>
      Number(config.dimension) === 400 && seed === 5 ? null : escapeTime(config) * about(seed),
    ),
  );
  expect(verdict.state, verdict.because).toBe('undecided');
  expect(verdict.because).toMatch(/1 of 15 runs/);
});

test('it fails where most never find it, and is undecided with a single dimension', () => {
  const verdict = judged(searches('cubic', () => null));
  expect(verdict.state, verdict.because).toBe('fails');
  expect(verdict.because).toMatch(/share of trainings/);
  const one = searches('linear', (config) => escapeTime(config)).slice(0, SEEDS.length);
  expect(judged(one).state).toBe('undecided');
});

test('runs are planned with the step sizes of the theory, on labels of their own', () => {
  for (const task of Object.keys(TASKS)) {
    const [config] = cells(task, [100]);
    if (config === undefined) throw new Error('No cell.');
    const { program, hyper } = study.plan(config, options);
    const broken = study.plan(config, { null: true });
    expect(program).toMatchObject({ kind: 'online', dimension: 100, labels: 'own' });
    expect(broken.program).toMatchObject({ labels: 'other' });
    const own = TASKS[task];
    const power = own?.kind === 'single-index' ? own.power : 0;
    expect(hyper.learningRate * 100 ** power).toBeCloseTo(own?.rate ?? 0, 9);
    expect(program.steps % program.recordEvery === 0 || own?.kind === 'single-index').toBe(true);
  }
});

test('in small it is the overlaps of committees', () => {
  const { panel, theory } = thumbnailOf(study);
  expect(panel.id).toBe('overlaps');
  expect(theory.length).toBeGreaterThan(3);
});

test('theory of committees is drawn once for all dimensions, and of single indices for each', () => {
  const all = [...cells('committee'), ...cells('cubic')];
  const traces = (id: string) => study.panels.find((p) => p.id === id)?.theory(all, options) ?? [];
  expect(traces('overlaps').map(({ line }) => line)).toEqual(['R1.1', 'R1.2', 'R2.1', 'R2.2']);
  expect(traces('overlaps')[0]?.cells).toEqual([0, 1, 2]);
  expect(traces('overlap').map(({ cell }) => cell)).toEqual([3, 4, 5]);
});
