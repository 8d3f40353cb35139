import { expect, test } from 'vitest';
import { meanOf } from '../analysis/law-fit.ts';
import { powerLaw, powerLawWithFloor } from '../analysis/laws.ts';
import { normals, STREAMS } from '../random.ts';
import { familiesOf, familyNames, sizeCells, sizeFits } from './size-law.ts';
import type { RunSummary, SizeLaw } from './study.ts';

const size: SizeLaw = {
  ...{ parameter: 'width', x: (width) => width, over: ['rate'], law: powerLaw },
  ...{ of: 'the loss', label: 'width N', panel: 'loss', lines: ['loss'] },
  measure: (runs) => meanOf(runs.map((r) => r.summary.loss ?? Number.NaN)),
};
const WIDTHS = [8, 16, 32, 64, 128, 256];

function runsOf(truth: (width: number) => number, noise = 0.05, depths = [1]): RunSummary[] {
  const errors = normals(3, STREAMS.probe, 0, 1000);
  let next = 0;
  return depths.flatMap((depth) =>
    WIDTHS.flatMap((width) =>
      [1, 2, 3].map((seed) => ({
        ...{ config: { width, depth, rate: 0.1 }, seed, outcome: { kind: 'completed' as const } },
        summary: { loss: truth(width) * Math.exp(noise * (errors[next++] ?? 0)) },
      })),
    ),
  );
}
const curvesOf = (of: SizeLaw, runs: readonly RunSummary[]) =>
  Object.values(sizeFits(of, runs)).flatMap(({ curve }) => (curve ? [curve] : []));

test('a power law is fitted, drawn with its band, and said to describe its points', () => {
  const [curve] = curvesOf(
    size,
    runsOf((n) => 2 / n),
  );
  expect(curve).toMatchObject({ law: 'power law', panel: 'loss', lines: ['loss'] });
  expect(curve?.describes).toBe('yes');
  expect(curve?.parameters.map((p) => p.symbol)).toEqual(['α', 'A']);
  expect(curve?.points.map((p) => [p.cell, p.seeds])).toEqual(
    WIDTHS.map((width) => [{ width }, 3]),
  );
  for (const [i, y] of (curve?.y ?? []).entries()) {
    expect(curve?.lo[i]).toBeLessThan(y);
    expect(curve?.hi[i]).toBeGreaterThan(y);
  }
  expect([curve?.x[0], curve?.x.at(-1)]).toEqual([8, 256]);
});

test('of exponential data, the power law is said not to describe them, and misses the largest size', () => {
  const [curve] = curvesOf(
    size,
    runsOf((n) => 2 * Math.exp(-n / 40)),
  );
  expect(curve?.describes).toBe('no');
  expect(curve?.notes.join(' ')).toMatch(/exponential describes the points better/);
  expect(curve?.notes.join(' ')).toMatch(/above what was measured/);
});

test('of noise alone, the power law is said not to describe it', () => {
  const [curve] = curvesOf(
    size,
    runsOf(() => 2),
  );
  expect(curve?.describes).toBe('no');
  expect(curve?.notes[0]).toMatch(/A constant describes the points as well/);
});

test('two sizes are not enough to say whether a law describes them', () => {
  const two = runsOf((n) => 2 / n).filter((r) => Number(r.config.width) <= 16);
  const [curve] = curvesOf(size, two);
  expect(curve?.describes).toBe('unclear');
});

test('a floor that is not there is said not to be told from zero; one that is there is not', () => {
  const withFloor = { ...size, law: powerLawWithFloor };
  const notes = (truth: (n: number) => number) =>
    curvesOf(withFloor, runsOf(truth, 0.01))[0]?.notes.join(' ');
  expect(notes((n) => 2 / n)).toMatch(/floor cannot be told from zero/);
  expect(notes((n) => 0.3 + 2 / n)).not.toMatch(/floor cannot/);
});

test('families are fitted apart, and named by what differs; seeds that diverged do not count', () => {
  const runs = runsOf((n) => 2 / n, 0.05, [1, 2]);
  const lost = { ...runs[0], outcome: { kind: 'diverged', step: 1 }, seed: 9 } as RunSummary;
  const families = familiesOf(size, [...runs, lost]);
  expect([...familyNames(families).values()]).toEqual([' (depth 1)', ' (depth 2)']);
  expect(sizeCells(size, families[0] as (typeof families)[0])[0]?.seeds).toBe(3);
  expect(Object.keys(sizeFits(size, runs))).toEqual([
    'power law of the loss in width N (depth 1)',
    'power law of the loss in width N (depth 2)',
  ]);
});
