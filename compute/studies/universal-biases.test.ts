import { expect, test } from 'vitest';
import { ARCHITECTURES, columnsOf, pixelColumn } from '../programs/program.ts';
import { normals } from '../random.ts';
import { cellsOf } from './registry.ts';
import type { Config, RunRecord, RunSummary } from './study.ts';
import { universalBiases as study } from './universal-biases.ts';

const options = { null: false };
const [small = {}] = cellsOf(study, study.grids.quick);
const cell = (images: number, architecture: string): Config => ({ ...small, images, architecture });

interface Shape {
  /** How much of the pictures the two networks have in common, and those of all architectures: 0 to 1. */
  readonly common: number;
  readonly own?: number;
  readonly other?: number;
  /** Noise that pictures belong to, picture by picture: another order is no match. */
  readonly order?: readonly number[];
}

const PLAIN = [0, 1, 2, 3, 4, 5, 6, 7];

/** A run whose pictures are √common of the noise's and √(1 − common) of the network's own: cosine `common`. */
function record(config: Config, seed: number, shape: Shape): RunRecord {
  const { common, own = 0.8, other = 0.7, order = PLAIN } = shape;
  const place = ['mixer', 'dense'].indexOf(String(config.architecture));
  const columns: Record<string, Float32Array> = {};
  const two = (value: number) => Float32Array.of(0, value);
  for (const [h, half] of (['a', 'b'] as const).entries())
    for (let p = 0; p < 8; p++) {
      const noise = normals(1, 1, h === 0 ? p : (order[p] ?? 0), 64);
      const self = normals(seed + 100 * place, 2, 8 * h + p, 64);
      for (let k = 0; k < 64; k++)
        columns[pixelColumn(half, p, k)] = two(
          Math.sqrt(common) * (noise[k] ?? 0) + Math.sqrt(1 - common) * (self[k] ?? 0),
        );
    }
  const numbers = { same: common, different: 0, nearestOwn: own, nearestOther: other };
  for (const [name, value] of Object.entries({ ...numbers, gaussian: 0.6, gaussianPair: 0.9 }))
    columns[name] = two(value);
  columns.loss = two(0.5);
  columns.testLoss = two(0.6);
  const series = { steps: Float32Array.of(0, Number(config.steps)), columns };
  return { config, seed, outcome: { kind: 'completed' }, series };
}

function judged(of: (images: number) => Shape, architectures = ['mixer', 'dense']) {
  const runs = [4, 1024].flatMap((images) =>
    architectures.flatMap((architecture) =>
      [1, 2].map((seed): RunSummary => {
        const config = cell(images, architecture);
        // Seeds are not quite alike.
        const shape = of(images);
        const run = record(config, seed, { ...shape, common: shape.common + 0.002 * seed });
        return { config, seed, outcome: run.outcome, summary: study.summarise(run, options) };
      }),
    ),
  );
  return study.analyse(runs, { ...options, expected: runs.length });
}

/** As it should be: nothing in common and much by heart at first, the reverse at last. */
const lawful = (images: number): Shape =>
  images === 4 ? { common: 0.3, own: 0.9, other: 0.4 } : { common: 0.95, own: 0.75, other: 0.74 };

test('it holds where likeness rises, across architectures too, and memory fades', () => {
  const { verdict, fits } = judged(lawful);
  expect(verdict.state, verdict.because).toBe('holds');
  expect(verdict.value).toBeCloseTo(0.953, 5);
  // Cosine of two that share 0.95 of their variance, from pixels that were rounded for the summary.
  const across = fits['likeness across architectures (N = 1024)']?.value ?? 0;
  expect(Math.abs(across - 0.953)).toBeLessThan(0.02);
  expect(fits['fall of what is memorised from N = 4']?.value).toBeCloseTo(0.49, 5);
});

test.each([
  [
    'likeness stays low',
    (n: number) => ({ ...lawful(n), common: n === 4 ? 0.1 : 0.5 }),
    /disjoint/,
  ],
  ['likeness does not rise', (n: number) => ({ ...lawful(n), common: 0.95 }), /rise of likeness/],
  ['memory does not fade', (n: number) => ({ ...lawful(n), own: 0.9, other: 0.4 }), /memorised/],
  [
    'pictures match those of another noise',
    (n: number) => ({ ...lawful(n), order: [1, 2, 3, 4, 5, 6, 7, 0] }),
    /p of its being chance/,
  ],
] as const)('it fails where %s', (_, of, because) => {
  const { verdict } = judged(of);
  expect(verdict.state, verdict.because).toBe('fails');
  expect(verdict.because).toMatch(because);
});

test('one architecture, or one number of images, leaves it undecided and says so', () => {
  expect(judged(lawful, ['mixer']).verdict).toMatchObject({
    state: 'undecided',
    because: expect.stringMatching(/two architectures/),
  });
  const only = study.analyse(
    ['mixer', 'dense'].flatMap((architecture) =>
      [1, 2].map((seed): RunSummary => {
        const run = record(cell(1024, architecture), seed, lawful(1024));
        return { ...run, summary: study.summarise(run, options) };
      }),
    ),
    { ...options, expected: 4 },
  );
  expect(only.verdict).toMatchObject({
    state: 'undecided',
    because: expect.stringMatching(/two numbers of images/i),
  });
});

test('p is exact: of eight pictures that match only each other, one of 40,320 matchings', () => {
  const summary = study.summarise(record(cell(1024, 'dense'), 1, { common: 0.95 }), options);
  expect(summary.p).toBeCloseTo(1 / 40_320, 10);
});

test('each picture is one line of as many points as it has pixels, in grey', () => {
  const panel = study.panels.find(({ draw }) => draw === 'images');
  const traces = panel?.observe(record(cell(1024, 'dense'), 1, { common: 1 }), options) ?? [];
  expect(traces).toHaveLength(16);
  expect(traces[0]?.line).toBe('images A, noise 1');
  expect(traces[15]?.line).toBe('images B, noise 8');
  for (const { x, y } of traces) {
    expect(x).toEqual(Array.from({ length: 64 }, (_, k) => k));
    expect(y).toHaveLength(64);
  }
  expect(panel?.image).toEqual({ width: 8, height: 8, columns: 8 });
  // The corner has no ink in the mean digit: grey is the deviation of 0.1429 over 0.5 times the number.
  const corner = normals(1, 1, 0, 64)[0] ?? 0;
  expect(traces[0]?.y[0]).toBeCloseTo(0.2858 * corner, 2);
});

test('a run that diverged shows no picture and has no number', () => {
  const run: RunRecord = {
    ...record(cell(4, 'dense'), 1, { common: 1 }),
    outcome: { kind: 'diverged', step: 10 },
  };
  for (const panel of study.panels.filter(({ draw }) => draw !== 'curves'))
    expect(panel.observe(run, options)).toEqual([]);
  expect(Object.values(study.summarise(run, options)).every((v) => v === null)).toBe(true);
});

test('every architecture is planned, and the null begins from noise of its own alone', () => {
  for (const architecture of ARCHITECTURES) {
    const { program } = study.plan(cell(64, architecture), options);
    if (program.kind !== 'denoiser') throw new Error('The study trains denoisers.');
    expect(program).toMatchObject({ architecture, images: 64, noise: 'shared' });
    // What a run records is what a result may have.
    expect(columnsOf(program).length).toBe(8 + 2 * 8 * 64);
    expect(study.plan(cell(64, architecture), { null: true }).program).toEqual({
      ...program,
      noise: 'own',
    });
  }
});
