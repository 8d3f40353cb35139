'use client';
/** A ring round the point that is read, and the run under it drawn out; follows the reading alone. */
import { useContext } from 'react';
import type { Panel } from '../../compute/studies/study.ts';
import { colorOf } from './palette.ts';
import styles from './panel-chart.module.css';
import { linePath } from './paths.ts';
import type { Picture } from './picture.ts';
import type { Projection } from './projection.ts';
import { ReadingContext } from './reading.ts';
import { lineAt, pointAt } from './spot.ts';

interface Props {
  readonly panel: Panel;
  readonly picture: Picture;
  readonly at: Projection;
}

export function SpotMarker({ panel, picture, at }: Props) {
  const reading = useContext(ReadingContext);
  if (reading.kind === 'none') return null;
  const line = lineAt(picture, reading.spot);
  const point = line && pointAt(line.points, reading.spot.x);
  if (line === undefined || point === undefined) return null;
  const where = { cx: at.px(point.x), cy: at.py(point.y) };
  return (
    <g fill="none" pointerEvents="none">
      {line.kind === 'raw' && panel.draw === 'curves' && (
        <path
          d={linePath(line.points, at)}
          style={{ stroke: colorOf(line.series, picture.ramp) }}
          strokeWidth={1.5}
        />
      )}
      <circle {...where} r={9} className={styles.ringEdge} />
      <circle
        {...where}
        r={9}
        className={reading.kind === 'passing' ? styles.ring : styles.ringOn}
      />
    </g>
  );
}
