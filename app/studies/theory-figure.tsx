'use client';
/** The study's figure with the theory of its default grid and no run: what the room will be up against. */
import { useMemo } from 'react';
import { cellsOf, studyById } from '../../compute/studies/registry.ts';
import type { CellView } from '../../server/protocol.ts';
import { PanelFigure } from '../ui/panel-figure.tsx';
import styles from './theory-figure.module.css';

export function TheoryFigure({ studyId }: { readonly studyId: string }) {
  const study = studyById(studyId);
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
  return (
    <div className={styles.panels}>
      {study.panels.map((panel) => (
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
    </div>
  );
}

function pointHref(runId: string): string {
  return `/api/runs/${encodeURIComponent(runId)}/point.json`;
}
