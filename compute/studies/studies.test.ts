import { createRequire } from 'node:module';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { localFiles } from '../../data/local.ts';
import { verdictsOn } from './quick.testkit.ts';
import { cellsOf, checkGrid, plannedPacks, studies } from './registry.ts';
import type { RunSummary, Study, Summary } from './study.ts';

const wasmPath = `${path.dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'))}/`;

const quickVerdict = verdictsOn({ backend: 'wasm', wasmPath, files: localFiles() });

describe.each(studies.map((s) => [s.id, s] as const))('%s', (_, study) => {
  test('holds on the quick grid, on seeds nobody tuned on', async () => {
    // At least three, and as many as the study itself asks for.
    const count = Math.max(3, study.grids.quick.seeds.length);
    const seeds = Array.from({ length: count }, (_, i) => 1000 + i);
    const verdict = await quickVerdict(study, seeds, false);
    expect(verdict.because).toBeTruthy();
    expect(verdict.state, verdict.because).toBe('holds');
  });

  test('is undecided without evidence, with one run, and with runs that all diverged', () => {
    const [config] = cellsOf(study, study.grids.quick);
    if (config === undefined) throw new Error('The quick grid is empty.');
    const options = { null: false, expected: 4 };
    expect(study.analyse([], options).verdict.state).toBe('undecided');
    const empty: Summary = {};
    const lost: RunSummary = {
      config,
      seed: 1,
      outcome: { kind: 'diverged', step: 2 },
      summary: empty,
    };
    const { verdict } = study.analyse([lost, lost, lost, lost], options);
    expect(verdict.state).toBe('undecided');
    expect(verdict.because).toMatch(/diverged|step size/);
  });

  test('draws theory for every cell of both grids before any run', () => {
    for (const grid of [study.grids.default, study.grids.quick]) {
      const cells = cellsOf(study, grid);
      const traces = study.panels.flatMap((p) => p.theory(cells, { null: false }));
      expect(traces.length).toBeGreaterThan(0);
      for (const { x, y } of traces) {
        expect(x.length).toBe(y.length);
        expect([...x, ...y].every(Number.isFinite)).toBe(true);
      }
    }
  });

  test('plans every run of the default grid in exactly one pack', () => {
    const grid = study.grids.default;
    const packs = plannedPacks(study, grid, { null: false });
    const keys = packs.flat().map((r) => `${r.cell}/${r.seed}`);
    expect(keys.length).toBe(cellsOf(study, grid).length * grid.seeds.length);
    expect(new Set(keys).size).toBe(keys.length);
  });
});

describe('the grid check', () => {
  const study = studies[0] as Study;
  test.each([
    [{ params: { nope: [1] }, seeds: [1] }, /no parameter/],
    [{ params: { depth: [2.5] }, seeds: [1] }, /whole number/],
    [{ params: { depth: [99] }, seeds: [1] }, /between/],
    [{ params: { depth: ['two'] }, seeds: [1] }, /number/],
    [{ params: { init: ['odd'] }, seeds: [1] }, /Choose from/],
    [{ params: {}, seeds: [] }, /seed/],
  ])('refuses %j with a sentence', (grid, sentence) => {
    const checked = checkGrid(study, grid);
    expect(checked.ok).toBe(false);
    if (!checked.ok) expect(checked.message).toMatch(sentence);
  });

  test('fills in what is left out and merges what is repeated', () => {
    const checked = checkGrid(study, { params: { depth: [2, 2] }, seeds: [3, 3] });
    expect(checked).toMatchObject({ ok: true, grid: { seeds: [3], params: { depth: [2] } } });
  });
});
