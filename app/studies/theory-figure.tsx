'use client';
/** The study's figure with the theory of its default grid and no run: what the room will be up against. */
import { useMemo } from 'react';
import { cellsOf } from '../../compute/studies/grid.ts';
import type { CellView } from '../../server/protocol.ts';
import { PanelFigure } from '../ui/panel-figure.tsx';
import styles from './theory-figure.module.css';
import { useStudy } from './use-study.ts';

export function TheoryFigure({ studyId }: { readonly studyId: string }) {
  const study = useStudy(studyId);
  const cells = useMemo<readonly CellView[]>(
    () =>
      study
        ? cellsOf(study, study.grids.default).map((config, index) => ({
            index,
            config,
            done: 0,
            of: study.grids.default.seeds.length,
            diverged: 0,
            lines: {},
          }))
        : [],
    [study],
  );
  if (!study) return null;
  const configs = cells.map((c) => c.config);
  const predicted = study.panels.filter((p) => p.theory(configs, { null: false }).length > 0);
  const others = study.panels.filter((p) => !predicted.includes(p));
  return (
    <div className={styles.panels}>
      {predicted.map((panel) => (
        <PanelFigure
          key={panel.id}
          study={study}
          panel={panel}
          isNull={false}
          cells={cells}
          runs={[]}
          claims={[]}
          isolated={null}
          highlighted={null}
          selection={null}
          pointHref={pointHref}
        />
      ))}
      {others.length > 0 && (
        <p className="hint">The room also shows: {others.map((p) => p.title).join(', ')}.</p>
      )}
    </div>
  );
}

function pointHref(runId: string): string {
  return `/api/runs/${encodeURIComponent(runId)}/point.json`;
}
