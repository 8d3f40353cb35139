/** A whole study trained in this process, stage by stage and pack after pack: what the command line and the tests run. */
import type { Engine } from '../engines/engine.ts';
import { cellsOf, plannedPacks } from './grid.ts';
import { createShelf } from './shelf.ts';
import type { Analysis, Grid, RunRecord, RunSummary, Study } from './study.ts';

export interface StudyRun extends RunRecord, RunSummary {}

export interface StudyResult {
  readonly runs: readonly StudyRun[];
  readonly analysis: Analysis;
}

/**
 * Trains every run of a checked grid and analyses them.
 * @param onProgress gets run-steps done, and of how many
 */
export async function runStudy(
  study: Study,
  grid: Grid,
  engine: Engine,
  options: { readonly null: boolean; readonly onProgress?: (done: number, total: number) => void },
): Promise<StudyResult> {
  const cells = cellsOf(study, grid);
  const packs = plannedPacks(study, grid, options);
  const work = packs.map((pack) => (pack[0]?.plan.program.steps ?? 0) * pack.length);
  const total = work.reduce((sum, w) => sum + w, 0);
  const shelf = createShelf(packs.flat());
  const runs: StudyRun[] = [];
  let before = 0;
  for (const [p, pack] of packs.entries()) {
    const training = await engine.start(shelf.packOf(pack));
    try {
      while (!(await training.advance())) {
        options.onProgress?.(before + training.step * pack.length, total);
        await new Promise((resolve) => setTimeout(resolve, 0));
      }
      const results = training.results();
      shelf.put(pack, results);
      for (const [i, result] of results.entries()) {
        const planned = pack[i];
        const config = planned === undefined ? undefined : cells[planned.cell];
        if (planned === undefined || config === undefined) continue;
        const { series, outcome } = result;
        const record: RunRecord = { config, seed: planned.seed, series, outcome };
        runs.push({ ...record, summary: study.summarise(record, options) });
      }
    } finally {
      training.dispose();
    }
    before += work[p] ?? 0;
    options.onProgress?.(before, total);
  }
  const analysis = study.analyse(runs, { null: options.null, expected: runs.length });
  return { runs, analysis };
}
