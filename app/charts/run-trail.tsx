'use client';
/** The run that is pointed at, in this chart or another, drawn out over the others. */
import type { Panel } from '../../compute/studies/study.ts';
import { useHoveredRun } from './hovered-run.ts';
import { colorOf } from './palette.ts';
import styles from './panel-chart.module.css';
import { linePath, markersPath } from './paths.ts';
import type { Picture } from './picture.ts';
import { inFrame, type Projection } from './projection.ts';

interface Props {
  readonly panel: Panel;
  readonly picture: Picture;
  readonly at: Projection;
  readonly clip: string;
}

export function RunTrail({ panel, picture, at, clip }: Props) {
  const run = useHoveredRun();
  if (run === null) return null;
  const lines = picture.raw.filter((l) => l.run === run);
  return (
    <g fill="none" pointerEvents="none" clipPath={`url(#${clip})`} data-hovered={run}>
      {lines.map((line) => {
        const stroke = colorOf(line.series, picture.ramp);
        const d =
          panel.draw === 'curves'
            ? linePath(line.points, at)
            : markersPath(
                0,
                line.points.filter((p) => inFrame(p, at)),
                at,
                5,
              );
        return (
          <g key={line.key}>
            <path d={d} className={styles.trailEdge} />
            <path d={d} style={{ stroke }} strokeWidth={2} />
          </g>
        );
      })}
    </g>
  );
}
