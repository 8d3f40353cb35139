/** What stands for a study in small: the panel whose theory says most, on the study's own grid. */
import { cellsOf } from './grid.ts';
import type { Panel, Study, TheoryTrace } from './study.ts';

export interface Thumbnail {
  readonly panel: Panel;
  /** What the theory predicts for the first cell, and for all. */
  readonly theory: readonly TheoryTrace[];
}

/** The panel with the most predicted points. Throws for a study without panels, which there is none. */
export function thumbnailOf(study: Study): Thumbnail {
  const cells = cellsOf(study, study.grids.default);
  const all = study.panels.map((panel) => ({
    panel,
    theory: panel.theory(cells, { null: false }),
  }));
  const points = ({ theory }: Thumbnail) => theory.reduce((n, { x }) => n + x.length, 0);
  const [first] = all.sort((a, b) => points(b) - points(a));
  if (first === undefined) throw new Error(`The study ${study.id} has no panel.`);
  return {
    panel: first.panel,
    theory: first.theory.filter(({ cell }) => cell === null || cell === 0),
  };
}
