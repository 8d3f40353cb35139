import { expect, test } from 'vitest';
import { COMPARISON_COLUMNS } from '../programs/program.ts';
import { normals } from '../random.ts';
import { cellsOf } from './registry.ts';
import { stageOf } from './stages.ts';
import type { Config, RunRecord, RunSummary } from './study.ts';
import { universalRepresentations as study } from './universal-representations.ts';

const options = { null: false };
const grid = { ...study.grids.quick, seeds: [1, 2, 3] };
const cells = cellsOf(study, grid);
const pairs = cells.filter((config) => stageOf(study, config).id === 'compare');
const networks = cells.filter((config) => stageOf(study, config).id !== 'compare');

/** A comparison whose columns went from one value to another. */
function compared(
  config: Config,
  rows: Readonly<Record<string, readonly [number, number]>>,
): RunRecord {
  const columns = COMPARISON_COLUMNS.map(
    (name) => [name, Float32Array.from(rows[name] ?? [0, 0])] as const,
  );
  const series = { steps: Float32Array.of(0, 1), columns: Object.fromEntries(columns) };
  return { config, seed: 1, series, outcome: { kind: 'completed' } };
}

/** Every run in, of pairs whose excess is this of their networks' accuracies, of chance, and of what they are. */
function runsWith(
  excess: (left: number, right: number, noise: number, config: Config) => number,
): RunSummary[] {
  return grid.seeds.flatMap((seed) => {
    const noise = normals(seed, 0, 5, 3 * cells.length);
    const completed = { kind: 'completed' } as const;
    const skill = (config: Config, side: 'left' | 'right') => {
      const kind = `${side}Network`;
      const cell = networks.findIndex(
        (c) =>
          c.updates === config.updates &&
          c[side] === config[side] &&
          c[kind] === config[kind] &&
          config[side] !== 0,
      );
      return 0.5 + 0.1 * (noise[cell] ?? 0);
    };
    return cells.map((config, i): RunSummary => {
      const [accuracy1, accuracy2] = [skill(config, 'left'), skill(config, 'right')];
      const isPair = pairs.includes(config);
      const shown = excess(accuracy1, accuracy2, noise[cells.length + i] ?? 0, config);
      const summary = isPair ? { excess: shown, accuracy1, accuracy2 } : {};
      return { config, seed, outcome: completed, summary };
    });
  });
}
const verdictWith = (excess: Parameters<typeof runsWith>[0]) => {
  const runs = runsWith(excess);
  return study.analyse(runs, { ...options, expected: runs.length }).verdict;
};

test('a pair is summarised by what training gained, and by what it can do', () => {
  const [config = {}] = pairs;
  const summary = study.summarise(
    compared(config, {
      ...{ alignment: [0.1, 0.25], classAlignment: [0.05, 0.1], cka: [0.2, 0.5] },
      ...{ accuracy1: [0.1, 0.8], accuracy2: [0.1, 0.6] },
    }),
    options,
  );
  expect(summary.excess).toBeCloseTo(0.15, 6);
  expect(summary.beyondClass).toBeCloseTo(0.1, 6);
  expect(summary.ckaExcess).toBeCloseTo(0.3, 6);
  expect(summary.performance).toBeCloseTo(0.7, 6);
});

test('it holds where excess follows performance through noise, and fails where it does not', () => {
  expect(verdictWith((a, b, noise) => (a + b) / 2 + 0.02 * noise).state).toBe('holds');
  expect(verdictWith((_a, _b, noise) => noise).state).toBe('fails');
  expect(verdictWith((a, b) => -(a + b)).state).toBe('fails');
});

test('what depends on one network alone is no evidence for pairs: few networks, many pairs', () => {
  // Rows that differ by something that has nothing to do with skill: pairs of a row go together.
  const { state, because } = verdictWith((a, _b, _n) => Math.sin(1000 * a));
  expect(state, because).not.toBe('holds');
});

const isAcross = ({ leftNetwork, rightNetwork }: Config) => leftNetwork !== rightNetwork;

test('where only networks of one architecture come to agree, it fails of those of different ones', () => {
  const { state, because } = verdictWith((a, b, noise, config) =>
    isAcross(config) ? -(a + b) : 10 + a + b + 0.01 * noise,
  );
  expect(state, because).toBe('fails');
  expect(because).toContain('across architectures');
});

test('a grid of one architecture is judged without the others, and the statement speaks of none', () => {
  const runs = runsWith((a, b, noise) => a + b + 0.02 * noise).map((run) => {
    const kinds = Object.entries(run.config).map(
      ([name, value]) => [name, /Network/.test(name) && value !== 'none' ? 'mlp' : value] as const,
    );
    return { ...run, config: Object.fromEntries(kinds) };
  });
  // Now several cells are alike: those of one are enough.
  const known = new Set<string>();
  const own = runs.filter(({ config, seed }) => {
    const key = JSON.stringify([config, seed]);
    return !known.has(key) && known.add(key);
  });
  const of = (given: readonly RunSummary[]) =>
    study.analyse(given, { ...options, expected: given.length });
  expect(of(own).verdict.statement).not.toContain('architectures');
  expect(Object.keys(of(own).fits)).not.toContain('acrossChance');
  const all = of(runsWith((a, b) => a + b));
  expect(all.verdict.statement).toContain('architectures');
  expect(Object.keys(all.fits)).toContain('acrossChance');
});

test('networks of version 1, which named no architecture, are planned as dense ones', () => {
  const config = { left: 8, right: 0, updates: 10, learningRate: 0.02 };
  const now = { ...config, leftNetwork: 'mlp', rightNetwork: 'none' };
  expect(study.plan(config, options)).toEqual(study.plan(now, options));
  expect(() => study.plan({ ...now, leftNetwork: 'tree' }, options)).toThrow(/“tree”/);
});

test('with too few pairs it is undecided, and says how many are needed', () => {
  const runs = runsWith((a, b) => a + b)
    .filter((r) => pairs.includes(r.config))
    .slice(0, 11);
  const { state, because } = study.analyse(runs, { ...options, expected: 36 }).verdict;
  expect(state).toBe('undecided');
  expect(because).toContain('At least 12 pairs');
});

test('the two sides share no random number, see other halves, and are compared on digits that neither saw', () => {
  for (const config of pairs) {
    const { program } = study.plan(config, options);
    if (program.kind !== 'comparison') throw new Error('A pair is compared.');
    const [left, right] = program.of;
    expect([left.draw, right.draw]).toEqual([0, 1]);
    expect([left.data, right.data]).toMatchObject([{ half: 'left' }, { half: 'right' }]);
    for (const { train, data } of program.of) {
      const trained = typeof train === 'object' ? train.count : Number(train);
      expect(trained).toBeLessThanOrEqual(program.probe.from);
      expect(program.probe.from + program.probe.count).toBeLessThanOrEqual(data.samples);
    }
    // The null changes whom they are shown together with, and nothing of the networks.
    const broken = study.plan(config, { null: true }).program;
    expect(broken).toEqual({ ...program, pairing: 'shuffled' });
  }
});

test('panels of pairs show pairs, and the panel of networks shows networks', () => {
  const [config = {}] = pairs;
  const run = compared(config, { alignment: [0.1, 0.3], accuracy1: [0, 1], accuracy2: [0, 0.5] });
  const shown = study.panels.map((panel) => panel.observe(run, options).length);
  expect(shown).toEqual([1, 1, 3, 2, 0]);
  const { y } = study.panels[0]?.observe(run, options)[0] ?? { y: [] };
  expect(y[0]).toBeCloseTo(0.2, 6);
});
