import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { studyById } from '../compute/studies/registry.ts';
import type { RunRecord, Study } from '../compute/studies/study.ts';
import { cellLines, short } from './aggregate.ts';

/** A study whose one panel shows the column as it is. */
function studyOf(column: string): Study {
  const study = studyById('edge-of-stability');
  const panel = study?.panels[0];
  if (study === null || panel === undefined) throw new Error('The study is gone.');
  const observe = ({ series }: RunRecord) => [
    { line: column, x: [...series.steps], y: [...(series.columns[column] ?? [])] },
  ];
  return { ...study, panels: [{ ...panel, id: 'panel', observe }] };
}

const run = (seed: number, values: readonly number[]): RunRecord => ({
  ...{ config: {}, seed, outcome: { kind: 'completed' } },
  series: { steps: Float32Array.from(values.keys()), columns: { loss: Float32Array.from(values) } },
});

test('[D2] numbers on a chart have six significant digits, at any size', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (x) => {
      const told = short(x);
      // Six digits say all of it, and it is the nearest such number, or at a tie as near as that.
      expect(Number(told.toPrecision(6)) === told).toBe(true);
      const [nearest, apart] = [Math.abs(Number(x.toPrecision(6)) - x), Math.abs(told - x)];
      expect(apart).toBeLessThanOrEqual(nearest * (1 + 1e-9) + Math.abs(x) * 2 ** -52);
    }),
    { seed: 7, numRuns: 20_000 },
  );
  expect(short(Number.NaN)).toBeNaN();
  expect([-100_000.5, 1.000005, -0, Number.POSITIVE_INFINITY].map(short)).toEqual([
    ...[-100_000, 1.00001, -0, Number.POSITIVE_INFINITY],
  ]);
});

describe('the lines of a cell', () => {
  test('[D2] have few points however many rows the runs have, with the ends and the extremes of the mean', () => {
    const rows = Array.from({ length: 5_000 }, (_, i) => Math.sin(i / 300));
    rows[3_333] = 9;
    const runs = [
      run(1, rows),
      run(
        2,
        rows.map((y) => y + 1),
      ),
    ];
    const line = cellLines(studyOf('loss'), runs, false).panel?.[0];
    expect(line?.x.length).toBeLessThanOrEqual(240);
    expect(line?.x.length).toBeGreaterThan(100);
    expect([line?.x[0], line?.x.at(-1)]).toEqual([0, 4_999]);
    const peak = line?.x.indexOf(3_333) ?? -1;
    expect(line?.mean[peak]).toBe(9.5);
    expect(line?.n).toEqual(line?.x.map(() => 2));
    for (const [i, m] of line?.mean.entries() ?? []) {
      expect(line?.lo[i]).toBeLessThan(m);
      expect(line?.hi[i]).toBeGreaterThan(m);
    }
    const sizes = [line?.mean, line?.lo, line?.hi].map((column) => column?.length);
    expect(sizes).toEqual(Array(3).fill(line?.x.length));
  });

  test('[D2] are whole where the runs have few rows, and have no interval from one run', () => {
    const line = cellLines(studyOf('loss'), [run(1, [3, 2, 1]), run(2, [5, 4])], false).panel?.[0];
    expect(line).toMatchObject({ x: [0, 1, 2], mean: [4, 3, 1], n: [2, 2, 1] });
    expect(line?.lo[2]).toBeNull();
  });

  test('of a panel that looks at all runs together are the means of what those show together', () => {
    const study = studyOf('loss');
    const [panel] = study.panels;
    if (panel === undefined) throw new Error('The study has no panel.');
    const observeTogether = (runs: readonly RunRecord[]) =>
      runs.map(({ seed }) => ({ line: 'together', x: [7], y: [seed * runs.length] }));
    const together = { ...study, panels: [{ ...panel, observeTogether }] };
    const lines = cellLines(together, [run(1, [3, 2]), run(2, [5, 4])], false).panel;
    expect(lines).toMatchObject([{ line: 'together', x: [7], mean: [3], n: [2] }]);
  });
});
