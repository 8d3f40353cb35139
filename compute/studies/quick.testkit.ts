/** A study's quick grid, trained where the test says. */
import type { EngineOptions } from '../engines/engine.ts';
import { openEngine } from '../engines/open.ts';
import { runStudy } from './headless.ts';
import type { Study, Verdict } from './study.ts';

/** Verdicts on the quick grid with these seeds, of a study or of its null. */
export const verdictsOn =
  (engine: EngineOptions) =>
  async (study: Study, seeds: readonly number[], isNull: boolean): Promise<Verdict> => {
    const grid = { ...study.grids.quick, seeds };
    const run = await runStudy(study, grid, await openEngine(engine), { null: isNull });
    return run.analysis.verdict;
  };
