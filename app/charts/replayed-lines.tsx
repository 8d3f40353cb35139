'use client';
/** Curves laid over a figure (a run that was trained again here): given once, drawn by each of its panels. */
import { createContext, useContext } from 'react';
import type { Panel, Trace } from '../../compute/studies/study.ts';
import styles from './panel-chart.module.css';
import { linePath, markersPath } from './paths.ts';
import { inFrame, type Projection } from './projection.ts';
import { isDrawable } from './scale.ts';

export interface Overlay {
  /** What a person reads. */
  readonly name: string;
  /** By panel id. */
  readonly traces: Readonly<Record<string, readonly Trace[]>>;
}

/** What lies over the panels inside; null: nothing. */
export const OverlayContext = createContext<Overlay | null>(null);

interface Props {
  readonly panel: Panel;
  readonly at: Projection;
  /** Id of the clip path of the frame. */
  readonly clip: string;
}

export function OverlayLines({ panel, at, clip }: Props) {
  const overlay = useContext(OverlayContext);
  const traces = overlay?.traces[panel.id] ?? [];
  return (
    <g fill="none" pointerEvents="none" clipPath={`url(#${clip})`} data-overlay={overlay?.name}>
      {traces.map(({ line, x, y }) => {
        const points = x.flatMap((px, i) => {
          const py = y[i] ?? Number.NaN;
          return isDrawable(panel.x, px) && isDrawable(panel.y, py) ? [{ x: px, y: py }] : [];
        });
        const inside = points.filter((p) => inFrame(p, at));
        const d = panel.draw === 'curves' ? linePath(points, at) : markersPath(0, inside, at, 7);
        return (
          <g key={line}>
            <path d={d} className={styles.trailEdge} />
            <path d={d} style={{ stroke: 'var(--ink)' }} strokeWidth={2.5} />
          </g>
        );
      })}
    </g>
  );
}
