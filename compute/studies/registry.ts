/** Every study. A new one is a file beside this, its test, a line here and one in `load.ts`. */
import { beyondLinear } from './beyond-linear.ts';
import { conservation } from './conservation.ts';
import { deepLinear } from './deep-linear.ts';
import { edgeOfStability } from './edge-of-stability.ts';
import { grokking } from './grokking.ts';
import { implicitRegularization } from './implicit-regularization.ts';
import { inductionHeads } from './induction-heads.ts';
import { infiniteDepth } from './infinite-depth.ts';
import { infiniteWidth } from './infinite-width.ts';
import { lazyRich } from './lazy-rich.ts';
import { mup } from './mup.ts';
import { neuralCollapse } from './neural-collapse.ts';
import { ntk } from './ntk.ts';
import { scalingLaws } from './scaling-laws.ts';
import { problemOfStages } from './stages.ts';
import type { Study } from './study.ts';
import { universalBiases } from './universal-biases.ts';
import { universalData } from './universal-data.ts';
import { universalRepresentations } from './universal-representations.ts';

export {
  cellCount,
  cellsOf,
  checkGrid,
  extendedCells,
  extendGrid,
  plannedPacks,
  plannedRuns,
} from './grid.ts';

export const studies: readonly Study[] = [
  deepLinear,
  edgeOfStability,
  ntk,
  lazyRich,
  infiniteWidth,
  conservation,
  neuralCollapse,
  mup,
  implicitRegularization,
  grokking,
  infiniteDepth,
  inductionHeads,
  scalingLaws,
  beyondLinear,
  universalRepresentations,
  universalBiases,
  universalData,
];

for (const study of studies) {
  const problem = problemOfStages(study, study.grids.default);
  if (problem !== null) throw new Error(`The study ${study.id}: ${problem}`);
}

/** The study of that id, or null. */
export function studyById(id: string): Study | null {
  return studies.find((s) => s.id === id) ?? null;
}
