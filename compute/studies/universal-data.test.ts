import { describe, expect, test } from 'vitest';
import { binColumn } from '../programs/measured.ts';
import { binsOf, SOURCES, sourceOf } from './natural-sources.ts';
import { cellsOf } from './registry.ts';
import type { Config, RunRecord } from './study.ts';
import { universalData as study } from './universal-data.ts';

const options = { null: false };
const SEEDS = [1, 2, 3];
const cells = (source: readonly string[]): readonly Config[] =>
  cellsOf(study, { params: { source, amount: [1] }, seeds: SEEDS });

/** A run whose last spectrum is of this form in x; the first record knows nothing. */
function runOf(config: Config, seed: number, y: (x: number) => number): RunRecord {
  const bins = binsOf(sourceOf(config));
  const columns = bins.map(({ x }, i) => [binColumn(i), Float32Array.from([0, y(x)])] as const);
  return {
    ...{ config, seed, outcome: { kind: 'completed' } },
    series: {
      steps: Float32Array.from([0, 16]),
      columns: { loss: Float32Array.from([1, 0.1]), ...Object.fromEntries(columns) },
    },
  };
}
/** Scatter of a few hundredths, of each seed its own. */
const scattered = (seed: number, x: number) => Math.exp(0.03 * Math.sin(40 * seed * Math.log(x)));
const power = (alpha: number) => (seed: number) => (x: number) =>
  0.1 * x ** -(alpha + seed / 200) * scattered(seed, x);
const logNormal = (beta: number) => (seed: number) => (x: number) =>
  0.1 * Math.exp(-beta * Math.log(x) ** 2) * scattered(seed, x);

type Form = (seed: number) => (x: number) => number;
const analysed = (of: Readonly<Record<string, Form>>) => {
  const runs = cells(Object.keys(of)).flatMap((config) =>
    SEEDS.map((seed) => {
      const run = runOf(config, seed, of[String(config.source)]?.(seed) ?? (() => 0));
      return { ...run, summary: study.summarise(run, options) };
    }),
  );
  return study.analyse(runs, { ...options, expected: runs.length });
};

const NATURAL = {
  ...{ 'black-canyon': power(2.6), 'dust-bowl-home': power(2.1), patches: power(1.2) },
  words: power(1.03),
} as const;

test('an exponent is read as it was put in, from the window alone', () => {
  const [config = {}] = cells(['words']);
  const bent = runOf(config, 1, (x) => (x < 10 || x > 1000 ? 1 : x ** -1.1));
  const { exponent, curvature } = study.summarise(bent, options);
  expect(exponent).toBeCloseTo(1.1, 5);
  expect(curvature).toBeCloseTo(0, 4);
});

test('it holds where all fall as they should', () => {
  const { verdict } = analysed(NATURAL);
  expect(verdict.state, verdict.because).toBe('holds');
});

test.each([
  ['a photograph falls too slowly', { 'black-canyon': power(1.5) }, /Black canyon: exponent: 1.5/],
  ['a photograph is flat', { 'dust-bowl-home': power(0) }, /Dust bowl home: exponent/],
  ['patches fall too fast', { patches: power(1.6) }, /Patches of photographs: exponent/],
  ['words leave Zipf’s law', { words: power(0.8) }, /Words of Moby-Dick: exponent/],
  [
    'a log-normal of the same mean slope fits better',
    { words: logNormal(0.11) },
    /Words of Moby-Dick: log-likelihood/,
  ],
])('it fails where %s', (_, changes, because) => {
  const { verdict } = analysed({ ...NATURAL, ...changes });
  expect(verdict.state, verdict.because).toBe('fails');
  expect(verdict.because).toMatch(because);
});

test('digits are reported and not judged, and alone they decide nothing', () => {
  const bent = { digits: logNormal(0.2) };
  const { verdict, fits } = analysed({ ...NATURAL, ...bent });
  expect(verdict.state, verdict.because).toBe('holds');
  expect(fits['ratio, handwritten digits']?.value).toBeLessThan(-5);
  const alone = analysed(bent).verdict;
  expect(alone.state).toBe('undecided');
  expect(alone.because).toMatch(/Nothing of these runs is judged/);
});

test('it is undecided where a spectrum is not known up to the end of its window', () => {
  const few = { words: (seed: number) => (x: number) => (x > 500 ? 0 : power(1)(seed)(x)) };
  const { verdict } = analysed({ ...NATURAL, ...few });
  expect(verdict.state, verdict.because).toBe('undecided');
  expect(verdict.because).toMatch(/more samples are needed/);
});

test('the mean of photographs has an interval over photographs, not over seeds', () => {
  const { photographs } = analysed(NATURAL).fits;
  expect(photographs?.value).toBeCloseTo((2.61 + 2.11) / 2, 1);
  // Of two, resamples go from one to the other.
  const [low = 0, high = 0] = photographs?.interval ?? [];
  expect(high - low).toBeCloseTo(0.5, 1);
});

describe.each(Object.entries(SOURCES))('%s', (name, source) => {
  test('is fitted over a decade at least, in whole bins', () => {
    const [from, to] = source.window;
    expect(to / from).toBeGreaterThanOrEqual(10);
    const bins = binsOf(source);
    expect(bins.some((bin) => bin.from === from)).toBe(true);
    expect(bins.some((bin) => bin.to === to)).toBe(true);
  });

  test('is planned with samples of its own, and shuffled where the physics is broken', () => {
    const [config = {}] = cells([name]);
    const { program } = study.plan(config, options);
    expect(program).toMatchObject({ kind: 'statistics', of: source.measured, order: 'own' });
    expect(study.plan(config, { null: true }).program).toMatchObject({ order: 'shuffled' });
    expect(program.steps % program.recordEvery).toBe(0);
    const more = study.plan({ ...config, amount: 2.5 }, options).program;
    expect(more.steps).toBe(2.5 * program.steps);
  });
});

test('marks are drawn where their data are, and nowhere else', () => {
  const theory = (id: string, source: readonly string[]) =>
    study.panels.find((p) => p.id === id)?.theory(cells(source), options) ?? [];
  expect(theory('photographs', ['words'])).toEqual([]);
  const [mark] = theory('words', ['words', 'digits']);
  expect(mark?.guide).toBe(true);
  // Zipf's law: ten times the rank, a tenth of the words.
  const [x, y] = [mark?.x ?? [], mark?.y ?? []];
  for (const [i, v] of x.entries()) expect((y[i] ?? 0) * v).toBeCloseTo(0.1, 9);
});

test('a spectrum is drawn where it is known, and its local exponents are level', () => {
  const [config = {}] = cells(['black-canyon']);
  const run = runOf(config, 1, (x) => (x > 100 ? 0 : x ** -2.2));
  const drawn = (id: string) => study.panels.find((p) => p.id === id)?.observe(run, options) ?? [];
  const [curve] = drawn('photographs');
  expect(Math.max(...(curve?.x ?? []))).toBeLessThan(100);
  expect(drawn('words')).toEqual([]);
  const [local] = drawn('local');
  expect(local?.y.length).toBeGreaterThan(3);
  for (const v of local?.y ?? []) expect(v).toBeCloseTo(2.2, 4);
  // At the first record nothing is known.
  expect(drawn('settling')[0]?.x).toEqual([16]);
});
